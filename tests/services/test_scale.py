"""Sizes: ten thousand findings are recorded in a few statements, and a list costs the same whatever its length."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from care.domain.access import Scope
from care.domain.findings import Change, Judged, Observed, State, canonical
from care.services.dashboard import open_dashboard
from care.services.findings import FindingFilter, group_findings, list_findings, open_finding
from care.services.platform import Platform
from care.services.recording import Place, record_findings
from care.services.runs import list_runs
from care.store.runs import Run
from scanners.model import Finding, Severity
from tests.support.audits import add_directory
from tests.support.people import Hospitals
from tests.support.queries import counted

COUNT = 10_000
STATEMENTS = 60
"""Ten thousand rows go in by pages of a thousand: ten for findings, and as many each for sightings and events."""
LIST_STATEMENTS = 20
AT = datetime(2026, 3, 1, tzinfo=UTC)

both = pytest.mark.both_databases


def observed(day: int, count: int = COUNT) -> Observed:
    names = [f"HOPITAL\\compte_{number:05}" for number in range(count)]
    seen = {canonical(name): Finding(name, {"age_days": 412, "enabled": True}) for name in names}
    return Observed(AT + timedelta(days=day), "dc", {"ad.weak": Judged(Severity.HIGH, True, seen)})


@pytest.fixture
def place(platform: Platform, machine: Scope, hospitals: Hospitals) -> Place:
    target = add_directory(platform, machine, hospitals.valley)
    with platform.database.write() as session:
        run = Run(
            establishment_id=hospitals.valley,
            target_id=target,
            scanner="ad",
            asked_at=AT,
            asked_by="tests",
            recorded_at=AT,
        )
        session.add(run)
        session.flush()
        return Place(hospitals.valley, target, run.id)


@both
def test_ten_thousand_findings_in_a_few_statements(platform: Platform, place: Place) -> None:
    now = AT + timedelta(days=1)
    with counted(platform.database) as first, platform.database.write() as session:
        delta = record_findings(session, place, observed(0), now, "tests")
    assert delta.counts[Change.NEW] == COUNT
    assert len(first) <= STATEMENTS

    with counted(platform.database) as second, platform.database.write() as session:
        again = record_findings(session, place, observed(1), now, "tests")
    assert again.counts[Change.STILL] == COUNT
    assert [one for one in second if " finding " in one and not one.startswith("SELECT")] == []
    assert len(second) <= STATEMENTS

    with counted(platform.database) as third, platform.database.write() as session:
        gone = record_findings(session, place, observed(2, count=0), now, "tests")
    assert gone.counts[Change.FIXED] == COUNT
    assert len(third) <= STATEMENTS


@both
def test_recording_takes_no_lock_that_evidence_of_another_audit_refuses(platform: Platform, place: Place) -> None:
    """On PostgreSQL, FOR UPDATE on the establishment made two recordings deadlock (found by the chaos of the soak)."""
    with counted(platform.database) as said, platform.database.write() as session:
        record_findings(session, place, observed(0, count=1), AT, "tests")
    locks = [one for one in said if "FROM establishment" in one]
    assert locks
    assert not any(one.rstrip().endswith("FOR UPDATE") for one in locks)


@both
def test_pages_cost_a_bounded_number_of_statements(
    platform: Platform, machine: Scope, hospitals: Hospitals, place: Place
) -> None:
    with platform.database.write() as session:
        record_findings(session, place, observed(0, count=2000), AT, "tests")
    wanted = FindingFilter(words="compte", severities=(Severity.HIGH,), states=(State.OPEN,), per_page=200)
    with counted(platform.database) as listing:
        page = list_findings(platform, machine, hospitals.valley, wanted).page
    assert len(page.lines) == 200
    assert len(listing) <= LIST_STATEMENTS
    with counted(platform.database) as grouping:
        group_findings(platform, machine, hospitals.valley, wanted)
    assert len(grouping) <= LIST_STATEMENTS
    with counted(platform.database) as one:
        open_finding(platform, machine, page.lines[0].id)
    assert len(one) <= LIST_STATEMENTS
    with counted(platform.database) as home:
        open_dashboard(platform, machine, hospitals.valley)
    assert len(home) <= LIST_STATEMENTS
    with counted(platform.database) as runs:
        list_runs(platform, machine, hospitals.valley)
    assert len(runs) <= LIST_STATEMENTS
