"""The register of isolation drills: what counts, what falls due, what audits are given, gaps made actions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from care.domain.access import Level, Role
from care.domain.actions import ActionSource
from care.domain.deadlines import DeadlineKind
from care.services.action_query import today
from care.services.backups.isolation import ISOLATIONS, IsolationDraft, with_isolation
from care.services.backups.isolation_reading import (
    IsolationRef,
    act_on_gap,
    list_isolations,
    open_isolation,
    origin_isolation,
)
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from scanners.backup.plan import parse_plan
from tests.services.test_drills import PLAN
from tests.support.backups import BackupAudits, plant_backups, repository
from tests.support.clock import FixedClock
from tests.support.isolation import GAP, PlantedIsolations, plant_isolations
from tests.support.people import MACHINE, Hospitals, person
from tests.support.ports import PlannedCollect

both = pytest.mark.both_databases
DAY = date(2026, 3, 1)
DRILL = IsolationDraft(DAY, "C. Petit", "Pare-feu", isolated=True)


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedIsolations:
    return plant_isolations(platform, hospitals.valley)


def add(platform: Platform, hospitals: Hospitals, **changes: Any) -> int:
    return ISOLATIONS.add(platform, MACHINE, hospitals.valley, replace(DRILL, **changes))


def handed(platform: Platform, hospitals: Hospitals, **plan: Any) -> Any:
    with platform.database.read() as session:
        return with_isolation(session, hospitals.valley, {**PLAN, **plan}).get("isolation")


@both
def test_the_register_is_read_the_last_first(
    platform: Platform, hospitals: Hospitals, planted: PlantedIsolations
) -> None:
    found = list_isolations(platform, MACHINE, hospitals.valley)
    assert [one.id for one in found.lines] == [planted.good, planted.failed]
    assert [one.id for one in found.withdrawn] == [planted.withdrawn]
    assert (found.due, found.late, found.failed) == (today(platform) + timedelta(days=335), False, False)
    assert found.lines[0].gaps == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"held_on": None},
        {"held_on": date(2027, 1, 1)},
        {"held_on": date(1026, 1, 1)},
        {"people": " "},
        {"people": "x" * 301},
        {"cut": ""},
        {"isolated": None},
        {"cut_minutes": -1},
        {"back_minutes": 600_000},
        {"gaps": "x" * 100_000},
    ],
)
def test_what_cannot_be_is_refused(platform: Platform, hospitals: Hospitals, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        add(platform, hospitals, **changes)
    assert list(refused.value.fields) == list(changes)


def test_audits_are_given_the_last_drill(platform: Platform, hospitals: Hospitals) -> None:
    assert handed(platform, hospitals) is None
    older = {"date": "2026-02-01", "success": True}
    assert handed(platform, hospitals, isolation=older) == older
    add(platform, hospitals, held_on=DAY - timedelta(days=3))
    failed = add(platform, hospitals, isolated=False)
    add(platform, hospitals)
    told = {"date": "2026-03-01", "success": False}
    assert handed(platform, hospitals) == told, "of two on one day, the one that failed"
    assert handed(platform, hospitals, isolation=older) == told
    newer = {"date": "2026-03-02", "success": True}
    assert handed(platform, hospitals, isolation=newer) == newer
    ISOLATIONS.close(platform, MACHINE, failed, DAY, 1)
    assert handed(platform, hospitals) == {"date": "2026-03-01", "success": True}
    failure = {"date": "2026-03-01", "success": False}
    assert handed(platform, hospitals, isolation=failure) == failure
    with platform.database.read() as session:
        plan = parse_plan(with_isolation(session, hospitals.valley, PLAN), "plan")
        assert with_isolation(session, hospitals.far, PLAN) == PLAN
    assert plan.isolation is not None


def test_an_audit_of_the_inventory_reads_the_register(
    platform: Platform, hospitals: Hospitals, clock: FixedClock
) -> None:
    plant_backups(platform, hospitals.valley)
    plant_isolations(platform, hospitals.valley)
    audits, given = BackupAudits(platform, clock), []
    collect = platform.collect
    assert isinstance(collect, PlannedCollect)
    make = collect.make

    def kept(scanner: str, request: Any, *others: Any) -> Any:
        given.append(request["plan"]["isolation"])
        return make(scanner, request, *others)  # type: ignore[misc]

    collect.make = kept
    audits.run(audits.target(hospitals.valley), repository(clock.now()))
    assert given == [{"date": (today(platform) - timedelta(days=30)).isoformat(), "success": True}]


@pytest.mark.parametrize(("isolated", "age", "left"), [(True, 330, 35), (True, 366, -1), (False, 1, -1)])
def test_the_next_drill_falls_due(
    platform: Platform, hospitals: Hospitals, isolated: bool, age: int, left: int
) -> None:
    wanted, day = DeadlineFilter(DeadlineKind.BACKUP), today(platform)
    assert list_deadlines(platform, MACHINE, hospitals.valley, wanted).page.lines == ()
    add(platform, hospitals, held_on=day - timedelta(days=age), isolated=isolated)
    (line,) = list_deadlines(platform, MACHINE, hospitals.valley, wanted).page.lines
    assert (line.address, line.due_on) == (
        f"/establishments/{hospitals.valley}/isolation-drills",
        day + timedelta(days=left),
    )


@both
def test_a_drill_never_noted_falls_due_where_backups_are_written_down(platform: Platform, hospitals: Hospitals) -> None:
    wanted = DeadlineFilter(DeadlineKind.BACKUP)

    def told() -> list[tuple[str, bool]]:
        lines = list_deadlines(platform, MACHINE, hospitals.valley, wanted).page.lines
        return [(one.title, one.late) for one in lines if "isolement" in one.title]

    assert told() == []
    plant_backups(platform, hospitals.valley)
    never = "Aucun exercice d’isolement des sauvegardes (« bouton rouge ») noté"
    assert [title for title, _late in told()] == [never]
    number = add(platform, hospitals, held_on=today(platform))
    assert [title for title, _late in told()] == ["Exercice d’isolement des sauvegardes (« bouton rouge ») à refaire"]
    ISOLATIONS.close(platform, MACHINE, number, today(platform), 1)
    assert [title for title, _late in told()] == [never], "a drill withdrawn counts for nothing"
    assert list_deadlines(platform, MACHINE, hospitals.far, wanted).page.lines == ()


@both
def test_a_gap_becomes_one_action(platform: Platform, hospitals: Hospitals, planted: PlantedIsolations) -> None:
    gap = open_isolation(platform, MACHINE, planted.good).gaps[0]
    assert (gap.words, gap.action) == (GAP, None)
    made = act_on_gap(platform, MACHINE, planted.good, gap.key)
    assert act_on_gap(platform, MACHINE, planted.good, gap.key) == made
    view = open_isolation(platform, MACHINE, planted.good)
    assert view.gaps[0].action is not None
    assert view.gaps[0].action.id == made
    ISOLATIONS.change(platform, MACHINE, planted.good, replace(view.draft, gaps="Autre chose"), view.version)
    view = open_isolation(platform, MACHINE, planted.good)
    assert [one.id for one in view.other_actions] == [made]
    with pytest.raises(Refused):
        act_on_gap(platform, MACHINE, planted.good, gap.key)


def test_strangers_find_nothing_and_readers_change_nothing(
    platform: Platform, hospitals: Hospitals, planted: PlantedIsolations
) -> None:
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    key = open_isolation(platform, reader, planted.good).gaps[0].key
    with pytest.raises(NotFound):
        list_isolations(platform, stranger, hospitals.valley)
    born = (ActionSource.OTHER, f"isolation:{planted.good}:{key}")
    assert origin_isolation(platform, reader, *born) == IsolationRef(
        planted.good, hospitals.valley, today(platform) - timedelta(days=30)
    )
    assert origin_isolation(platform, stranger, *born) is None
    for ref in ("isolation:x:y", "isolation:999999:y", "committee:1:y", ""):
        assert origin_isolation(platform, reader, ActionSource.OTHER, ref) is None
    for look in (open_isolation, lambda *asked: act_on_gap(*asked, key)):
        with pytest.raises(NotFound):
            look(platform, stranger, planted.good)
    with pytest.raises(Forbidden):
        act_on_gap(platform, reader, planted.good, key)
    with pytest.raises(Forbidden):
        ISOLATIONS.add(platform, reader, hospitals.valley, DRILL)
