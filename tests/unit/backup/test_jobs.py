"""Job histories as their tools write them, read without a mapping; each result exactly; rules at their boundary."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from scanners.archive import Parts
from scanners.backup.facts import FORMAT, BackupFacts, Copy
from scanners.backup.histories import Names
from scanners.backup.job_names import fits, shaped
from scanners.backup.job_results import is_backup, result_of
from scanners.backup.jobs import FormerJob, History, JobRun, JobStatus, JobTicket, rhythm, written
from scanners.backup.plan import parse_plan
from scanners.backup.read_jobs import ReadJobs, read_jobs
from scanners.catalog import rules_of
from scanners.errors import CollectError
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile
from scanners.model import Outcome, Status
from scanners.runner import run_rule
from tests.unit.backup.specimens import GIGABYTE, HEALTHY, NOW, PLAN, SYSTEM, history, latest, runs_of

SAMPLES = Path(__file__).parent / "histories"
"""What each tool writes, as exported."""
Read = Callable[..., ReadJobs]
DAY = date(2026, 3, 10)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads the text of a list of jobs, and of other lists by their kind."""

    def of(content: str | bytes, mapping: dict[str, str] | None = None, brought: date = DAY, **others: str) -> ReadJobs:
        def place(name: str, raw: str | bytes, kind: ListKind) -> ListFile:
            path = tmp_path / name
            path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
            chosen = mapping if kind is ListKind.BACKUP_JOBS and name == "jobs" and mapping else {}
            return ListFile(kind, f"{name}.csv", str(path), chosen, brought)

        files = [place("jobs", content, ListKind.BACKUP_JOBS)]
        former = [place("former", others["former"], ListKind.BACKUP_JOBS)] if "former" in others else []
        if "tickets" in others:
            files.append(place("tickets", others["tickets"], ListKind.TICKETS))
        return read_jobs(files, former, ("DPI",), NOW)

    return of


def told(read: ReadJobs) -> History:
    assert read.history is not None
    return read.history


def statuses(read: ReadJobs) -> dict[str, str]:
    return {run.name: run.status for run in told(read).runs}


def test_veeam_sessions(read: Read) -> None:
    found = read(sample("veeam-sessions.csv"))
    assert statuses(found) == {
        "Sauvegarde DPI": "success",
        "Sauvegarde PACS": "warning",
        "Sauvegarde Paie": "failed",
        "Sauvegarde Labo": "running",
        "Essai": "unknown",
    }
    assert told(found).list.others == 2
    run = next(one for one in told(found).runs if one.job == "Sauvegarde DPI")
    assert run.start == datetime(2026, 3, 9, 21, 0, 5, tzinfo=UTC)
    assert (run.bytes, run.tool, round(run.hours or 0, 2)) == (52_428_800, "Veeam", 1.21)
    assert next(one.bytes for one in told(found).runs if one.status == "warning") == 1_610_612_736
    (gap,) = found.gaps
    assert (gap.section, gap.truncated) == ("job_results", True)
    assert "ligne 7" in gap.reason.fr


def test_veeam_answers_of_its_interface(read: Read) -> None:
    found = read(sample("veeam-api.json"))
    assert statuses(found) == {"Sauvegarde DPI": "success", "Sauvegarde PACS": "failed"}
    assert told(found).list.others == 1
    assert told(found).runs[0].start == datetime(2026, 3, 9, 21, 0, 5, tzinfo=UTC)
    assert found.gaps == ()


def test_bacula_catalogue(read: Read) -> None:
    found = read(sample("bacula-catalogue.csv"))
    assert list(statuses(found).values()) == [
        "success",
        "warning",
        "failed",
        "failed",
        "cancelled",
        "warning",
        "running",
    ]
    run = told(found).runs[0]
    assert (run.system, run.files, run.bytes, run.errors) == ("srv-dpi-fd", 135_021, 34_050_112_233, 0)
    assert (run.repository, run.level, run.tool) == ("Full", "F", "Bacula")
    assert told(found).list.others == 1
    assert found.gaps == ()


def test_bareos_json(read: Read) -> None:
    found = read(sample("bareos-bconsole.json"))
    assert list(statuses(found).values()) == ["success", "failed"]
    assert told(found).runs[0].files == 135_021


def test_commvault_report(read: Read) -> None:
    found = read(sample("commvault-summary.csv"))
    assert statuses(found) == {
        "srv-dpi / default": "success",
        "srv-pacs / images": "warning",
        "srv-paie / data": "failed",
        "srv-labo / data": "cancelled",
        "srv-web / default": "warning",
    }
    run = next(one for one in told(found).runs if one.system == "srv-dpi")
    assert run.start == datetime(2026, 3, 9, 20, 0, 3, tzinfo=UTC), "months first, as 03/13 proves"
    assert (run.bytes, run.files, run.repository, run.level) == (round(12.3 * 2**30), 120_034, "SP_Disk", "Full")
    assert found.gaps == ()


