"""The newest good restore point: whose a point is, what an unread repository hides, what jobs may say; boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scanners.backup.account import account
from scanners.backup.facts import BackupFacts, Check, Copy, Memory, Repository, Snapshot, System
from scanners.backup.fresh import Fresh, LastGood, why_unknown
from scanners.backup.jobs import JobRun
from scanners.catalog import rules_of
from scanners.model import Outcome, Status
from scanners.runner import run_rule
from tests.unit.backup.specimens import (
    HEALTHY,
    MEMORY,
    NOW,
    PLAN,
    REPOSITORY,
    SYSTEM,
    history,
    latest,
    nightly,
    runs_of,
)

HOUR = timedelta(hours=1)
DISK = replace(SYSTEM.copies[0], name="disque", repository="un")
AWAY = replace(SYSTEM.copies[0], name="nuage", repository="deux")
TAPE = SYSTEM.copies[1]
CONSOLE = replace(SYSTEM.copies[0], name="console", repository=None)
UNREAD: dict[str, Any] = {"opened": False, "snapshots": (), "check": None, "restore": None, "memory": None}


def holding(name: str, hours: float, host: str = "dpi", **changes: Any) -> Repository:
    """A repository whose newest point is that old."""
    points = nightly(host, NOW - timedelta(hours=hours))
    return replace(REPOSITORY, **{"name": name, "snapshots": points, **changes})


def facts(system: System, *repositories: Repository, runs: Sequence[JobRun] = (), **plan: Any) -> BackupFacts:
    told = history(*runs) if runs else None
    planned = replace(PLAN, **{"systems": (system,), **plan})
    return replace(HEALTHY, plan=planned, repositories=repositories, history=told)


def of(*copies: Copy, **changes: Any) -> System:
    return replace(SYSTEM, copies=copies, **changes)


def last(found: BackupFacts, now: datetime | None = None) -> LastGood:
    return Fresh(found, now).last_good(found.plan.systems[0])


def outcome(name: str, found: BackupFacts) -> Outcome:
    return run_rule(next(rule for rule in rules_of("backup") if rule.id == f"backup.{name}"), found)


# ---------------------------------------------------------------- repositories


@pytest.mark.parametrize(("hours", "held"), [(24, "kept"), (24.01, "exceeded")])
def test_one_repository_at_its_boundary(hours: float, held: str) -> None:
    one = last(facts(of(DISK), holding("un", hours)))
    assert (one.held, one.by, one.at, one.known_at) == (held, "repository", NOW - timedelta(hours=hours), NOW)


def test_the_age_is_counted_from_the_moment_that_is_asked() -> None:
    found = facts(of(DISK), holding("un", 20))
    assert last(found, NOW + 4 * HOUR).held == "kept"
    assert last(found, NOW + 4.01 * HOUR).held == "exceeded"


def test_the_newest_of_all_repositories_counts() -> None:
    one = last(facts(of(DISK, AWAY), holding("un", 200), holding("deux", 3)))
    assert (one.held, one.at) == ("kept", NOW - 3 * HOUR)


def read_ago(**ago: float) -> Memory:
    return replace(MEMORY, read_at=NOW - timedelta(**ago))


@pytest.mark.parametrize(
    ("memory", "interval", "held", "status"),
    [
        (None, 24, "exceeded", Status.FAILED),
        (read_ago(hours=24), 24, "unsure", Status.NOT_ASSESSABLE),
        (read_ago(days=2), 24, "unsure", Status.NOT_ASSESSABLE),
        (read_ago(days=2, seconds=1), 24, "exceeded", Status.FAILED),
        (read_ago(hours=24), None, "unsure", Status.NOT_ASSESSABLE),
        (read_ago(hours=24), 25, "exceeded", Status.FAILED),
    ],
)
def test_an_unread_repository_is_a_doubt_only_while_it_may_hold_the_point_that_counts(
    memory: Memory | None, interval: float | None, held: str, status: Status
) -> None:
    away = replace(AWAY, interval_hours=interval)
    found = facts(of(DISK, away), holding("un", 200), holding("deux", 3, **{**UNREAD, "memory": memory}))
    one = last(found)
    assert (one.held, one.at, one.unread) == (held, NOW - timedelta(hours=200), ("nuage",))
    judged = outcome("pdma_exceeded", found)
    assert judged.status is status
    if status is Status.NOT_ASSESSABLE:
        assert judged.reason is not None
        assert "DPI / nuage" in judged.reason.fr


def test_an_unread_repository_takes_nothing_from_a_point_in_time() -> None:
    found = facts(of(DISK, AWAY), holding("un", 3), holding("deux", 3, **UNREAD))
    assert last(found).held == "kept"
    assert outcome("pdma_exceeded", found).status is Status.PASSED


def test_a_system_of_which_nothing_was_read_is_not_known() -> None:
    found = facts(of(DISK), holding("un", 3, **UNREAD))
    assert (last(found).held, last(found).by) == ("unsure", "")
    for name in ("pdma_exceeded", "no_restore_point", "backup_gaps"):
        assert outcome(name, found).status is Status.NOT_ASSESSABLE, name


def test_one_unknown_system_does_not_hide_the_breach_of_another() -> None:
    other = of(replace(AWAY, host="paie"), name="Paie")
    found = facts(of(DISK), holding("un", 30), holding("deux", 3, **UNREAD), systems=(of(DISK), other))
    judged = outcome("pdma_exceeded", found)
    assert [one.subject for one in judged.findings] == ["DPI"]
    assert judged.partial
    assert judged.reason is not None
    assert "Paie / nuage" in judged.reason.en


@pytest.mark.parametrize(("memory", "status"), [(None, Status.FAILED), (read_ago(hours=9), Status.NOT_ASSESSABLE)])
def test_an_emptied_repository_is_told_beside_an_unread_one(memory: Memory | None, status: Status) -> None:
    """Someone who empties what CaRE reads and cuts its way to the rest must not be told “in order”."""
    found = facts(of(DISK, AWAY), holding("un", 3, snapshots=()), holding("deux", 3, **{**UNREAD, "memory": memory}))
    assert outcome("no_restore_point", found).status is status
    assert last(found).none is (status is Status.FAILED)


def test_a_damaged_repository_holds_nothing_good() -> None:
    one = last(facts(of(DISK), holding("un", 3, check=Check(False, 1, 1, 1.0))))
    assert (one.held, one.at, one.none) == ("exceeded", None, True)


def test_a_point_in_the_future_hides_none_of_the_others() -> None:
    points = (*nightly("dpi", NOW - 5 * HOUR), Snapshot("f", NOW + timedelta(days=90), "dpi"))
    assert last(facts(of(DISK), holding("un", 0, snapshots=points))).at == NOW - 5 * HOUR


def test_a_rarer_copy_that_is_late_accuses_when_nothing_else_is_known() -> None:
    weekly = replace(DISK, interval_hours=168)
    assert last(facts(of(weekly, CONSOLE), holding("un", 72))).held == "exceeded"


def test_without_a_pdma_the_newest_point_is_told_and_nothing_is_judged() -> None:
    found = facts(of(DISK, pdma_hours=None), holding("un", 3))
    assert (last(found).held, last(found).at) == ("unasked", NOW - 3 * HOUR)
    judged = outcome("pdma_exceeded", found)
    assert judged.status is Status.NOT_ASSESSABLE
    assert judged.reason is not None
    assert "PDMA" in judged.reason.fr


# ---------------------------------------------------------------- whose a point is

NAMELESS = replace(DISK, host="")
BOTH = (*nightly("dpi", NOW - 200 * HOUR), *nightly("paie"))


def test_a_copy_that_names_no_machine_does_not_take_the_points_of_others() -> None:
    found = facts(of(NAMELESS), holding("un", 0, snapshots=BOTH))
    one = last(found)
    assert (one.held, one.at, one.unnamed, one.unread) == ("unsure", None, ("disque",), ())
    for name in ("pdma_exceeded", "no_restore_point", "backup_gaps", "retention_short"):
        assert outcome(name, found).status is Status.NOT_ASSESSABLE, name
    reason = outcome("pdma_exceeded", found).reason
    assert reason is not None
    assert "DPI / disque" in reason.fr
    assert "host" in reason.en
    assert last(facts(of(DISK), holding("un", 0, snapshots=BOTH))).held == "exceeded"


def test_the_copy_says_that_its_machine_is_wanted() -> None:
    system = of(NAMELESS)
    (told,) = account(facts(system, holding("un", 0, snapshots=BOTH)), system).copies
    assert (told.ground, told.counts) == ("whose", True)
    old = tuple(replace(one, time=one.time - timedelta(days=30)) for one in BOTH)
    (told,) = account(facts(system, holding("un", 0, snapshots=old)), system).copies
    assert (told.ground, told.counts) == ("stale", False)


def test_one_machine_alone_is_the_copys_own() -> None:
    assert last(facts(of(NAMELESS), holding("un", 3))).held == "kept"
    files = holding("un", 3, host="")
    assert last(facts(of(NAMELESS), files)).held == "kept"


def test_the_only_machine_may_be_another_systems() -> None:
    other = of(replace(DISK, host="PAIE"), name="Paie")
    alone = holding("un", 3, host="paie")
    found = facts(of(NAMELESS), alone, systems=(of(NAMELESS), other))
    assert last(found).unnamed == ("disque",)
    elsewhere = of(replace(AWAY, host="paie"), name="Paie")
    assert last(facts(of(NAMELESS), alone, systems=(of(NAMELESS), elsewhere))).held == "kept"


@pytest.mark.parametrize(("hours", "held"), [(24, "unsure"), (24.01, "exceeded")])
def test_points_too_old_whoever_they_are_of_leave_no_doubt(hours: float, held: str) -> None:
    points = (*nightly("dpi", NOW - 300 * HOUR), *nightly("paie", NOW - timedelta(hours=hours)))
    assert last(facts(of(NAMELESS), holding("un", 0, snapshots=points))).held == held


def test_a_breach_waits_for_the_machine_of_the_other_copy() -> None:
    nameless = replace(AWAY, host="")
    found = facts(of(DISK, nameless), holding("un", 200), holding("deux", 0, snapshots=BOTH))
    assert last(found).held == "unsure"


# ---------------------------------------------------------------- jobs


@pytest.mark.parametrize(("hours", "held"), [(24, "kept"), (24.01, "exceeded")])
def test_jobs_speak_for_what_care_cannot_read(hours: float, held: str) -> None:
    runs = runs_of("Nuit", "dpi", NOW - timedelta(hours=hours))
    for copies in ((CONSOLE,), (), (DISK,)):
        found = facts(of(*copies), holding("un", 3, **UNREAD), runs=runs, jobs={"Nuit": "DPI"})
        one = last(found)
        assert (one.held, one.by, one.at) == (held, "job", NOW - timedelta(hours=hours)), copies
        expected = Status.PASSED if held == "kept" else Status.FAILED
        assert outcome("job_pdma_exceeded", found).status is expected


def test_what_was_measured_outweighs_the_word_of_a_job() -> None:
    found = facts(of(DISK, CONSOLE), holding("un", 200), runs=runs_of("Nuit", "dpi"))
    assert (last(found).held, last(found).by) == ("exceeded", "repository")
    assert outcome("pdma_exceeded", found).status is Status.FAILED


def test_a_repository_made_for_something_else_lets_jobs_speak() -> None:
    weekly = replace(DISK, interval_hours=168)
    found = facts(of(weekly, CONSOLE), holding("un", 72), runs=runs_of("Nuit", "dpi"))
    assert (last(found).held, last(found).by) == ("kept", "job")
    assert outcome("job_pdma_exceeded", found).status is Status.PASSED


def test_the_worst_job_of_a_system_decides() -> None:
    base = latest(runs_of("Base", "dpi"), 5, status="failed")
    found = facts(of(CONSOLE), runs=(*runs_of("Fichiers", "dpi"), *base))
    (finding,) = outcome("job_pdma_exceeded", found).findings
    assert (finding.subject, finding.evidence["job"]) == ("DPI", "dpi / Base")
    told = last(found).told
    assert told is not None
    assert told.at == NOW - timedelta(days=5, hours=8)


def every(hours: float, name: str, age: float, count: int = 8) -> tuple[JobRun, ...]:
    """Runs that far apart, the newest that old."""
    starts = [NOW - timedelta(hours=age + hours * rank) for rank in reversed(range(count))]
    usual = runs_of(name, "dpi")[0]
    return tuple(replace(usual, start=start, end=start + HOUR) for start in starts)


@pytest.mark.parametrize(("hours", "held"), [(36, "exceeded"), (36.1, "kept")])
def test_a_job_rarer_than_the_pdma_is_not_held_to_it(hours: float, held: str) -> None:
    runs = (*runs_of("Nuit", "dpi"), *every(hours, "Complète", 30))
    assert last(facts(of(CONSOLE), runs=runs)).held == held


@pytest.mark.parametrize(("age", "held"), [(24, "kept"), (24.1, "exceeded")])
def test_rare_jobs_alone_are_held_to_it_by_the_newest(age: float, held: str) -> None:
    runs = (*every(168, "Complète", age), *every(168, "Archive", 100))
    assert last(facts(of(CONSOLE), runs=runs)).held == held


def test_a_job_that_ran_once_long_ago_decides_nothing_and_one_that_stopped_early_does() -> None:
    nights = runs_of("Nuit", "dpi")
    assert last(facts(of(CONSOLE), runs=(*nights, *every(24, "Migration", 300, count=1)))).held == "kept"
    assert last(facts(of(CONSOLE), runs=(*nights, *every(24, "Base", 300, count=2)))).held == "exceeded"
    failed = every(24, "Base", 5, count=1)
    assert last(facts(of(CONSOLE), runs=(*nights, replace(failed[0], status="failed")))).held == "exceeded"


def test_a_job_that_was_switched_off_decides_nothing_unless_all_were() -> None:
    off = tuple(replace(run, scheduled=False) for run in every(24, "Ancien", 300))
    assert last(facts(of(CONSOLE), runs=(*off, *runs_of("Nuit", "dpi")))).held == "kept"
    assert last(facts(of(CONSOLE), runs=off)).held == "exceeded"


@pytest.mark.parametrize("status", ["warning", "unknown"])
def test_a_doubtful_result_is_neither_fresh_nor_late(status: str) -> None:
    runs = latest(runs_of("Nuit", "dpi"), 3, status=status)
    found = facts(of(CONSOLE), runs=runs)
    assert last(found).held == "unsure"
    assert outcome("job_pdma_exceeded", found).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(("nights", "held"), [(3, "unsure"), (4, "exceeded")])
def test_a_list_too_short_accuses_nobody(nights: int, held: str) -> None:
    """A PDMA of three days, failures only: three nights say nothing of the fourth."""
    runs = tuple(replace(run, status="failed") for run in every(24, "Base", 0, count=nights))
    assert last(facts(of(CONSOLE, pdma_hours=72), runs=runs)).held == held


def test_an_old_list_accuses_nobody_and_excuses_nobody() -> None:
    found = facts(of(CONSOLE), runs=runs_of("Nuit", "dpi", NOW - 8 * HOUR))
    assert last(found, NOW + 16 * HOUR).held == "kept"
    assert last(found, NOW + 17 * HOUR).held == "unsure"


def test_a_run_in_the_future_hides_none_of_the_others() -> None:
    ahead = runs_of("Nuit", "dpi", NOW + timedelta(days=30))[-1:]
    runs = (*runs_of("Nuit", "dpi", NOW - 30 * HOUR), *ahead)
    one = last(facts(of(CONSOLE), runs=runs))
    assert (one.held, one.at) == ("exceeded", NOW - 30 * HOUR)


def test_a_list_that_names_the_system_without_a_date_is_a_doubt() -> None:
    runs = tuple(replace(run, start=None, status="unknown") for run in runs_of("Nuit", "dpi")[:2])
    found = facts(of(CONSOLE), runs=runs)
    assert (last(found).held, last(found).at) == ("unsure", None)
    assert outcome("job_pdma_exceeded", found).status is Status.NOT_ASSESSABLE


def test_jobs_do_not_settle_what_an_unread_repository_may_hold() -> None:
    memory = replace(MEMORY, read_at=NOW - 24 * HOUR)
    unread = holding("un", 3, **{**UNREAD, "memory": memory})
    late = runs_of("Nuit", "dpi", NOW - 30 * HOUR)
    assert last(facts(of(DISK), unread, runs=late)).held == "unsure"
    assert last(facts(of(DISK), unread, runs=runs_of("Nuit", "dpi"))).held == "kept"


def test_a_system_that_no_job_names_is_not_known() -> None:
    found = facts(of(CONSOLE, name="Archives"), runs=runs_of("Nuit", "autre"))
    assert (last(found).held, last(found).by, last(found).told) == ("unsure", "", None)


def test_without_a_pdma_the_newest_of_jobs_and_repositories_is_told() -> None:
    system = of(DISK, CONSOLE, pdma_hours=None)
    assert last(facts(system, holding("un", 9), runs=runs_of("Nuit", "dpi"))).by == "job"
    assert last(facts(system, holding("un", 7), runs=runs_of("Nuit", "dpi"))).by == "repository"


def test_reasons_name_a_few_and_count_the_rest() -> None:
    systems = [of(CONSOLE, name=f"Système {number}") for number in range(7)]
    unknown = LastGood(None, "", "unsure", datetime(2026, 3, 10, tzinfo=UTC))
    assert "Système 4, + 2" in why_unknown((one, unknown) for one in systems).fr
