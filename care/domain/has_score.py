"""An indicative score of a self-assessment for the HAS. Pure.

The HAS formula was not found in any source we could read: ours is the share of “yes” among the elements answered yes or
no, then the mean, level by level. Elements that do not apply and answers that do not fit the question count neither
way; “partly” is no answer of the HAS scale and counts as “not yes”. The version of the manual chooses the formula, so
that an official one takes its place without touching what people answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from care.domain.frameworks import Framework, Item, Level
from care.domain.programme import AnswerVerdict
from scanners.model import Text

NOTICE = Text(
    "Score indicatif CaRE, non opposable : la HAS seule décide.",
    "Indicative CaRE score, not binding: the HAS alone decides.",
)
UNSCORED = Text(
    "La HAS cote chaque élément de 1 à 4 pour les ESSMS ; CaRE ne calcule pas cette cotation, il montre les réponses.",
    "For social and medico-social structures the HAS rates each element 1 to 4; CaRE does not compute that rating, it "
    "shows the answers.",
)
HAS_ANSWERS = (AnswerVerdict.YES, AnswerVerdict.NO, AnswerVerdict.NOT_APPLICABLE, AnswerVerdict.INADEQUATE)
"""The four answers to an element; `partly` is of other frameworks."""

_AGAINST = frozenset({AnswerVerdict.NO, AnswerVerdict.PARTLY})


@dataclass(frozen=True, slots=True)
class Score:
    """What answers add up to. `share` is between 0 and 1, None while no element that counts is answered.

    `asked` elements: `yes` and `no` count, `out` do not apply, `inadequate` do not fit, the others are `unanswered`.
    """

    share: Fraction | None
    asked: int
    yes: int
    no: int
    out: int
    inadequate: int

    @property
    def answered(self) -> int:
        """Elements somebody answered, whatever the answer."""
        return self.yes + self.no + self.out + self.inadequate

    @property
    def unanswered(self) -> int:
        """Elements nobody answered yet."""
        return self.asked - self.answered

    @property
    def percent(self) -> int | None:
        """The share in percent, rounded down: nothing is 100 before it is."""
        return None if self.share is None else int(self.share * 100)


Answers = Mapping[str, AnswerVerdict]
Scorer = Callable[[Framework, Answers], Mapping[str, Score]]


def scorer_of(framework: str, version: str) -> Scorer | None:
    """The formula of a version of a manual; None for a framework that is rated otherwise."""
    return _SCORERS.get((framework, version), _SCORERS.get((framework, "")))


def share_of_yes(framework: Framework, answers: Answers) -> Mapping[str, Score]:
    """The score of every item and, under the empty name, of the whole: share of yes in a criterion, mean above."""
    under: dict[str, list[str]] = {}
    for item in framework.items:
        under.setdefault(item.parent, []).append(item.id)
    found: dict[str, Score] = {}
    for name in (*reversed([item.id for item in framework.items]), ""):
        found[name] = _section(name, under, found) if name in under else _element(answers.get(name))
    return found


def _section(name: str, under: Mapping[str, Sequence[str]], found: Mapping[str, Score]) -> Score:
    below = [found[one] if one in found else _element(None) for one in under[name]]
    criterion = not any(one in under for one in under[name])
    yes, no = sum(one.yes for one in below), sum(one.no for one in below)
    share = _ratio(yes, yes + no) if criterion else _mean(one.share for one in below)
    return Score(
        share,
        sum(one.asked for one in below),
        yes,
        no,
        sum(one.out for one in below),
        sum(one.inadequate for one in below),
    )


def _element(answer: AnswerVerdict | None) -> Score:
    yes, no = int(answer is AnswerVerdict.YES), int(answer in _AGAINST)
    out, unfit = int(answer is AnswerVerdict.NOT_APPLICABLE), int(answer is AnswerVerdict.INADEQUATE)
    return Score(_ratio(yes, yes + no), 1, yes, no, out, unfit)


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def _mean(shares: Iterable[Fraction | None]) -> Fraction | None:
    known = [one for one in shares if one is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def imperative_faults(framework: Framework, answers: Answers) -> tuple[str, ...]:
    """The elements that are imperative, or of an imperative criterion, and whose answer is not yes."""
    return tuple(
        item.id
        for item in framework.requirements
        if answers.get(item.id) in _AGAINST and level_of(framework, item) is Level.IMPERATIVE
    )


def level_of(framework: Framework, item: Item) -> Level:
    """The level of an element: imperative as soon as its criterion is, else its own."""
    lineage = (item, *framework.path(item))
    return Level.IMPERATIVE if any(one.level is Level.IMPERATIVE for one in lineage) else item.level


_SCORERS: Mapping[tuple[str, str], Scorer] = {("has-manual", ""): share_of_yes, ("has", ""): share_of_yes}
"""By framework and version; an empty version stands for those that have no formula of their own."""