def test_commvault_answers_of_its_interface(read: Read) -> None:
    found = read(sample("commvault-api.json"))
    assert statuses(found) == {"srv-dpi / default": "success", "srv-pacs / images": "warning"}
    run = told(found).runs[0]
    assert (run.files, run.errors, run.level, run.bytes) == (120_034, 0, "Full", 13_207_024_435)
    assert run.start == datetime(2026, 3, 9, 20, 0, 3, tzinfo=UTC)


def test_veeam_jobs_with_those_switched_off(read: Read) -> None:
    found = read(sample("veeam-travaux.csv"))
    assert statuses(found) == {"Sauvegarde DPI": "success", "Sauvegarde PACS": "warning", "Sauvegarde GED": "unknown"}
    assert [run.scheduled for run in told(found).runs if run.start] == [False, True]
    assert found.gaps == ()
    facts = replace(HEALTHY, history=told(found))
    assert {one.subject for one in outcome("job_disabled", facts).findings} == {"Sauvegarde PACS", "Sauvegarde GED"}


def test_proxmox_tasks(read: Read) -> None:
    found = read(sample("proxmox-tasks.json"))
    assert statuses(found) == {
        "vm/100 / baie1:vm/100": "success",
        "srv-pacs / baie1:host/srv-pacs": "warning",
        "ct/102 / baie1:ct/102": "failed",
        "ct/104 / baie1:ct/104": "unknown",
        "ct/103 / baie1:ct/103": "running",
    }
    assert {run.repository for run in told(found).runs} == {"baie1"}
    assert told(found).list.others == 1
    assert [gap.section for gap in found.gaps] == ["job_results"]


def test_a_french_export_of_a_nas(read: Read) -> None:
    found = read(sample("nas-francais.csv"))
    assert list(statuses(found).values()) == ["success", "warning", "failed", "unknown"]
    assert next(run.bytes for run in told(found).runs if run.system == "SRV-PACS") == round(2.25 * 2**40)


