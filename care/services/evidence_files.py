"""Files of evidence on their way in: received, recognised by their content, kept in the store."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import BinaryIO

from care.domain.access import Right, Scope
from care.domain.media import HEAD_BYTES, UnwantedFileError, named_for, recognise
from care.services.errors import Invalid
from care.services.places import visible_establishment
from care.services.platform import Platform, StoredFile
from scanners.errors import SaidError

MAX_UPLOAD_BYTES = 100 << 20
MAX_FACTS_BYTES = 1 << 30
FACTS_MEDIA_TYPE = "application/x-care-facts+zip"
_MAX_NAME = 120
_UNSAFE = re.compile(r"[^\w .,()+@=-]+")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser sends it."""

    name: str
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class Kept:
    """A file already in the store, not yet evidence of anything: what it is, decided by its content."""

    sha256: str
    size: int
    name: str
    media_type: str


def clean_name(name: str) -> str:
    """A file name without folders, control characters or leading dots: safe to show and to offer for download."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    printable = "".join(sign for sign in last if sign.isprintable())
    cleaned = _UNSAFE.sub("_", printable).strip(" .")
    stem, dot, extension = cleaned.rpartition(".")
    if len(cleaned) > _MAX_NAME and dot and len(extension) <= 10:
        return f"{stem[: _MAX_NAME - len(extension) - 1]}.{extension}"
    return cleaned[:_MAX_NAME] or "document"


def keep_content(platform: Platform, content: BinaryIO, limit: int = MAX_UPLOAD_BYTES) -> StoredFile:
    """Write a file into the store, before the transaction that will speak of it. EvidenceError says what went wrong.

    A file whose transaction then fails stays unreferenced, which harms nothing.
    """
    return platform.evidence.put(content, limit)


def keep_upload(platform: Platform, scope: Scope, establishment_id: int, upload: Upload) -> Kept:
    """Keep a file that someone sends, so that a form refused for another field does not lose it.

    Invalid (`file`) when it is empty, too large, a program or of an unknown type: nothing is then stored.
    """
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.ADD_EVIDENCE)
    return _keep(platform, upload)


def kept(platform: Platform, source: Upload | Kept) -> Kept:
    """A file of the store, kept now unless it already was. Invalid (`file`) when it is none that is taken."""
    return _keep(platform, source) if isinstance(source, Upload) else source


def _keep(platform: Platform, upload: Upload) -> Kept:
    try:
        media = recognise(*_ends(upload.content))
    except UnwantedFileError as unwanted:
        raise Invalid({"file": unwanted.text}) from unwanted
    limit = platform.settings.upload_bytes
    try:
        stored = platform.evidence.put(upload.content, limit)
    except SaidError as refusal:
        raise Invalid({"file": refusal.text}) from refusal
    return Kept(stored.sha256, stored.size, clean_name(named_for(clean_name(upload.name), media)), media.type)


def _ends(content: BinaryIO) -> tuple[bytes, bytes]:
    """The first and the last bytes of a file, which is left at its beginning."""
    content.seek(0)
    head = content.read(HEAD_BYTES)
    content.seek(max(len(head), content.seek(0, 2) - HEAD_BYTES))
    tail = content.read(HEAD_BYTES)
    content.seek(0)
    return head, tail
