"""Actions: moves, closing, due dates and priority, by properties rather than by examples where one holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.actions import (
    MOVES,
    ActionState,
    CareCriticality,
    Retest,
    closing_fault,
    move_faults,
    overall,
    retest_verdict,
)
from care.domain.due_dates import DEFAULT_DAYS, MAX_DAYS, due_on, from_json, policy_faults, to_json
from care.domain.priority import MAX_SCORE, Stakes, reason, score
from scanners.model import Severity

CREATED = date(2026, 3, 2)
states = st.sampled_from(ActionState)
severities, criticalities = st.sampled_from(Severity), st.sampled_from(CareCriticality)
all_stakes = st.builds(
    Stakes,
    severities,
    criticalities,
    st.integers(-400, 400),
    st.integers(0, 200),
    st.integers(1, 20),
    st.none() | st.floats(0.5, 200),
)


@given(states, states, st.text())
def test_no_word_alone_ever_closes_or_verifies(before: ActionState, after: ActionState, why: str) -> None:
    if after in {ActionState.CLOSED, ActionState.TO_VERIFY}:
        assert "state" in move_faults(before, after, why)


@given(states)
def test_every_state_has_a_way_out_and_none_leads_to_itself(state: ActionState) -> None:
    assert MOVES[state]
    assert state not in MOVES[state]


@pytest.mark.parametrize(
    ("before", "after", "explained"),
    [
        (ActionState.TO_DO, ActionState.IN_PROGRESS, False),
        (ActionState.TO_VERIFY, ActionState.IN_PROGRESS, False),
        (ActionState.TO_DO, ActionState.BLOCKED, True),
        (ActionState.IN_PROGRESS, ActionState.ABANDONED, True),
        (ActionState.CLOSED, ActionState.IN_PROGRESS, True),
        (ActionState.ABANDONED, ActionState.TO_DO, True),
    ],
)
def test_stopping_and_starting_again_are_explained(before: ActionState, after: ActionState, explained: bool) -> None:
    assert ("reason" in move_faults(before, after, "  ")) is explained
    assert move_faults(before, after, "Budget refusé.") == {}


@given(states, st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_nothing_closes_without_evidence_nor_unverified_unless_signed(
    state: ActionState, evidence: int, unsettled: int, signed: bool
) -> None:
    allowed = closing_fault(state, evidence, unsettled, signed) is None
    assert allowed == (not state.over and evidence > 0 and (unsettled == 0 or signed))


@given(st.integers(0, 50), st.integers(0, 50))
def test_an_audit_verifies_only_when_nothing_is_left(unsettled: int, seen: int) -> None:
    seen = min(seen, unsettled)
    verdict = retest_verdict(unsettled, seen)
    assert (verdict is Retest.VERIFIED) == (unsettled == 0)
    assert (verdict is Retest.STILL_THERE) == (seen > 0)


@given(st.lists(states, min_size=1))
def test_a_shared_action_is_over_when_every_site_is(found: list[ActionState]) -> None:
    whole = overall(found)
    assert whole.over == all(state.over for state in found)
    assert overall([whole]) is whole
    assert overall(reversed(found)) is whole
    if whole is ActionState.CLOSED:
        assert ActionState.CLOSED in found


def test_a_shared_action_half_done_is_in_progress() -> None:
    assert overall([ActionState.CLOSED, ActionState.TO_DO]) is ActionState.IN_PROGRESS
    assert overall([ActionState.TO_DO, ActionState.ABANDONED]) is ActionState.TO_DO
    assert overall([ActionState.CLOSED, ActionState.TO_VERIFY]) is ActionState.TO_VERIFY
    assert overall([ActionState.TO_DO, ActionState.BLOCKED]) is ActionState.BLOCKED


def test_the_default_policy_is_sound_and_survives_the_database() -> None:
    assert policy_faults(DEFAULT_DAYS) == {}
    assert from_json(to_json(DEFAULT_DAYS)) == DEFAULT_DAYS
    assert from_json({"critical": {"vital": 3}})[Severity.CRITICAL][CareCriticality.VITAL] == 3
    assert from_json({})[Severity.LOW] == DEFAULT_DAYS[Severity.LOW]


@given(severities, criticalities, severities, criticalities)
def test_what_is_graver_is_never_due_later(
    severity: Severity, criticality: CareCriticality, other: Severity, other_care: CareCriticality
) -> None:
    if severity.rank <= other.rank and criticality.rank <= other_care.rank:
        assert due_on(CREATED, severity, criticality, ()) <= due_on(CREATED, other, other_care, ())


@given(severities, criticalities, st.lists(st.integers(1, MAX_DAYS), min_size=1, max_size=5))
def test_over_several_sites_the_strictest_policy_wins(
    severity: Severity, criticality: CareCriticality, days: list[int]
) -> None:
    policies = [{one: dict.fromkeys(CareCriticality, number) for one in Severity} for number in days]
    assert (due_on(CREATED, severity, criticality, policies) - CREATED).days == min(days)


@given(severities, criticalities, st.none() | st.integers(-5, 0) | st.integers(MAX_DAYS + 1, MAX_DAYS + 50))
def test_a_policy_with_a_senseless_number_is_refused_at_its_cell(
    severity: Severity, criticality: CareCriticality, number: int | None
) -> None:
    days = {one: dict(row) for one, row in DEFAULT_DAYS.items()}
    faults = policy_faults({**days, severity: {**days[severity], criticality: number}})
    assert f"{severity}.{criticality}" in faults


def test_a_policy_that_gives_more_time_to_what_is_graver_is_refused() -> None:
    days = {one: dict(row) for one, row in DEFAULT_DAYS.items()}
    days[Severity.HIGH][CareCriticality.VITAL] = 5
    assert set(policy_faults(days)) == {"high.vital"}


@given(all_stakes)
def test_a_score_stays_between_its_bounds_and_has_its_sentence(stakes: Stakes) -> None:
    assert 0 <= score(stakes) <= MAX_SCORE
    said = reason(stakes)
    assert said.fr.endswith(".")
    assert said.en.endswith(".")
    assert ("établissements" in said.fr) == (stakes.sites > 1)


@given(all_stakes, all_stakes)
def test_worse_in_every_way_is_never_ranked_after(one: Stakes, other: Stakes) -> None:
    worse = replace(
        one,
        severity=min(one.severity, other.severity, key=lambda severity: severity.rank),
        criticality=min(one.criticality, other.criticality, key=lambda care: care.rank),
        late_days=max(one.late_days, other.late_days),
        findings=max(one.findings, other.findings),
        sites=max(one.sites, other.sites),
    )
    assert score(worse) >= score(one)


def test_the_worst_case_reaches_the_top() -> None:
    worst = Stakes(Severity.CRITICAL, CareCriticality.VITAL, 60, 200, 12, 1)
    assert score(worst) == MAX_SCORE
    assert reason(worst).fr == (
        "Gravité critique, vital pour les soins, en retard de 60 jours, ferme 200 constats, "
        "concerne 12 établissements, une journée de travail au plus."
    )


@pytest.mark.parametrize(
    ("late_days", "words"),
    [(1, "en retard d’un jour"), (0, "à faire aujourd’hui"), (-1, "à faire demain"), (-9, "à faire dans 9 jours")],
)
def test_the_date_is_said_as_people_say_it(late_days: int, words: str) -> None:
    stakes = Stakes(Severity.LOW, CareCriticality.MINOR, late_days, 1, effort_days=2.5)
    assert f", {words}, ferme un constat, 2,5 jours de travail." in reason(stakes).fr
