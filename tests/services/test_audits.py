"""An audit from the click to its findings: everything is recorded, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Role, Scope
from care.domain.findings import State, Verdict
from care.domain.jobs import JobState, Lane
from care.services import audits, findings, jobs, runs
from care.services.dashboard import open_dashboard
from care.services.directory.handing import audited_directories
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.findings import DecisionDraft, FindingFilter, Sort
from care.services.platform import Platform
from care.services.scanning import LIFECYCLE, available, takes
from care.services.targets import TargetDraft, add_target, list_targets
from care.services.work import Hold
from care.store.evidence import Evidence
from care.store.findings import FindingEvent, FindingRow
from care.store.runs import RuleOutcome, Run
from scanners.archive import Archive
from scanners.errors import CollectError
from scanners.model import Severity, Status
from scanners.read_lifecycle import keep_imported
from tests.support.audits import (
    PASSWORD,
    PlannedAudits,
    add_directory,
    claimed,
    nothing_in,
    planned_rule,
    result,
    run_audit,
    write_facts,
)
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.ports import JudgeHere, PlannedCollect
from tests.unit.test_lifecycle import NEW, table

both = pytest.mark.both_databases
DAY = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_imported_life_cycles_go_to_whatever_judges_by_them() -> None:
    assert [name for name in available() if takes(name, LIFECYCLE)] == ["exposure", "ad", "workstations"]


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> PlannedAudits:
    plan = PlannedAudits()
    assert isinstance(platform.judge_directory, JudgeHere)
    platform.judge_directory.plan = plan.judge_directory
    monkeypatch.setattr("care.services.audits.read_archive", nothing_in)
    monkeypatch.setattr("care.services.audits.judge", plan.judge)
    for reader in ("findings", "runs"):
        monkeypatch.setattr(f"care.services.{reader}.rule_by_id", lambda rule: planned_rule(rule.partition(".")[2]))
    monkeypatch.setattr("care.services.rule_texts.all_rules", dict)
    assert isinstance(platform.collect, PlannedCollect)
    platform.collect.make = write_facts
    return plan


@pytest.fixture
def target(platform: Platform, machine: Scope, hospitals: Hospitals) -> int:
    return add_directory(platform, machine, hospitals.valley)


def states(platform: Platform) -> dict[str, State]:
    with platform.database.read() as session:
        return {row.subject: row.state for row in session.scalars(select(FindingRow))}


def count(platform: Platform, table: type[object]) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@both
def test_an_audit_is_recorded_whole(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    planned.results = [result(DAY, {"a": ["X\\svc", "X\\adm"], "b": [], "c": None})]
    started = run_audit(platform, machine, target)
    run = runs.open_run(platform, machine, started.run_id)
    assert run.line.state is JobState.DONE
    assert run.line.counts == runs.Counts(
        passed=1, failed=1, not_assessable=1, error=0, new=2, still=0, fixed=0, back=0
    )
    assert [(one.rule, one.status) for one in run.outcomes] == [
        ("ad.a", Status.FAILED),
        ("ad.c", Status.NOT_ASSESSABLE),
        ("ad.b", Status.PASSED),
    ]
    assert run.outcomes[1].reason == "Droits insuffisants."
    assert states(platform) == {"X\\svc": State.OPEN, "X\\adm": State.OPEN}
    assert jobs.watch(platform, machine, started.job_id).share == 1.0
    assert platform.evidence.intact(run.facts_sha256)
    (seen,) = list_targets(platform, machine, hospitals.valley)
    assert seen.last_run is not None
    assert (seen.last_run.id, seen.last_run.failed) == (started.run_id, 1)


def test_the_collector_gets_the_secret_and_nobody_else_does(
    platform: Platform, machine: Scope, target: int, planned: PlannedAudits, hospitals: Hospitals
) -> None:
    planned.results = [result(DAY, {"a": []})]
    run_audit(platform, machine, target)
    assert isinstance(platform.collect, PlannedCollect)
    (call,) = platform.collect.calls
    assert call[2] == {"password": PASSWORD}
    (seen,) = list_targets(platform, machine, hospitals.valley)
    assert list(seen.secrets) == ["password"]
    assert PASSWORD not in repr(seen)
    folder = platform.settings.data_dir
    for file in (one for one in folder.rglob("*") if one.is_file()):
        assert PASSWORD.encode() not in file.read_bytes(), file


@both
def test_runs_move_findings_and_a_second_identical_one_writes_none(
    platform: Platform, machine: Scope, target: int, planned: PlannedAudits
) -> None:
    planned.results = [
        result(DAY, {"a": ["x", "y"]}),
        result(DAY + timedelta(days=1), {"a": ["x", "y"]}),
        result(DAY + timedelta(days=2), {"a": ["X"]}),
        result(DAY + timedelta(days=3), {"a": None}),
        result(DAY + timedelta(days=4), {"a": ["x"]}, partial=True),
        result(DAY + timedelta(days=5), {"a": ["y", "x"]}),
    ]
    run_audit(platform, machine, target)
    events = count(platform, FindingEvent)
    counts = [runs.open_run(platform, machine, run_audit(platform, machine, target).run_id) for _ in range(5)]
    assert [(one.line.counts.new, one.line.counts.still, one.line.counts.fixed, one.line.counts.back)
            for one in counts if one.line.counts] == [
        (0, 2, 0, 0), (0, 1, 1, 0), (0, 0, 0, 0), (0, 1, 0, 0), (0, 1, 0, 1)
    ]  # fmt: skip
    assert events == 2
    assert count(platform, FindingEvent) == 4
    assert count(platform, FindingRow) == 2
    assert set(states(platform).values()) == {State.OPEN}


@both
def test_a_failed_collection_ends_the_audit_with_its_sentence(
    platform: Platform, machine: Scope, target: int, planned: PlannedAudits
) -> None:
    assert isinstance(platform.collect, PlannedCollect)
    platform.collect.make = None
    started = audits.start_audit(platform, machine, target)
    assert started is not None
    with pytest.raises(CollectError):
        audits.audit(platform, Hold(platform, claimed(platform)))
    assert count(platform, Evidence) == 0
    assert list((platform.settings.data_dir / "work").iterdir()) == []


def test_a_worker_thought_dead_records_nothing(
    platform: Platform, machine: Scope, target: int, planned: PlannedAudits, clock: FixedClock
) -> None:
    planned.results = [result(DAY, {"a": ["x"]}), result(DAY, {"a": ["x"]})]
    started = audits.start_audit(platform, machine, target)
    assert started is not None
    zombie = claimed(platform)

    clock.forward(minutes=1)
    jobs.reap(platform)
    heir = claimed(platform, worker="heir")
    with pytest.raises(jobs.LostJob):
        audits.audit(platform, Hold(platform, zombie))
    assert (count(platform, FindingRow), count(platform, RuleOutcome), count(platform, Evidence)) == (0, 0, 0)
    audits.audit(platform, Hold(platform, heir))
    assert states(platform) == {"x": State.OPEN}
    assert count(platform, Run) == 1
    assert jobs.watch(platform, machine, started.job_id).state is JobState.DONE


@both
def test_a_decision_survives_and_expires(
    platform: Platform, machine: Scope, target: int, planned: PlannedAudits, clock: FixedClock
) -> None:
    planned.results = [result(DAY + timedelta(days=day), {"a": ["x"]}, level=day) for day in range(4)]
    run_audit(platform, machine, target)
    with platform.database.read() as session:
        number = session.scalars(select(FindingRow.id)).one()
    draft = DecisionDraft(Verdict.ACCEPTED, "Automate médical.", clock.now() + timedelta(days=10), "La directrice")
    findings.decide(platform, machine, number, draft)
    run_audit(platform, machine, target)
    assert states(platform) == {"x": State.ACCEPTED}
    assert findings.expire_decisions(platform) == 0
    clock.forward(days=10)
    assert findings.expire_decisions(platform) == 1
    assert findings.expire_decisions(platform) == 0
    assert states(platform) == {"x": State.OPEN}
    seen = findings.open_finding(platform, machine, number)
    assert [one.what for one in seen.events] == ["new", "decided", "expired"]
    assert (seen.events[1].signatory, seen.events[1].verdict) == ("La directrice", Verdict.ACCEPTED)
    assert seen.line.message == "x est faible (1)."


def test_a_decision_is_refused_with_its_fields(
    platform: Platform, machine: Scope, target: int, planned: PlannedAudits, hospitals: Hospitals
) -> None:
    planned.results = [result(DAY, {"a": ["x"]})]
    run_audit(platform, machine, target)
    with pytest.raises(Invalid) as refusal:
        findings.decide(platform, machine, 1, DecisionDraft(Verdict.ACCEPTED, ""))
    assert set(refusal.value.fields) == {"reason", "signatory", "until"}
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    draft = DecisionDraft(Verdict.FALSE_POSITIVE, "Vu sur place.")
    for who, answer in ((stranger, NotFound), (director, Forbidden)):
        with pytest.raises(answer):
            findings.decide(platform, who, 1, draft)
    findings.decide(platform, machine, 1, draft)
    assert states(platform) == {"x": State.FALSE_POSITIVE}
    findings.withdraw_decision(platform, machine, 1, "Erreur.")
    assert states(platform) == {"x": State.OPEN}


def test_a_finding_out_of_a_changed_perimeter_is_closed_by_hand(
    platform: Platform, machine: Scope, target: int, planned: PlannedAudits
) -> None:
    planned.results = [
        result(DAY, {"a": ["x"]}),
        result(DAY + timedelta(days=1), {"a": []}, perimeter="ldaps://dc2.hopital.test"),
    ]
    run_audit(platform, machine, target)
    with pytest.raises(Refused):
        findings.confirm_gone(platform, machine, 1, "Démonté.")
    run_audit(platform, machine, target)
    assert states(platform) == {"x": State.OPEN}
    findings.confirm_gone(platform, machine, 1, "Démonté.")
    assert states(platform) == {"x": State.FIXED}


@both
def test_findings_are_filtered_sorted_and_paged(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    planned.results = [
        result(DAY, {"a": [f"x{number:02}" for number in range(30)]}, severity=Severity.LOW),
        result(DAY + timedelta(days=1), {"b": ["grave", "50% de tout"]}, severity=Severity.CRITICAL),
    ]
    run_audit(platform, machine, target)
    last = run_audit(platform, machine, target)

    def listed(**wanted: object) -> findings.FindingList:
        return findings.list_findings(platform, machine, hospitals.valley, FindingFilter(**wanted))  # type: ignore[arg-type]

    first = listed(per_page=10)
    assert [line.severity for line in first.page.lines[:3]] == [Severity.CRITICAL, Severity.CRITICAL, Severity.LOW]
    assert (first.page.total, first.page.last) == (32, 4)
    assert first.by_severity[Severity.LOW] == 30
    pages = [line.id for number in range(1, 5) for line in listed(per_page=10, number=number).page.lines]
    assert len(set(pages)) == 32
    assert {line.subject for line in listed(words="50%").page.lines} == {"50% de tout"}
    assert listed(severities=(Severity.CRITICAL,)).page.total == 2
    assert listed(new_in_run=last.run_id).page.total == 2
    assert listed(states=(State.FIXED,)).page.total == 0
    assert listed(sort=Sort.SUBJECT, per_page=1).page.lines[0].subject == "50% de tout"
    with pytest.raises(NotFound):
        findings.list_findings(
            platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), hospitals.valley, FindingFilter()
        )


@both
def test_findings_are_grouped_by_rule(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    planned.results = [
        result(DAY, {"a": [f"x{number:02}" for number in range(30)], "c": ["y"]}, severity=Severity.LOW),
        result(DAY + timedelta(days=1), {"b": ["grave", "50% de tout"]}, severity=Severity.CRITICAL),
    ]
    run_audit(platform, machine, target)
    last = run_audit(platform, machine, target)

    def grouped(**wanted: object) -> findings.RuleGroupList:
        return findings.group_findings(platform, machine, hospitals.valley, FindingFilter(**wanted))  # type: ignore[arg-type]

    everything = grouped()
    seen = [(one.rule, one.severity, one.count) for one in everything.page.lines]
    assert seen == [("ad.b", Severity.CRITICAL, 2), ("ad.a", Severity.LOW, 30), ("ad.c", Severity.LOW, 1)]
    assert (everything.page.total, everything.findings) == (3, 33)
    assert everything.by_severity[Severity.LOW] == 31
    assert [one.rule for one in grouped(per_page=2, number=2).page.lines] == ["ad.c"]
    assert [one.rule for one in grouped(sort=Sort.RULE).page.lines] == ["ad.a", "ad.b", "ad.c"]
    assert [one.rule for one in grouped(sort=Sort.OLDEST).page.lines] == ["ad.a", "ad.c", "ad.b"]
    assert [one.rule for one in grouped(severities=(Severity.CRITICAL,)).page.lines] == ["ad.b"]
    assert grouped(severities=(Severity.CRITICAL,)).by_severity[Severity.LOW] == 31
    assert [one.rule for one in grouped(new_in_run=last.run_id).page.lines] == ["ad.b"]
    assert [one.count for one in grouped(words="50%").page.lines] == [1]
    assert grouped(states=(State.FIXED,)).page.total == 0
    with pytest.raises(NotFound):
        findings.group_findings(
            platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), hospitals.valley, FindingFilter()
        )


def test_the_home_page_says_what_was_not_audited(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    planned.results = [result(DAY, {"a": ["x", "y"]}), result(DAY + timedelta(days=1), {"a": ["x"]})]
    run_audit(platform, machine, target)
    run_audit(platform, machine, target)
    home = open_dashboard(platform, machine, hospitals.valley)
    status = {one.scanner: one for one in home.scanners}
    assert status["backup"].last_looked_at is None
    assert (status["ad"].targets, status["ad"].failed) == (1, 1)
    assert home.open_by_severity[Severity.HIGH] == 1
    assert [point.present for point in home.trend] == [2, 1]
    assert len(home.recent_runs) == 2


def test_a_campaign_groups_runs_and_says_what_could_not_start(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    other = add_directory(platform, machine, hospitals.valley, "Forêt de test")
    audits.start_audit(platform, machine, other)
    begun = audits.start_campaign(platform, machine, hospitals.valley, "Audit de mars")
    assert [one.run_id for one in begun.started] == [2]
    assert "déjà en attente" in begun.refused[other]
    campaign = runs.open_campaign(platform, machine, begun.campaign_id)
    assert [line.target_id for line in campaign.runs] == [target]
    assert not campaign.over
    with pytest.raises(Refused):
        audits.start_campaign(platform, machine, hospitals.valley, "Encore")
    assert len(runs.list_campaigns(platform, machine, hospitals.valley)) == 1


def test_a_stranger_cannot_audit(platform: Platform, hospitals: Hospitals, target: int) -> None:
    with pytest.raises(NotFound):
        audits.start_audit(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), target)
    with pytest.raises(Forbidden):
        audits.start_audit(platform, person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley), target)


def test_workstations_wait_for_the_directory_and_get_its_facts(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    draft = TargetDraft("workstations", "Postes", {"inventory_csv": "nom\nPC1\n"})
    stations = add_target(platform, machine, hospitals.valley, draft)
    begun = audits.start_campaign(platform, machine, hospitals.valley, "Ensemble", [target, stations])
    assert len(begun.started) == 2
    directory = claimed(platform)
    assert jobs.claim(platform, Lane.AUDIT, "w2") is None
    planned.results = [result(DAY, {"a": []}), result(DAY, {"a": []})]
    audits.audit(platform, Hold(platform, directory))
    given: list[bytes] = []
    keep_imported(platform.settings.data_dir, table(NEW), "table.yaml")

    def read_directory(
        scanner: str, request: Mapping[str, Any], out: Path, progress: object, cancelled: object
    ) -> Archive[Any]:
        assert Path(request["directory_archive"]).name == "annuaire.care"
        given.append(Path(request["directory_archive"]).read_bytes())
        assert request["lifecycle_yaml"] == table(NEW), "what was imported on this machine"
        return write_facts(scanner, request, out, progress, cancelled)

    assert isinstance(platform.collect, PlannedCollect)
    platform.collect.make = read_directory
    audits.audit(platform, Hold(platform, claimed(platform)))
    assert given == [b"facts"]
    assert runs.open_campaign(platform, machine, begun.campaign_id).over


def test_a_backup_audit_is_given_every_directory_with_its_level(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, planned: PlannedAudits
) -> None:
    audits.start_audit(platform, machine, target)
    planned.results = [result(DAY, {"a": []})]
    audits.audit(platform, Hold(platform, claimed(platform)))
    with platform.database.read() as session:
        (found,) = audited_directories(platform, session, hospitals.valley)
        assert audited_directories(platform, session, hospitals.far) == []
    assert Path(found["path"]).read_bytes() == b"facts"
    assert 1 <= found["lowest"] <= found["level"] <= 5