def test_a_workbook_and_a_mapping(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Objet sauvé", "Quand", "Bilan"], ["DPI", datetime(2026, 3, 9, 21), "OK"]):  # noqa: DTZ001 - no zone
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    with pytest.raises(CollectError, match="no expected header"):
        read(content.getvalue())
    found = read(content.getvalue(), {"job": "Objet sauvé", "start": "Quand", "status": "Bilan"})
    assert statuses(found) == {"DPI": "success"}


@pytest.mark.parametrize(
    ("said", "state", "error_text", "status"),
    [
        ("Success", "", False, "success"),
        ("None", "Working", False, "running"),
        ("None", "Stopped", False, "unknown"),
        ("Completed w/ errors", "", False, "warning"),
        ("Terminée avec avertissements", "", False, "warning"),
        ("No Run", "", False, "failed"),
        ("Presque", "", False, "unknown"),
        ("Successfully failed", "", False, "unknown"),
        ("OK", "", True, "success"),
        ("WARNINGS: 1", "", True, "warning"),
        ("job OK but not really", "", True, "failed"),
        ("", "", True, "running"),
        ("", "", False, "unknown"),
        ("unknown", "", True, "unknown"),
    ],
)
def test_a_result_is_exact_or_doubtful(said: str, state: str, error_text: bool, status: str) -> None:
    assert result_of(said, state, False, error_text) == status


@pytest.mark.parametrize(
    ("letter", "status"),
    [("T", "success"), ("W", "warning"), ("e", "warning"), ("E", "failed"), ("f", "failed"), ("I", "failed"),
     ("A", "cancelled"), ("R", "running"), ("a", "running"), ("Z", "unknown")],
)  # fmt: skip
def test_the_letters_of_bacula_keep_their_case(letter: str, status: str) -> None:
    assert result_of(letter, "", True, False) == status


def test_a_restore_is_no_backup_and_an_unknown_kind_is_a_doubt(read: Read) -> None:
    assert (is_backup("Restore"), is_backup("VM Recovery"), is_backup("Bizarre")) == (False, False, None)
    found = read("Job;Début;Statut;Type\nA;2026-03-09 20:00;OK;Bizarre\nB;2026-03-09 20:00;OK;Backup\n")
    assert statuses(found) == {"B": "success"}
    assert [gap.section for gap in found.gaps] == ["jobs"]
    assert "Bizarre" in found.gaps[0].reason.en


def test_a_result_without_a_start_is_a_doubt(read: Read) -> None:
    found = read("Job;Début;Statut\nA;;OK\nB;;\nC;2026-03-09 20:00;OK\n")
    assert [gap.section for gap in found.gaps] == ["jobs"]
    assert "line 2" in found.gaps[0].reason.en


def test_runs_of_bacula_named_after_their_moment_are_one_job(read: Read) -> None:
    found = read("Job;JobStatus;StartTime\nDPI.2026-03-09_21.00.00_03;T;2026-03-09 21:00\n"
                 "DPI.2026-03-08_21.00.00_07;T;2026-03-08 21:00\n")  # fmt: skip
    assert list(told(found).by_job()) == ["DPI"]


def test_a_list_speaks_up_to_its_dawn_or_its_latest_run(read: Read) -> None:
    text = "Job;Début;Statut\nA;2026-03-05 20:00;OK\n"
    assert told(read(text, brought=date(2026, 3, 8))).list.until == datetime(2026, 3, 7, 23, tzinfo=UTC)
    assert told(read(text, brought=date(2026, 3, 5))).list.until == datetime(2026, 3, 5, 19, tzinfo=UTC)


def test_tickets_that_name_a_job_or_a_system_are_kept(read: Read) -> None:
    lines = ("Numéro;Titre;Ouvert le", "1;Sauvegarde srv_pacs en échec;2026-03-09", "2;Imprimante;2026-03-01")
    tickets = "\n".join((*lines, "3;DPI lent;2026-03-08", ""))
    found = told(read("Job;Machine;Début;Statut\nNuit;srv-pacs;2026-03-09 20:00;Failed\n", tickets=tickets))
    assert [one.number for one in found.tickets or ()] == ["1", "3"]
    assert found.since == datetime(2026, 2, 28, 23, tzinfo=UTC)


def test_tickets_that_say_nothing_of_their_object_are_a_doubt(read: Read) -> None:
    found = read("Job;Début;Statut\nA;2026-03-09 20:00;OK\n", tickets="Numéro;Ouvert le\n1;2026-03-09\n")
    assert told(found).tickets is None
    assert [gap.section for gap in found.gaps] == ["tickets"]


def test_the_list_before_tells_the_jobs_and_their_rhythm(read: Read) -> None:
    nights = "".join(f"A;2026-03-0{day} 20:00;OK\n" for day in range(1, 6))
    found = told(
        read("Job;Début;Statut\nB;2026-03-09 20:00;OK\n", former="Job;Début;Statut\nB;2026-03-01;OK\n" + nights)
    )
    assert {(one.name, one.every_hours) for one in found.former} == {("A", 24.0), ("B", None)}


def test_no_list_of_jobs_no_history() -> None:
    assert read_jobs((), (), (), NOW) == ReadJobs(None, ())


# ---------------------------------------------------------------- names


def test_names_are_matched_whole_and_the_plan_comes_first() -> None:
    names = Names(replace(HEALTHY, plan=replace(PLAN, jobs={"Vieux DPI": "", "Sauvegarde X": "DPI"})))
    for job, system, found in (
        ("Nuit", "dpi", ("DPI",)),
        ("Nuit", "DPI.hopital.test", ("DPI",)),
        ("Nuit", "dpi-fd", ("DPI",)),
        ("dpi", "", ("DPI",)),
        ("Sauvegarde X", "srv-9", ("DPI",)),
        ("Vieux DPI", "dpi", ()),
        ("Vieux DPI", "", ()),
        ("DPI-test", "", None),
        ("Nuit", "dpi2", None),
    ):
        assert names.systems_of(JobRun(2, job, "success", system)) == found, job


@pytest.mark.parametrize(
    ("pattern", "name", "fit"),
    [
        ("VM-DPI-*", "vm_dpi_01", True),
        ("VM-DPI-*", "VM-DPI", False),
        ("VM-DPI-*", "VM-DPIX-01", False),
        ("VM-DPI*", "VM-DPIX-01", True),
        ("*-DPI-*", "prod-dpi-2", True),
        ("*dpi", "Sauvegarde DPI", True),
        ("*dpi", "Sauvegarde DPI bis", False),
        ("dpi*dpi", "dpi", False),
        ("dpi*dpi", "dpi et dpi", True),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "axxcyyb", False),
        ("vm/1*", "vm/100", True),
    ],
)
def test_a_star_stands_for_anything_and_nothing_else_does(pattern: str, name: str, fit: bool) -> None:
    assert fits(shaped(pattern), written(name)) is fit


def test_a_hostile_pattern_ends_at_once() -> None:
    assert not fits(shaped("a*" * 100 + "b"), "a" * 20_000)


def test_patterns_come_last_and_the_most_precise_first() -> None:
    pacs = replace(SYSTEM, name="PACS", copies=())
    jobs: dict[str, str | tuple[str, ...]] = {"VM-*": "", "VM-PACS-*": "PACS", "Nuit*": ("DPI", "PACS"), "VM-9": "DPI"}
    names = Names(replace(HEALTHY, plan=replace(PLAN, systems=(SYSTEM, pacs), jobs=jobs)))
    for job, system, found in (
        ("VM-PACS-1", "", ("PACS",)),
        ("VM-essai", "", ()),
        ("VM-9", "", ("DPI",)),
        ("VM-essai", "dpi", ("DPI",)),
        ("Nuit prod", "", ("DPI", "PACS")),
        ("Jour", "", None),
    ):
        assert names.systems_of(JobRun(2, job, "success", system)) == found, job
    tied = names.tied(JobRun(2, "Nuit prod", "success"))
    assert tied is not None
    assert tied.by == "Nuit*"


