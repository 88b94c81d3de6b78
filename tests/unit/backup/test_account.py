"""3-2-1-1-0 told copy by copy: why each counts, what a yes is worth, how old the proof is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from scanners.backup.account import account, verified
from scanners.backup.facts import BackupFacts, Check, Copy, Protection, RestoreTest, Snapshot, System
from scanners.backup.strategy import points_ahead
from tests.unit.backup.specimens import HEALTHY, NOW, PLAN, REPOSITORY, SYSTEM, nightly

DISK, TAPE = SYSTEM.copies


def facts(system: System, **changes: Any) -> BackupFacts:
    repositories = (replace(REPOSITORY, **changes),)
    return replace(HEALTHY, plan=replace(PLAN, systems=(system,)), repositories=repositories)


def test_the_healthy_system_holds_all_five() -> None:
    one = account(HEALTHY, SYSTEM)
    assert one.met == ("copies", "media", "outside", "apart", "verified")
    assert [(copy.ground, copy.proof) for copy in one.copies] == [
        ("measured", NOW.date()),
        ("dated", date(2026, 3, 8)),
    ]


@pytest.mark.parametrize(
    ("copy", "changes", "ground", "counts"),
    [
        (DISK, {"snapshots": ()}, "empty", False),
        (DISK, {"check": Check(False, 1, 1, 1.0)}, "damaged", False),
        (DISK, {"opened": False, "snapshots": (), "check": None, "restore": None}, "unread", True),
        (replace(TAPE, last_success=None), {}, "word", True),
        (replace(TAPE, last_success=date(2026, 2, 2)), {}, "dated", True),
        (replace(TAPE, last_success=date(2026, 2, 1)), {}, "stale", False),
        (replace(TAPE, last_success=date(2026, 2, 23), interval_hours=168), {}, "dated", True),
        (replace(TAPE, last_success=date(2026, 2, 22), interval_hours=168), {}, "stale", False),
        (replace(TAPE, last_success=date(2026, 3, 11)), {}, "dated", True),
        (replace(TAPE, last_success=date(2026, 3, 12)), {}, "ahead", False),
        (replace(TAPE, last_success=date(2019, 1, 1), repository="ailleurs"), {}, "stale", False),
        (DISK, {"snapshots": nightly("dpi", NOW - timedelta(days=2))}, "measured", True),
        (DISK, {"snapshots": nightly("dpi", NOW - timedelta(days=2, seconds=1))}, "stale", False),
        (replace(DISK, interval_hours=1), {"snapshots": nightly("dpi", NOW - timedelta(days=2))}, "measured", True),
        (replace(TAPE, repository="ailleurs"), {}, "unread", True),
    ],
)
def test_why_a_copy_counts_or_not(copy: Copy, changes: dict[str, Any], ground: str, counts: bool) -> None:
    system = replace(SYSTEM, copies=(copy,))
    (told,) = account(facts(system, **changes), system).copies
    assert (told.ground, told.counts) == (ground, counts)


@pytest.mark.parametrize(
    ("encrypted", "mode", "standing"),
    [
        (True, "restic", "measured"),
        (None, "repokey-blake2", "measured"),
        (True, "none", "contradicted"),
        (None, "authenticated", "no"),
    ],
)
def test_a_declared_encryption_is_judged_by_the_repository(encrypted: bool | None, mode: str, standing: str) -> None:
    system = replace(SYSTEM, copies=(replace(DISK, encrypted=encrypted),))
    (told,) = account(facts(system, encryption=mode), system).copies
    assert told.encrypted == standing


@pytest.mark.parametrize(
    ("immutable", "protection", "standing"),
    [
        (None, Protection("compliance", 30), "measured"),
        (True, Protection("compliance"), "contradicted"),
        (True, Protection("append_only"), "contradicted"),
        (False, Protection("governance", 30), "no"),
        (True, None, "unproved"),
    ],
)
def test_a_declared_immutability_is_judged_by_the_repository(
    immutable: bool | None, protection: Protection | None, standing: str
) -> None:
    system = replace(SYSTEM, copies=(replace(DISK, immutable=immutable),))
    (told,) = account(facts(system, protection=protection), system).copies
    assert told.immutable == standing


def test_one_error_outweighs_the_rest() -> None:
    failed = replace(SYSTEM, last_restore_test=RestoreTest(date(2026, 2, 1), success=False))
    assert verified(facts(failed), failed).verdict == "error"
    assert account(facts(failed), failed).missing == ("verified",)


def test_what_nobody_restored_nor_read_is_never_verified() -> None:
    bare = replace(SYSTEM, copies=(TAPE,), last_restore_test="never")
    assert verified(facts(bare), bare).verdict == "never"
    assert "verified" in account(facts(bare), bare).missing


def test_a_disproved_copy_is_not_apart() -> None:
    hidden = replace(SYSTEM, copies=(replace(DISK, offline=True),))
    assert account(facts(hidden), hidden).apart == 1
    assert account(facts(hidden, snapshots=()), hidden).apart == 0


def test_an_old_tape_does_not_complete_the_count() -> None:
    old = replace(SYSTEM, copies=(DISK, replace(TAPE, last_success=date(2019, 1, 1))))
    one = account(facts(old), old)
    assert one.missing == ("copies", "outside", "apart")
    assert one.strategy.discounted == TAPE.name


@pytest.mark.parametrize("site", ["Batiment A", "BÂTIMENT  A", "bâtiment a "])
def test_one_building_written_otherwise_is_not_another(site: str) -> None:
    near = replace(SYSTEM, copies=(replace(DISK, site=site),))
    assert not account(facts(near), near).copies[0].outside


@pytest.mark.parametrize(("days", "verdict"), [(0, "good"), (1, "good"), (2, "never")])
def test_a_restore_test_that_is_yet_to_come_proves_nothing(days: int, verdict: str) -> None:
    """A day of time zones counts, no more."""
    test = RestoreTest(NOW.date() + timedelta(days=days), success=True)
    ahead = replace(SYSTEM, copies=(TAPE,), last_restore_test=test)
    assert verified(facts(ahead), ahead).verdict == verdict


def test_points_in_the_future_are_said_and_never_count() -> None:
    ahead = Snapshot("demain", NOW + timedelta(days=300), "dpi")
    copied = replace(SYSTEM, copies=(DISK,))
    (told,) = account(facts(copied, snapshots=(ahead,)), copied).copies
    assert (told.counts, told.ground, told.proof) == (False, "ahead", None)
    both = facts(copied, snapshots=(ahead, *nightly("dpi")))
    (told,) = account(both, copied).copies
    assert (told.counts, told.ground, told.proof) == (True, "measured", NOW.date())
    assert points_ahead(both, DISK) == 1
    assert points_ahead(both, replace(DISK, host="pacs")) == 0


def test_a_repository_is_met_whatever_the_case_of_its_name() -> None:
    upper = replace(SYSTEM, copies=(replace(DISK, repository="DPI-RESTIC"),))
    (told,) = account(facts(upper), upper).copies
    assert told.ground == "measured"
    two = replace(facts(upper), repositories=(REPOSITORY, replace(REPOSITORY, name="Dpi-Restic")))
    assert two.repository("DPI-RESTIC") is None
    assert two.repository("dpi-restic") is REPOSITORY
