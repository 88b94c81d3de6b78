"""Contradictions of a continuity plan become findings, and close when they are settled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Role, Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, ResourceKind, SheetState, Strength, TestKind, TestState
from care.domain.findings import State
from care.services import audits
from care.services.continuity_check import ask_check
from care.services.continuity_facts import facts_of
from care.services.errors import Forbidden, NotFound, Refused
from care.services.platform import Platform
from care.services.work import Hold
from care.store.continuity import Activity, Bia, ContinuityTest, ContinuityTestNode, Dependency, Resource
from care.store.findings import FindingRow
from care.store.jobs import Schedule
from care.store.runs import Run
from care.store.targets import Target
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person

both = pytest.mark.both_databases


def plant(platform: Platform, establishment_id: int, *, dmia: int, rto: int) -> Mapping[str, int]:
    """Emergencies that need the patient record, with a BIA in force; returns the numbers of both."""
    now = platform.clock.now()
    who = {"created_at": now, "created_by": "test", "changed_at": now, "changed_by": "test"}
    with platform.database.write() as session:
        care = Activity(
            establishment_id=establishment_id, name="Urgences", name_key="care:urgences", kind=ActivityKind.CARE,
            criticality=CareCriticality.VITAL, **who,
        )  # fmt: skip
        record = Resource(
            establishment_id=establishment_id, name="Dossier patient", name_key="application:dossier patient",
            kind=ResourceKind.APPLICATION, rto_minutes=rto, **who,
        )  # fmt: skip
        session.add_all([care, record])
        session.flush()
        session.add(
            Dependency(
                establishment_id=establishment_id, dependent_id=care.id, needed_id=record.id,
                strength=Strength.ESSENTIAL, created_at=now, created_by="test",
            )
        )  # fmt: skip
        session.add(
            Bia(
                activity_id=care.id, number=1, state=SheetState.CURRENT, scale={}, impacts={}, dmia_minutes=dmia,
                rto_minutes=dmia, answered_on=date(2026, 1, 1), **who,
            )
        )  # fmt: skip
        return {"care": care.id, "record": record.id}


def check(platform: Platform, scope: Scope, establishment_id: int) -> None:
    assert ask_check(platform, scope, establishment_id) is not None
    audits.audit(platform, Hold(platform, claimed(platform)))


def states(platform: Platform, rule: str) -> Mapping[str, State]:
    with platform.database.read() as session:
        rows = session.execute(
            select(FindingRow.subject, FindingRow.state).where(FindingRow.rule == f"continuity.{rule}")
        )
        return dict(rows.all())


@both
def test_a_promise_later_than_the_need_is_a_finding_until_it_is_settled(
    platform: Platform, clock: FixedClock, hospitals: Hospitals
) -> None:
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    nodes = plant(platform, hospitals.valley, dmia=240, rto=480)
    check(platform, ciso, hospitals.valley)
    assert states(platform, "resource_rto_over_dmia") == {"Dossier patient": State.OPEN}
    with platform.database.write() as session:
        session.get_one(Resource, nodes["record"]).rto_minutes = 120
    clock.forward(days=1)
    check(platform, ciso, hospitals.valley)
    assert states(platform, "resource_rto_over_dmia") == {"Dossier patient": State.FIXED}


def test_what_a_test_measured_contradicts_the_objective(
    platform: Platform, clock: FixedClock, hospitals: Hospitals
) -> None:
    nodes = plant(platform, hospitals.valley, dmia=240, rto=120)
    now = platform.clock.now()
    with platform.database.write() as session:
        test = ContinuityTest(
            establishment_id=hospitals.valley, kind=TestKind.FIELD, state=TestState.DONE, title="Nuit blanche",
            planned_on=now.date(), done_on=now.date(), created_at=now, created_by="t", changed_at=now, changed_by="t",
        )  # fmt: skip
        session.add(test)
        session.flush()
        session.add(ContinuityTestNode(test_id=test.id, node_id=nodes["care"], name="Urgences", recovery_minutes=241))
    check(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley), hospitals.valley)
    assert states(platform, "measured_recovery_over_rto") == {"Urgences": State.OPEN}
    assert states(platform, "activity_untested") == {}


def test_an_empty_establishment_passes_nothing(platform: Platform, hospitals: Hospitals) -> None:
    check(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley), hospitals.valley)
    with platform.database.read() as session:
        run = session.scalars(select(Run)).one()
    assert (run.passed, run.failed, run.complete) == (0, 0, False)
    assert run.not_assessable


def test_the_first_check_comes_back_every_night_and_makes_one_target(platform: Platform, hospitals: Hospitals) -> None:
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    check(platform, ciso, hospitals.valley)
    check(platform, ciso, hospitals.valley)
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Target)) == 1
        assert session.scalars(select(Schedule.cron)).all() == ["30 4 * * *"]


def test_one_check_at_a_time(platform: Platform, hospitals: Hospitals) -> None:
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    ask_check(platform, ciso, hospitals.valley)
    with pytest.raises(Refused):
        ask_check(platform, ciso, hospitals.valley)


def test_a_stranger_finds_nothing_and_a_reader_may_not(platform: Platform, hospitals: Hospitals) -> None:
    with pytest.raises(NotFound):
        ask_check(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.hill), hospitals.valley)
    with pytest.raises(Forbidden):
        ask_check(platform, person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley), hospitals.valley)


@both
def test_facts_are_read_in_a_few_statements(platform: Platform, hospitals: Hospitals) -> None:
    plant(platform, hospitals.valley, dmia=240, rto=120)
    with platform.database.read() as session:
        facts = facts_of(platform, session, hospitals.valley, platform.clock.now())
    (resource,) = facts.resources
    assert resource.critical
    assert resource.inherited is not None
    assert (resource.inherited.dmia, resource.inherited.dmia_by) == (240, "Urgences")
    assert facts.activities[0].needs == 1
