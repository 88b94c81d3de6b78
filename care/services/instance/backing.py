"""A backup of the installation, made while it runs: one state of the database, every file of evidence, the keys."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select

from care.config import Settings
from care.domain.access import Right, Scope, lineage
from care.services.errors import Forbidden
from care.services.instance.envelope import BLOCK, Identity, Passphrase, Recipient, header, padding, seal
from care.services.instance.examining import Examined, examine, opened, unpack
from care.services.instance.manifest import (
    DATA,
    DATABASE,
    EVIDENCE,
    FORMAT,
    MANIFEST,
    SEAL_KEY,
    SECRET_KEY,
    TLS,
    BackupError,
    Manifest,
    Member,
)
from care.services.instance.standing import MADE
from care.services.instance.swap import sync
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.work import work_folder
from care.store import copying, schema
from care.store.evidence import StoredContent
from scanners.errors import system_reason
from scanners.lifecycle import LIFECYCLE_FILE
from scanners.model import Scalar

_CHUNK = 1 << 20
_OURS = re.compile(r"care-\d{8}T\d{6}Z\.backup\Z")
_CONTENT = re.compile(r"[0-9a-f]{64}\Z")
_TLS_NAME = re.compile(r"[a-z]{1,20}\.(?:crt|key)\Z")


@dataclass(frozen=True, slots=True)
class Order:
    """Where a backup goes, what closes it, how many of them stay in that folder (None: all)."""

    folder: Path
    lock: Passphrase | Recipient
    keep: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written and read again whole; `removed` older ones were erased."""

    path: Path
    size: int
    examined: Examined
    removed: tuple[str, ...]


def back_up(platform: Platform, scope: Scope, order: Order) -> Made:
    """Write a backup, read it again whole, then give it its name; older ones go once it is sound.

    BackupError leaves nothing behind. What the chains of the installation say against it is told, and then no older
    backup is erased.
    """
    if not scope.allows(Right.MANAGE_FEDERATION, lineage()):
        raise Forbidden
    name = f"care-{platform.clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"
    with _said(order.folder), work_folder(platform) as work:
        path = order.folder / name
        part = order.folder / f".{name}.part"
        if path.exists():
            raise BackupError(
                f"La sauvegarde {path} existe déjà : attendez.", f"The backup {path} exists already: wait."
            )
        try:
            with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                own = _write(platform, order.lock, work, file)
            examined = _read_again(platform, part, own, work)
            size = part.stat().st_size
            part.replace(path)
            sync(order.folder)
        finally:
            part.unlink(missing_ok=True)
        removed = () if examined.faults else _thin_out(order)
    _record(platform, scope, name, size, removed, examined)
    return Made(path, size, examined, removed)


def backups_in(folder: Path) -> tuple[Path, ...]:
    """The backups of a folder, the oldest first: their names sort as their times."""
    return tuple(sorted(one for one in folder.iterdir() if _OURS.match(one.name) and one.is_file()))


def _write(platform: Platform, lock: Passphrase | Recipient, work: Path, file: BinaryIO) -> Identity:
    copy = work / DATABASE
    copying.copy_out(platform.database, copy)
    manifest, sources = _described(platform, copy)
    own = seal(file, lock, _blocks(manifest, sources))
    file.flush()
    os.fsync(file.fileno())
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # read again from the disk, not from memory
    copy.unlink()
    return own


def _read_again(platform: Platform, part: Path, own: Identity, work: Path) -> Examined:
    folder = Path(tempfile.mkdtemp(dir=work))
    with opened(part) as file:
        return examine(platform, folder, unpack(file, own, folder, evidence=False, own=True))


def _described(platform: Platform, copy: Path) -> tuple[Manifest, dict[str, Path]]:
    """The manifest, and where each of its files is read. A damaged file of evidence is left out and told."""
    revision, named = _told_by(copy)
    sources = {**dict(_small_files(platform.settings)), DATABASE: copy}
    members = [_member(name, path) for name, path in sorted(sources.items())]
    for path in sorted(_evidence_files(platform.settings.evidence_dir), key=lambda one: one.name):
        found = _member(EVIDENCE + path.name, path)
        if found.sha256 == path.name:
            members.append(found)
            sources[found.name] = path
    missing = tuple(sorted(sha256 for sha256 in named if EVIDENCE + sha256 not in sources))
    rows, made_at, made_by = copying.row_counts(copy), platform.clock.now(), version("care-resilience")
    return Manifest(FORMAT, made_at, made_by, revision, tuple(members), rows, missing), sources


def _told_by(copy: Path) -> tuple[str, frozenset[str]]:
    """The revision of a copy, and the files of evidence that it names; it stays one file."""
    base = copying.open_file(copy)
    try:
        revision = schema.revision(base).current or ""
        with base.read() as session:
            named = frozenset(session.scalars(select(StoredContent.sha256)))
    finally:
        base.close()
    copying.settle(copy)
    return revision, named


def _small_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """The keys, the authority that phones trust, the imported table of life cycles: those that exist."""
    known = {
        SECRET_KEY: settings.secret_key_file,
        SEAL_KEY: settings.seal_key_file,
        DATA + LIFECYCLE_FILE: settings.data_dir / LIFECYCLE_FILE,
    }
    tls = settings.data_dir / "tls"
    if tls.is_dir():
        known |= {TLS + one.name: one for one in tls.iterdir() if _TLS_NAME.match(one.name)}
    return ((name, path) for name, path in known.items() if path.is_file())


def _evidence_files(root: Path) -> Iterator[Path]:
    return (one for one in root.glob("??/??/*") if _CONTENT.match(one.name) and one.is_file())


def _member(name: str, path: Path) -> Member:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Member(name, file.tell(), sha256)


def _blocks(manifest: Manifest, sources: dict[str, Path]) -> Iterator[bytes]:
    """The content as a tar, piece by piece."""
    document = manifest.document()
    yield header(MANIFEST, len(document)) + document + padding(len(document))
    for member in manifest.members:
        yield header(member.name, member.size)
        with sources[member.name].open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece
        yield padding(member.size)
    yield bytes(2 * BLOCK)


def _thin_out(order: Order) -> tuple[str, ...]:
    """Erase the oldest backups of the folder beyond those to keep; no other file is ever touched."""
    if order.keep is None:
        return ()
    gone = backups_in(order.folder)[: -max(1, order.keep)]
    for one in gone:
        one.unlink()
    return tuple(one.name for one in gone)


def _record(platform: Platform, scope: Scope, name: str, size: int, removed: Iterable[str], examined: Examined) -> None:
    manifest = examined.manifest
    detail: dict[str, Scalar] = {
        "bytes": size,
        "files": len(manifest.members),
        "rows": examined.rows,
        "missing": len(manifest.missing),
        "faults": len(examined.faults),
        "removed": ", ".join(removed)[:500],
    }
    with platform.database.write() as session:
        record(session, scope, MADE, Thing("instance", name), platform.clock.now(), detail)


@contextmanager
def _said(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = system_reason(error)
        raise BackupError(
            f"La sauvegarde n’a pas pu être écrite dans {folder} ({reason.fr}) : rien n’y a été laissé ; corrigez, ou"
            " choisissez un autre dossier.",
            f"The backup could not be written in {folder} ({reason.en}): nothing was left there; mend it, or choose"
            " another folder.",
        ) from error
