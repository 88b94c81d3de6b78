"""What people answered to the requirements that rules check, beside what was measured: never instead (ADR 0031)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.programme import AnswerVerdict
from care.services.frameworks.ground import Ground
from care.services.frameworks.holders import holder_at
from care.services.frameworks.voices import doubt_of, given_for
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from scanners.model import Lang, Ref

_BELIED = frozenset({AnswerVerdict.YES, AnswerVerdict.NOT_APPLICABLE})
"""Answers that an open fault contradicts: a person never outweighs a rule that found something."""


@dataclass(frozen=True, slots=True)
class AnswerBeside:
    """One answer to a requirement: what was said, by whom, when, where (when not there itself), with which remark.

    `belied`: it says the opposite of a fault; `doubt` why it has to be given again.
    """

    framework: str
    item: str
    title: str
    verdict: AnswerVerdict
    by: str
    given_on: date
    where: str
    note: str
    belied: bool
    doubt: str


def answers_beside(
    platform: Platform, scope: Scope, establishment_id: int, refs: Iterable[Ref]
) -> tuple[AnswerBeside, ...]:
    """The answers that hold in an establishment for what a faulty rule refers to, in its order. NotFound.

    Those the reader may not see are not there.
    """
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id)
        if not scope.allows(Right.SEE_PROGRAMME, place.lineage):
            return ()
        return _answers(platform, session, place.id, dict.fromkeys(refs), scope.lang)


def _answers(
    platform: Platform, session: Session, establishment_id: int, refs: Iterable[Ref], lang: Lang
) -> tuple[AnswerBeside, ...]:
    day = today(platform)
    ground = Ground(platform, session, holder_at(session, Place(Level.ESTABLISHMENT, establishment_id), day), day)
    found: list[AnswerBeside] = []
    for ref in refs:
        framework = ground.frameworks.get(ref.framework)
        item = framework.by_id.get(ref.item) if framework else None
        if framework is None or item is None:
            continue
        for given in given_for(ground, framework, item):
            doubt = doubt_of(ground, framework, item, given)
            found.append(
                AnswerBeside(
                    framework.id,
                    item.id,
                    item.title.render(lang),
                    given.verdict,
                    given.by,
                    given.given_on,
                    given.where,
                    given.note,
                    given.verdict in _BELIED,
                    doubt.render(lang) if doubt else "",
                )
            )
    return tuple(found)
