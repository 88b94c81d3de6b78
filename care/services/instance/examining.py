"""A backup opened and read whole: hashes, the database page by page, its counts, its chains and their signatures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select

from care.services import seal
from care.services.instance.envelope import Identity, Passphrase, open_into
from care.services.instance.manifest import DATABASE, SEAL_KEY, BackupError, Manifest, malformed
from care.services.instance.unpacking import Unpacker
from care.services.logbooks.verifying import faults_of_chains
from care.services.platform import Platform
from care.store import copying, schema
from care.store.engine import Database
from care.store.evidence import StoredContent
from scanners.errors import system_reason
from scanners.model import Text


@dataclass(frozen=True, slots=True)
class Examined:
    """A backup that was read whole. `faults` were in the installation already when it was made."""

    manifest: Manifest
    faults: tuple[Text, ...]

    @property
    def rows(self) -> int:
        """How many rows its database holds."""
        return sum(self.manifest.rows.values())


def unpack(file: BinaryIO, key: Passphrase | Identity, folder: Path, *, evidence: bool, own: bool = False) -> Manifest:
    """Read a backup whole and put its files in `folder`, those of evidence only if asked. BackupError says why not."""
    sink = Unpacker(folder, lambda name: evidence or not name.startswith("evidence/"))
    try:
        open_into(file, key, sink, own=own)
        return sink.finished()
    finally:
        sink.close()


def verify(platform: Platform, path: Path, key: Passphrase | Identity, folder: Path) -> Examined:
    """Open the backup of a file in an empty folder, and read it whole. BackupError when it is not sound."""
    with opened(path) as file:
        return examine(platform, folder, unpack(file, key, folder, evidence=False))


def opened(path: Path) -> BinaryIO:
    """The file of a backup. BackupError when it cannot be read."""
    try:
        return path.open("rb")
    except OSError as error:
        reason = system_reason(error)
        raise BackupError(
            f"La sauvegarde {path} ne peut pas être lue ({reason.fr}) : vérifiez le chemin et les droits.",
            f"The backup {path} cannot be read ({reason.en}): check the path and the permissions.",
        ) from error


def examine(platform: Platform, folder: Path, manifest: Manifest) -> Examined:
    """Read what was unpacked in `folder`, whose database is brought up to date there.

    BackupError when the database is not what the manifest says; StorageError when a newer CaRE made it.
    """
    path = folder / DATABASE
    if not copying.same_rows(copying.row_counts(path), manifest.rows):
        raise malformed("lignes de la base", "rows of the database")
    database = copying.open_file(path)
    try:
        if (broken := schema.broken_pages(database)) is not None:
            raise malformed(f"base de données : {broken}", f"database: {broken}")
        if schema.revision(database).current != manifest.revision:
            raise malformed("révision de la base", "revision of the database")
        schema.upgrade(database)
        if lost := schema.missing_tables(database):
            raise schema.incomplete(lost)
        _check_evidence(database, manifest)
        return Examined(manifest, _faults(platform, folder, database))
    finally:
        database.close()


def _check_evidence(database: Database, manifest: Manifest) -> None:
    """Every piece of evidence that the database names is in the backup, or was told to be missing already."""
    with database.read() as session:
        named = set(session.scalars(select(StoredContent.sha256)))
    if named - manifest.evidence - set(manifest.missing):
        raise malformed("preuves absentes", "evidence left out")


def _faults(platform: Platform, folder: Path, database: Database) -> tuple[Text, ...]:
    there = replace(platform, database=database, signer=platform.signer.beside(folder / SEAL_KEY))
    sealed = (report.fault for report in seal.verify_all(there))
    return (*(fault for fault in sealed if fault is not None), *faults_of_chains(there))
