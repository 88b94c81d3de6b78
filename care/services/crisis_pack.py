"""Crisis packs: made every week and when what they say changed, kept for a while, taken away by who sees contacts.

Their files lie in the content store. A pack is named by the fingerprint of what it says: as long as the present content
has the same, the pack on the shelf is right.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, machine_scope
from care.domain.crisis import Changes, PackWhy, pack_due
from care.domain.jobs import ACTIVE, JobKind, JobState
from care.domain.passwords import password_fault
from care.services import jobs
from care.services.action_query import today
from care.services.audit_report import DocumentError
from care.services.degraded_reading import sheets_in_force
from care.services.errors import Invalid, NotFound, Refused
from care.services.pack_content import Content, gather
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.sheet_prints import poster_of
from care.services.trail import Thing, record
from care.services.work import Hold
from care.store.continuity import Node
from care.store.crisis import CrisisContact
from care.store.crisis import CrisisPack as Row
from care.store.evidence import StoredContent
from care.store.jobs import Job
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from reports.crisis_folder import DOCUMENT, folder_of, poster_path, zipped
from reports.errors import ReportError
from reports.locked import age, unzipped, zip_aes
from reports.sheets.poster import Size, poster
from reports.words import Lang as ReportLang
from scanners.model import Lang, Text

MOST_BYTES = 512 << 20
"""The largest file of a pack: far above what can be printed."""
THING = "crisis_pack"
BUSY = Text(
    "Une mallette est déjà en préparation ; elle apparaît ici dès qu’elle est prête.",
    "A pack is already being made; it appears here as soon as it is ready.",
)
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
        rows = _rows(session, establishment_id)
        now = gather(platform, session, place, platform.settings.lang).fingerprint
        job = _last_job(session, establishment_id)
        return PackList(
            packs=tuple(_view(row, rows, platform) for row in rows),
            changed=bool(rows) and rows[0].fingerprint != now,
            busy=job is not None and not job.state.over,
            failure=_failure(job, rows, scope.lang),
            days=platform.settings.crisis_pack_days,
            kept=platform.settings.crisis_packs_kept,
            may_make=scope.allows(Right.MANAGE_CONTINUITY, place.lineage),
            may_take=scope.allows(Right.SEE_CONTACTS, place.lineage),
        )


def _rows(session: Session, establishment_id: int) -> Sequence[Row]:
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


def ask_pack(platform: Platform, scope: Scope, establishment_id: int) -> int:
    """Have a pack made now; returns the job. Refused while one is being made."""
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        job_id = _submit(platform, session, establishment_id, PackWhy.HAND, scope.name or scope.actor, None)
    if job_id is None:
        raise Refused(BUSY)
    return job_id


def _submit(
    platform: Platform, session: Session, establishment_id: int, why: PackWhy, who: str, slot: str | None
) -> int | None:
    active = select(Job.id).where(
        Job.kind == JobKind.CRISIS_PACK, Job.establishment_id == establishment_id, Job.state.in_(ACTIVE)
    )
    if session.scalar(active.limit(1)) is not None:
        return None
    order = jobs.Order(JobKind.CRISIS_PACK, {"why": why.value}, establishment_id=establishment_id, slot_key=slot)
    return jobs.submit(platform, session, order, who)


def make(platform: Platform, hold: Hold) -> None:
    """The job: make the pack of an establishment, keep it, forget the oldest."""
    with platform.database.read() as session:
        job = session.get_one(Job, hold.claim.job_id)
        establishment_id, asked_by = job.establishment_id or 0, job.submitted_by
        place = session.get_one(Establishment, establishment_id)
        content = gather(platform, session, place, platform.settings.lang)
    why = PackWhy(str(hold.claim.args["why"]))
    hold.stage(0.3, Text("Mise en page.", "Typesetting."))
    made = _made(platform, establishment_id, content)
    document = platform.evidence.put(io.BytesIO(made.pdf), MOST_BYTES)
    folder = platform.evidence.put(io.BytesIO(made.archive), MOST_BYTES)
    now = platform.clock.now()
    with platform.database.write() as session:
        row = Row(
            establishment_id=establishment_id,
            made_at=made.made_at,
            made_by=asked_by,
            why=why.value,
            expires_on=made.expires_on,
            fingerprint=content.fingerprint,
            pdf_sha256=document.sha256,
            pdf_size=document.size,
            zip_sha256=folder.sha256,
            zip_size=folder.size,
        )
        session.add(row)
        session.flush()
        gone = _forget_oldest(session, establishment_id, platform.settings.crisis_packs_kept)
        hold.finish(session, Text("Mallette de crise prête.", "Crisis pack ready."))
        detail = {"why": why.value, "expires_on": made.expires_on.isoformat(), "pdf": document.sha256}
        thing = Thing(THING, row.id, establishment_id)
        record(session, machine_scope(asked_by), "crisis_pack.made", thing, now, dict(detail))
    for sha256 in gone:
        platform.evidence.forget(sha256)


@dataclass(frozen=True, slots=True)
class _Made:
    made_at: datetime
    expires_on: date
    pdf: bytes
    archive: bytes


def _made(platform: Platform, establishment_id: int, content: Content) -> _Made:
    """The documents of a content, dated now to the second."""
    made_at = platform.clock.now().replace(microsecond=0)
    pack, files = _files(platform, establishment_id, content, made_at)
    return _Made(made_at, pack, files[DOCUMENT[content.pack.lang]], zipped(files, _local(platform, made_at)))


def _files(
    platform: Platform, establishment_id: int, content: Content, made_at: datetime
) -> tuple[date, dict[str, bytes]]:
    pack = content.dated(_local(platform, made_at), platform.settings.crisis_pack_days)
    try:
        posters = posters_of(platform, establishment_id, content.pack.lang)
        files = folder_of(pack, {**content.extra, **posters})
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error
    return pack.expires_on or made_at.date(), files


def now_here(platform: Platform) -> datetime:
    """The present second, in the zone of the installation."""
    return _local(platform, platform.clock.now().replace(microsecond=0))


def posters_of(platform: Platform, establishment_id: int, lang: ReportLang) -> dict[str, bytes]:
    """The A4 poster of every degraded mode in force, by its path in the folder."""
    found: dict[str, bytes] = {}
    for view in sheets_in_force(platform, machine_scope("crisis_pack", lang), establishment_id):
        path = poster_path(view.activity, view.line.title, lang)
        found[path] = poster(poster_of(view, lang), Size.A4, lang)
    return found


def _local(platform: Platform, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(platform.settings.timezone))


def folder_now(platform: Platform, scope: Scope, establishment_id: int) -> tuple[str, dict[str, bytes]]:
    """The files of a pack made on the spot, not kept, in the reader's language; a name for their folder."""
    now = platform.clock.now().replace(microsecond=0)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTACTS)
        content, finess = gather(platform, session, place, scope.lang), place.finess
    _, files = _files(platform, establishment_id, content, now)
    with platform.database.write() as session:
        detail = {"form": "folder"}
        record(session, scope, "crisis_pack.taken", Thing(THING, 0, establishment_id), now, dict(detail))
    return name_of(finess, _local(platform, now)), files