def test_a_job_of_several_systems_serves_each() -> None:
    pacs = replace(UNREAD, name="PACS", copies=(Copy("disque", "disk", "B", interval_hours=24),))
    plan = replace(PLAN, systems=(UNREAD, pacs), jobs={"Toutes les VM": ("DPI", "PACS")})
    facts = replace(with_runs(*runs_of("Toutes les VM", "")), plan=plan)
    assert outcome("system_without_job", facts).status is Status.PASSED
    assert outcome("job_without_system", facts).status is Status.PASSED
    assert outcome("job_pdma_exceeded", facts).status is Status.PASSED


def test_a_plan_ties_jobs_to_its_own_systems_only() -> None:
    plan: dict[str, Any] = {
        "version": 1,
        "establishment": "CH",
        "systems": [{"name": "DPI", "production": {"site": "A", "medium": "san"}}],
        "jobs": {"Nuit": "DPI", "Essai": ""},
    }
    assert parse_plan(plan, "plan.yaml").jobs == {"Nuit": "DPI", "Essai": ""}
    several = {"Nuit*": ["DPI", "PACS"], "VM/1*": "PACS"}
    systems = [*plan["systems"], {"name": "PACS", "production": {"site": "A", "medium": "san"}}]
    assert parse_plan({**plan, "jobs": several, "systems": systems}, "p").jobs["Nuit*"] == ("DPI", "PACS")
    for jobs in ({"Nuit": "PACS"}, {"Nuit": ["DPI", "PACS"]}):
        with pytest.raises(CollectError, match="PACS"):
            parse_plan({**plan, "jobs": jobs}, "plan.yaml")
    for pattern in ("*", "*-*", "a*"):
        with pytest.raises(CollectError, match="almost every job"):
            parse_plan({**plan, "jobs": {pattern: ""}}, "plan.yaml")
    with pytest.raises(CollectError, match="Nuit"):
        parse_plan({**plan, "jobs": {"Nuit": []}}, "plan.yaml")


# ---------------------------------------------------------------- rules


def outcome(name: str, facts: BackupFacts) -> Outcome:
    return run_rule(next(rule for rule in rules_of("backup") if rule.id == f"backup.{name}"), facts)


def with_runs(*runs: JobRun, **more: Any) -> BackupFacts:
    return replace(HEALTHY, history=history(*runs, **more))


UNREAD = replace(SYSTEM, copies=(replace(SYSTEM.copies[0], repository=None), SYSTEM.copies[1]))


def unread(*runs: JobRun, **more: Any) -> BackupFacts:
    """A hospital whose only system is in no repository that CaRE opens."""
    return replace(with_runs(*runs, **more), plan=replace(PLAN, systems=(UNREAD,)))


@pytest.mark.parametrize(("hours", "status"), [(24.0, Status.PASSED), (24.1, Status.FAILED)])
def test_pdma_by_the_jobs_at_its_boundary(hours: float, status: Status) -> None:
    runs = runs_of("Nuit", "dpi", NOW - timedelta(hours=hours))
    assert outcome("job_pdma_exceeded", unread(*runs)).status is status


def test_warnings_and_old_lists_are_never_fresh() -> None:
    warned = latest(runs_of("Nuit", "dpi"), 3, status="warning")
    assert outcome("job_pdma_exceeded", unread(*warned)).status is Status.NOT_ASSESSABLE
    old = unread(*runs_of("Nuit", "dpi", NOW - timedelta(days=3)))
    assert old.history is not None
    listed = replace(old.history.list, until=NOW - timedelta(days=2, hours=12))
    facts = replace(old, history=replace(old.history, list=listed))
    assert outcome("job_pdma_exceeded", facts).status is Status.NOT_ASSESSABLE
    never = latest(runs_of("Nuit", "dpi"), 20, status="failed")
    assert outcome("job_pdma_exceeded", unread(*never)).status is Status.FAILED
    ahead = (*runs_of("Nuit", "dpi", NOW - timedelta(days=3)), *runs_of("Nuit", "dpi", NOW + timedelta(days=300))[-1:])
    assert outcome("job_pdma_exceeded", unread(*ahead)).status is Status.FAILED


def test_without_a_list_the_rules_are_asked_only_of_copies_that_nobody_can_open() -> None:
    bare = replace(HEALTHY, history=None)
    rule = next(one for one in rules_of("backup") if one.id == "backup.job_silent")
    assert bare.asks(rule), "the tape is in no repository"
    assert outcome("job_silent", bare).status is Status.NOT_ASSESSABLE
    opened = replace(SYSTEM, copies=SYSTEM.copies[:1])
    assert not replace(bare, plan=replace(PLAN, systems=(opened,))).asks(rule)
    failures = next(one for one in rules_of("backup") if one.id == "backup.failures_without_ticket")
    assert replace(bare, plan=replace(PLAN, systems=(opened,))).asks(failures)


