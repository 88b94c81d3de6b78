"""What is kept of requirements: only what differs is written, marks are settled, days pass."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Place
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.jobs import Claim, JobKind, Lane
from care.domain.judging import RequirementStatus
from care.domain.programme import AnswerVerdict
from care.domain.schedule import Slot
from care.services import jobs, schedules
from care.services.evidence import Details, Upload, add_evidence
from care.services.findings import recount_findings
from care.services.frameworks.marks import mark_due
from care.services.frameworks.standings import assess_due
from care.services.platform import Platform
from care.services.work import Hold
from care.store.frameworks import AssessmentMark, FrameworkCount, RequirementStanding
from care.store.jobs import Job
from scanners.model import Status
from tests.support.clock import FixedClock
from tests.support.measured import plant_finding, plant_run, plant_target
from tests.support.people import MACHINE, Hospitals
from tests.support.questions import say

both = pytest.mark.both_databases


def run_slot(platform: Platform, clock: FixedClock, name: str = "assess") -> None:
    schedules.submit_slot(platform, Slot(name, clock.now()))
    while claim := jobs.claim(platform, Lane.SERVICE, "tests"):
        assert claim.kind is JobKind.ASSESS
        assess_due(platform, Hold(platform, claim))


def file_plan(platform: Platform, site: int, until: date | None = None) -> None:
    details = Details(kind=EvidenceKind.PROCEDURE, title="Organisation du projet", effective_to=until)
    ref = ThingRef(ThingKind.REQUIREMENT, "care-d2:P2")
    add_evidence(platform, MACHINE, site, details, Upload("note.pdf", BytesIO(b"%PDF-1.7 note")), [ref])


def kept(platform: Platform, holder: str) -> dict[str, RequirementStatus]:
    with platform.database.read() as session:
        rows = session.scalars(select(RequirementStanding).where(RequirementStanding.holder == holder))
        return {f"{row.framework}:{row.item}": row.status for row in rows}


def test_an_answer_is_kept_behind_what_is_measured(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    """What lists and regions read: neither a yes nor “not applicable” hides an open finding."""
    ref, holder = "care-rules:TLM-12", f"establishment:{hospitals.valley}"
    say(platform, MACHINE, hospitals.valley, "TLM-12", AnswerVerdict.YES)
    run_slot(platform, clock)
    assert kept(platform, holder)[ref] is RequirementStatus.MET
    target = plant_target(platform, hospitals.valley, "remote_access")
    rule = {"remote_access.single_factor": (Status.FAILED, 3, 1)}
    plant_run(platform, target, clock.now().date(), rule)
    plant_finding(platform, target, "remote_access.single_factor", clock.now().date())
    recount_findings(platform)
    for verdict, note in ((AnswerVerdict.YES, "Vu"), (AnswerVerdict.NOT_APPLICABLE, "Aucun accès")):
        clock.forward(minutes=2)
        say(platform, MACHINE, hospitals.valley, "TLM-12", verdict, note=note)
        run_slot(platform, clock)
        assert kept(platform, holder)[ref] is RequirementStatus.NOT_MET


def waiting(platform: Platform) -> list[str]:
    with platform.database.read() as session:
        query = select(AssessmentMark.holder).where(AssessmentMark.due_since.is_not(None))
        return sorted(session.scalars(query))


@both
def test_a_piece_of_evidence_is_counted_everywhere_it_counts(
    platform: Platform, hospitals: Hospitals, clock: FixedClock
) -> None:
    file_plan(platform, hospitals.valley)
    assert waiting(platform) == [f"establishment:{hospitals.valley}"]
    run_slot(platform, clock)
    assert waiting(platform) == []
    filed = {"care-d2:P2": RequirementStatus.EVIDENCE_FILED}
    for holder in (
        f"establishment:{hospitals.valley}",
        f"legal_entity:{hospitals.valley_entity}",
        f"ght:{hospitals.ght}",
    ):
        assert kept(platform, holder) == filed
    assert kept(platform, f"establishment:{hospitals.hill}") == {}


@both
def test_only_what_differs_is_written(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    file_plan(platform, hospitals.valley, until=clock.now().date())
    run_slot(platform, clock)
    first = clock.now()
    clock.forward(hours=1)
    with platform.database.write() as session:
        mark_due(session, Place(Level.ESTABLISHMENT, hospitals.valley), clock.now())
    run_slot(platform, clock)
    with platform.database.read() as session:
        since = session.scalars(select(RequirementStanding.since)).all()
        days = session.scalar(select(func.count()).select_from(FrameworkCount))
    assert set(since) == {first}
    clock.forward(days=1)
    run_slot(platform, clock)
    assert set(kept(platform, f"establishment:{hospitals.valley}").values()) == {RequirementStatus.EVIDENCE_FILED}
    run_slot(platform, clock, "assess_all")
    assert kept(platform, f"establishment:{hospitals.valley}") == {"care-d2:P2": RequirementStatus.IN_PROGRESS}
    with platform.database.read() as session:
        after = session.scalar(select(func.count()).select_from(FrameworkCount))
    assert days is not None
    assert after is not None
    assert after > days


def test_a_change_while_computing_is_not_lost(
    platform: Platform, hospitals: Hospitals, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from care.services.frameworks import standings

    file_plan(platform, hospitals.valley)
    computed = standings._compute

    def late(*args: object) -> object:
        found = computed(*args)  # type: ignore[arg-type]
        clock.forward(seconds=1)
        with platform.database.write() as session:
            mark_due(session, Place(Level.ESTABLISHMENT, hospitals.valley), clock.now())
        return found

    monkeypatch.setattr(standings, "_compute", late)
    run_slot(platform, clock)
    assert waiting(platform) == [f"establishment:{hospitals.valley}"]


def test_what_no_longer_holds_goes_back_to_the_start(
    platform: Platform, hospitals: Hospitals, clock: FixedClock
) -> None:
    from care.services.evidence import withdraw

    file_plan(platform, hospitals.valley)
    run_slot(platform, clock)
    withdraw(platform, MACHINE, 1, "Déposée par erreur", 1)
    clock.forward(minutes=5)
    run_slot(platform, clock)
    assert set(kept(platform, f"ght:{hospitals.ght}").values()) == {RequirementStatus.NOT_STARTED}


def test_a_cancelled_job_leaves_its_marks(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    file_plan(platform, hospitals.valley)
    schedules.submit_slot(platform, Slot("assess", clock.now()))
    claim = jobs.claim(platform, Lane.SERVICE, "tests")
    assert isinstance(claim, Claim)
    assess_due(platform, Hold(platform, claim, stopping=lambda: True))
    assert waiting(platform) == [f"establishment:{hospitals.valley}"]
    with platform.database.read() as session:
        assert session.get_one(Job, claim.job_id).finished_at is None
