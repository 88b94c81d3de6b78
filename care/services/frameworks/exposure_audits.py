"""The audits of exposure that count as evidence of a level held over time, and what each did not look at (ADR 0025)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, ScalarSelect, case, func, or_, select

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
    """The audits of one target that count, by date; `refused` is its last one when that does not."""

    counted: tuple[ExposureAudit, ...] = ()
    refused: Refused | None = None


def left_out(run: Run) -> tuple[str, ...] | None:
    """The subjects that an audit did not look at: none of a complete one, None when it cannot name all of them."""
    if run.complete:
        return ()
    subjects = [str(gap.get("subject", "")) for gap in run.gaps or ()]
    if run.error or run.left_over or run.stopped is not None or not subjects or not all(subjects):
        return None
    return tuple(sorted(set(subjects)))


def exposure_audits(ground: Ground) -> Mapping[str, Audited]:
    """The audits of each exposure target in use, with the critical weaknesses each left; none without any audit."""
    rows = ground.session.execute(
        select(Target.id, Target.name, Run, _found(), case((Run.complete.is_(True), 0), else_=_open()))
        .outerjoin(Run, (Run.target_id == Target.id) & Run.complete.is_not(None) & Run.collected_from.is_not(None))
        .where(Target.scanner == EXPOSURE, Target.archived_at.is_(None), ground.here(Target.establishment_id))
        .order_by(Target.id, Run.collected_from)
    )
    audits: dict[tuple[int, str], Audited] = defaultdict(Audited)
    for number, name, run, found, still_open in rows:
        audits[number, name] = _with(audits[number, name], ground, run, int(found), int(still_open))
    if not any(one.counted or one.refused for one in audits.values()):
        return {}
    names = [name for _number, name in audits]
    return {f"{name} ({number})" if names.count(name) > 1 else name: one for (number, name), one in audits.items()}


def _with(before: Audited, ground: Ground, run: Run | None, found: int, still_open: int) -> Audited:
    if run is None or run.collected_from is None:
        return before
    day, exceptions = ground.local(run.collected_from), left_out(run)
    if exceptions is None:
        return Audited(before.counted, Refused(day, _why(run)))
    # What was not looked at is as it was: a weakness known there is not gone because nobody asked.
    criticals = max(found, still_open) if exceptions else found
    return Audited((*before.counted, ExposureAudit(day, criticals, exceptions)))


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


def _open() -> ScalarSelect[int]:
    """The critical findings that the target still had once a run was over, those seen before it too."""
    return (
        select(func.count())
        .select_from(SightingRow)
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(SightingRow.target_id == Run.target_id, FindingRow.severity == Severity.CRITICAL, _there())
        .scalar_subquery()
    )


def _there() -> ColumnElement[bool]:
    gone_later = or_(SightingRow.gone_at.is_(None), SightingRow.gone_at > Run.collected_to)
    return (SightingRow.first_seen_at <= Run.collected_to) & gone_later
