"""Imports as jobs: read, compared and recorded by workers that may be cancelled or killed at any step."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from care.cli.apart import do_apart
from care.domain.access import Level, Role, Scope
from care.domain.findings import Change
from care.domain.import_steps import Step, step_of
from care.domain.jobs import APART, LEASE, JobKind, JobState, Lane
from care.services import (
    ads,
    import_drafts,
    import_preview,
    import_reading,
    import_recording,
    imports,
    jobs,
    runs,
    work,
)
from care.services.errors import Invalid, NotFound, Refused
from care.services.handlers import HANDLERS
from care.services.import_drafts import DraftView, Upload, give_up, list_drafts, open_draft, receive
from care.services.platform import Platform
from care.services.work import Hold
from care.store.evidence import Evidence
from care.store.findings import FindingRow
from care.store.imports import ImportDraft
from care.store.runs import Run
from care.worker import Worker
from scanners.collection import Cancelled
from scanners.errors import SaidError
from tests.support.audits import claimed
from tests.support.blocked_import import MARK
from tests.support.clock import FixedClock
from tests.support.machine import eventually
from tests.support.people import Hospitals, person
from tests.unit.imported.files import content

both = pytest.mark.both_databases
MIB = 1 << 20
NESSUS = "nessus.nessus"


@pytest.fixture
def ciso(hospitals: Hospitals, clock: FixedClock) -> Scope:
    clock.forward(days=300)  # the samples look at November 2026
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


def sent(name: str = NESSUS, raw: bytes | None = None) -> Upload:
    return Upload(name, io.BytesIO(content(name) if raw is None else raw), MIB)


def do_next(platform: Platform, worker: str = "w1") -> None:
    """Do the next job of an import, as a worker does."""
    claim = claimed(platform, Lane.IMPORT, worker)
    try:
        HANDLERS[claim.kind](platform, Hold(platform, claim))
    except (SaidError, Invalid, NotFound, Refused) as error:
        jobs.fail(platform, claim, error.text)
    except Cancelled:
        jobs.end_cancelled(platform, claim)


def ready(platform: Platform, scope: Scope, establishment_id: int) -> int:
    """A draft read and compared."""
    draft = receive(platform, scope, establishment_id, sent())
    do_next(platform)
    do_next(platform)
    assert open_draft(platform, scope, draft).step is Step.READY
    return draft


def count(platform: Platform, table: Any) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def kept_files(platform: Platform) -> list[Path]:
    return [path for path in (platform.settings.evidence_dir / ".imports").rglob("*") if path.is_file()]


@both
def test_from_the_file_to_the_run(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    draft = receive(platform, ciso, hospitals.valley, sent())
    assert (open_draft(platform, ciso, draft).step, count(platform, FindingRow)) == (Step.READING, 0)
    do_next(platform)
    assert open_draft(platform, ciso, draft).step is Step.COMPARING
    do_next(platform)
    seen = import_preview.open_preview(platform, ciso, draft)
    assert (seen.counts[Change.NEW], seen.emptied, seen.sent != seen.draft.sha256) == (4, True, True)
    assert not any(b"Pa55-de-la-politique" in path.read_bytes() for path in kept_files(platform))

    import_recording.confirm(platform, ciso, draft, " Siège ")
    import_recording.confirm(platform, ciso, draft, "Annexe")  # asked twice: the first one counts
    assert open_draft(platform, ciso, draft).step is Step.RECORDING
    with pytest.raises(Refused, match="being recorded"):
        give_up(platform, ciso, draft)
    do_next(platform)
    view = open_draft(platform, ciso, draft)
    assert view.step is Step.RECORDED
    assert view.run_id is not None
    run = runs.open_run(platform, ciso, view.run_id)
    assert (run.line.target_name, run.line.asked_by, run.facts_sha256) == ("Siège", ciso.actor, seen.draft.sha256)
    assert (count(platform, Run), count(platform, FindingRow), kept_files(platform)) == (1, 4, [])
    import_recording.confirm(platform, ciso, draft, "Annexe")
    assert jobs.claim(platform, Lane.IMPORT, "w") is None
    assert list_drafts(platform, ciso, hospitals.valley) == ()


def test_a_preview_is_worked_out_again_on_another_target(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    first = ready(platform, ciso, hospitals.valley)
    import_recording.confirm(platform, ciso, first, "Siège")
    do_next(platform)
    draft = ready(platform, ciso, hospitals.valley)
    seen = import_preview.open_preview(platform, ciso, draft)
    assert (seen.target, seen.counts[Change.STILL], seen.before is not None) == ("Siège", 4, True)
    import_preview.ask_comparison(platform, ciso, draft, "Annexe")
    with pytest.raises(Refused):
        import_recording.confirm(platform, ciso, draft, "Annexe")
    do_next(platform)
    seen = import_preview.open_preview(platform, ciso, draft)
    assert (seen.target, seen.before, seen.stale) == ("Annexe", None, False)
    platform.clock.forward(minutes=1)  # type: ignore[attr-defined]
    other = ready(platform, ciso, hospitals.valley)
    import_recording.confirm(platform, ciso, other, "Siège")
    do_next(platform)
    assert import_preview.open_preview(platform, ciso, draft).stale


def test_a_file_that_cannot_be_read_leaves_its_sentence(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    draft = receive(platform, ciso, hospitals.valley, sent(raw=content(NESSUS)[:-100]))
    do_next(platform)
    view = open_draft(platform, ciso, draft)
    assert (view.step, view.readable, kept_files(platform)) == (Step.STOPPED, False, [])
    assert "s’arrête avant sa fin" in view.error
    with pytest.raises(Refused, match="upload it again"):
        import_reading.read_again(platform, ciso, draft)
    for act in (import_preview.open_preview, lambda *where: import_recording.confirm(*where, "Siège")):
        with pytest.raises((Refused, NotFound)):
            act(platform, ciso, draft)
    give_up(platform, ciso, draft)
    assert list_drafts(platform, ciso, hospitals.valley) == ()


@both
def test_giving_up_stops_the_reading(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    draft = receive(platform, ciso, hospitals.valley, sent())
    give_up(platform, ciso, draft)
    assert jobs.claim(platform, Lane.IMPORT, "w") is None
    assert kept_files(platform) == []
    draft = receive(platform, ciso, hospitals.valley, sent())
    claim = claimed(platform, Lane.IMPORT)
    give_up(platform, ciso, draft)  # while a worker reads
    with pytest.raises((NotFound, SaidError, Cancelled, FileNotFoundError)):
        import_reading.read(platform, Hold(platform, claim))
    with pytest.raises(NotFound):
        open_draft(platform, ciso, draft)
    assert (kept_files(platform), count(platform, ImportDraft)) == ([], 0)


@both
def test_a_recording_cancelled_can_be_confirmed_again(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    draft = ready(platform, ciso, hospitals.valley)
    with pytest.raises(Refused):
        import_recording.cancel_recording(platform, ciso, draft)
    import_recording.confirm(platform, ciso, draft, "Siège")
    claim = claimed(platform, Lane.IMPORT)
    import_recording.cancel_recording(platform, ciso, draft)
    with pytest.raises(Cancelled):
        import_recording.record_import(platform, Hold(platform, claim))
    jobs.end_cancelled(platform, claim)
    assert (open_draft(platform, ciso, draft).step, count(platform, Run)) == (Step.READY, 0)
    import_recording.confirm(platform, ciso, draft, "Siège")
    do_next(platform)
    assert (open_draft(platform, ciso, draft).step, count(platform, Run)) == (Step.RECORDED, 1)


STEPS = [
    (1, "care.services.import_reading:without_passwords"),
    (1, "care.services.import_reading:note"),
    (1, "care.services.import_reading:ask"),
    (2, "care.services.import_preview:confront"),
    (2, "care.services.import_preview:keep"),
    (3, "care.services.import_recording:evidence_of"),
    (3, "care.services.import_recording:record_findings"),
    (3, "care.services.import_recording:keep_texts"),
    (3, "care.services.import_recording:record"),
    (3, "care.services.jobs:finish"),
]


@both
@pytest.mark.parametrize(("job", "step"), STEPS, ids=[step.rpartition(".")[2] for _, step in STEPS])
def test_kill_9_at_each_step_leaves_a_draft_that_goes_on(
    platform: Platform, ciso: Scope, hospitals: Hospitals, tmp_path: Path, job: int, step: str
) -> None:
    draft = receive(platform, ciso, hospitals.valley, sent())
    for _ in range(min(job, 3) - 1):
        do_next(platform)
    if job == 3:
        import_recording.confirm(platform, ciso, draft, "Siège")
    before = open_draft(platform, ciso, draft)

    command = [sys.executable, "-m", "tests.support.blocked_import", str(tmp_path)]
    given = [platform.settings.database_url, step, platform.clock.now().isoformat()]
    worker = subprocess.Popen([*command, *given], stdin=subprocess.PIPE)
    try:
        eventually((tmp_path / MARK).exists, "the worker is at that step")
        os.kill(worker.pid, signal.SIGKILL)
    finally:
        worker.kill()
        worker.communicate()
    assert worker.returncode == -signal.SIGKILL
    assert open_draft(platform, ciso, draft).step is before.step
    assert [count(platform, table) for table in (Run, FindingRow, Evidence)] == [0, 0, 0]

    later = replace(platform, clock=FixedClock(platform.clock.now() + LEASE + LEASE))
    assert jobs.reap(later) == 1
    for _ in range(4 - job):
        if open_draft(later, ciso, draft).step is Step.READY:
            import_recording.confirm(later, ciso, draft, "Siège")
        do_next(later, "heir")
    if open_draft(later, ciso, draft).step is Step.READY:
        import_recording.confirm(later, ciso, draft, "Siège")
        do_next(later, "heir")
    view = open_draft(later, ciso, draft)
    assert (view.step, view.error) == (Step.RECORDED, "")
    assert [count(platform, table) for table in (Run, FindingRow, Evidence)] == [1, 4, 1]
    with platform.database.read() as session:
        kept = session.scalars(select(Evidence.sha256)).one()
    assert kept is not None
    assert b"Pa55-de-la-politique" not in platform.evidence.path(kept).read_bytes()
    assert view.sha256 == kept


def test_a_job_whose_worker_died_twice_is_started_again(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    def die() -> DraftView:
        for _ in range(2):
            claimed(platform, Lane.IMPORT)
            platform.clock.forward(seconds=2 * LEASE.total_seconds())  # type: ignore[attr-defined]
            jobs.reap(platform)
        return open_draft(platform, ciso, draft)

    draft = receive(platform, ciso, hospitals.valley, sent())
    view = die()
    assert (view.step, view.readable, view.error) == (Step.STOPPED, True, jobs.WORKER_DIED.fr)
    import_reading.read_again(platform, ciso, draft)
    import_reading.read_again(platform, ciso, draft)
    do_next(platform)
    assert die().step is Step.STOPPED  # the comparison, this time
    import_reading.read_again(platform, ciso, draft)
    do_next(platform)
    import_recording.confirm(platform, ciso, draft, "Siège")
    view = die()
    assert (view.step, view.error, count(platform, Run)) == (Step.READY, jobs.WORKER_DIED.fr, 0)
    import_recording.confirm(platform, ciso, draft, "Siège")
    do_next(platform)
    assert open_draft(platform, ciso, draft).step is Step.RECORDED


def test_a_draft_is_forgotten_after_a_day_but_not_while_a_worker_has_it(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    waiting, done = receive(platform, ciso, hospitals.valley, sent()), None
    for _ in range(2):
        clock.forward(hours=25)
        with platform.database.write() as session:
            jobs.submit(platform, session, jobs.Order(JobKind.PURGE), "tests")
        work.purge(platform, Hold(platform, claimed(platform, Lane.SERVICE)))
        left = [one.id for one in list_drafts(platform, ciso, hospitals.valley)]
        assert left == ([waiting] if done is None else [])
        if done is None:
            done = do_next(platform), do_next(platform)


@pytest.mark.parametrize("most", [0, 5_000])
def test_a_worker_does_large_imports_in_a_process_of_their_own(
    platform: Platform, ciso: Scope, hospitals: Hospitals, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(import_drafts, "MOST_HERE", most)
    done: list[JobKind] = []

    def apart(platform: Platform, hold: Hold) -> None:
        done.append(hold.claim.kind)
        do_apart(platform, hold)

    draft = receive(platform, ciso, hospitals.valley, sent())
    worker = Worker(platform, HANDLERS, audits=0, apart=apart)
    worker.start()
    try:
        eventually(lambda: open_draft(platform, ciso, draft).step is Step.READY, "the preview is ready")
        import_recording.confirm(platform, ciso, draft, "Siège")
        eventually(lambda: open_draft(platform, ciso, draft).step is Step.RECORDED, "the import is recorded")
    finally:
        assert worker.stop()
    assert done == ([JobKind.COMPARE_IMPORT, JobKind.RECORD_IMPORT] if most == 0 else [])
    (line,) = imports.list_imports(platform, ciso, hospitals.valley).lines
    assert (line.new, line.imported_by) == (4, ciso.actor)


def test_what_a_job_refuses_in_its_own_process_is_said(
    platform: Platform, ciso: Scope, hospitals: Hospitals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_drafts, "MOST_HERE", 0)
    draft = ready(platform, ciso, hospitals.valley)
    import_recording.confirm(platform, ciso, draft, "Siège")
    for path in kept_files(platform):
        path.unlink()
    claim = claimed(platform, Lane.IMPORT)
    assert claim.args[APART]
    with pytest.raises(Refused, match="upload it again"):
        do_apart(platform, Hold(platform, claim))


@both
def test_an_ads_result_typed_twice_makes_one_run(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    today = platform.clock.now().date()

    def typed(*failing: str, on: date = today, attached: bytes | None = None) -> int:
        upload = Upload("r.pdf", io.BytesIO(attached), MIB) if attached else None
        result = ads.AdsDraft(2, on, "Hopital.Local", failing, whole=True)
        platform.clock.forward(minutes=1)  # type: ignore[attr-defined]
        return ads.type_ads(platform, ciso, hospitals.valley, result, upload)

    def record(draft: int) -> DraftView:
        import_recording.confirm(platform, ciso, draft, "hopital.local")
        do_next(platform)
        return open_draft(platform, ciso, draft)

    one, two = [point.value for point in ads.points_by_level("fr")[2]][:2]
    first = typed(one, two)
    assert typed(two, one) == first, "the same result, waiting already"
    with_report = typed(one, two, attached=b"%PDF-1.7\n%%EOF\n")
    assert with_report != first
    do_next(platform), do_next(platform)
    assert record(first).step is Step.RECORDED
    assert "déjà enregistré" in record(with_report).error
    with pytest.raises(Refused, match="already recorded"):
        typed(one, two)
    correction = typed(one)
    do_next(platform)
    assert record(correction).step is Step.RECORDED
    back = typed(one, two)  # after a correction the first result may be right again
    do_next(platform)
    assert record(back).step is Step.RECORDED
    other_day = typed(one, two, on=today - timedelta(days=1))
    do_next(platform)
    assert record(other_day).step is Step.RECORDED
    assert count(platform, Run) == 4


@pytest.mark.parametrize(
    ("kind", "state", "previewed", "recorded", "step"),
    [
        (None, None, False, False, Step.STOPPED),
        (None, None, True, False, Step.READY),
        (JobKind.READ_IMPORT, JobState.QUEUED, False, False, Step.READING),
        (JobKind.COMPARE_IMPORT, JobState.RUNNING, True, False, Step.COMPARING),
        (JobKind.RECORD_IMPORT, JobState.RUNNING, True, False, Step.RECORDING),
        (JobKind.RECORD_IMPORT, JobState.FAILED, True, False, Step.READY),
        (JobKind.RECORD_IMPORT, JobState.DONE, False, True, Step.RECORDED),
        (JobKind.READ_IMPORT, JobState.CANCELLED, False, False, Step.STOPPED),
    ],
)
def test_a_step_follows_from_the_last_job(
    kind: JobKind | None, state: JobState | None, previewed: bool, recorded: bool, step: Step
) -> None:
    assert step_of(kind, state, previewed=previewed, recorded=recorded) is step
