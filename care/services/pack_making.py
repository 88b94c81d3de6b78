"""Crisis packs made: asked for by a person, or due because a week passed or their content changed."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, machine_scope
from care.domain.crisis import Changes, PackWhy, pack_due
from care.domain.jobs import ACTIVE, JobKind
from care.services import jobs
from care.services.action_query import today
from care.services.audit_report import DocumentError
from care.services.crisis_pack import SPEAKS, THING, local, name_of, rows_of
from care.services.degraded_reading import sheets_in_force
from care.services.errors import Refused
from care.services.pack_content import Content, gather
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.sheet_prints import poster_of
from care.services.trail import Thing, record
from care.services.work import Hold
from care.store.continuity import Node
from care.store.crisis import CrisisContact
from care.store.crisis import CrisisPack as Row
from care.store.evidence import StoredContent
from care.store.jobs import Job
from care.store.registry import Establishment, still_open
from care.store.trail import TrailEvent
from reports.crisis_folder import DOCUMENT, folder_of, poster_path, zipped
from reports.errors import ReportError
from reports.sheets.poster import Size, poster
from reports.words import Lang as ReportLang
from scanners.model import Text

MOST_BYTES = 512 << 20
"""The largest file of a pack: far above what can be printed."""
BUSY = Text(
    "Une mallette est déjà en préparation ; elle apparaît ici dès qu’elle est prête.",
    "A pack is already being made; it appears here as soon as it is ready.",
)


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
    # Before its content is read: whatever is written from then on is later than the pack.
    made_at = now_here(platform)
    with platform.database.read() as session:
        job = session.get_one(Job, hold.claim.job_id)
        establishment_id, asked_by = job.establishment_id or 0, job.submitted_by
        place = session.get_one(Establishment, establishment_id)
        content = gather(platform, session, place, platform.settings.lang)
    hold.stage(0.3, Text("Mise en page.", "Typesetting."))
    files = _files(platform, establishment_id, content, made_at)
    document = platform.evidence.put(io.BytesIO(files[DOCUMENT[content.pack.lang]]), MOST_BYTES)
    folder = platform.evidence.put(io.BytesIO(zipped(files, made_at)), MOST_BYTES)
    why, expires_on = PackWhy(str(hold.claim.args["why"])), made_at.date() + _validity(platform)
    with platform.database.write() as session:
        row = Row(
            establishment_id=establishment_id,
            made_at=made_at.astimezone(UTC),
            made_by=asked_by,
            why=why.value,
            expires_on=expires_on,
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
        detail = {"why": why.value, "expires_on": expires_on.isoformat(), "pdf": document.sha256}
        thing = Thing(THING, row.id, establishment_id)
        record(session, machine_scope(asked_by), "crisis_pack.made", thing, platform.clock.now(), dict(detail))
    for sha256 in gone:
        platform.evidence.forget(sha256)


def _validity(platform: Platform) -> timedelta:
    return timedelta(days=platform.settings.crisis_pack_days)


def _files(platform: Platform, establishment_id: int, content: Content, made_at: datetime) -> dict[str, bytes]:
    """The files of a content, dated `made_at` (aware, in the zone of the installation)."""
    try:
        posters = posters_of(platform, establishment_id, content.pack.lang)
        pack = replace(content.pack, made_at=made_at, expires_on=made_at.date() + _validity(platform))
        return folder_of(pack, {**content.extra, **posters})
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def now_here(platform: Platform) -> datetime:
    """The present second, in the zone of the installation."""
    return local(platform, platform.clock.now().replace(microsecond=0))


def posters_of(platform: Platform, establishment_id: int, lang: ReportLang) -> dict[str, bytes]:
    """The A4 poster of every degraded mode in force, by its path in the folder."""
    found: dict[str, bytes] = {}
    for view in sheets_in_force(platform, machine_scope("crisis_pack", lang), establishment_id):
        path = poster_path(view.activity, view.line.title, lang)
        found[path] = poster(poster_of(view, lang), Size.A4, lang)
    return found


def folder_now(platform: Platform, scope: Scope, establishment_id: int) -> tuple[str, dict[str, bytes]]:
    """The files of a pack made on the spot, not kept, in the reader's language; a name for their folder."""
    made_at = now_here(platform)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTACTS)
        content, finess = gather(platform, session, place, scope.lang), place.finess
    files = _files(platform, establishment_id, content, made_at)
    with platform.database.write() as session:
        detail = {"form": "folder"}
        thing = Thing(THING, 0, establishment_id)
        record(session, scope, "crisis_pack.taken", thing, platform.clock.now(), dict(detail))
    return name_of(finess, made_at), files


def _forget_oldest(session: Session, establishment_id: int, kept: int) -> list[str]:
    """Erase the rows of all but the latest packs; the files that nothing names any more."""
    rows = rows_of(session, establishment_id)[kept:]
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
    places = select(Establishment.id).where(Establishment.id.in_(speaking), still_open(day))
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
        .where(TrailEvent.at > latest.c.at, SPEAKS)
        .group_by(TrailEvent.establishment_id)
    )
    return {place: Changes(first, last) for place, first, last in session.execute(query) if place is not None}


def _ask_if_due(platform: Platform, establishment_id: int, why: PackWhy, now: datetime) -> bool:
    """Submit the job, once a day for each reason; a change counts when the content is really another."""
    with platform.database.read() as session:
        place = session.get_one(Establishment, establishment_id)
        content = gather(platform, session, place, platform.settings.lang)
        rows = rows_of(session, establishment_id)
    if why is PackWhy.CHANGE and rows and rows[0].fingerprint == content.fingerprint:
        return False
    day = local(platform, now).date()
    slot = f"crisis_pack:{establishment_id}@{why}@{content.fingerprint[:16]}@{day}"
    with platform.database.write() as session:
        return _submit(platform, session, establishment_id, why, "calendar", slot) is not None
