"""The chaos of `make soak`, small; and its checks, which must see what a kill could have broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from bench import soak_chaos
from care import config
from care.domain.jobs import JobKind, JobState, Lane
from care.services import jobs
from care.services.handlers import HANDLERS
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.services.work import Hold
from care.store.jobs import Job, JobEvent
from care.store.runs import RuleOutcome
from care.store.trail import TrailEvent
from care.wiring import build_platform
from tests.support.people import plant_hospitals
from tests.support.ports import JudgeHere
from tests.web.seeds import SpecimenCollect, plant_audits


@pytest.mark.lab
def test_killed_workers_lose_nothing_and_record_nothing_by_half() -> None:
    soaked = soak_chaos.run(6, seed=3)
    assert soaked.faults == ()
    assert "0 kills" not in soaked.title


@pytest.mark.lab
def test_a_database_that_crashes_loses_no_job() -> None:
    """Seed 14 ends PostgreSQL first, in the middle of the first audits."""
    soaked = soak_chaos.run(6, seed=14, database="postgresql")
    assert soaked.faults == ()
    assert "0 kills" not in soaked.title


@pytest.fixture
def finished(tmp_path: Path) -> Iterator[Platform]:
    """An installation whose jobs are all done."""
    built = build_platform(config.load({"CARE_DATA_DIR": str(tmp_path)}, tmp_path))
    platform = replace(built, collect=SpecimenCollect(), judge_directory=JudgeHere())
    prepare_database(platform)
    plant_audits(platform, plant_hospitals(platform).valley)
    done = set()
    while claim := jobs.claim(platform, Lane.SERVICE, "tests"):
        HANDLERS[claim.kind](platform, Hold(platform, claim))
        done.add(claim.kind)
    assert done == {JobKind.MAIL, JobKind.ASSESS}  # no relay takes the mail of the seeds; what their audits changed
    yield platform
    platform.doorbell.close()
    platform.database.close()


def faults(platform: Platform) -> list[str]:
    return [fault for check in soak_chaos.CHECKS for fault in check(platform)]


def test_a_sound_installation_has_no_fault(finished: Platform) -> None:
    assert faults(finished) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (update(Job).where(Job.id == 1).values(state=JobState.RUNNING, finished_at=None), "job 1 is running"),
        (update(Job).where(Job.id == 1).values(state=JobState.FAILED, error_en="x"), "another reason"),
        (update(JobEvent).values(share=1.0), "ended"),
        (delete(RuleOutcome).where(RuleOutcome.id == 1), "half recorded"),
        (update(TrailEvent).where(TrailEvent.number == 2).values(actor="someone"), "audit trail"),
    ],
)
def test_each_kind_of_damage_is_told(finished: Platform, damage: object, said: str) -> None:
    with finished.database.write() as session:
        session.execute(damage)  # type: ignore[call-overload]
    assert any(said in fault for fault in faults(finished))


def test_lost_evidence_is_told(finished: Platform) -> None:
    for file in finished.settings.evidence_dir.rglob("*"):
        if file.is_file():
            file.unlink()
    assert any("missing or changed" in fault for fault in faults(finished))
