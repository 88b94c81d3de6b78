"""What people declared, handed to the audits whose rules judge it: the answers of the questionnaire as a request takes
them. An answer that has to be given again is left out, so that no rule passes on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from care.domain.access import Level, Place
from care.domain.programme import AnswerVerdict
from care.domain.questions import Question, ValueKind, stored
from care.services.frameworks.ground import Given, Ground
from care.services.frameworks.holders import holder_at
from care.services.frameworks.voices import doubt_of, given_for
from care.services.platform import Platform

_DENIED: Mapping[ValueKind, Any] = {ValueKind.NUMBER: 0, ValueKind.CHOICES: []}
"""What a plain “no” is worth where a number or choices are wanted."""


DOMAINS: Mapping[str, frozenset[str]] = {
    "workstations": frozenset({"PDT", "DET"}),
    "backup": frozenset({"SAV"}),
}
"""Whose answers each scanner is given."""


def declared_answers(
    platform: Platform, session: Session, establishment_id: int, day: date, scanner: str = "workstations"
) -> dict[str, Any]:
    """The answers that hold in an establishment on a day, by field of a request of the scanner, with its name; empty
    when there are none."""
    ground = Ground(platform, session, holder_at(session, Place(Level.ESTABLISHMENT, establishment_id), day), day)
    questions = platform.kits.questions
    framework = ground.frameworks[questions.framework]
    found: dict[str, Any] = {}
    for question in questions.by_item.values():
        item = framework.by_id.get(question.item)
        if item is None or not question.answers or questions.section_of[question.item].domain not in DOMAINS[scanner]:
            continue
        given = max(given_for(ground, framework, item), key=lambda one: one.id, default=None)
        if given is not None and doubt_of(ground, framework, item, given) is None:
            told = _told(question, given)
            if told is not None:
                found[question.answers] = told
    return {"establishment": ground.holder.name, **found} if found else {}


def _told(question: Question, given: Given) -> Any:  # noqa: ANN401 - a field of a request
    """One answer as the request writes it; None when it says nothing there: not applicable, or a yes without the value
    that the rule judges."""
    if given.verdict in (AnswerVerdict.NOT_APPLICABLE, AnswerVerdict.INADEQUATE):
        return None
    kind = question.value.kind if question.value else None
    if kind is not None and kind in _DENIED:
        denied = _DENIED[kind] if given.verdict is AnswerVerdict.NO else None
        return denied if given.value is None else stored(given.value)
    if kind is ValueKind.DATE:
        if given.value is None and given.verdict is not AnswerVerdict.NO:
            return None
        done = given.value is not None
        return _answer(given, done, str(given.value) if done else None)
    return _answer(given, given.verdict is AnswerVerdict.YES, given.given_on.isoformat())


def _answer(given: Given, value: bool, day: str | None) -> dict[str, Any]:
    return {"value": value, "date": day, "comment": given.note}
