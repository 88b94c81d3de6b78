"""Rows that measures of indicators read, written straight into the tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from care.domain.application_files import FileState
from care.domain.continuity import TestKind, TestResult, TestState
from care.domain.exercises import ExerciseStage
from care.domain.findings import State
from care.domain.judging import RequirementStatus
from care.domain.months import Month
from care.domain.programme import Extent, Gravity, IncidentKind, IncidentState, PatientImpact
from care.services.indicators.measuring import answers
from care.services.platform import Platform
from care.store.continuity import ContinuityTest, ContinuityTestNode
from care.store.exercises import Exercise
from care.store.findings import FindingRow, SightingRow
from care.store.frameworks import FrameworkCount, RequirementStanding
from care.store.incidents import Incident, IncidentNotice
from care.store.indicators import EstablishmentProfile
from care.store.programme import ApplicationFile
from care.store.runs import RuleOutcome, Run
from care.store.targets import Target
from scanners.model import Severity, Status

EARLY = datetime(2020, 1, 1, 9, 0, tzinfo=UTC)
_NUMBERS = count(1)
Numbers = tuple[int, int]


def noon(day: date) -> datetime:
    """The middle of a day, the same one in Paris and in UTC."""
    return datetime.combine(day, time(12), UTC)


def told(
    platform: Platform, code: str, month: Month, day: date, sites: tuple[int, ...]
) -> Mapping[int, tuple[int, int, date]]:
    """What establishments answer to one indicator: numerator, denominator and the day of the facts."""
    with platform.database.read() as session:
        found = answers(platform, session, sites, month, day)
    return {
        one.site: (one.value.numerator, one.value.denominator, one.value.as_of)
        for one in found
        if one.value.code == code
    }


def numbers(platform: Platform, code: str, month: Month, day: date, *sites: int) -> list[Numbers | None]:
    """The same for each establishment in turn, without the day; None for no answer."""
    found = told(platform, code, month, day, sites)
    return [found[site][:2] if site in found else None for site in sites]


def plant_test(
    platform: Platform,
    site: int,
    done_on: date | None,
    *,
    kind: TestKind = TestKind.TABLE_TOP,
    level: str = "",
    nodes: tuple[int, ...] = (),
    **columns: Any,
) -> int:
    """A test of continuity, done unless `done_on` is None; an exercise that counts unless columns say otherwise.
    `level` makes it an exercise of a kit."""
    usual: dict[str, Any] = {
        "state": TestState.DONE if done_on else TestState.PLANNED,
        "result": TestResult.PASSED if done_on else None,
        "cyber_triggered": True,
        "degraded_played": True,
        "management_present": True,
        "directorates": "Soins",
        "created_at": EARLY,
        "created_by": "tests",
        "changed_at": EARLY,
        "changed_by": "tests",
        "planned_on": done_on or date(2026, 6, 1),
        "title": "Essai",
    }
    with platform.database.write() as session:
        row = ContinuityTest(establishment_id=site, kind=kind, done_on=done_on, **(usual | columns))
        session.add(row)
        session.flush()
        session.add_all(ContinuityTestNode(test_id=row.id, node_id=one, name=str(one)) for one in nodes)
        if level:
            session.add(_exercise(site, row.id, level, done_on or date(2026, 6, 1)))
        return row.id


def _exercise(site: int, test_id: int, level: str, on: date) -> Exercise:
    number = next(_NUMBERS)
    return Exercise(
        establishment_id=site, test_id=test_id, code=f"X{number:07}", title="Exercice", kit="k", kit_version="1",
        content={"level": level}, booklets={}, documents=[], words={}, planned_at=noon(on),
        stage=ExerciseStage.CLOSED, created_at=EARLY, created_by="tests", changed_at=EARLY, changed_by="tests",
    )  # fmt: skip


def plant_target(platform: Platform, site: int, scanner: str, name: str = "T", **columns: Any) -> int:
    """A target in use since long."""
    with platform.database.write() as session:
        row = Target(
            establishment_id=site, scanner=scanner, name=name, request={}, created_at=EARLY, created_by="tests",
            changed_at=EARLY, **columns,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


Said = tuple[Status, int, int]
"""Status, population and findings of a rule."""


def plant_run(
    platform: Platform,
    target_id: int,
    on: date,
    outcomes: Mapping[str, Said] | None = None,
    *,
    complete: bool = True,
    severity: Severity = Severity.HIGH,
) -> int:
    """An audit of a target recorded at noon, and what its rules said."""
    statuses = [status for status, _population, _findings in (outcomes or {}).values()]
    with platform.database.write() as session:
        target = session.get_one(Target, target_id)
        run = Run(
            establishment_id=target.establishment_id, target_id=target_id, scanner=target.scanner, asked_at=noon(on),
            asked_by="tests", recorded_at=noon(on), collected_from=noon(on), collected_to=noon(on), complete=complete,
            passed=statuses.count(Status.PASSED), failed=statuses.count(Status.FAILED),
        )  # fmt: skip
        session.add(run)
        session.flush()
        for rule, (status, population, findings) in (outcomes or {}).items():
            session.add(
                RuleOutcome(
                    run_id=run.id, rule=rule, status=status, conclusive=True, severity=severity,
                    population=population if status in (Status.PASSED, Status.FAILED) else None, findings=findings,
                    reason_fr="", reason_en="",
                )
            )  # fmt: skip
        return run.id


def plant_finding(
    platform: Platform,
    target_id: int,
    rule: str,
    seen_on: date,
    *,
    gone_on: date | None = None,
    severity: Severity = Severity.CRITICAL,
    state: State = State.OPEN,
    evidence: Mapping[str, Any] | None = None,
) -> None:
    """A weakness that a target sees, or saw until a day."""
    with platform.database.write() as session:
        target, subject = session.get_one(Target, target_id), f"sujet {next(_NUMBERS)}"
        row = FindingRow(
            establishment_id=target.establishment_id, scanner=target.scanner, rule=rule, subject=subject,
            subject_key=subject, severity=severity, evidence=dict(evidence or {}), state=state,
            first_seen_at=noon(seen_on),
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add(
            SightingRow(
                finding_id=row.id, target_id=target_id, rule=rule, first_seen_at=noon(seen_on),
                last_seen_at=noon(seen_on), perimeter="", gone_at=noon(gone_on) if gone_on else None,
            )
        )  # fmt: skip


def plant_file(
    platform: Platform,
    holder: str,
    framework: str,
    state: FileState,
    candidacy_on: date | None = None,
    declaration_on: date | None = None,
) -> None:
    """The application file of a candidate (`ght:3`)."""
    with platform.database.write() as session:
        session.add(
            ApplicationFile(
                holder=holder, framework=framework, state=state, candidacy_on=candidacy_on,
                declaration_on=declaration_on, created_at=EARLY, changed_at=EARLY, changed_by="tests",
            )
        )  # fmt: skip


def plant_standing(
    platform: Platform,
    holder: str,
    ref: str,
    status: RequirementStatus,
    since: date = date(2025, 8, 1),
    version: str = "2025.07",
) -> None:
    """Where a requirement stands."""
    framework, item = ref.split(":")
    with platform.database.write() as session:
        session.add(
            RequirementStanding(
                holder=holder, framework=framework, item=item, status=status, since=noon(since), version=version
            )
        )


def plant_counts(platform: Platform, site: int, framework: str, day: date, counts: Mapping[str, int]) -> None:
    """How many requirements of a framework stood alike in an establishment on a day."""
    with platform.database.write() as session:
        session.add(FrameworkCount(holder=f"establishment:{site}", framework=framework, day=day, counts=dict(counts)))


def plant_incident(
    platform: Platform,
    site: int,
    detected_on: date,
    reported_on: date | None = None,
    *,
    duty: str = "cert_sante",
    **columns: Any,
) -> None:
    """An incident, and its report to an authority when there is one."""
    usual: dict[str, Any] = {"kind": IncidentKind.UNKNOWN, "patient_impact": PatientImpact.UNKNOWN}
    with platform.database.write() as session:
        row = Incident(
            establishment_id=site, number=next(_NUMBERS), title="Incident", detected_at=noon(detected_on),
            state=IncidentState.OPEN, extent=Extent.UNKNOWN, gravity=Gravity.UNKNOWN, created_at=noon(detected_on),
            created_by="tests", changed_at=noon(detected_on), changed_by="tests", **(usual | columns),
        )  # fmt: skip
        session.add(row)
        session.flush()
        if reported_on:
            session.add(
                IncidentNotice(
                    incident_id=row.id, duty=duty, sent_at=noon(reported_on), at=noon(reported_on), by="tests"
                )
            )


def plant_operator(platform: Platform, site: int, *, ose: bool | None = True) -> None:
    """The profile of an establishment."""
    with platform.database.write() as session:
        session.add(EstablishmentProfile(establishment_id=site, ose=ose, changed_at=EARLY, changed_by="tests"))