@pytest.mark.parametrize(("hours", "status"), [(72, Status.PASSED), (72.1, Status.FAILED)])
def test_silence_is_three_times_the_jobs_own_rhythm(hours: float, status: Status) -> None:
    assert outcome("job_silent", with_runs(*runs_of("Nuit", "dpi", NOW - timedelta(hours=hours)))).status is status


def test_a_job_without_rhythm_is_not_judged() -> None:
    few = runs_of("Nuit", "dpi", NOW - timedelta(days=30))[-3:]
    assert rhythm(few) is None
    found = outcome("job_silent", with_runs(*few))
    assert (found.status, found.unjudged) == (Status.PASSED, ("dpi / Nuit",))


def test_retries_are_no_rhythm() -> None:
    runs = runs_of("Nuit", "dpi")
    again = [replace(run, start=run.start + timedelta(minutes=10)) for run in runs if run.start]
    both = sorted((*runs, *again), key=lambda run: run.start or NOW)
    assert rhythm(both) == timedelta(days=1)


@pytest.mark.parametrize(
    ("rule", "size", "status"),
    [
        ("job_size_jump", 29.9, Status.PASSED),
        ("job_size_jump", 30, Status.FAILED),
        ("job_size_drop", 3.4, Status.PASSED),
        ("job_size_drop", 10 / 3, Status.FAILED),
        ("job_size_drop", 0, Status.FAILED),
    ],
)
def test_sizes_against_the_median(rule: str, size: float, status: Status) -> None:
    runs = latest(runs_of("Nuit", "dpi"), bytes=int(size * GIGABYTE))
    assert outcome(rule, with_runs(*runs)).status is status


def test_small_jumps_and_incremental_drops_are_usual() -> None:
    small = latest(runs_of("Nuit", "dpi", bytes=1_000_000), bytes=900_000_000)
    assert outcome("job_size_jump", with_runs(*small)).status is Status.PASSED
    for level in ("Incremental", "I", "Différentielle"):
        sunday = latest(runs_of("Nuit", "dpi", level=level), bytes=0)
        assert outcome("job_size_drop", with_runs(*sunday)).status is Status.PASSED, level


def test_a_full_run_is_not_compared_with_incremental_ones() -> None:
    runs = runs_of("Nuit", "dpi", level="I", bytes=GIGABYTE)
    weekly = [replace(run, level="F", bytes=50 * GIGABYTE) if rank % 7 == 6 else run for rank, run in enumerate(runs)]
    assert outcome("job_size_jump", with_runs(*weekly[:14])).status is Status.PASSED
    unknown = [replace(run, level="") for run in weekly[:14]]
    assert outcome("job_size_jump", with_runs(*unknown)).status is Status.PASSED, "as large as the one a week ago"


def test_weekly_runs_are_compared_with_the_last_three() -> None:
    weekly = runs_of("Nuit", "dpi")
    spaced = [replace(run, start=NOW - timedelta(weeks=19 - rank)) for rank, run in enumerate(weekly)]
    emptied = [*spaced[:-1], replace(spaced[-1], bytes=0)]
    assert outcome("job_size_drop", with_runs(*emptied)).status is Status.FAILED


@pytest.mark.parametrize(
    ("hours", "status"), [(1.9, Status.PASSED), (2, Status.FAILED)]
)  # fmt: skip
def test_a_job_that_takes_twice_as_long(hours: float, status: Status) -> None:
    runs = latest(runs_of("Nuit", "dpi"), 3, took=timedelta(hours=hours))
    assert outcome("job_slower", with_runs(*runs)).status is status


def test_one_slow_night_is_no_drift() -> None:
    runs = latest(runs_of("Nuit", "dpi"), 1, took=timedelta(hours=9))
    assert outcome("job_slower", with_runs(*runs)).status is Status.PASSED


@pytest.mark.parametrize(("count", "status"), [(1, Status.PASSED), (2, Status.FAILED)])
def test_two_failures_in_a_row(count: int, status: Status) -> None:
    runs = latest(runs_of("Nuit", "dpi"), count, status="failed")
    assert outcome("job_failing", with_runs(*runs)).status is status


FINE, WRONG, UNTOLD = Status.PASSED, Status.FAILED, Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("result", "count", "status"),
    [
        ("cancelled", 1, FINE),
        ("cancelled", 2, WRONG),
        ("warning", 6, FINE),
        ("warning", 7, WRONG),
        ("unknown", 6, FINE),
        ("unknown", 7, UNTOLD),
        ("running", 8, FINE),
        ("running", 9, WRONG),
    ],
)
def test_runs_that_bring_no_success(result: JobStatus, count: int, status: Status) -> None:
    """Those of two days that still go on are left out: nine nights that run make seven that should have ended."""
    runs = latest(runs_of("Nuit", "dpi"), count, status=result)
    assert outcome("job_failing", with_runs(*runs)).status is status


