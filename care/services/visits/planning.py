"""A certification visit planned, changed while it may be, ended before its time, revoked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope
from care.domain.jobs import JobKind
from care.domain.programme import VisitKind, VisitState
from care.domain.visits import FARTHEST, LONGEST
from care.services import jobs
from care.services.errors import Forbidden, Invalid, Refused
from care.services.frameworks.library import frameworks_in_use
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, length_faults, line_of
from care.services.visits.rows import holds, places_of, sites_of, stands, thing_of, visit_row
from care.store.programme import Visit, VisitAccess
from scanners.model import Text

FIELDS: Mapping[str, Text] = {
    "title": Text("l’intitulé", "the title"),
    "scope": Text("le périmètre", "the scope"),
    "starts_at": Text("l’ouverture", "the opening"),
    "ends_at": Text("la fermeture", "the closing"),
}
"""What the trail of a visit calls its parts, and how people call them."""
MAX_WHY = 300


@dataclass(frozen=True, slots=True)
class VisitDraft:
    """A visit as typed: who is visited, what may be read, from when to when (UTC).

    `downloads`: files on which no watermark can be put are handed out as they are.
    """

    title: str
    holder: Place
    establishments: tuple[int, ...]
    frameworks: tuple[str, ...]
    starts_at: datetime | None
    ends_at: datetime | None
    downloads: bool = False

    @property
    def scope(self) -> dict[str, Any]:
        """What the row holds of what may be read."""
        return {
            "establishments": sorted(set(self.establishments)),
            "frameworks": sorted(set(self.frameworks)),
            "downloads": self.downloads,
        }


def plan_visit(platform: Platform, scope: Scope, establishment_id: int, draft: VisitDraft) -> int:
    """Plan a visit and return its number. Invalid by field; NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.write() as session:
        site = visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        if draft.holder not in places_of(site):
            raise Invalid({"holder": Text("Choisissez qui est visité.", "Choose who is visited.")})
        starts_at, ends_at = _checked(platform, session, scope, draft, now)
        row = Visit(
            holder=draft.holder.key, kind=VisitKind.OFFICIAL, title=line_of(draft.title), scope=draft.scope,
            starts_at=starts_at, ends_at=ends_at, state=VisitState.PLANNED, created_at=now, created_by=scope.actor,
            changed_at=now, changed_by=scope.actor,
        )  # fmt: skip
        session.add(row)
        session.flush()
        _close_by_itself(platform, session, row)
        record(session, scope, "visit.planned", thing_of(row), now, _told(row))
        return row.id


def change_visit(platform: Platform, scope: Scope, where: tuple[int, int], draft: VisitDraft, seen: int) -> None:
    """Change a visit that is not over; who is visited stays. Refused once it is, or when somebody was quicker."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = visit_row(session, scope, where, Right.MANAGE_PROGRAMME, lock=True)
        _refuse_over(platform, row, now)
        if row.version != seen:
            refuse_stale(platform, session, thing_of(row), (row.changed_at, row.changed_by), seen, FIELDS)
        starts_at, ends_at = _checked(platform, session, scope, draft, now, row)
        before = {name: getattr(row, name) for name in FIELDS}
        row.title, row.scope, row.starts_at, row.ends_at = line_of(draft.title), draft.scope, starts_at, ends_at
        changed = [name for name in FIELDS if getattr(row, name) != before[name]]
        if changed:
            _touch(row, scope.actor, now)
            _close_by_itself(platform, session, row)
            detail = {**_told(row), "fields": ", ".join(changed), "version": row.version}
            record(session, scope, "visit.changed", thing_of(row), now, detail)


def end_visit(platform: Platform, scope: Scope, where: tuple[int, int]) -> None:
    """End an open visit now: nobody reads any more. Refused when it is not open."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = visit_row(session, scope, where, Right.MANAGE_PROGRAMME, lock=True)
        _refuse_over(platform, row, now)
        if stands(row, now) is VisitState.PLANNED:
            raise Refused(_NOT_BEGUN)
        row.state, row.ended_at = VisitState.ENDED, now
        close_accesses(session, row, now, scope.actor, _ENDED)
        _touch(row, scope.actor, now)
        record(session, scope, "visit.ended", thing_of(row), now, {"title": row.title, "version": row.version})


def revoke_visit(platform: Platform, scope: Scope, where: tuple[int, int], why: str) -> None:
    """Withdraw a visit that is not over, for a reason; no link opens anything any more."""
    why = line_of(why)
    if not 0 < len(why) <= MAX_WHY:
        raise Invalid({"why": Text("Dites pourquoi en une phrase.", "Say why in one sentence.")})
    now = platform.clock.now()
    with platform.database.write() as session:
        row = visit_row(session, scope, where, Right.MANAGE_PROGRAMME, lock=True)
        _refuse_over(platform, row, now)
        row.state, row.ended_at, row.conclusion = VisitState.REVOKED, now, why
        close_accesses(session, row, now, scope.actor, why)
        _touch(row, scope.actor, now)
        record(session, scope, "visit.revoked", thing_of(row), now, {"title": row.title, "why": why})


def close_accesses(session: Session, row: Visit, now: datetime, by: str, why: str) -> int:
    """Close every access of a visit that still was; how many. Their cookies are kept to be refused, not to open."""
    query = select(VisitAccess).where(VisitAccess.visit_id == row.id, VisitAccess.revoked_at.is_(None))
    still = session.scalars(query.with_for_update()).all()
    for access in still:
        access.revoked_at, access.revoked_by, access.revoked_why = now, by, why
    return len(still)