def _forget_oldest(session: Session, establishment_id: int, kept: int) -> list[str]:
    """Erase the rows of all but the latest packs; the files that nothing names any more."""
    rows = _rows(session, establishment_id)[kept:]
    candidates = {sha256 for row in rows for sha256 in (row.pdf_sha256, row.zip_sha256)}
    for row in rows:
        session.delete(row)
    session.flush()
    named = set(session.scalars(select(StoredContent.sha256).where(StoredContent.sha256.in_(candidates))))
    for column in (Row.pdf_sha256, Row.zip_sha256):
        named |= set(session.scalars(select(column).where(column.in_(candidates))))
    return sorted(candidates - named)


def make_what_is_due(platform: Platform, hold: Hold) -> None:
    """The job of every ten minutes: have a new pack made where a week has passed or the content changed."""
    now = platform.clock.now()
    asked = 0
    with platform.database.read() as session:
        waiting = list(_candidates(session, now, today(platform)))
    for establishment_id, why in waiting:
        if hold.cancelled():
            break
        asked += _ask_if_due(platform, establishment_id, why, now)
    with platform.database.write() as session:
        hold.finish(session, Text(f"Mallettes demandées : {asked}.", f"Packs asked for: {asked}."))


def _candidates(session: Session, now: datetime, day: date) -> Iterable[tuple[int, PackWhy]]:
    """The open establishments that have something to say, and why a pack may be due there."""
    speaking = select(CrisisContact.establishment_id).union(
        select(Node.establishment_id).where(or_(Node.ended_on.is_(None), Node.ended_on > day))
    )
    places = select(Establishment.id).where(
        Establishment.id.in_(speaking), or_(Establishment.closed_on.is_(None), Establishment.closed_on > day)
    )
    latest = dict(
        session.execute(select(Row.establishment_id, func.max(Row.made_at)).group_by(Row.establishment_id)).all()
    )
    changes = _changes(session)
    for establishment_id in session.scalars(places.order_by(Establishment.id)):
        why = pack_due(latest.get(establishment_id), changes.get(establishment_id), now)
        if why is not None:
            yield establishment_id, why


def _changes(session: Session) -> dict[int, Changes]:
    """When something was last written in each establishment since its latest pack, as the trail tells."""
    latest = select(Row.establishment_id, func.max(Row.made_at).label("at")).group_by(Row.establishment_id).subquery()
    query = (
        select(TrailEvent.establishment_id, func.min(TrailEvent.at), func.max(TrailEvent.at))
        .join(latest, latest.c.establishment_id == TrailEvent.establishment_id)
        .where(TrailEvent.at > latest.c.at, TrailEvent.thing_kind != THING)
        .group_by(TrailEvent.establishment_id)
    )
    return {place: Changes(first, last) for place, first, last in session.execute(query) if place is not None}


def _ask_if_due(platform: Platform, establishment_id: int, why: PackWhy, now: datetime) -> bool:
    """Submit the job, once a day for each reason; a change counts when the content is really another."""
    with platform.database.read() as session:
        place = session.get_one(Establishment, establishment_id)
        content = gather(platform, session, place, platform.settings.lang)
        rows = _rows(session, establishment_id)
    if why is PackWhy.CHANGE and rows and rows[0].fingerprint == content.fingerprint:
        return False
    day = now.astimezone(ZoneInfo(platform.settings.timezone)).date()
    slot = f"crisis_pack:{establishment_id}@{why}@{content.fingerprint[:16]}@{day}"
    with platform.database.write() as session:
        return _submit(platform, session, establishment_id, why, "calendar", slot) is not None


def open_pack(platform: Platform, scope: Scope, pack_id: int) -> PackView:
    """A pack that this person may take away; NotFound for a stranger, Forbidden for who sees no contact."""
    with platform.database.read() as session:
        row = _row(session, scope, pack_id)
        return _view(row, _rows(session, row.establishment_id), platform)


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
        view = _view(row, _rows(session, row.establishment_id), platform)
        name = f"{name_of(finess, _local(platform, row.made_at))}.{form}"
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
    return locked(name, unzipped(archive), _local(platform, taken.view.made_at), lock, passphrase)


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
