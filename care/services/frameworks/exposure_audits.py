"""The audits of exposure that count as evidence of a level held over time, and what each did not look at (ADR 0025)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ScalarSelect, func, select

from care.domain.held_exposure import ExposureAudit
from care.services.frameworks.ground import Ground
from care.store.findings import FindingRow, SightingRow
from care.store.runs import RuleOutcome, Run
from care.store.targets import Target
from scanners.model import Severity, Status, Text

EXPOSURE = "exposure"
_STOPPED = Text("il s’est arrêté avant la fin.", "it stopped before its end.")
_BROKEN = Text("une règle s’est arrêtée sur un défaut de CaRE.", "a rule stopped on a defect of CaRE.")


@dataclass(frozen=True, slots=True)
class Refused:
    """The last audit of a target, when it does not count: its day and why."""

    day: date
    why: Text


@dataclass(frozen=True, slots=True)
class Audited:
    """The audits of one target, by date, those that do not count as proof included; `refused` is its last one when it
    is of these."""

    every: tuple[ExposureAudit, ...] = ()
    refused: Refused | None = None

    @property
    def counted(self) -> tuple[ExposureAudit, ...]:
        """Those that count."""
        return tuple(one for one in self.every if one.proves)


@dataclass(frozen=True, slots=True)
class _Critical:
    """A critical weakness as a target saw it."""

    first_seen: datetime
    gone_at: datetime | None

    def there(self, at: datetime) -> bool:
        """Whether it was known and not yet gone."""
        return self.first_seen <= at and (self.gone_at is None or self.gone_at > at)


def left_out(run: Run) -> tuple[str, ...] | None:
    """The subjects that an audit did not look at: none of a complete one, None when it cannot name all of them."""
    if run.complete:
        return ()
    subjects = [str(gap.get("subject", "")) for gap in run.gaps or ()]
    if run.error or run.left_over or run.stopped is not None or not subjects or not all(subjects):
        return None
    return tuple(sorted(set(subjects)))


def exposure_audits(ground: Ground) -> Mapping[str, Audited]:
    """The audits of each exposure target in use, with the critical weaknesses that were open once each was over; none
    without any audit."""
    rows = ground.session.execute(
        select(Target.id, Target.name, Run, _found())
        .outerjoin(Run, (Run.target_id == Target.id) & Run.complete.is_not(None) & Run.collected_from.is_not(None))
        .where(Target.scanner == EXPOSURE, Target.archived_at.is_(None), ground.here(Target.establishment_id))
        .order_by(Target.id, Run.collected_from)
    )
    criticals = _criticals(ground)
    audits: dict[tuple[int, str], Audited] = defaultdict(Audited)
    for number, name, run, found in rows:
        audits[number, name] = _with(audits[number, name], ground, run, int(found), criticals.get(number, ()))
    if not any(one.every for one in audits.values()):
        return {}
    names = [name for _number, name in audits]
    return {f"{name} ({number})" if names.count(name) > 1 else name: one for (number, name), one in audits.items()}


def _with(before: Audited, ground: Ground, run: Run | None, found: int, criticals: Sequence[_Critical]) -> Audited:
    if run is None or run.collected_from is None:
        return before
    day, exceptions = ground.local(run.collected_from), left_out(run)
    # What an audit could not close is still there, even if it looked everywhere: a port that nothing named this time,
    # a version that is hidden since, an address taken out of the target.
    still_open = sum(one.there(run.collected_to or run.collected_from) for one in criticals)
    audit = ExposureAudit(day, max(found, still_open), exceptions or (), proves=exceptions is not None)
    return Audited((*before.every, audit), Refused(day, _why(run)) if exceptions is None else None)


def _why(run: Run) -> Text:
    if run.stopped is not None or run.left_over:
        return _STOPPED
    unnamed = next((gap for gap in run.gaps or () if not gap.get("subject")), None)
    return Text(unnamed["fr"], unnamed["en"]) if unnamed else _BROKEN


def _found() -> ScalarSelect[int]:
    """The critical findings of a run itself."""
    return (
        select(func.coalesce(func.sum(RuleOutcome.findings), 0))
        .where(
            RuleOutcome.run_id == Run.id,
            RuleOutcome.status == Status.FAILED,
            RuleOutcome.severity == Severity.CRITICAL,
        )
        .scalar_subquery()
    )


def _criticals(ground: Ground) -> Mapping[int, Sequence[_Critical]]:
    """The critical weaknesses that each target ever saw."""
    rows = ground.session.execute(
        select(SightingRow.target_id, SightingRow.first_seen_at, SightingRow.gone_at)
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(
            ground.here(FindingRow.establishment_id),
            FindingRow.scanner == EXPOSURE,
            FindingRow.severity == Severity.CRITICAL,
        )
    )
    known: dict[int, list[_Critical]] = defaultdict(list)
    for target_id, first_seen, gone_at in rows:
        known[target_id].append(_Critical(first_seen, gone_at))
    return known
