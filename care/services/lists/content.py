"""The content of lists: one folder each beside the evidence, read again whenever it is needed."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from care.services.errors import Invalid, NotFound
from care.services.import_drafts import Upload, spool
from care.services.lists.forgetting import FOLDER
from care.services.platform import Platform, StoredFile
from care.store.lists import BroughtList
from scanners.archive import replace_file
from scanners.lists.collection import see_in_child
from scanners.lists.read_text import MAX_BYTES as MAX_TEXT
from scanners.lists.reading import ListFile
from scanners.lists.seeing import Seen
from scanners.model import Text

MAX_BYTES = MAX_TEXT
"""A list goes to the disk as it comes: beside this bound, that of every body counts (`CARE_UPLOAD_MB`)."""
_PREFIX = "list-"
_FILE, _SEEN = "list", "seen.json"

GONE = Text(
    "Le contenu de cette liste a été effacé ; apportez-la de nouveau.",
    "The content of this list was deleted; bring it again.",
)
EMPTY = Text("Choisissez un fichier.", "Choose a file.")


def keep(platform: Platform, content: BinaryIO, name: str) -> tuple[str, StoredFile]:
    """Write a list in a folder of its own (0700), as it comes: its name, and what was written. Invalid (`file`) beyond
    the bound."""
    root = platform.settings.evidence_dir / FOLDER
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=root, prefix=_PREFIX))
    try:
        stored = spool(Upload(name, content, min(MAX_BYTES, platform.settings.upload_bytes)), folder / _FILE)
    except Invalid:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if not stored.size:
        shutil.rmtree(folder, ignore_errors=True)
        raise Invalid({"file": EMPTY})
    return folder.name, stored


def path_of(platform: Platform, row: BroughtList) -> Path:
    """Where a list is; NotFound once its content was forgotten."""
    if not has_content(platform, row):
        raise NotFound(GONE)
    return platform.settings.evidence_dir / FOLDER / row.folder / _FILE


def as_file(platform: Platform, row: BroughtList) -> ListFile:
    """A list as its reader wants it."""
    path, zone = str(path_of(platform, row)), platform.settings.timezone
    return ListFile(row.kind, row.name, path, dict(row.mapping), row.made_on, zone, row.origin or "")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was seen of a list, and of what: another choice of columns, list before or version of ours is read anew."""

    key: tuple[str, ...]
    seen: Seen


_KEPT: TypeAdapter[_Kept] = TypeAdapter(_Kept)


def seen(platform: Platform, row: BroughtList, former: BroughtList | None) -> Seen:
    """A list as it is understood, compared with the one before; read once in a process of its own, then kept beside it.

    CollectError when nothing can be made of it; NotFound once its content was forgotten.
    """
    file = as_file(platform, row)
    before = as_file(platform, former) if former is not None and has_content(platform, former) else None
    names = (f"{column}={header}" for column, header in sorted(file.mapping.items()))
    key = (version("care-resilience"), file.name, str(former.id if former is not None and before else 0), *names)
    place = Path(file.path).with_name(_SEEN)
    with suppress(OSError, ValidationError):
        kept = _KEPT.validate_json(place.read_bytes())
        if kept.key == key:
            return kept.seen
    found = see_in_child(file, before)
    replace_file(place, _KEPT.dump_json(_Kept(key, found)))
    return found


def has_content(platform: Platform, row: BroughtList) -> bool:
    """Whether the content of a list is still there."""
    return bool(row.folder) and (platform.settings.evidence_dir / FOLDER / row.folder / _FILE).is_file()
