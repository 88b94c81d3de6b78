"""What the open weaknesses of the exposure say together, for the direction and for technicians."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.exposure.glances import TargetGlance, audited_before, targets_glanced
from care.services.exposure.open_weaknesses import OpenWeakness, OpenWeaknesses
from care.services.finding_decisions import expire_decisions
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.priority_plan import FailedRule
from care.services.synthesis import Synthesis, synthesis_of
from care.store.runs import RuleOutcome, Run
from scanners.exposure.subjects import host_of
from scanners.model import Severity, Status


@dataclass(frozen=True)
class ExposureSynthesis:
    """`places` counts the addresses and names that something is open on, `by_place` those of each severity.

    `new` and `fixed` are those of the last audits, None when nothing was audited before them. `never` are the targets
    without an audit; `incomplete` the last audits that did not read everything, `unanswered` their rules without an
    answer; `oldest` is the date of the last audit that is the oldest, None before any.
    """

    establishment_id: int
    said: Synthesis
    places: int
    by_place: Mapping[Severity, int]
    new: int | None
    fixed: int | None
    never: tuple[str, ...]
    incomplete: int
    unanswered: int
    oldest: datetime | None

    @property
    def lacking(self) -> bool:
        """Whether something was not looked at, so that the situation may be worse."""
        return bool(self.never or self.incomplete or self.unanswered)


def open_synthesis(platform: Platform, scope: Scope, establishment_id: int) -> ExposureSynthesis:
    """The whole of it; NotFound, Forbidden."""
    expire_decisions(platform)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        targets = targets_glanced(session, establishment_id, platform.clock.now(), scope.lang)
        weak = OpenWeaknesses(session, establishment_id).all
        statuses = _statuses(session, targets)
        assessed = bool(statuses[Status.PASSED] + statuses[Status.FAILED])
        new, fixed = _moved(session, targets)
        return ExposureSynthesis(
            establishment_id=establishment_id,
            said=synthesis_of(_failed(weak), platform.kits.sheets, scope.lang, assessed=assessed),
            places=len({str(host_of(one.subject)) for one in weak}),
            by_place=_by_place(weak),
            new=new,
            fixed=fixed,
            never=tuple(one.name for one in targets if one.run_id is None),
            incomplete=sum(one.run_id is not None and not one.complete for one in targets),
            unanswered=statuses[Status.NOT_ASSESSABLE] + statuses[Status.ERROR],
            oldest=min((one.at for one in targets if one.at is not None), default=None),
        )


def _failed(weak: Iterable[OpenWeakness]) -> list[FailedRule]:
    counts = Counter((one.rule, one.severity) for one in weak)
    return [FailedRule(rule, severity, count) for (rule, severity), count in counts.items()]


def _by_place(weak: Iterable[OpenWeakness]) -> Mapping[Severity, int]:
    places: dict[Severity, set[str]] = defaultdict(set)
    for one in weak:
        places[one.severity].add(str(host_of(one.subject)))
    return {severity: len(found) for severity, found in places.items()}


def _statuses(session: Session, targets: Iterable[TargetGlance]) -> Counter[Status]:
    """How the rules of the last audits ended."""
    runs = [one.run_id for one in targets if one.run_id is not None]
    rows = session.execute(
        select(RuleOutcome.status, func.count()).where(RuleOutcome.run_id.in_(runs)).group_by(RuleOutcome.status)
    )
    return Counter({row.status: row[1] for row in rows})


def _moved(session: Session, targets: Iterable[TargetGlance]) -> tuple[int | None, int | None]:
    known = list(targets)
    if not audited_before(session, known):
        return None, None
    runs = [one.run_id for one in known if one.run_id is not None]
    rows = session.execute(
        select(Run.findings_new, Run.findings_back, Run.findings_fixed).where(Run.id.in_(runs))
    ).all()
    new = sum((row.findings_new or 0) + (row.findings_back or 0) for row in rows)
    return new, sum(row.findings_fixed or 0 for row in rows)
