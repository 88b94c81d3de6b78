"""What typed values are worth, when answers are asked again, codes of paper forms."""

from __future__ import annotations

from datetime import date

import pytest

from care.domain.programme import AnswerVerdict
from care.domain.questions import (
    Choice,
    TypedValue,
    Value,
    ValueKind,
    restored,
    review_on,
    stored,
    typed_code,
)
from scanners.model import Text

YES, NO, PARTLY = AnswerVerdict.YES, AnswerVerdict.NO, AnswerVerdict.PARTLY
TODAY = date(2026, 3, 2)
DAYS = Value(ValueKind.NUMBER, Text("jours", "days"), least=365)
MINUTES = Value(ValueKind.NUMBER, Text("minutes", "minutes"), most=30, highest=600)
LAST = Value(ValueKind.DATE, months=6)
TICKS = Value(
    ValueKind.CHOICES, choices=(Choice("a", Text("Annuaire", "Directory")), Choice("f", Text("Pare-feu", "Firewall")))
)


@pytest.mark.parametrize(
    ("value", "given", "verdict"),
    [
        (DAYS, 364, NO),
        (DAYS, 365, YES),
        (MINUTES, 0, NO),
        (MINUTES, 1, YES),
        (MINUTES, 30, YES),
        (MINUTES, 31, NO),
        (LAST, "2025-09-02", YES),
        (LAST, "2025-09-01", NO),
        (LAST, "2026-03-02", YES),
        (TICKS, ("a", "f"), YES),
        (TICKS, ("f",), PARTLY),
        (TICKS, (), NO),
    ],
)
def test_what_a_value_is_worth(value: Value, given: TypedValue, verdict: AnswerVerdict) -> None:
    assert value.fault(given, TODAY) is None
    assert value.verdict_of(given, TODAY) is verdict


@pytest.mark.parametrize(
    ("value", "given", "words"),
    [
        (MINUTES, 601, "de 0 à 600"),
        (MINUTES, -1, "de 0 à 600"),
        (MINUTES, True, "de 0 à 600"),
        (MINUTES, "12", "nombre entier"),
        (LAST, "hier", "Une date est attendue"),
        (LAST, "0026-03-02", "Une date est attendue"),
        (LAST, "2026-03-03", "à venir"),
        (LAST, 20260302, "Une date est attendue"),
        (TICKS, ("a", "x"), "parmi les cases"),
        (TICKS, ("a", "a"), "parmi les cases"),
        (TICKS, "a", "parmi les cases"),
    ],
)
def test_what_is_no_value(value: Value, given: TypedValue, words: str) -> None:
    fault = value.fault(given, TODAY)
    assert fault is not None
    assert words in fault.fr


def test_no_value_is_no_fault() -> None:
    assert all(one.fault(None, TODAY) is None for one in (DAYS, LAST, TICKS))


def test_values_are_shown_as_people_read_them() -> None:
    assert DAYS.shown(400, "fr") == "400 jours"
    assert (LAST.shown("2026-01-31", "fr"), LAST.shown("2026-01-31", "en")) == ("31/01/2026", "2026-01-31")
    assert (TICKS.shown(("f",), "en"), TICKS.shown((), "fr")) == ("Firewall", "aucun")


@pytest.mark.parametrize("given", [None, 0, 12, "2026-03-02", ("a", "f"), ()])
def test_values_survive_json(given: TypedValue | None) -> None:
    assert restored(stored(given)) == given


@pytest.mark.parametrize(
    ("verdict", "on", "months", "last"),
    [
        (YES, date(2026, 1, 31), 6, date(2026, 7, 31)),
        (PARTLY, date(2026, 3, 2), None, date(2027, 3, 2)),
        (NO, date(2020, 1, 1), 6, date(2027, 3, 2)),
        (AnswerVerdict.NOT_APPLICABLE, date(2026, 3, 2), 6, date(2027, 3, 2)),
    ],
)
def test_answers_are_asked_again(verdict: AnswerVerdict, on: date, months: int | None, last: date) -> None:
    assert review_on(verdict, on, months, TODAY) == last


@pytest.mark.parametrize("typed", ["K7WQ2M", "k7w q2m", " K7W-Q2M ", "k7wq2m9999"])
def test_a_code_is_read_however_it_was_written(typed: str) -> None:
    assert typed_code(typed) == "K7WQ2M"
