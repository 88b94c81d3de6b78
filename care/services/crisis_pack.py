"""Crisis packs: made every week and when what they say changed, kept for a while, taken away by who sees contacts.

Their files lie in the content store. A pack is named by the fingerprint of what it says: as long as the present content
has the same, the pack on the shelf is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.crisis import PackWhy
from care.domain.jobs import JobKind, JobState
from care.domain.passwords import password_fault
from care.services.action_query import today
from care.services.errors import Invalid, NotFound, Refused
from care.services.pack_content import gather
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.crisis import CrisisPack as Row
from care.store.jobs import Job
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from reports.crisis_folder import zipped
from reports.locked import age, unzipped, zip_aes
from scanners.model import Lang, Text

THING = "crisis_pack"
SPEAKING = (
    "activity", "bia", "contact", "continuity_import", "degraded_mode", "dependency", "directory", "duty",
    "establishment", "paper_kit", "remote_access", "remote_access_register", "resource",
)  # fmt: skip
"""The things whose writes may change what a pack says; one forgotten here only waits for the weekly pack."""
_TAKEN = ("contact.exported", "remote_access.exported", "remote_access.sheet_taken")
SPEAKS = and_(TrailEvent.thing_kind.in_(SPEAKING), TrailEvent.action.not_in(_TAKEN))
"""The condition on an event of the trail that may change what a pack says."""
DAMAGED = Text(
    "Le fichier de cette mallette est abîmé ou manque : faites-en une nouvelle.",
    "The file of this pack is damaged or missing: make a new one.",
)


class Form(StrEnum):
    """In which form a pack is taken away."""

    PDF = "pdf"
    ZIP = "zip"


@dataclass(frozen=True, slots=True)
class PackView:
    """A pack. `age` is in days; `expired` when its date is over; `superseded` when a newer one exists."""

    id: int
    establishment_id: int
    made_at: datetime
    made_by: str
    why: PackWhy
    expires_on: date
    age: int
    expired: bool
    superseded: bool
    pdf_size: int
    zip_size: int


@dataclass(frozen=True, slots=True)
class PackList:
    """The packs of an establishment, the latest first.

    `changed`: what it says is no longer the content of today. `busy`: one is being made. `failure` is the sentence of
    the last attempt, "" when it succeeded.
    """

    packs: tuple[PackView, ...]
    changed: bool
    busy: bool
    failure: str
    days: int
    kept: int
    may_make: bool
    may_take: bool

    @property
    def latest(self) -> PackView | None:
        """The last one made."""
        return self.packs[0] if self.packs else None


@dataclass(frozen=True, slots=True)
class Taken:
    """A file of a pack to hand over."""

    name: str
    path: Path
    view: PackView


def list_packs(platform: Platform, scope: Scope, establishment_id: int) -> PackList:
    """The packs of an establishment and whether the latest still says what is true."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        rows = rows_of(session, establishment_id)
        job = _last_job(session, establishment_id)
        return PackList(
            packs=tuple(_view(row, rows, platform) for row in rows),
            changed=bool(rows) and _changed(platform, session, place, rows[0]),
            busy=job is not None and not job.state.over,
            failure=_failure(job, rows, scope.lang),
            days=platform.settings.crisis_pack_days,
            kept=platform.settings.crisis_packs_kept,
            may_make=scope.allows(Right.MANAGE_CONTINUITY, place.lineage),
            may_take=scope.allows(Right.SEE_CONTACTS, place.lineage),
        )


def _changed(platform: Platform, session: Session, place: Establishment, row: Row) -> bool:
    """Whether a pack no longer says what is true; its content is only worked out again when something was written."""
    written = exists().where(TrailEvent.establishment_id == place.id, TrailEvent.at >= row.made_at, SPEAKS)
    if not session.scalar(select(written)):
        return False
    return row.fingerprint != gather(platform, session, place, platform.settings.lang).fingerprint


def rows_of(session: Session, establishment_id: int) -> Sequence[Row]:
    """The packs of an establishment, the latest first; who asks was checked before."""
    query = select(Row).where(Row.establishment_id == establishment_id)
    return session.scalars(query.order_by(Row.made_at.desc(), Row.id.desc())).all()


