"""The memory from one audit to the next: first met, gone, swapped, turns of checks; and the rules that read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.backup.facts import (
    MAX_SNAPSHOTS,
    BackupFacts,
    Check,
    Copy,
    Gone,
    Memory,
    Repository,
    RepositoryPlan,
    Snapshot,
    Turn,
)
from scanners.backup.history import spacing
from scanners.backup.seen import next_share, remembered, turn_after
from scanners.model import Status
from tests.unit.backup.specimens import GOOD_CHECK, HEALTHY, MEMORY, NOW, PLAN, REPOSITORY, SYSTEM, nightly
from tests.unit.backup.test_rules import outcome, with_repository

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def read(before: Memory | None, now: datetime, **changes: Any) -> Repository:
    return remembered(replace(REPOSITORY, memory=None, grown=None, **changes), before, now)


def memory(one: Repository) -> Memory:
    assert one.memory is not None
    return one.memory


# ---------------------------------------------------------------- memory


def test_the_day_a_point_was_first_met_stays() -> None:
    first = read(None, NOW)
    later = read(memory(first), NOW + DAY, snapshots=(*REPOSITORY.snapshots, Snapshot("new", NOW, "dpi")))
    assert {one.first_seen for one in later.snapshots if one.id != "new"} == {NOW}
    assert [one.first_seen for one in later.snapshots if one.id == "new"] == [NOW + DAY]


def test_figures_counted_once_are_kept_for_later() -> None:
    bare = replace(nightly("dpi")[0], size=None, files=None)
    first = read(None, NOW, snapshots=(replace(bare, size=7, files=2),))
    (later,) = read(memory(first), NOW + DAY, snapshots=(bare,)).snapshots
    assert (later.size, later.files) == (7, 2)


def test_a_point_no_longer_there_is_gone_until_it_comes_back() -> None:
    first = read(None, NOW)
    fewer = read(memory(first), NOW + DAY, snapshots=REPOSITORY.snapshots[1:])
    (gone,) = memory(fewer).gone
    assert (gone.snapshot.id, gone.last_seen, gone.missed_at) == ("dpi0", NOW, NOW + DAY)
    assert memory(read(memory(fewer), NOW + 2 * DAY, snapshots=REPOSITORY.snapshots[1:])).gone == (gone,)
    assert memory(read(memory(fewer), NOW + 2 * DAY)).gone == ()


def test_a_point_of_the_same_name_made_again_is_another() -> None:
    first = read(None, NOW, snapshots=(Snapshot("nuit", NOW - 9 * DAY, "dpi"),))
    again = read(memory(first), NOW + DAY, snapshots=(Snapshot("nuit", NOW, "dpi"),))
    assert again.snapshots[0].first_seen == NOW + DAY
    assert len(memory(again).gone) == 1


def test_what_a_full_list_has_no_room_for_is_not_gone() -> None:
    many = tuple(Snapshot(str(rank), NOW - rank * HOUR, "dpi") for rank in range(MAX_SNAPSHOTS))
    first = read(None, NOW, snapshots=many)
    later = read(memory(first), NOW + DAY, snapshots=(Snapshot("new", NOW + HOUR, "dpi"), *many[:-1]))
    assert memory(later).gone == ()


def test_an_unread_repository_keeps_its_memory() -> None:
    shut = remembered(Repository("dpi-restic", "restic", opened=False), MEMORY, NOW)
    assert shut.memory == MEMORY
    assert shut.grown is None


def test_a_swapped_repository_starts_a_new_memory_and_says_so() -> None:
    first = read(None, NOW)
    other = read(memory(first), NOW + DAY, identity="beef")
    assert (memory(other).former_identity, memory(other).changed_at) == ("d496", NOW + DAY)
    assert memory(other).since == NOW + DAY
    assert memory(other).gone == ()
    assert memory(read(memory(other), NOW + 2 * DAY, identity="beef")).former_identity == "d496"


@pytest.mark.parametrize(("days", "grown"), [(8, 500), (9, None)])
def test_growth_is_told_between_close_readings_only(days: int, grown: int | None) -> None:
    first = read(None, NOW, size=1_000)
    assert read(memory(first), NOW + days * DAY, size=1_500).grown == grown


# ---------------------------------------------------------------- turns


@given(sizes=st.lists(st.integers(1, 256), min_size=1, max_size=400))
def test_every_turn_reads_every_share_of_one_cut(sizes: Sequence[int]) -> None:
    """Whatever the repository becomes, a turn said complete has read all shares of one and the same number."""
    turn: Turn | None = None
    read_now, now = set[int](), NOW
    for wanted in sizes:
        now += DAY
        part, parts = next_share(turn, wanted, now)
        assert 1 <= part <= parts
        if turn is None or not turn.done or turn.parts != parts:
            read_now = set()
        read_now.add(part)
        completed = turn.completed if turn else None
        turn = turn_after(turn, Check(True, part, parts, 1.0), now)
        assert turn is not None
        if turn.completed != completed:
            assert read_now == set(range(1, parts + 1))


def test_a_turn_ends_in_as_many_checks_as_shares() -> None:
    turn = Turn(5, (), NOW)
    for _ in range(5):
        part, parts = next_share(turn, 5, NOW)
        assert turn.completed is None
        turn = turn_after(turn, Check(True, part, parts, 1.0), NOW) or turn
    assert turn.completed == NOW


@pytest.mark.parametrize(
    "check", [None, replace(GOOD_CHECK, sound=False), replace(GOOD_CHECK, part=1, parts=1, newest_only=True)]
)
def test_what_was_not_read_sound_and_whole_ends_no_turn(check: Check | None) -> None:
    assert turn_after(MEMORY.turn, check, NOW) == MEMORY.turn


# ---------------------------------------------------------------- rules


def test_a_point_misdated_when_first_met_stays_misdated_once_its_day_has_come() -> None:
    ahead = Snapshot("a", NOW - HOUR, "dpi", first_seen=NOW - 3 * DAY)
    old = nightly("dpi", NOW - 5 * DAY)
    facts = with_repository(snapshots=(*old, ahead))
    assert outcome("future_snapshot", facts).status is Status.FAILED
    assert outcome("pdma_exceeded", facts).status is Status.FAILED


@pytest.mark.parametrize(
    ("gone", "status"),
    [
        (nightly("dpi")[0], Status.FAILED),
        (replace(nightly("dpi")[5], time=nightly("dpi")[5].time + HOUR), Status.PASSED),
        (Snapshot("seul", NOW - 4 * DAY, "autre", series="autre"), Status.FAILED),
        (Snapshot("vieux", NOW - 31 * DAY, "autre", series="autre"), Status.PASSED),
        (Snapshot("futur", NOW + DAY, "dpi", NOW - DAY, "dpi"), Status.PASSED),
    ],
)
def test_a_point_erased_early_is_told_and_thinning_is_not(gone: Snapshot, status: Status) -> None:
    missed = replace(MEMORY, gone=(Gone(gone, NOW - DAY, NOW),))
    present = tuple(one for one in nightly("dpi") if one.id != gone.id)
    assert outcome("snapshots_vanished", with_repository(snapshots=present, memory=missed)).status is status


@pytest.mark.parametrize(("days", "status"), [(30, Status.FAILED), (31, Status.PASSED)])
def test_what_was_erased_stays_told_for_a_month(days: int, status: Status) -> None:
    gone = Gone(Snapshot("v", NOW - (days + 1) * DAY, "autre", series="autre"), NOW - days * DAY, NOW - days * DAY)
    facts = with_repository(memory=replace(MEMORY, gone=(gone,)))
    assert outcome("snapshots_vanished", facts).status is status


@pytest.mark.parametrize(("age", "days"), [(7, 1.5), (8, 7.5), (31, 7.5), (32, 31.5)])
def test_points_are_kept_further_apart_as_they_age(age: int, days: float) -> None:
    assert spacing(age * DAY) == timedelta(days=days)


@pytest.mark.parametrize(
    ("changes", "planned", "status"),
    [
        ({}, "", Status.PASSED),
        ({"former_identity": "b00c", "changed_at": NOW - 90 * DAY}, "", Status.FAILED),
        ({"former_identity": "b00c", "changed_at": NOW - 91 * DAY}, "", Status.PASSED),
        ({"former_identity": "b00c", "changed_at": NOW}, "d496", Status.PASSED),
        ({}, "b00c", Status.FAILED),
    ],
)
def test_a_swap_is_told_until_the_plan_names_the_new_one(changes: Any, planned: str, status: Status) -> None:
    plan = replace(PLAN, repositories=(RepositoryPlan("dpi-restic", "restic", "/srv/dpi", identity=planned),))
    facts = replace(with_repository(memory=replace(MEMORY, **changes)), plan=plan)
    assert outcome("repository_swapped", facts).status is status


@pytest.mark.parametrize(
    ("turn", "since", "status"),
    [
        (Turn(5, (), NOW, NOW - 90 * DAY), 200, Status.PASSED),
        (Turn(5, (), NOW, NOW - 91 * DAY), 200, Status.FAILED),
        (Turn(5, (1,), NOW), 90, Status.NOT_ASSESSABLE),
        (Turn(5, (1,), NOW), 91, Status.FAILED),
        (None, 91, Status.FAILED),
    ],
)
def test_all_data_is_read_within_a_quarter(turn: Turn | None, since: int, status: Status) -> None:
    facts = with_repository(memory=replace(MEMORY, turn=turn, since=NOW - since * DAY))
    assert outcome("integrity_turn_overdue", facts).status is status


@pytest.mark.parametrize(
    "changes", [{"unchecked": True, "check": None}, {"check": replace(GOOD_CHECK, newest_only=True)}, {"memory": None}]
)
def test_what_cannot_be_checked_is_no_pass(changes: dict[str, Any]) -> None:
    assert outcome("integrity_turn_overdue", with_repository(**changes)).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("nights", "gone_days", "status"),
    [
        (24, 25, Status.PASSED),
        (22, 25, Status.FAILED),
        (22, 31, Status.NOT_ASSESSABLE),
        (22, None, Status.NOT_ASSESSABLE),
    ],
)
def test_retention_is_what_is_there(nights: int, gone_days: int | None, status: Status) -> None:
    """30 days declared; under 31 days, kept points may be 7.5 days apart."""
    gone = () if gone_days is None else (Gone(Snapshot("g", NOW - gone_days * DAY, "dpi"), NOW - DAY, NOW),)
    facts = with_repository(snapshots=nightly("dpi", nights=nights), memory=replace(MEMORY, gone=gone))
    assert outcome("retention_short", facts).status is status


@pytest.mark.parametrize(
    ("size", "status"),
    [(500, Status.PASSED), (499, Status.FAILED), (2_000, Status.PASSED), (2_001, Status.FAILED), (0, Status.FAILED)],
)
def test_a_backup_is_compared_with_those_before(size: int, status: Status) -> None:
    points = tuple(replace(one, size=1_000) for one in nightly("dpi"))
    facts = with_repository(snapshots=(replace(points[0], size=size), *points[1:]))
    assert outcome("source_size_changed", facts).status is status


def test_sources_are_not_compared_with_one_another() -> None:
    points = (
        *nightly("dpi"),
        Snapshot("x", NOW - HOUR, "paie", None, "paie", 10),
        Snapshot("y", NOW, "dpi", None, "/etc", 5),
    )
    assert outcome("source_size_changed", with_repository(snapshots=points)).status is Status.PASSED


@pytest.mark.parametrize(
    ("grown", "status"),
    [
        (500_000_000, Status.PASSED),
        (500_000_001, Status.FAILED),
        (-900_000_000, Status.PASSED),
        (None, Status.NOT_ASSESSABLE),
    ],
)
def test_half_of_new_data_at_once_is_told(grown: int | None, status: Status) -> None:
    assert outcome("repository_grew", with_repository(grown=grown)).status is status


def test_a_small_repository_may_double() -> None:
    small = tuple(replace(one, size=1_000_000) for one in nightly("dpi"))
    assert outcome("repository_grew", with_repository(snapshots=small, grown=100 << 20)).status is Status.FAILED
    assert outcome("repository_grew", with_repository(snapshots=small, grown=(100 << 20) - 1)).status is Status.PASSED


@pytest.mark.parametrize(("days", "status"), [(30, Status.FAILED), (31, Status.PASSED)])
def test_a_machine_nobody_declared_is_named(days: int, status: Status) -> None:
    points = (*nightly("dpi"), Snapshot("x", NOW - days * DAY, "inconnu"))
    assert outcome("unexpected_host", with_repository(snapshots=points)).status is status


def encrypted(answer: bool | None) -> BackupFacts:
    copies = tuple(replace(copy, encrypted=answer) if copy.repository else copy for copy in SYSTEM.copies)
    plan = replace(PLAN, systems=(replace(SYSTEM, copies=copies),))
    return replace(HEALTHY, plan=plan, repositories=(replace(REPOSITORY, tool="rotation", encryption=""),))


@pytest.mark.parametrize(("answer", "status"), [(True, Status.PASSED), (None, Status.FAILED), (False, Status.FAILED)])
def test_plain_files_are_in_clear_unless_the_plan_says_their_disk_is_not(answer: bool | None, status: Status) -> None:
    assert outcome("repository_unencrypted", encrypted(answer)).status is status


def test_plain_files_belong_to_any_machine() -> None:
    points = tuple(replace(one, host="") for one in nightly("dpi"))
    assert isinstance(SYSTEM.copies[0], Copy)
    assert outcome("pdma_exceeded", with_repository(snapshots=points)).status is Status.PASSED
