"""Questions of a questionnaire: what is an answer, what is counted, what may be told."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.domain.disclosure import Cell
from care.domain.questionnaires import (
    GIVEN,
    LARGEST,
    NO,
    UNKNOWN,
    YES,
    Question,
    QuestionKind,
    disclosed,
    tally,
    told_counts,
)
from care.domain.regional import FEWEST
from scanners.model import Text
from tests.support.attacks import attacks

YES_NO = Question(1, "Un PCRA ?", QuestionKind.YES_NO)
CHOICE = Question(2, "Quel EDR ?", QuestionKind.CHOICE, ("A", "B", "Aucun"))
NUMBER = Question(3, "Combien de lits ?", QuestionKind.NUMBER)
DAY = Question(4, "Dernier test ?", QuestionKind.DATE)


@pytest.mark.parametrize(
    ("question", "typed", "answer"),
    [
        (YES_NO, " yes ", YES),
        (YES_NO, "unknown", UNKNOWN),
        (YES_NO, "", None),
        (CHOICE, "2", 2),
        (CHOICE, "unknown", UNKNOWN),
        (NUMBER, "1 200", 1200),
        (NUMBER, "1\u202f200", 1200),
        (NUMBER, "0", 0),
        (NUMBER, str(LARGEST), LARGEST),
        (DAY, "2026-03-12", "2026-03-12"),
        (DAY, " ", None),
    ],
)
def test_what_is_read(question: Question, typed: str, answer: object) -> None:
    assert question.read(typed) == answer


@pytest.mark.parametrize(
    ("question", "typed"),
    [
        (YES_NO, "maybe"),
        (YES_NO, "given"),
        (CHOICE, "3"),
        (CHOICE, "-1"),
        (CHOICE, "A"),
        (NUMBER, "-1"),
        (NUMBER, "1.5"),
        (NUMBER, "²"),
        (NUMBER, "9" * 400),
        (NUMBER, str(LARGEST + 1)),
        (DAY, "12/03/2026"),
        (DAY, "0001-01-01"),
        (DAY, "2026-02-30"),
    ],
)
def test_what_is_no_answer_is_said(question: Question, typed: str) -> None:
    assert isinstance(question.read(typed), Text)


def test_answers_are_shown_in_words() -> None:
    assert YES_NO.shown(YES) == Text("Oui", "Yes")
    assert CHOICE.shown(2) == Text("Aucun", "Aucun")
    assert (NUMBER.shown(12), DAY.shown("2026-03-12")) == (12, date(2026, 3, 12))
    assert {one.shown(UNKNOWN) for one in (YES_NO, CHOICE, NUMBER, DAY)} == {Text("Non connu", "Not known")}


def test_answers_are_counted_and_unknown_is_not_zero() -> None:
    assert dict(tally(YES_NO, [YES, YES, NO, UNKNOWN]).counts) == {YES: 2, NO: 1, UNKNOWN: 1}
    assert dict(tally(CHOICE, [0, 2, 2]).counts) == {"0": 1, "1": 0, "2": 2, UNKNOWN: 0}
    beds = tally(NUMBER, [300, 0, UNKNOWN, 20, 10])
    assert (dict(beds.counts), beds.middle, beds.least, beds.most) == ({GIVEN: 4, UNKNOWN: 1}, 10, 0, 300)
    days = tally(DAY, ["2026-01-02", "2025-12-31", "2026-03-01"])
    assert (days.middle, days.least, days.most) == ("2026-01-02", "2025-12-31", "2026-03-01")
    nothing = tally(NUMBER, [])
    assert (nothing.answered, nothing.middle) == (0, None)


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({YES: 4, NO: 0, UNKNOWN: 0}, {YES: None, NO: None, UNKNOWN: None}),
        ({YES: 20, NO: 9, UNKNOWN: 0}, {YES: 20, NO: 9, UNKNOWN: 0}),
        ({YES: 20, NO: 9, UNKNOWN: 2}, {YES: 20, NO: None, UNKNOWN: None}),
        ({YES: 20, NO: 3, UNKNOWN: 0}, {YES: None, NO: None, UNKNOWN: None}),
        ({YES: 20, NO: 4, UNKNOWN: 4}, {YES: 20, NO: None, UNKNOWN: None}),
        ({YES: 20, NO: 2, UNKNOWN: 2}, {YES: None, NO: None, UNKNOWN: None}),
        ({YES: 25, NO: 0, UNKNOWN: 0}, {YES: None, NO: None, UNKNOWN: None}),
        ({GIVEN: 25, UNKNOWN: 0}, {GIVEN: 25, UNKNOWN: 0}),
        ({GIVEN: 0, UNKNOWN: 25}, {GIVEN: None, UNKNOWN: None}),
    ],
)
def test_what_may_be_told(counts: dict[str, int], told: dict[str, int | None]) -> None:
    assert told_counts(counts) == told


@given(st.dictionaries(st.sampled_from(["0", "1", "2", "3", UNKNOWN]), st.integers(0, 40), min_size=2))
def test_subtraction_gives_nothing_away(counts: dict[str, int]) -> None:
    """Whoever knows the total and reads what is told cannot tell how a group below five, or everybody, answered."""
    told = told_counts(counts)
    hidden = [name for name, count in told.items() if count is None]
    assert not [name for name, count in told.items() if count is not None and 0 < count < FEWEST]
    if not hidden:
        return
    left = sum(counts.values()) - sum(count for count in told.values() if count is not None)
    assert left == sum(counts[name] for name in hidden)
    if sum(counts.values()) >= FEWEST:
        assert left >= FEWEST
        ways = {split for split in product(range(left + 1), repeat=min(2, len(hidden))) if sum(split) <= left}
        assert len(ways) > FEWEST


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(["0", "1", "2", "3", "4", UNKNOWN]), st.integers(0, 30), min_size=2))
def test_no_group_below_five_can_be_worked_out(counts: dict[str, int]) -> None:
    """The attack made on published figures, by linear algebra, on the counts of a question and their total."""
    told = told_counts(counts)
    table = {(0, name): Cell(count, count, count) for name, count in counts.items()}
    hidden = {key for name, count in told.items() if count is None for key in ((0, name), (None, name))}
    if sum(counts.values()) < FEWEST:
        hidden |= {(0, None), (None, None)}  # the total is not told either
    assert list(attacks(table, hidden)) == []


def test_the_attack_finds_counts_that_are_only_left_out() -> None:
    table = {(0, YES): Cell(20, 20, 20), (0, NO): Cell(3, 3, 3)}
    assert list(attacks(table, {(0, NO), (None, NO)}))


def test_extremes_and_the_middle_of_few_are_not_told() -> None:
    few, enough = tally(NUMBER, range(FEWEST - 1)), tally(NUMBER, range(FEWEST))
    assert (disclosed(few).answered, disclosed(few).middle) == (None, None)
    told = disclosed(enough)
    assert (told.answered, told.middle, told.least, told.most) == (FEWEST, 2, None, None)