_NOT_BEGUN = Text(
    "La visite n’a pas commencé : changez ses dates, ou annulez-la.",
    "The visit has not begun: change its dates, or cancel it.",
)
_ENDED = "Visite terminée avant l’heure prévue"


def _touch(row: Visit, actor: str, now: datetime) -> None:
    row.version += 1
    row.changed_at, row.changed_by = now, actor


def _told(row: Visit) -> dict[str, str | int | bool]:
    return {
        "title": row.title,
        "starts_at": row.starts_at.isoformat(timespec="minutes"),
        "ends_at": row.ends_at.isoformat(timespec="minutes"),
        "establishments": len(row.scope["establishments"]),
        "frameworks": ", ".join(row.scope["frameworks"]),
        "downloads": row.scope["downloads"],
    }


def _refuse_over(platform: Platform, row: Visit, now: datetime) -> None:
    """A visit that is over stays so: reopening it would let in who left."""
    state = stands(row, now)
    if state is VisitState.REVOKED:
        raise Refused(
            Text(
                "Cette visite a été annulée : elle ne se rouvre pas. Planifiez-en une nouvelle.",
                "This visit was cancelled: it does not open again. Plan a new one.",
            )
        )
    if state is VisitState.ENDED:
        ended = (row.ended_at or row.ends_at).astimezone(ZoneInfo(platform.settings.timezone))
        raise Refused(
            Text(
                f"Cette visite s’est terminée le {ended:%d/%m/%Y à %H:%M} : une visite terminée ne se prolonge pas. "
                "Planifiez-en une nouvelle et invitez de nouveau les visiteurs.",
                f"This visit ended on {ended:%Y-%m-%d at %H:%M}: a visit that is over is not extended. Plan a new one "
                "and invite the visitors again.",
            )
        )


def _close_by_itself(platform: Platform, session: Session, row: Visit) -> None:
    """Have the visit closed when its time is over; the calendar looks too, should this job be lost."""
    slot = f"visit-end:{row.id}:{row.ends_at:%Y%m%dT%H%M%S}"
    order = jobs.Order(JobKind.CLOSE_VISITS, slot_key=slot, due_at=row.ends_at)
    jobs.submit(platform, session, order, "CaRE")


def _checked(
    platform: Platform, session: Session, scope: Scope, draft: VisitDraft, now: datetime, row: Visit | None = None
) -> tuple[datetime, datetime]:
    """The two ends, when all that was typed can be kept; Invalid by field, Forbidden on who is visited."""
    if not holds(session, scope, draft.holder, Right.MANAGE_PROGRAMME):
        raise Forbidden
    faults = length_faults({"title": (line_of(draft.title), MAX_LINE)})
    if not line_of(draft.title):
        faults["title"] = Text("Donnez un intitulé à la visite.", "Give the visit a title.")
    faults |= _scope_faults(
        draft,
        {site.id for site in sites_of(session, draft.holder)} | set(row.scope["establishments"] if row else ()),
        set(frameworks_in_use(platform, session, today(platform))) | set(row.scope["frameworks"] if row else ()),
    )
    faults |= _time_faults(draft, now, row)
    if faults or draft.starts_at is None or draft.ends_at is None:
        raise Invalid(faults)
    return draft.starts_at, draft.ends_at


def _scope_faults(draft: VisitDraft, sites: Collection[int], frameworks: Collection[str]) -> dict[str, Text]:
    faults = {}
    if not draft.establishments or not set(draft.establishments) <= set(sites):
        faults["establishments"] = Text(
            "Choisissez au moins un établissement de ce qui est visité.",
            "Choose at least one establishment of who is visited.",
        )
    if not draft.frameworks or not set(draft.frameworks) <= set(frameworks):
        faults["frameworks"] = Text("Choisissez au moins un référentiel.", "Choose at least one framework.")
    return faults


def _time_faults(draft: VisitDraft, now: datetime, row: Visit | None) -> dict[str, Text]:
    starts_at, ends_at = draft.starts_at, draft.ends_at
    if starts_at is None or ends_at is None:
        missing = Text("Donnez la date et l’heure.", "Give the date and the hour.")
        return {name: missing for name in ("starts_at", "ends_at") if getattr(draft, name) is None}
    if row is not None and row.starts_at <= now and starts_at != row.starts_at:
        return {"starts_at": Text("La visite a commencé : son début ne change plus.", "The visit has begun: its beginning no longer changes.")}  # fmt: skip  # noqa: E501
    if starts_at > now + FARTHEST:
        return {"starts_at": Text(f"Au plus {FARTHEST.days} jours à l’avance.", f"At most {FARTHEST.days} days ahead.")}
    if ends_at <= now:
        return {"ends_at": Text("Cette heure est passée : pour fermer la visite tout de suite, terminez-la.", "This time is past: to close the visit at once, end it.")}  # fmt: skip  # noqa: E501
    if ends_at <= starts_at:
        return {"ends_at": Text("La visite se ferme avant de s’ouvrir.", "The visit closes before it opens.")}
    if ends_at - starts_at > LONGEST:
        weeks = LONGEST.days // 7
        return {
            "ends_at": Text(
                f"Une visite reste ouverte {weeks} semaines au plus (limite de CaRE) : fermez-la plus tôt, quitte à en "
                "planifier une autre.",
                f"A visit stays open {weeks} weeks at most (a bound of CaRE): close it sooner, and plan another if "
                "need be.",
            )
        }
    return {}
