"""The content of lists: one folder each beside the evidence, read again whenever it is needed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from care.services.errors import Invalid, NotFound
from care.services.import_drafts import Upload, spool
from care.services.lists.forgetting import FOLDER
from care.services.platform import Platform, StoredFile
from care.store.lists import BroughtList
from scanners.lists.reading import ListFile
from scanners.model import Text

MAX_BYTES = 32 << 20
"""A list is read while its reader waits, in the process of the pages: 150,000 machines take about 20 MB. Our choice."""
_PREFIX = "list-"
_FILE = "list"

GONE = Text(
    "Le contenu de cette liste a été effacé ; apportez-la de nouveau.",
    "The content of this list was deleted; bring it again.",
)
EMPTY = Text("Choisissez un fichier.", "Choose a file.")


def keep(platform: Platform, content: BinaryIO, name: str) -> tuple[str, StoredFile]:
    """Write a list in a folder of its own (0700): its name, and what was written. Invalid (`file`) beyond the bound."""
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
    path = platform.settings.evidence_dir / FOLDER / row.folder / _FILE
    if not row.folder or not path.is_file():
        raise NotFound(GONE)
    return path


def as_file(platform: Platform, row: BroughtList) -> ListFile:
    """A list as its reader wants it."""
    path, zone = str(path_of(platform, row)), platform.settings.timezone
    return ListFile(row.kind, row.name, path, dict(row.mapping), row.made_on, zone)
