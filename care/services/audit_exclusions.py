"""Exclusions between the platform and the exposure collector: what a request carries, what a run keeps of it, and which
findings a run with exclusions may neither close nor report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.restraints import ExclusionMode
from care.services.library import today
from care.services.no_report import NoReport, concerning, end_of
from care.services.platform import Platform
from care.services.restraints import exclusions_of
from care.store.restraints import Exclusion
from care.store.runs import Run
from care.store.targets import Target
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.mandate import Area, parse_area

_MOST_ADDRESSES = 50
BY_MANDATE = "mandate"
"""What a run keeps as the mode of what the mandate itself excludes, which has neither reason nor last day."""


@dataclass(frozen=True, slots=True)
class AuditExclusions:
    """The exclusions of one audit: those in force when it began, those that ended since the audit before, and the
    number of the newest of the establishment, which a longer audit compares with."""

    in_force: tuple[Mapping[str, Any], ...] = ()
    ended: tuple[Mapping[str, Any], ...] = ()
    newest: int = 0

    def request(self) -> list[dict[str, str]]:
        """What the collector is told."""
        return [{key: str(one[key]) for key in ("what", "mode", "reason", "until")} for one in self.in_force]


def audit_exclusions(platform: Platform, session: Session, target: Target) -> AuditExclusions:
    """The exclusions that an audit of a target takes into account now."""
    day = today(platform)
    since = _last_audit(platform, session, target.id)
    known = exclusions_of(session, target.establishment_id)
    return AuditExclusions(
        tuple(_mapping(row) for row in known if row.lifted_at is None and row.until >= day),
        tuple(
            {**_mapping(row), "ended": True}
            for row in known
            if row.lifted_at is None and row.until < day and since is not None and row.until >= since
        ),
        max((row.id for row in known), default=0),
    )


def newest_exclusion(session: Session, establishment_id: int) -> int:
    """The number of the newest exclusion that forbids a contact in an establishment; 0 when there is none."""
    query = select(func.max(Exclusion.id)).where(
        Exclusion.establishment_id == establishment_id, Exclusion.mode == ExclusionMode.NO_SCAN
    )
    return session.scalar(query) or 0


def _last_audit(platform: Platform, session: Session, target_id: int) -> date | None:
    at = session.scalar(select(func.max(Run.collected_to)).where(Run.target_id == target_id))
    return at.astimezone(ZoneInfo(platform.settings.timezone)).date() if at else None


def _mapping(row: Exclusion) -> Mapping[str, Any]:
    return {
        "id": row.id,
        "what": row.what,
        "mode": row.mode.value,
        "reason": row.reason,
        "until": row.until.isoformat(),
        "by": row.created_by,
    }


def kept(facts: ExposureFacts, known: AuditExclusions) -> list[dict[str, Any]]:
    """What a run keeps: each exclusion, those of the mandate that took something from it included, with the first
    addresses it concerned and how many they are."""
    concerned = {(one.what, one.mode): one.addresses for one in facts.exclusions}
    asked = ((one, concerned.get((one["what"], one["mode"]), ())) for one in (*known.in_force, *known.ended))
    barred = (({"what": one.what, "mode": BY_MANDATE}, one.addresses) for one in facts.barred)
    return [
        {**one, "addresses": list(addresses[:_MOST_ADDRESSES]), "count": len(addresses)}
        for one, addresses in (*asked, *barred)
    ]


def _behind(facts: ExposureFacts, what: str, area: Area) -> frozenset[str]:
    """As the collector told them, and those whose names it learnt later, from certificates."""
    told = (address for one in facts.exclusions if one.what == what for address in one.addresses)
    return frozenset((*told, *(host.address for host in facts.hosts if any(map(area.holds, host.names)))))


def without_report(platform: Platform, facts: ExposureFacts, known: AuditExclusions) -> Sequence[NoReport]:
    """What exclusions without report keep back: what they name, and the addresses where a name of theirs leads."""
    zone = ZoneInfo(platform.settings.timezone)
    return [
        NoReport(
            one["id"],
            concerning(area := parse_area([one["what"]]), _behind(facts, one["what"], area)),
            one["reason"],
            end_of(date.fromisoformat(one["until"]), zone),
            one["by"],
        )
        for one in known.in_force
        if one["mode"] == ExclusionMode.NO_REPORT
    ]
