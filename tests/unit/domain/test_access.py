from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.access import (
    PLATFORM,
    RIGHTS,
    Grant,
    Level,
    Place,
    Right,
    Role,
    Scope,
    keeps_an_administrator,
    lineage,
    machine_scope,
    may_give,
)

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HERE = lineage(region=1, ght=2, legal_entity=3, establishment=4)


def scope(*grants: Grant) -> Scope:
    return Scope("someone", "fr", frozenset(grants))


@pytest.mark.parametrize(
    ("level", "number", "covered"),
    [
        (Level.PLATFORM, 0, True),
        (Level.REGION, 1, True),
        (Level.GHT, 2, True),
        (Level.LEGAL_ENTITY, 3, True),
        (Level.ESTABLISHMENT, 4, True),
        (Level.REGION, 2, False),
        (Level.GHT, 1, False),
        (Level.LEGAL_ENTITY, 4, False),
        (Level.ESTABLISHMENT, 3, False),
    ],
)
def test_a_place_covers_what_lies_below_it(level: Level, number: int, covered: bool) -> None:
    ciso = scope(Grant(Role.CISO, Place(level, number)))
    assert ciso.allows(Right.RUN_AUDIT, HERE) is covered
    assert not ciso.allows(Right.MANAGE_ACCOUNTS, HERE)


def test_a_place_never_covers_what_lies_above_it() -> None:
    ciso = scope(Grant(Role.CISO, Place(Level.ESTABLISHMENT, 4)))
    assert not ciso.allows(Right.SEE, lineage(region=1, ght=2, legal_entity=3))


def test_only_the_administrator_manages_and_every_role_sees() -> None:
    managers = {role for role in Role if Right.MANAGE_ACCOUNTS in RIGHTS[role] or Right.MANAGE_REGISTRY in RIGHTS[role]}
    assert managers == {Role.ADMINISTRATOR}
    assert all(Right.SEE in RIGHTS[role] for role in Role)
    writes = {Right.RUN_AUDIT, Right.DECIDE_FINDING, Right.MANAGE_TARGETS}
    assert {role for role in Role if writes & RIGHTS[role]} == {Role.ADMINISTRATOR, Role.CISO}


def test_a_place_without_its_number_does_not_exist() -> None:
    with pytest.raises(ValueError, match="identifier"):
        Place(Level.REGION)
    with pytest.raises(ValueError, match="identifier"):
        Place(Level.PLATFORM, 3)


@given(
    st.frozensets(
        st.builds(
            Grant,
            st.sampled_from(Role),
            st.builds(
                Place, st.sampled_from([level for level in Level if level is not Level.PLATFORM]), st.integers(1, 5)
            ),
        )
    ),
    st.sampled_from(Right),
)
def test_the_reach_holds_what_the_decision_allows(grants: frozenset[Grant], right: Right) -> None:
    who = Scope("someone", "fr", grants)
    reach = who.reach(right)
    inside = bool(1 in reach.regions or 2 in reach.ghts or 3 in reach.legal_entities or 4 in reach.establishments)
    assert inside is who.allows(right, HERE)
    assert who.allows_somewhere(right) is not reach.nowhere


def test_the_machine_may_do_everything() -> None:
    assert all(machine_scope("worker").allows(right, HERE) for right in Right)
    assert machine_scope("worker").reach(Right.SEE).everywhere


def test_a_grant_ends_on_its_day() -> None:
    grant = Grant(Role.VISITOR, PLATFORM, NOW)
    assert grant.current(NOW - timedelta(seconds=1))
    assert not grant.current(NOW)


@pytest.mark.parametrize(
    ("giver", "given_role", "place", "allowed"),
    [
        (Grant(Role.ADMINISTRATOR, PLATFORM), Role.ADMINISTRATOR, PLATFORM, True),
        (Grant(Role.ADMINISTRATOR, Place(Level.GHT, 2)), Role.ADMINISTRATOR, Place(Level.ESTABLISHMENT, 4), True),
        (Grant(Role.ADMINISTRATOR, Place(Level.GHT, 2)), Role.ADMINISTRATOR, PLATFORM, False),
        (Grant(Role.ADMINISTRATOR, Place(Level.GHT, 2)), Role.VISITOR, Place(Level.REGION, 1), False),
        (Grant(Role.CISO, PLATFORM), Role.VISITOR, Place(Level.ESTABLISHMENT, 4), False),
    ],
)
def test_nobody_gives_above_their_place(giver: Grant, given_role: Role, place: Place, allowed: bool) -> None:
    chain = {Level.PLATFORM: lineage(), Level.REGION: lineage(region=1), Level.ESTABLISHMENT: HERE}
    assert may_give(scope(giver), Grant(given_role, place), chain[place.level]) is allowed


@pytest.mark.parametrize(
    ("others", "kept"),
    [
        ([], False),
        ([[]], False),
        ([[Grant(Role.ADMINISTRATOR, PLATFORM)]], True),
        ([[Grant(Role.ADMINISTRATOR, PLATFORM, NOW + timedelta(days=9))]], False),
        ([[Grant(Role.ADMINISTRATOR, Place(Level.REGION, 1))]], False),
        ([[Grant(Role.CISO, PLATFORM)], [Grant(Role.ADMINISTRATOR, PLATFORM)]], True),
    ],
)
def test_a_lasting_administrator_of_everything_is_kept(others: list[list[Grant]], kept: bool) -> None:
    assert keeps_an_administrator(others, NOW) is kept