def _view(row: Row, rows: Sequence[Row], platform: Platform) -> PackView:
    day, zone = today(platform), ZoneInfo(platform.settings.timezone)
    return PackView(
        id=row.id,
        establishment_id=row.establishment_id,
        made_at=row.made_at,
        made_by=row.made_by,
        why=PackWhy(row.why),
        expires_on=row.expires_on,
        age=(day - row.made_at.astimezone(zone).date()).days,
        expired=row.expires_on < day,
        superseded=row is not rows[0],
        pdf_size=row.pdf_size,
        zip_size=row.zip_size,
    )


def _last_job(session: Session, establishment_id: int) -> Job | None:
    query = select(Job).where(Job.kind == JobKind.CRISIS_PACK, Job.establishment_id == establishment_id)
    return session.scalars(query.order_by(Job.id.desc()).limit(1)).one_or_none()


def _failure(job: Job | None, rows: Sequence[Row], lang: Lang) -> str:
    """What the last attempt said, when it failed and no pack was made since."""
    if job is None or job.state is not JobState.FAILED or job.finished_at is None:
        return ""
    if rows and rows[0].made_at > job.finished_at:
        return ""
    return Text(job.error_fr or "", job.error_en or "").render(lang)


def local(platform: Platform, moment: datetime) -> datetime:
    """An instant on the clock of the installation."""
    return moment.astimezone(ZoneInfo(platform.settings.timezone))


def open_pack(platform: Platform, scope: Scope, pack_id: int) -> PackView:
    """A pack that this person may take away; NotFound for a stranger, Forbidden for who sees no contact."""
    with platform.database.read() as session:
        row = _row(session, scope, pack_id)
        return _view(row, rows_of(session, row.establishment_id), platform)


def _row(session: Session, scope: Scope, pack_id: int) -> Row:
    query = select(Row).where(Row.id == pack_id, within(scope, Right.SEE, Row.establishment_id))
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    visible_establishment(session, scope, row.establishment_id, Right.SEE_CONTACTS)
    return row


def take(platform: Platform, scope: Scope, pack_id: int, form: Form, way: str = "") -> Taken:
    """A file of a pack, for who sees contacts; the trail keeps who took it. `way` says how it was encrypted."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _row(session, scope, pack_id)
        finess = session.get_one(Establishment, row.establishment_id).finess
        sha256 = row.pdf_sha256 if form is Form.PDF else row.zip_sha256
        if not platform.evidence.intact(sha256):
            raise Refused(DAMAGED)
        view = _view(row, rows_of(session, row.establishment_id), platform)
        name = f"{name_of(finess, local(platform, row.made_at))}.{form}"
        detail = {"form": form.value, "encrypted": way, "made_at": row.made_at.isoformat()}
        record(session, scope, "crisis_pack.taken", Thing(THING, row.id, row.establishment_id), now, dict(detail))
        return Taken(name, platform.evidence.path(sha256), view)


class Lock(StrEnum):
    """How a pack is locked for a removable medium."""

    ZIP = "zip"
    AGE = "age"


def take_locked(
    platform: Platform, scope: Scope, pack_id: int, lock: Lock, passphrase: str, again: str
) -> tuple[str, bytes]:
    """The folder of a pack locked with a passphrase, which is kept nowhere: its name and its bytes.

    Invalid on `passphrase` or `again` when it is weak or was typed otherwise the second time.
    """
    check_passphrase(scope, passphrase, again)
    taken = take(platform, scope, pack_id, Form.ZIP, lock.value)
    archive = taken.path.read_bytes()
    name = taken.name.removesuffix(".zip")
    return locked(name, unzipped(archive), local(platform, taken.view.made_at), lock, passphrase)


def locked(name: str, files: Mapping[str, bytes], made_at: datetime, lock: Lock, passphrase: str) -> tuple[str, bytes]:
    """Files locked with a passphrase that was checked: a file name and its bytes."""
    if lock is Lock.AGE:
        return f"{name}.zip.age", age(zipped(files, made_at), passphrase)
    return f"{name}-chiffree.zip", zip_aes(files, made_at, passphrase)


def check_passphrase(scope: Scope, passphrase: str, again: str) -> None:
    """Invalid when the passphrase is not one that an account could have, or was typed otherwise the second time."""
    if passphrase != again:
        raise Invalid({"again": Text("Les deux saisies diffèrent.", "The two entries differ.")})
    fault = password_fault(passphrase, scope.actor, scope.name)
    if fault is not None:
        raise Invalid({"passphrase": fault})


def name_of(finess: str, made_at: datetime) -> str:
    """What a pack is called on a disk: `mallette-010000034-20261122`."""
    return f"mallette-{finess}-{made_at:%Y%m%d}"
