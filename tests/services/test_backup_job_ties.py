"""Names of jobs tied to systems: kept, handed to audits, and what no system claims."""

from __future__ import annotations

from typing import Any

import pytest

from care.domain.access import Level, Role
from care.services.action_query import today
from care.services.backups.handing import handed_plan
from care.services.backups.inventory import SYSTEMS
from care.services.backups.job_ties import JOB_TIES, TieDraft, open_tie, read_ties
from care.services.errors import Forbidden, Invalid, NotFound
from care.services.platform import Platform
from scanners.backup.jobs import History, JobList, JobRun
from scanners.backup.plan import parse_plan
from tests.support.backups import BackupAudits, PlantedBackups, plant_backups, plant_tie
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedBackups:
    return plant_backups(platform, hospitals.valley)


def jobs(platform: Platform, establishment_id: int, written: dict[str, Any] | None = None) -> dict[str, Any]:
    with platform.database.read() as session:
        plan = parse_plan(handed_plan(platform, session, establishment_id, {"jobs": written or {}}), "inventaire")
    return dict(plan.jobs)


@both
def test_ties_are_handed_over_those_of_the_target(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    here = hospitals.valley
    plant_tie(platform, here, planted.good)
    for draft in (
        TieDraft("Toutes", planted.good),
        TieDraft("Toutes", planted.bad),
        TieDraft("Toutes", None, "aussi une machine d’essai"),
        TieDraft("Essai", None, "machine d’essai"),
        TieDraft("Vieux", planted.over),
    ):
        JOB_TIES.add(platform, MACHINE, here, draft)
    written = {"vm-dpi-*": "Paie", "Nuit": "Laboratoire", "essai": "DPI"}
    expected = {"VM-DPI-*": "DPI", "Toutes": ("DPI", "Laboratoire"), "Essai": "", "Nuit": "Laboratoire"}
    assert jobs(platform, here, written) == expected
    SYSTEMS.close(platform, MACHINE, planted.bad, today(platform), 1)
    assert jobs(platform, here) == {"VM-DPI-*": "DPI", "Toutes": "DPI", "Essai": ""}


def test_a_tie_closed_is_handed_no_more(platform: Platform, hospitals: Hospitals, planted: PlantedBackups) -> None:
    number = plant_tie(platform, hospitals.valley, planted.good)
    JOB_TIES.close(platform, MACHINE, number, today(platform), 1)
    assert jobs(platform, hospitals.valley) == {}
    found = read_ties(platform, MACHINE, hospitals.valley)
    assert ([one.id for one in found.lines], [one.id for one in found.over]) == ([], [number])


def test_jobs_that_no_system_claims_are_named_until_they_are_tied(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, clock: FixedClock
) -> None:
    audits = BackupAudits(platform, clock)
    target = audits.target(hospitals.valley)
    at = clock.now()
    runs = tuple(JobRun(line, job, "success", start=at) for line, job in enumerate(("DPI", "Nuit", "vm-dpi-02", "Z")))
    audits.history = History(JobList("nuit.csv", ("job",), len(runs), at, brought_on=at.date()), runs)
    audits.run(target)
    assert read_ties(platform, MACHINE, hospitals.valley).untied == ("Nuit", "Z", "vm-dpi-02")
    plant_tie(platform, hospitals.valley, planted.good)
    JOB_TIES.add(platform, MACHINE, hospitals.valley, TieDraft("Z", None, "machine d’essai"))
    found = read_ties(platform, MACHINE, hospitals.valley)
    assert (found.untied, found.untied_count) == (("Nuit",), 1)
    assert [(one.draft.name, one.system) for one in found.lines] == [("VM-DPI-*", "DPI"), ("Z", "")]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (TieDraft("", 1), "name"),
        (TieDraft("n" * 256, 1), "name"),
        (TieDraft("*a*", 1), "name"),
        (TieDraft("Nuit"), "reason"),
        (TieDraft("Nuit", None, "r" * 301), "reason"),
        (TieDraft("Nuit", 999_999), "system_id"),
    ],
)
def test_a_faulty_tie_names_its_field(platform: Platform, hospitals: Hospitals, draft: TieDraft, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        JOB_TIES.add(platform, MACHINE, hospitals.valley, draft)
    assert set(refusal.value.fields) == {field}


def test_a_stranger_sees_nothing_and_ties_nothing_of_ours(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    number = plant_tie(platform, hospitals.valley, planted.good)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(NotFound):
        open_tie(platform, stranger, number)
    with pytest.raises(NotFound):
        read_ties(platform, stranger, hospitals.valley)
    with pytest.raises(Invalid):
        JOB_TIES.add(platform, stranger, hospitals.far, TieDraft("Nuit", planted.good))
    for scope, refusal in ((stranger, NotFound), (reader, Forbidden)):
        with pytest.raises(refusal):
            JOB_TIES.change(platform, scope, number, TieDraft("Nuit", planted.good), 1)
