"""Runs of a small hospital recorded by the real service, without collection nor judgement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from care.domain.access import Scope
from care.domain.findings import Judged, Observed, Written, canonical
from care.services.platform import Platform
from care.services.recording import Place, record_findings
from care.store.runs import RuleOutcome, Run
from scanners.model import Finding, Severity, Status
from tests.support.audits import add_directory

START = datetime(2026, 3, 1, tzinfo=UTC)
PERIMETER = "ldaps://dc1.hopital.test"


@dataclass(frozen=True)
class Seen:
    """One run: day of its collection, subjects by rule (None: the rule could not tell)."""

    day: int
    subjects: Mapping[str, Sequence[str] | None]
    conclusive: bool = True
    perimeter: str = PERIMETER
    level: int = 1
    severity: Severity = Severity.HIGH

    @property
    def at(self) -> datetime:
        return START + timedelta(days=self.day)

    def observed(self) -> Observed:
        judged = {
            rule: Judged(
                self.severity,
                self.conclusive,
                {canonical(one): Finding(one, {"level": self.level}) for one in subjects},
            )
            for rule, subjects in self.subjects.items()
            if subjects is not None
        }
        return Observed(self.at, self.perimeter, judged)


def plant_targets(platform: Platform, scope: Scope, establishment_id: int, names: Sequence[str]) -> dict[str, int]:
    return {name: add_directory(platform, scope, establishment_id, name) for name in names}


def record_run(
    platform: Platform, establishment_id: int, target_id: int, seen: Seen, now: datetime | None = None
) -> Written:
    """What `care.services.audits` does at the end of an audit, with its outcomes."""
    moment = now or platform.clock.now()
    with platform.database.write() as session:
        run = Run(
            establishment_id=establishment_id,
            target_id=target_id,
            scanner="ad",
            asked_at=moment,
            asked_by="tests",
            recorded_at=moment,
            collected_from=seen.at,
            collected_to=seen.at,
            perimeter=seen.perimeter,
        )
        session.add(run)
        session.flush()
        observed = seen.observed()
        written = record_findings(session, Place(establishment_id, target_id, run.id), observed, moment, "tests")
        rows = [_outcome(run.id, rule, judged) for rule, judged in observed.judged.items()]
        if rows:
            session.execute(insert(RuleOutcome), rows)
        return written


def _outcome(run_id: int, rule: str, judged: Judged) -> dict[str, object]:
    return {
        "run_id": run_id,
        "rule": rule,
        "status": Status.FAILED if judged.seen else Status.PASSED,
        "conclusive": judged.conclusive,
        "severity": judged.severity,
        "population": None,
        "findings": len(judged.seen),
        "reason_fr": "",
        "reason_en": "",
    }
