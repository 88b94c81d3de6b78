"""Where every requirement of a framework stands for a holder, with why and what is missing.

Pages compute when they are read, and are never behind; what is kept for lists and for the region is in `standings`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from care.domain.frameworks import Framework, Item, Method
from care.domain.judging import Heard, Judgement, RequirementStatus, judge
from care.services.frameworks.computed import by_computation
from care.services.frameworks.ground import Choice, Given, Ground, Piece, ref_of
from care.services.frameworks.holders import Holder
from care.services.frameworks.marks import mark_due
from care.services.frameworks.voices import by_documents, by_people, by_rules, given_for
from care.services.platform import Platform
from scanners.model import Text

__all__ = ["Assessed", "assess", "assess_on", "mark_due"]


@dataclass(frozen=True, slots=True)
class Assessed:
    """One requirement of one holder. `pieces` are tied to it, `answers` hold for it (perhaps given above);
    `contradicted`: what is measured says otherwise than they do."""

    item: Item
    status: RequirementStatus
    why: tuple[Text, ...]
    missing: tuple[Text, ...]
    pieces: tuple[Piece, ...]
    answers: tuple[Given, ...]
    contradicted: bool = False


def assess(
    platform: Platform, session: Session, holder: Holder, framework: Framework, day: date
) -> tuple[Assessed, ...]:
    """Every requirement of a framework that holds for the profile chosen, in order."""
    return assess_on(Ground(platform, session, holder, day), framework)


def assess_on(ground: Ground, framework: Framework) -> tuple[Assessed, ...]:
    """The same, when several frameworks of one holder are wanted: what is known of it is read once."""
    choice = ground.choices.get(framework.id, Choice("", concerned=True, reason=""))
    return tuple(_assessed(ground, framework, item, choice) for item in framework.for_profile(choice.profile))


def _assessed(ground: Ground, framework: Framework, item: Item, choice: Choice) -> Assessed:
    judged = _judged(ground, framework, item) if choice.concerned else _not_concerned(choice)
    return Assessed(
        item=item,
        status=judged.status,
        why=judged.why,
        missing=judged.missing,
        pieces=ground.pieces.get(ref_of(framework, item), ()),
        answers=given_for(ground, framework, item),
        contradicted=judged.contradicted,
    )


def _judged(ground: Ground, framework: Framework, item: Item) -> Judgement:
    found = judge(item, heard(ground, framework, item))
    if item.uncovered is None:
        return found
    return replace(found, missing=(item.uncovered, *found.missing))


def heard(ground: Ground, framework: Framework, item: Item) -> Iterator[Heard]:
    """What each method asked for says of a requirement, and every person who answered."""
    methods = frozenset(item.assessed_by)
    if Method.RULE in methods:
        yield by_rules(ground, framework, item)
    if Method.COMPUTED in methods:
        yield by_computation(ground, framework, item)
    if Method.DOCUMENT in methods:
        yield by_documents(ground, framework, item)
    yield from by_people(ground, framework, item)


def _not_concerned(choice: Choice) -> Judgement:
    why = Text(f"Non concerné : {choice.reason}", f"Not concerned: {choice.reason}")
    return Judgement(RequirementStatus.NOT_APPLICABLE, (why,), ())
