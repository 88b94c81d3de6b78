"""The indicative score: what counts, what does not, means level by level."""

from __future__ import annotations

from fractions import Fraction

import pytest

from care.domain.frameworks import Confidence, Framework, FrameworkKind, Item, Level, Method, Unit
from care.domain.has_score import imperative_faults, scorer_of, share_of_yes
from care.domain.programme import AnswerVerdict
from scanners.model import Text

YES, NO = AnswerVerdict.YES, AnswerVerdict.NO
OUT, UNFIT, PARTLY = AnswerVerdict.NOT_APPLICABLE, AnswerVerdict.INADEQUATE, AnswerVerdict.PARTLY


def manual(**parents: str) -> Framework:
    """Items by id and parent; a name that ends with `_i` is imperative."""
    words = Text("x", "x")
    items = tuple(
        Item(
            one,
            parent,
            words,
            assessed_by=() if one in parents.values() else (Method.INTERVIEW,),
            level=Level.IMPERATIVE if one.endswith("_i") else Level.STANDARD,
        )
        for one, parent in parents.items()
    )
    return Framework(
        id="has-manual", version="2025", kind=FrameworkKind.CERTIFICATION, unit=Unit.LEGAL_ENTITY, title=words,
        source=words, url="https://x", confidence=Confidence.OFFICIAL, starts=None, ends=None, profiles={},
        parameters={}, items=items,
    )  # fmt: skip


CRITERION = manual(c="", a="c", b="c", d="c")


@pytest.mark.parametrize(
    ("answers", "percent", "answered"),
    [
        ({}, None, 0),
        ({"a": YES}, 100, 1),
        ({"a": YES, "b": NO}, 50, 2),
        ({"a": YES, "b": YES, "d": NO}, 66, 3),
        ({"a": YES, "b": OUT, "d": UNFIT}, 100, 3),
        ({"a": OUT, "b": UNFIT}, None, 2),
        ({"a": PARTLY, "b": YES}, 50, 2),
        ({"a": NO}, 0, 1),
    ],
)
def test_a_criterion_is_its_share_of_yes(answers: dict[str, AnswerVerdict], percent: int | None, answered: int) -> None:
    score = share_of_yes(CRITERION, answers)["c"]
    assert (score.percent, score.answered, score.unanswered) == (percent, answered, 3 - answered)


def test_above_it_is_the_mean_of_what_has_a_score() -> None:
    tree = manual(k="", o1="k", o2="k", c1="o1", c2="o1", c3="o2", a="c1", b="c1", d="c2", e="c3", f="c3", g="c3")
    found = share_of_yes(tree, {"a": YES, "b": NO, "d": YES, "e": NO})
    assert found["o1"].share == Fraction(3, 4)
    assert found["o2"].share == Fraction(0)
    assert found["k"].share == found[""].share == Fraction(3, 8)
    assert (found[""].asked, found[""].answered) == (6, 4)
    unheard = share_of_yes(tree, {"d": YES})
    assert unheard["c1"].share is None
    assert unheard["k"].share == 1


def test_imperative_elements_that_are_not_yes_stand_out() -> None:
    tree = manual(c_i="", a="c_i", b="c_i", c="", d_i="c", e="c")
    assert imperative_faults(tree, {"a": NO, "b": YES, "d_i": PARTLY, "e": NO}) == ("a", "d_i")
    assert imperative_faults(tree, {"a": OUT, "d_i": UNFIT}) == ()


def test_the_version_chooses_the_formula() -> None:
    assert scorer_of("has-manual", "2025") is share_of_yes
    assert scorer_of("has", "1") is share_of_yes
    assert scorer_of("has-esms", "2022") is None
