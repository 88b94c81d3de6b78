"""The deadlines of answers: those of an establishment that have to be given again, those of one framework and one day
together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right
from care.domain.deadlines import Deadline, DeadlineKind
from care.services.deadline_source import Source, Wanted, at_site
from care.services.frameworks.answering import place_written
from care.store.frameworks import RequirementAnswer
from scanners.model import Text

_NAMED = 4
"""How many requirements a title names."""


def answers(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Answers of establishments, the last of each requirement and method, that hold no longer than `until`."""
    found: dict[tuple[str, str, date], list[tuple[str, datetime]]] = defaultdict(list)
    for row in session.scalars(select(RequirementAnswer).where(RequirementAnswer.id.in_(_last(wanted)))):
        if not row.withdrawn and row.valid_until is not None and row.valid_until <= wanted.until:
            found[row.holder, row.framework, row.valid_until].append((row.item, row.answered_at))
    for (holder, framework, until), given in sorted(found.items()):
        place = place_written(holder)
        if place is not None:
            yield _due(place, framework, until, given, wanted)


def _last(wanted: Wanted) -> Select[int]:
    columns = (
        RequirementAnswer.holder,
        RequirementAnswer.framework,
        RequirementAnswer.item,
        RequirementAnswer.method,
        RequirementAnswer.inquiry,
    )
    site = wanted.establishment_id
    written = RequirementAnswer.holder
    here = written.startswith(f"{Level.ESTABLISHMENT}:") if site is None else written == at_site(site).key
    return select(func.max(RequirementAnswer.id)).where(here).group_by(*columns)


def _due(place: Place, framework: str, until: date, given: list[tuple[str, datetime]], wanted: Wanted) -> Deadline:
    items = sorted({item for item, _at in given})
    named = ", ".join(items[:_NAMED]) + (f" (+{len(items) - _NAMED})" if len(items) > _NAMED else "")
    asked = wanted.platform is not None and framework == wanted.platform.kits.questions.framework
    page, name = ("questions", Text("", "")) if asked else (f"programme/{framework}", _title_of(framework, wanted))
    return Deadline(
        kind=DeadlineKind.ANSWER,
        identity=f"answers:{place.key}:{framework}",
        place=place,
        title=Text(f"Réponses à redonner : {name.fr}{named}", f"Answers to give again: {name.en}{named}"),
        due_on=until,
        changed_at=max(at for _item, at in given),
        address=f"/establishments/{place.id}/{page}",
    )


def _title_of(framework: str, wanted: Wanted) -> Text:
    """The framework of answers, before their numbers: those of the questionnaire are known by theirs."""
    known = [one.title for one in wanted.platform.kits.frameworks if one.id == framework] if wanted.platform else []
    title = known[-1] if known else Text(framework, framework)
    return Text(f"{title.fr}, ", f"{title.en}, ")


SOURCES: tuple[Source, ...] = (
    Source(DeadlineKind.ANSWER, answers, Right.SEE_PROGRAMME, Right.MANAGE_PROGRAMME, (30, 7), weekly=True),
)
"""The source of the answers of requirements."""
