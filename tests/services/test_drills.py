"""Restore drills on the platform: what their audits are given, never a password of another repository."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role
from care.domain.backups import RestoreOutcome
from care.domain.deadlines import DeadlineKind
from care.services.backups.inventory import SYSTEMS
from care.services.backups.reading import open_system, read_board
from care.services.backups.taking_over import preview_plan, take_plan
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.drills.handing import handed_over, sources
from care.services.drills.proving import with_tests
from care.services.drills.reading import list_drills
from care.services.errors import NotFound, Refused
from care.services.measured import measures_of
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target, archive_target
from care.store.backups import BackupSystem
from care.store.restore_drills import RestoreDrill
from care.store.runs import Run
from care.store.targets import Target
from scanners.backup.plan import parse_plan
from scanners.restore.collect import Request, target_name
from tests.support.backups import plant_backups
from tests.support.clock import FixedClock
from tests.support.continuity import plant_resource
from tests.support.people import MACHINE, Hospitals, person

PLAN = {
    "version": 1,
    "establishment": "CH de la Vallée",
    "systems": [
        {
            "name": "DPI",
            "production": {"site": "A", "medium": "san"},
            "copies": [{"name": "disque", "medium": "disk", "site": "B", "repository": "dpi-restic"}],
        }
    ],
    "repositories": [
        {"name": "dpi-restic", "tool": "restic", "location": "/srv/dpi"},
        {"name": "paie", "tool": "borg", "location": "/srv/paie"},
    ],
}
PASSWORDS = {"repository.dpi-restic": "un secret", "repository.paie": "autre secret"}


def planted(platform: Platform, hospitals: Hospitals) -> tuple[int, int]:
    """The backup target and the drill of one of its repositories."""
    plan = add_target(platform, MACHINE, hospitals.valley, TargetDraft("backup", "Plan", {"plan": PLAN}, PASSWORDS))
    request = {"plan_of": plan, "repository": "dpi-restic", "system": "DPI"}
    return plan, add_target(platform, MACHINE, hospitals.valley, TargetDraft("restore", "Essai", request))


def test_a_drill_is_given_the_plan_and_one_password(platform: Platform, hospitals: Hospitals) -> None:
    _plan, drill = planted(platform, hospitals)
    with platform.database.read() as session:
        given, secrets = handed_over(platform, session, session.get_one(Target, drill), "claire")
    assert given["backup_plan"]["establishment"] == "CH de la Vallée"
    assert given["operator"] == "claire"
    assert secrets == {"repository.dpi-restic": "un secret"}


def test_a_plan_gone_is_said(platform: Platform, hospitals: Hospitals) -> None:
    plan, drill = planted(platform, hospitals)
    archive_target(platform, MACHINE, plan)
    with platform.database.read() as session, pytest.raises(Refused) as refused:
        handed_over(platform, session, session.get_one(Target, drill), "claire")
    assert "n’est plus là" in refused.value.text.fr


def test_a_plan_of_another_hospital_is_never_handed_over(platform: Platform, hospitals: Hospitals) -> None:
    plan, _drill = planted(platform, hospitals)
    request = {"plan_of": plan, "repository": "dpi-restic"}
    thief = add_target(platform, MACHINE, hospitals.hill, TargetDraft("restore", "Essai", request))
    with platform.database.read() as session, pytest.raises(Refused):
        handed_over(platform, session, session.get_one(Target, thief), "claire")


def test_the_repositories_that_can_be_tried(platform: Platform, hospitals: Hospitals) -> None:
    plan, _drill = planted(platform, hospitals)
    found = sources(platform, MACHINE, hospitals.valley)
    assert [(one.target_id, one.repository, one.systems) for one in found] == [
        (plan, "dpi-restic", ("DPI",)),
        (plan, "paie", ()),
    ]
    with pytest.raises(NotFound):
        sources(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), hospitals.valley)


def test_a_drill_goes_on_once_its_plan_is_taken_over(platform: Platform, hospitals: Hospitals) -> None:
    """The inventory then holds the systems, and the target its repositories."""
    plan, drill = planted(platform, hospitals)
    before = sources(platform, MACHINE, hospitals.valley)
    seen = preview_plan(platform, MACHINE, hospitals.valley, plan)
    take_plan(platform, MACHINE, hospitals.valley, plan, seen.version)
    assert sources(platform, MACHINE, hospitals.valley) == before
    with platform.database.read() as session:
        given, secrets = handed_over(platform, session, session.get_one(Target, drill), "claire")
    assert secrets == {"repository.dpi-restic": "un secret"}
    request = Request("dpi-restic", given["backup_plan"], given["plan_name"], system="DPI")
    assert target_name(request) == "DPI / dpi-restic"


def test_an_inventory_without_systems_offers_no_repository(platform: Platform, hospitals: Hospitals) -> None:
    repositories = {"repositories": PLAN["repositories"]}
    draft = TargetDraft("backup", "Plan", {"plan": repositories, "inventory": True})
    add_target(platform, MACHINE, hospitals.valley, draft)
    assert sources(platform, MACHINE, hospitals.valley) == ()


def drilled(platform: Platform, hospitals: Hospitals, day: int, **changes: object) -> None:
    """A drill of the DPI in March."""
    fields: dict[str, object] = {
        "establishment_id": hospitals.valley,
        "done_at": datetime(2026, 3, day, 6, tzinfo=UTC),
        "repository": "dpi-restic",
        "system": "dpi",
        "mode": "whole",
        "good": True,
        "point": "d496",
        "point_at": None,
        "sampled": 3_000,
        "compared": 3_000,
        "wrong": 0,
        "size": 1,
        "seconds": 60.0,
        "full_minutes": 90,
        "operator": "",
        "requester": "",
    }
    with platform.database.write() as session:
        target = session.scalars(select(Target).where(Target.scanner == "restore")).one()
        run = Run(
            establishment_id=hospitals.valley,
            target_id=target.id,
            scanner="restore",
            asked_at=datetime(2026, 3, day, 5, tzinfo=UTC),
            asked_by="claire",
        )
        session.add(run)
        session.flush()
        session.add(RestoreDrill(run_id=run.id, **(fields | changes)))


def handed_test(platform: Platform, hospitals: Hospitals, written: object) -> object:
    """The restore test of the DPI as an audit of backups is given it."""
    plan = {**PLAN, "systems": [{**PLAN["systems"][0], "last_restore_test": written}]}  # type: ignore[dict-item, index]
    with platform.database.read() as session:
        return with_tests(session, hospitals.valley, plan)["systems"][0]["last_restore_test"]


def test_a_whole_drill_is_a_restore_test_of_its_system(platform: Platform, hospitals: Hospitals) -> None:
    planted(platform, hospitals)
    older = {"date": "2026-02-01", "success": True, "duration_hours": 7}
    assert handed_test(platform, hospitals, older) == older
    drilled(platform, hospitals, 5)
    made = {"date": "2026-03-05", "success": True, "duration_hours": 1.5}
    assert handed_test(platform, hospitals, None) == made
    assert handed_test(platform, hospitals, "never") == made
    assert handed_test(platform, hospitals, older) == made
    newer = {"date": "2026-03-06", "success": False}
    assert handed_test(platform, hospitals, newer) == newer
    with platform.database.read() as session:
        assert parse_plan(with_tests(session, hospitals.valley, PLAN), "plan").systems[0].last_restore_test is not None


@pytest.mark.parametrize("changes", [{"mode": "sample"}, {"mode": "named"}, {"good": None}, {"system": "PACS"}])
def test_what_is_no_test_of_the_whole_changes_nothing(
    platform: Platform, hospitals: Hospitals, changes: dict[str, object]
) -> None:
    planted(platform, hospitals)
    drilled(platform, hospitals, 5, **changes)
    assert handed_test(platform, hospitals, "never") == "never"


def test_a_failed_whole_drill_takes_the_place_of_an_older_success(platform: Platform, hospitals: Hospitals) -> None:
    planted(platform, hospitals)
    drilled(platform, hospitals, 5)
    drilled(platform, hospitals, 8, good=False, full_minutes=None)
    assert handed_test(platform, hospitals, None) == {"date": "2026-03-08", "success": False, "duration_hours": None}


def test_a_success_in_one_repository_hides_no_failure_in_another(platform: Platform, hospitals: Hospitals) -> None:
    planted(platform, hospitals)
    failed = {"date": "2026-03-05", "success": False, "duration_hours": None}
    drilled(platform, hospitals, 5, good=False, full_minutes=None)
    drilled(platform, hospitals, 8, repository="dpi-borg")
    assert handed_test(platform, hospitals, None) == failed
    drilled(platform, hospitals, 9)
    assert handed_test(platform, hospitals, None) == {"date": "2026-03-09", "success": True, "duration_hours": 1.5}


@pytest.mark.parametrize(("day", "success"), [("2026-03-04", False), ("2026-03-05", False), ("2026-03-06", True)])
def test_the_same_day_a_failed_drill_wins(platform: Platform, hospitals: Hospitals, day: str, success: bool) -> None:
    planted(platform, hospitals)
    drilled(platform, hospitals, 5, good=False, full_minutes=None)
    found = handed_test(platform, hospitals, {"date": day, "success": True, "duration_hours": 7})
    assert isinstance(found, dict)
    assert found["success"] is success


def test_the_same_day_a_failure_that_was_written_wins(platform: Platform, hospitals: Hospitals) -> None:
    planted(platform, hospitals)
    drilled(platform, hospitals, 5)
    written = {"date": "2026-03-05", "success": False}
    assert handed_test(platform, hospitals, written) == written


def test_a_drill_that_told_nothing_hides_no_failure(platform: Platform, hospitals: Hospitals) -> None:
    planted(platform, hospitals)
    drilled(platform, hospitals, 5, good=False)
    drilled(platform, hospitals, 6, good=None)
    found = list_drills(platform, MACHINE, hospitals.valley)
    assert (found.good, found.failed, found.untold) == (0, 1, 1)
    drilled(platform, hospitals, 7)
    found = list_drills(platform, MACHINE, hospitals.valley)
    assert (found.good, found.failed, found.untold) == (1, 0, 0)


@pytest.mark.parametrize(("good", "state"), [(True, "good"), (False, "error")])
def test_the_inventory_reads_the_drills(
    platform: Platform, hospitals: Hospitals, clock: FixedClock, good: bool, state: str
) -> None:
    planted(platform, hospitals)
    plant_backups(platform, hospitals.valley)
    with platform.database.write() as session:
        row = session.scalars(select(BackupSystem).where(BackupSystem.name == "DPI")).one()
        row.tested_on, row.test_outcome, row.test_minutes = None, None, None
    clock.forward(hours=5 * 24)
    drilled(platform, hospitals, 5, good=good)
    line = next(one for one in read_board(platform, MACHINE, hospitals.valley).lines if one.name == "DPI")
    assert (line.tested, line.test_good, line.verified.verdict) == (date(2026, 3, 5), good, state)
    assert (line.advice.state == "danger") is not good
    with platform.database.read() as session:
        run = session.scalars(select(RestoreDrill.run_id)).one()
    assert open_system(platform, MACHINE, line.id).drill == run
    wanted = DeadlineFilter(DeadlineKind.BACKUP)
    found = list_deadlines(platform, replace(MACHINE, lang="fr"), hospitals.valley, wanted).page.lines
    titles = [one.title for one in found]
    assert ("Essai de restauration en échec, à refaire : DPI" in titles) is not good


def test_a_test_written_after_a_drill_says_more(platform: Platform, hospitals: Hospitals) -> None:
    planted(platform, hospitals)
    number = plant_backups(platform, hospitals.valley).good
    drilled(platform, hospitals, 1, good=False)
    view = open_system(platform, MACHINE, number)
    written = replace(view.draft, tested_on=date(2026, 3, 2), test_outcome=RestoreOutcome.SUCCESS)
    SYSTEMS.change(platform, MACHINE, number, written, view.version)
    assert (view.drill is None, open_system(platform, MACHINE, number).drill) == (False, None)


def test_a_good_drill_is_a_measure_of_the_resource_of_that_name(platform: Platform, hospitals: Hospitals) -> None:
    planted(platform, hospitals)
    drilled(platform, hospitals, 5, mode="sample")
    drilled(platform, hospitals, 6, good=False)
    node = plant_resource(platform, hospitals.valley, "DPI")
    with platform.database.read() as session:
        found = measures_of(platform, session, hospitals.valley)
    assert [(one.what, one.minutes, one.source) for one in found[node]] == [
        ("restore", 90, "Essai de restauration, extrapolé")
    ]