@pytest.mark.parametrize(
    ("result", "nights", "status"),
    [
        ("failed", 1, UNTOLD),
        ("failed", 2, WRONG),
        ("warning", 1, UNTOLD),
        ("warning", 6, UNTOLD),
        ("warning", 7, WRONG),
        ("running", 1, UNTOLD),
        ("success", 1, FINE),
    ],
)
def test_a_list_too_short_to_show_a_success(result: JobStatus, nights: int, status: Status) -> None:
    found = outcome("job_failing", with_runs(*runs_of("Nuit", "dpi", nights=nights, status=result)))
    assert found.status is status
    if status is UNTOLD:
        assert found.reason is not None
        assert "dpi / Nuit" in found.reason.fr


def test_cancelled_then_failed_is_no_rest() -> None:
    runs = latest(latest(runs_of("Nuit", "dpi"), 2, status="cancelled"), 1, status="failed")
    (finding,) = outcome("job_failing", with_runs(*runs)).findings
    assert finding.evidence["failed"] == 2


@pytest.mark.parametrize(("days", "status"), [(6, UNTOLD), (7, WRONG)])
def test_a_job_that_never_started(days: int, status: Status) -> None:
    since = NOW - timedelta(days=days)
    others = (replace(runs_of("Nuit", "dpi")[0], start=since), *runs_of("Nuit", "dpi", nights=2))
    found = outcome("job_never_started", with_runs(*others, JobRun(9, "Neuf", "unknown", "srv")))
    assert found.status is status
    assert {one.subject for one in found.findings} == ({"srv / Neuf"} if status is WRONG else set())
    off = JobRun(9, "Neuf", "unknown", "srv", scheduled=False)
    assert outcome("job_never_started", with_runs(*others, off)).status is FINE
    facts = replace(with_runs(*others, JobRun(9, "Neuf", "unknown", "srv")), plan=replace(PLAN, jobs={"Neuf": ""}))
    assert outcome("job_never_started", facts).status is FINE


@pytest.mark.parametrize(
    ("level", "nights", "status"),
    [
        ("Incremental", 35, UNTOLD),
        ("Incremental", 36, WRONG),
        ("D", 36, WRONG),
        ("Différentielle", 36, WRONG),
        ("Full", 5, FINE),
        ("Synthetic full", 36, FINE),
        ("", 36, FINE),
    ],
)
def test_increments_want_a_full_run(level: str, nights: int, status: Status) -> None:
    runs = runs_of("Nuit", "dpi", nights=nights, level=level)
    assert outcome("job_never_full", with_runs(*runs)).status is status


def test_a_full_run_that_failed_is_none() -> None:
    runs = runs_of("Nuit", "dpi", nights=40, level="I")
    for result, status in (("success", FINE), ("warning", FINE), ("failed", WRONG)):
        full = [replace(run, level="F", status=result) if rank == 20 else run for rank, run in enumerate(runs)]
        assert outcome("job_never_full", with_runs(*full)).status is status, result


@pytest.mark.parametrize(("nights", "status"), [(29, UNTOLD), (30, FINE)])
def test_tickets_want_a_list_of_a_month(nights: int, status: Status) -> None:
    found = outcome("failures_without_ticket", with_runs(*runs_of("Nuit", "dpi", NOW, nights=nights)))
    assert found.status is status
    if found.reason is not None:
        assert "28 jour(s) sur les 30" in found.reason.fr


def test_a_cancelled_run_wants_a_ticket_too() -> None:
    runs = runs_of("Nuit", "dpi", nights=40)
    gone = [replace(run, status="cancelled") if 5 < len(runs) - rank <= 7 else run for rank, run in enumerate(runs)]
    (finding,) = outcome("failures_without_ticket", with_runs(*gone)).findings
    assert finding.evidence["failed"] == 1


@pytest.mark.parametrize(("days", "status"), [(35, FINE), (35.1, UNTOLD)])
def test_a_job_without_rhythm_that_stopped_long_ago_is_a_doubt(days: float, status: Status) -> None:
    few = runs_of("Rare", "x", NOW - timedelta(days=days), nights=3)
    found = outcome("job_silent", with_runs(*few, *runs_of("Nuit", "dpi")))
    assert found.status is status
    assert outcome("job_silent", with_runs(*runs_of("Nuit", "dpi", nights=3))).status is UNTOLD, "a list of three days"


@pytest.mark.parametrize(("missing", "status"), [(2, Status.PASSED), (3, Status.FAILED)])
def test_a_field_of_the_journal_in_nine_runs_of_ten(missing: int, status: Status) -> None:
    runs = latest(runs_of("Nuit", "dpi"), missing, files=None)
    found = outcome("journal_incomplete", with_runs(*runs))
    assert found.status is status
    assert Counter(one.evidence["missing"] for one in found.findings) == Counter({"files": 1} if missing == 3 else {})


def ticket(text: str, opened: datetime, closed: datetime | None = None) -> JobTicket:
    return JobTicket(2, "T1", text, opened, closed)


FAILED = NOW - timedelta(days=9, hours=8)


