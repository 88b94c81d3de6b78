"""The states of a candidate's file: each is reached, each has a name, and none is skipped."""

from __future__ import annotations

from care.domain.application_files import NEXT, STATE_NAMES, FileState, may_follow


def test_every_state_is_named_and_has_its_next() -> None:
    assert set(STATE_NAMES) == set(NEXT) == set(FileState)


def test_every_state_is_reached_from_not_applying() -> None:
    reached, waiting = set(), [FileState.NOT_APPLYING]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting.extend(NEXT[state])
    assert reached == set(FileState)


def test_nothing_is_paid_before_it_is_achieved() -> None:
    assert {before for before in FileState if may_follow(before, FileState.PAID)} == {
        FileState.ACHIEVED,
        FileState.PARTLY_ACHIEVED,
    }


def test_a_declaration_follows_the_operational_phase_only() -> None:
    assert [state for state in FileState if may_follow(state, FileState.DECLARATION_FILED)] == [
        FileState.OPERATIONAL_PHASE
    ]
