"""A backup put back: unpacked and read whole in a side place, brought up to date there, then put in place at once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.engine import make_url

from care.config import Settings
from care.domain.access import Scope
from care.domain.mail import MailState
from care.services.instance import swap
from care.services.instance.envelope import Identity, Passphrase
from care.services.instance.examining import Examined, examine, opened, unpack
from care.services.instance.manifest import DATA, DATABASE, SEAL_KEY, SECRET_KEY, TLS, BackupError, day
from care.services.instance.occupancy import alone_in
from care.services.instance.standing import RESTORED
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store import copying, schema
from care.store.accounts import WebSession
from care.store.engine import Database, open_database
from care.store.outbox import Mail
from care.store.trail import TrailEvent
from care.store.trouble import StorageError
from scanners.errors import system_reason
from scanners.lifecycle import LIFECYCLE_FILE
from scanners.model import Scalar

_SIDE = "restore"


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was put back; `former` is where what was there is kept."""

    examined: Examined
    former: tuple[Path, ...]


def restore(platform: Platform, scope: Scope, path: Path, key: Passphrase | Identity) -> Restored:
    """Put the installation back as a backup holds it. BackupError or StorageError leave everything as it was.

    Killed before the change, it leaves the old installation; after it, the next command ends the work.
    """
    data_dir = platform.settings.data_dir
    with alone_in(data_dir), _said():
        _settle(platform.settings, platform.database)
        side = data_dir / _SIDE
        swap.remove(side)
        side.mkdir(mode=0o700)
        try:
            with opened(path) as file:
                manifest = unpack(file, key, side, evidence=True)
            examined = examine(platform, side, manifest)
            mark = secrets.token_hex(16)
            _begin_anew(side / DATABASE, scope, path.name, examined, mark, platform.clock.now())
            return Restored(examined, _change(platform, side, mark))
        finally:
            swap.remove(side)


def finish_cut_restore(settings: Settings) -> None:
    """End a restore that was killed once it had begun to change the installation; most often nothing."""
    if not (settings.data_dir / swap.JOURNAL).exists():
        return
    with alone_in(settings.data_dir):
        database = open_database(settings.database_url)
        try:
            _settle(settings, database)
        finally:
            database.close()


def _change(platform: Platform, side: Path, mark: str) -> tuple[Path, ...]:
    """Put what was unpacked in place: the file of the database with the others, or a server's in one transaction."""
    settings, database = platform.settings, platform.database
    embedded = database.embedded
    kept = () if embedded else _kept_apart(platform)
    finals = _stage(settings, side)
    database.close()
    swap.commit(settings.data_dir, finals, "" if embedded else mark)
    try:
        if not embedded:
            copying.load_into(database, side / DATABASE)
    finally:
        former = _settle(settings, database)
    return (*kept, *former)


def _kept_apart(platform: Platform) -> tuple[Path, ...]:
    """The present database of the server as a SQLite file; none when it is too damaged, or too old, to be read."""
    place = swap.former(platform.settings.data_dir / DATABASE)
    new = swap.waiting(place)
    swap.remove(new)
    try:
        copying.copy_out(platform.database, new)
    except StorageError:
        swap.remove(new)
        return ()
    new.replace(place)
    return (place,)


def _settle(settings: Settings, database: Database) -> tuple[Path, ...]:
    return swap.settle(settings.data_dir, lambda mark: _bears(database, mark))


def _bears(database: Database, mark: str) -> bool:
    """Whether the last restore that this database knows is the one of that mark."""
    if schema.revision(database).current is None:
        return False
    last = select(TrailEvent.detail).where(TrailEvent.action == RESTORED).order_by(TrailEvent.number.desc()).limit(1)
    with database.read() as session:
        return (session.scalar(last) or {}).get("mark") == mark


def _begin_anew(copy: Path, scope: Scope, name: str, examined: Examined, mark: str, now: datetime) -> None:
    """What must not come back: sessions closed since, and mail that may have left since (a person decides)."""
    manifest, database = examined.manifest, copying.open_file(copy)
    detail: dict[str, Scalar] = {
        "made_at": day(manifest.made_at),
        "version": manifest.version,
        "revision": manifest.revision,
        "rows": examined.rows,
        "faults": len(examined.faults),
        "mark": mark,
    }
    pending = Mail.state.in_((MailState.WAITING, MailState.SENDING))
    try:
        with database.write() as session:
            session.execute(delete(WebSession))
            session.execute(update(Mail).where(pending).values(state=MailState.UNCERTAIN))
            record(session, scope, RESTORED, Thing("instance", name[:200]), now, detail)
    finally:
        database.close()
    copying.settle(copy)


def _stage(settings: Settings, side: Path) -> tuple[Path, ...]:
    """Put each part beside what it replaces; a part that the backup does not have leaves what is there."""
    (side / "evidence").mkdir(mode=0o700, exist_ok=True)
    places = {
        "evidence": settings.evidence_dir,
        SECRET_KEY: settings.secret_key_file,
        SEAL_KEY: settings.seal_key_file,
        TLS.rstrip("/"): settings.data_dir / "tls",
        DATA + LIFECYCLE_FILE: settings.data_dir / LIFECYCLE_FILE,
    }
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        places[DATABASE] = Path(os.path.abspath(url.database or ""))  # noqa: PTH100 - a link must stay one
    there = {side / name: final for name, final in places.items() if (side / name).exists()}
    for new, final in there.items():
        swap.stage(new, final)
    return tuple(there.values())


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = system_reason(error)
        raise BackupError(
            f"La restauration s’est arrêtée ({reason.fr}) : l’ancien état est intact ; corrigez, puis recommencez.",
            f"The restore stopped ({reason.en}): the former state is untouched; mend it, then try again.",
        ) from error