@pytest.mark.parametrize(
    ("tickets", "status"),
    [
        ((), Status.FAILED),
        ((ticket("Échec de Nuit", FAILED + timedelta(days=7)),), Status.PASSED),
        ((ticket("Échec de Nuit", FAILED + timedelta(days=7, seconds=1)),), Status.FAILED),
        ((ticket("Sauvegarde du DPI", FAILED - timedelta(days=1)),), Status.PASSED),
        ((ticket("Nuit", FAILED - timedelta(days=20)),), Status.PASSED),
        ((ticket("Nuit", FAILED - timedelta(days=20), FAILED - timedelta(days=10)),), Status.FAILED),
        ((ticket("Nuitée", FAILED),), Status.FAILED),
        (None, Status.NOT_ASSESSABLE),
    ],
)
def test_a_failure_wants_a_ticket(tickets: tuple[JobTicket, ...] | None, status: Status) -> None:
    runs = runs_of("Nuit", "dpi", nights=40)
    failed = [
        replace(run, status="failed") if run.start and FAILED <= run.start < FAILED + timedelta(days=2) else run
        for run in runs
    ]
    found = outcome("failures_without_ticket", with_runs(*failed, tickets=tickets))
    assert found.status is status
    if status is Status.FAILED:
        assert found.findings[0].evidence["failed"] == 1, "the second was made good the next night"


def test_failures_before_the_first_ticket_are_a_doubt() -> None:
    runs = latest(runs_of("Nuit", "dpi"), 5, status="failed")
    facts = with_runs(*runs, tickets=(), since=NOW)
    assert outcome("failures_without_ticket", facts).status is Status.NOT_ASSESSABLE


def test_a_job_that_vanished_wants_a_list_long_enough() -> None:
    former = (FormerJob("s7 / Hebdo", 168, "Hebdo", "s7"), FormerJob("x / Vieux", None, "Vieux", "x"))
    short = outcome("job_vanished", with_runs(*runs_of("Nuit", "dpi")[-10:], former=former))
    assert (short.status, set(short.unjudged)) == (Status.PASSED, {"s7 / Hebdo", "x / Vieux"})
    long = outcome("job_vanished", with_runs(*runs_of("Nuit", "dpi"), former=former))
    assert [one.subject for one in long.findings] == ["s7 / Hebdo"]
    told = replace(PLAN, jobs={"Hebdo": ""})
    facts = replace(with_runs(*runs_of("Nuit", "dpi"), former=former[:1]), plan=told)
    assert outcome("job_vanished", facts).status is Status.PASSED


def test_a_list_without_sizes_says_nothing_of_them() -> None:
    facts = with_runs(*runs_of("Nuit", "dpi"))
    assert facts.history is not None
    bare = replace(facts.history, list=replace(facts.history.list, columns=("job", "start", "status")))
    for name in ("job_size_jump", "job_size_drop", "job_slower", "job_disabled"):
        assert outcome(name, replace(facts, history=bare)).status is Status.NOT_ASSESSABLE, name


# ---------------------------------------------------------------- several consoles


def listed(folder: Path, name: str, origin: str, content: bytes | str, brought: date = DAY) -> ListFile:
    """A list of jobs of one console."""
    path = folder / f"{origin}-{name}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return ListFile(ListKind.BACKUP_JOBS, name, str(path), {}, brought, origin=origin)


def test_each_console_has_its_list_its_tool_and_its_day(tmp_path: Path) -> None:
    files = [
        listed(tmp_path, "veeam.csv", "Veeam", sample("veeam-sessions.csv")),
        listed(tmp_path, "pbs.json", "Proxmox", sample("proxmox-tasks.json"), date(2026, 3, 9)),
        listed(tmp_path, "bacula.csv", "", sample("bacula-catalogue.csv")),
    ]
    found = told(read_jobs(files, (), (), NOW))
    assert [(one.name, one.tool, one.origin) for one in found.lists] == [
        ("veeam.csv", "Veeam", "Veeam"),
        ("pbs.json", "Proxmox", "Proxmox"),
        ("bacula.csv", "Bacula", ""),
    ]
    assert found.lists[1].brought_on == date(2026, 3, 9)
    tools = {found.list_of(run).tool for run in found.runs if run.tool == "Proxmox"}
    assert (tools, len(found.runs)) == ({"Proxmox"}, 5 + 5 + 7)
    assert not any(run.console for run in found.runs)
    starts = [run.start for run in found.runs if run.start]
    assert starts == sorted(starts)


NIGHTS = "".join(f"Nuit;2026-03-{day:02} 20:00;OK\n" for day in range(1, 10))


