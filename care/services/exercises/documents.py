"""The documents that the stimuli of an exercise carry: received, shown, taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from care.domain.access import Right, Scope
from care.domain.media import HEAD_BYTES, UnwantedFileError, named_for, recognise
from care.domain.node_names import folded
from care.services.errors import Invalid, NotFound, Refused
from care.services.evidence_files import Upload
from care.services.exercises.editing import tell
from care.services.exercises.kit_shelf import MAX_DOCUMENT_BYTES
from care.services.exercises.rooms import exercise_row
from care.services.exercises.versions import to_change
from care.services.platform import Platform
from scanners.errors import SaidError
from scanners.model import Text

MAX_DOCUMENTS = 100
_LONGEST = 80
_TOO_LARGE = Text(
    "Ce fichier dépasse 10 Mo : réduisez-le, ou exportez-le en PDF.",
    "This file is larger than 10 MB: make it smaller, or export it as PDF.",
)
_UNWANTED = Text(
    "Ce fichier est vide ou n’est d’aucun type accepté (PDF, image, son, vidéo, texte, bureautique, ZIP) ; un "
    "programme ne l’est jamais.",
    "This file is empty or of no accepted type (PDF, image, sound, video, text, office document, ZIP); a program never "
    "is.",
)


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document to send: where it is, its name."""

    path: Path
    name: str


def add_document(platform: Platform, scope: Scope, exercise_id: int, upload: Upload) -> str:
    """Keep a document under a name fit for a kit, which is returned; one of that name is replaced.

    Invalid (`file`) when it is empty, larger than 10 MB, a program or of an unknown type.
    """
    with platform.database.read() as session:  # before a byte is kept
        exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
    content = upload.content.read(MAX_DOCUMENT_BYTES + 1)
    if len(content) > MAX_DOCUMENT_BYTES:
        raise Invalid({"file": _TOO_LARGE})
    try:
        media = recognise(content[:HEAD_BYTES], content[-HEAD_BYTES:])
        stored = platform.evidence.put(BytesIO(content), MAX_DOCUMENT_BYTES)
    except UnwantedFileError as unwanted:
        raise Invalid({"file": _UNWANTED}) from unwanted
    except SaidError as refusal:
        raise Invalid({"file": refusal.text}) from refusal
    name = document_name(named_for(upload.name, media))
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        others = [one for one in row.documents if one["name"] != name]
        if len(others) >= MAX_DOCUMENTS:
            raise Invalid({"file": Text(f"{MAX_DOCUMENTS} documents au plus.", f"{MAX_DOCUMENTS} documents at most.")})
        one = {"name": name, "sha256": stored.sha256, "size": stored.size}
        row.documents = sorted([*others, one], key=lambda each: each["name"])
        tell(platform, session, scope, row, name, "documents")
    return name


def remove_document(platform: Platform, scope: Scope, exercise_id: int, name: str) -> None:
    """Take a document away. Refused while a stimulus carries it. Its bytes stay: another exercise may have them."""
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        carried = [one["id"] for one in row.content["stimuli"] if name in one["attachments"]]
        if carried:
            ids = ", ".join(carried)
            raise Refused(Text(f"« {name} » part encore avec {ids}.", f"“{name}” still goes with {ids}."))
        kept = [one for one in row.documents if one["name"] != name]
        if len(kept) == len(row.documents):
            raise NotFound
        row.documents = kept
        tell(platform, session, scope, row, name, "documents")


def open_document(platform: Platform, scope: Scope, exercise_id: int, name: str) -> OpenDocument:
    """A document, for who runs the exercise. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        sha256 = next((one["sha256"] for one in row.documents if one["name"] == name), None)
    if sha256 is None:
        raise NotFound
    return OpenDocument(platform.evidence.path(sha256), name)


def document_name(name: str) -> str:
    """A name as kits write them: `plan-etage-2.pdf`."""
    plain = folded(name.replace("\\", "/").rpartition("/")[2])
    cleaned = re.sub(r"[^a-z0-9._-]+", "-", plain).strip("-._")
    stem, dot, extension = cleaned.rpartition(".")
    if dot and len(cleaned) > _LONGEST:
        return f"{stem[: _LONGEST - len(extension) - 1]}.{extension}"
    return cleaned[:_LONGEST] or "document"
