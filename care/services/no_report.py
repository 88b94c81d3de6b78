"""Findings on what an exclusion does not report: recorded, postponed to its date with its reason, never lost.

They are postponed like any finding: everybody sees them as such, with who excluded them and why, and they open again by
themselves when no exclusion holds any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from care.domain.findings import Decision, State, Verdict, state_of
from care.services.exposure.unreported import addresses_behind, without_report
from care.services.platform import Platform
from care.store.findings import FindingEvent, FindingRow, SightingRow
from care.store.tallies import lock_findings, note_flow, retally
from scanners.exposure.mandate import Area, parse_area
from scanners.exposure.subjects import host_of

_EXPOSURE = "exposure"


@dataclass(frozen=True, slots=True)
class NoReport:
    """One exclusion without report: whether it concerns a subject, why, until when (UTC), by whose word."""

    exclusion_id: int
    concerns: Callable[[str], bool]
    reason: str
    until: datetime
    by: str


def concerning(area: Area, addresses: frozenset[str]) -> Callable[[str], bool]:
    """Whether a subject is one of these addresses, or lies in the area."""
    return lambda subject: str(host := host_of(subject)) in addresses or area.holds(host)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The end of a day there."""
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)


def postpone_unreported(session: Session, target_id: int, exclusions: Sequence[NoReport], now: datetime) -> int:
    """Postpone the open findings that a target sees on what exclusions do not report; how many."""
    if not exclusions:
        return 0
    seen = select(SightingRow.finding_id).where(SightingRow.target_id == target_id, SightingRow.gone_at.is_(None))
    return _postpone_open(session, FindingRow.id.in_(seen), exclusions, now)


def hold_back(platform: Platform, session: Session, establishment_id: int) -> int:
    """Postpone what is open on what exclusions in force do not report, without waiting for an audit; how many.

    When one is made, and whenever something opens again while one holds: another ends, a person's decision does.
    """
    exclusions = _in_force(platform, session, establishment_id)
    if not exclusions:
        return 0
    lock_findings(session, establishment_id)
    mine = and_(FindingRow.establishment_id == establishment_id, FindingRow.scanner == _EXPOSURE)
    return _postpone_open(session, mine, exclusions, platform.clock.now())


def _in_force(platform: Platform, session: Session, establishment_id: int) -> list[NoReport]:
    """What two of them hold back is postponed to the later date."""
    zone, now = ZoneInfo(platform.settings.timezone), platform.clock.now()
    rows = without_report(session, establishment_id, now.astimezone(zone).date())
    areas = [(row, parse_area([row.what])) for row in rows]
    return [
        NoReport(
            row.id,
            concerning(area, addresses_behind(session, establishment_id, area)),
            row.reason,
            end_of(row.until, zone),
            row.created_by,
        )
        for row, area in areas
    ]


def _postpone_open(session: Session, among: ColumnElement[bool], exclusions: Sequence[NoReport], now: datetime) -> int:
    rows = session.scalars(select(FindingRow).where(among, FindingRow.state == State.OPEN).with_for_update()).all()
    moved = [row for row in rows if _postpone(session, row, exclusions, now)]
    _count(session, moved, "decided", now)
    return len(moved)


def _postpone(session: Session, row: FindingRow, exclusions: Sequence[NoReport], now: datetime) -> bool:
    exclusion = next((one for one in exclusions if one.concerns(row.subject)), None)
    if exclusion is None:
        return False
    decision = Decision(Verdict.POSTPONED, exclusion.until)
    row.decided_as, row.decided_until = decision.verdict, decision.until
    row.state = state_of(True, decision, now)
    detail = {
        "verdict": decision.verdict.value,
        "reason": exclusion.reason,
        "signatory": exclusion.by,
        "until": exclusion.until.isoformat(),
        "exclusion": exclusion.exclusion_id,
    }
    session.add(FindingEvent(finding_id=row.id, at=now, what="decided", actor=exclusion.by, detail=detail))
    return True


def reopen(session: Session, establishment_id: int, exclusion_id: int, actor: str, now: datetime) -> int:
    """Open again what an exclusion had postponed and nobody has decided about since; how many."""
    lock_findings(session, establishment_id)
    rows = session.scalars(
        select(FindingRow)
        .where(FindingRow.establishment_id == establishment_id, FindingRow.decided_as == Verdict.POSTPONED)
        .with_for_update()
    ).all()
    mine = [row for row in rows if _postponed_by(session, row) == exclusion_id]
    for row in mine:
        row.decided_as = row.decided_until = None
        row.state = state_of(row.state is not State.FIXED, None, now)
        detail = {"reason": "exclusion", "exclusion": exclusion_id}
        session.add(FindingEvent(finding_id=row.id, at=now, what="withdrawn", actor=actor, detail=detail))
    _count(session, mine, "withdrawn", now)
    return len(mine)


def _postponed_by(session: Session, row: FindingRow) -> int | None:
    detail = session.scalar(
        select(FindingEvent.detail)
        .where(FindingEvent.finding_id == row.id, FindingEvent.what == "decided")
        .order_by(FindingEvent.id.desc())
        .limit(1)
    )
    return (detail or {}).get("exclusion")


def _count(session: Session, rows: Sequence[FindingRow], what: str, now: datetime) -> None:
    session.flush()
    by_place: dict[int, dict[tuple[str, str], int]] = {}
    for row in rows:
        flow = by_place.setdefault(row.establishment_id, {})
        flow[row.rule, what] = flow.get((row.rule, what), 0) + 1
    for place, flow in by_place.items():
        note_flow(session, place, now.date(), flow)
        retally(session, place, {rule for rule, _what in flow})