def test_a_silent_job_does_not_hide_behind_its_namesake_of_another_console(tmp_path: Path) -> None:
    header = "Job;Début;Statut\n"
    old = header + NIGHTS.replace("2026-03", "2026-02") + "Seul;2026-02-09 20:00;OK\n"
    files = [listed(tmp_path, "a.csv", "Site A", header + NIGHTS), listed(tmp_path, "b.csv", "Site B", old)]
    found = read_jobs(files, (), (), NOW)
    names = {run.name for run in told(found).runs}
    assert names == {"Site A / Nuit", "Site B / Nuit", "Seul"}
    facts = replace(HEALTHY, history=told(found), gaps=found.gaps)
    silent = outcome("job_silent", facts)
    (finding,) = silent.findings
    assert (finding.subject, finding.evidence["list"]) == ("Site B / Nuit", "Site B (b.csv)")
    plan = replace(PLAN, jobs={"Site B / Nuit": ""})
    assert outcome("job_silent", replace(facts, plan=plan)).findings == ()


def test_a_stale_list_is_a_doubt_whatever_the_others_say(tmp_path: Path) -> None:
    header = "Job;Début;Statut\n"
    fresh = listed(tmp_path, "a.csv", "A", header + NIGHTS)
    for days, status in ((35, Status.PASSED), (36, Status.NOT_ASSESSABLE)):
        made = NOW.date() - timedelta(days=days)
        lines = "".join(f"B;{made - timedelta(days=back)} 20:00;OK\n" for back in range(9, 0, -1))
        found = read_jobs([fresh, listed(tmp_path, "b.csv", "B", header + lines, made)], (), (), NOW)
        result = outcome("job_silent", replace(HEALTHY, history=told(found), gaps=found.gaps))
        assert result.status is status, days
    assert result.reason is not None
    assert "b.csv" in result.reason.fr


def test_a_job_gone_is_looked_for_in_the_list_of_its_own_console(tmp_path: Path) -> None:
    header = "Job;Début;Statut\n"
    files = [listed(tmp_path, "a.csv", "A", header + NIGHTS), listed(tmp_path, "b.csv", "B", header + NIGHTS)]
    gone = NIGHTS + NIGHTS.replace("Nuit", "Perdu")
    former = [
        listed(tmp_path, "avant.csv", "B", header + gone),
        listed(tmp_path, "autre.csv", "C", header + gone.replace("Perdu", "Ailleurs")),
    ]
    found = read_jobs(files, former, (), NOW)
    result = outcome("job_vanished", replace(HEALTHY, history=told(found), gaps=found.gaps))
    assert [(one.subject, one.evidence["list"]) for one in result.findings] == [("Perdu", "B (b.csv)")]


def test_one_list_without_sizes_leaves_its_jobs_alone_unjudged(tmp_path: Path) -> None:
    sized = "Job;Début;Statut;Taille\n" + "".join(f"Gros;2026-03-{day:02} 20:00;OK;10 Go\n" for day in range(1, 10))
    files = [
        listed(tmp_path, "a.csv", "A", sized),
        listed(tmp_path, "b.csv", "B", "Job;Début;Statut\n" + NIGHTS),
    ]
    found = read_jobs(files, (), (), NOW)
    result = outcome("job_size_drop", replace(HEALTHY, history=told(found), gaps=found.gaps))
    assert (result.status, result.unjudged) == (Status.PASSED, ("Nuit",))


def test_the_journal_of_each_console_must_be_whole(tmp_path: Path) -> None:
    full = "Job;Début;Statut;Niveau;Fichiers;Dépôt\n"
    nights = "".join(f"Nuit;2026-03-{day:02} 20:00;OK;Full;10;baie\n" for day in range(1, 10))
    files = [
        listed(tmp_path, "a.csv", "A", full + nights * 20),
        listed(tmp_path, "b.csv", "B", "Job;Début;Statut\nB;2026-03-09 20:00;OK\n"),
    ]
    found = read_jobs(files, (), (), NOW)
    (finding,) = outcome("journal_incomplete", replace(HEALTHY, history=told(found), gaps=())).findings
    assert finding.evidence["list"] == "b.csv"
    assert finding.evidence["missing"] == "device, type, files"


def test_freshness_is_counted_from_the_list_of_each_job() -> None:
    """An old list accuses none of its jobs; it excuses none of another list either, for the worst job decides."""
    facts = unread(*runs_of("Nuit", "dpi", NOW - timedelta(days=3)))
    assert facts.history is not None
    old = replace(facts.history.list, name="vieille.csv", until=NOW - timedelta(days=2, hours=12))
    beside = replace(facts.history, beside=(old,))
    there = tuple(replace(run, source=1) for run in beside.runs)
    for runs, status in (
        (beside.runs, Status.FAILED),
        (there, Status.NOT_ASSESSABLE),
        ((*there, *runs_of("Base", "dpi")), Status.NOT_ASSESSABLE),
        ((*beside.runs, *(replace(run, job="Base") for run in there)), Status.FAILED),
    ):
        assert outcome("job_pdma_exceeded", replace(facts, history=replace(beside, runs=runs))).status is status


def test_facts_written_before_several_lists_still_read() -> None:
    document = FORMAT.pack(HEALTHY).document
    for run in document["history"]["runs"]:
        del run["source"], run["console"]
    del document["history"]["beside"]
    for name in ("tool", "origin"):
        del document["history"]["list"][name]
    assert FORMAT.unpack(Parts(document)) == HEALTHY
