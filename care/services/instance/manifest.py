"""What a backup of the installation says it holds: read strictly, since the file may come from anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, NonNegativeInt, TypeAdapter, ValidationError

from scanners.errors import SaidError

FORMAT = "care-backup/1"
MANIFEST = "manifest.json"
MOST_BYTES = 64 << 20
"""The longest manifest read: a hundred and fifty bytes a file, four hundred thousand files."""
DATABASE, SECRET_KEY, SEAL_KEY = "database.sqlite3", "keys/secret.key", "keys/seal.key"
EVIDENCE, TLS, DATA = "evidence/", "tls/", "data/"
_NAME = re.compile(
    r"database\.sqlite3|keys/(?:secret|seal)\.key|tls/[a-z]{1,20}\.(?:crt|key)|data/[a-z_-]{1,40}\.yaml"
    r"|evidence/[0-9a-f]{64}"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TABLE = re.compile(r"[a-z][a-z0-9_]{0,62}")


class BackupError(SaidError):
    """A backup of the installation cannot be made, read or put back."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a backup."""

    name: str
    size: NonNegativeInt
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: who made it, the schema of its database, each file in order, the rows of each table.

    `missing`: pieces of evidence that the database names and that were lost or damaged already.
    """

    format: str
    made_at: AwareDatetime
    version: str
    revision: str
    members: tuple[Member, ...]
    rows: Mapping[str, NonNegativeInt]
    missing: tuple[str, ...]

    def document(self) -> bytes:
        """The manifest as it is written."""
        return _SHAPE.dump_json(self)

    @property
    def evidence(self) -> frozenset[str]:
        """The fingerprints of the files of evidence."""
        return frozenset(one.sha256 for one in self.members if one.name.startswith(EVIDENCE))


_SHAPE = TypeAdapter(Manifest)


def read_manifest(content: bytes) -> Manifest:
    """The manifest of a backup. BackupError when it is none of ours, or names what a backup never holds."""
    try:
        read = _SHAPE.validate_json(content)
    except ValidationError:
        raise malformed("manifeste", "manifest") from None
    names = [one.name for one in read.members]
    if read.format != FORMAT:
        raise malformed("format inconnu", "unknown format")
    if len(set(names)) != len(names) or DATABASE not in names or not all(map(_fits, read.members)):
        raise malformed("liste de fichiers", "list of files")
    if not all(_TABLE.fullmatch(name) for name in read.rows) or not all(map(_SHA256.fullmatch, read.missing)):
        raise malformed("manifeste", "manifest")
    return read


def _fits(member: Member) -> bool:
    if _NAME.fullmatch(member.name) is None or _SHA256.fullmatch(member.sha256) is None:
        return False
    return not member.name.startswith(EVIDENCE) or member.name == EVIDENCE + member.sha256


def malformed(fr: str, en: str) -> BackupError:
    """The sentence for a file that is not a backup, or not any more."""
    return BackupError(
        f"Ce fichier n’est pas une sauvegarde de CaRE intacte ({fr}) : rien n’en a été pris ; prenez-en une autre.",
        f"This file is no sound backup of CaRE ({en}): nothing was taken from it; take another one.",
    )


def day(moment: datetime) -> str:
    """A moment as sentences say it, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
