"""One section of a framework, to answer its requirements together."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from care.domain.access import Level, Place, Scope
from care.domain.frameworks import Framework, Method
from care.domain.judging import RequirementStatus
from care.services.errors import NotFound
from care.services.frameworks.assessing import Assessed, assess_on
from care.services.frameworks.ground import Given
from care.services.frameworks.reading import framework_of, may, seen_ground
from care.services.library import today
from care.services.platform import Platform
from care.store.frameworks import RequirementAnswer
from scanners.model import Lang


@dataclass(frozen=True, slots=True)
class SectionQuestion:
    """A requirement to answer. `answer` is the last one this place gave, `above` one that holds from above; `seen` is
    what forms carry back."""

    id: str
    title: str
    text: str
    methods: tuple[Method, ...]
    status: RequirementStatus
    answer: Given | None
    above: Given | None
    seen: int


@dataclass(frozen=True, slots=True)
class SectionView:
    """The requirements of one section; `id` is empty for those that stand in none. `following` is the section after."""

    place: Place
    name: str
    framework: str
    framework_title: str
    id: str
    title: str
    path: tuple[str, ...]
    questions: tuple[SectionQuestion, ...]
    following: str
    may_answer: bool


def open_section(platform: Platform, scope: Scope, place: Place, framework_id: str, section_id: str) -> SectionView:
    """The requirements right under a section. NotFound for a stranger, or for a section without any; Forbidden."""
    day = today(platform)
    with platform.database.read() as session:
        ground = seen_ground(platform, session, scope, place, day)
        framework = framework_of(ground, framework_id)
        assessed = assess_on(ground, framework)
        sections = list(dict.fromkeys(one.item.parent for one in assessed))
        if section_id not in sections:
            raise NotFound
        rank = sections.index(section_id)
        seen: dict[str, int] = dict(
            session.execute(
                select(RequirementAnswer.item, func.max(RequirementAnswer.id))
                .where(RequirementAnswer.holder == ground.holder.key, RequirementAnswer.framework == framework.id)
                .group_by(RequirementAnswer.item)
            ).all()
        )
        path = _path(framework, section_id, scope.lang)
        return SectionView(
            place=place,
            name=ground.holder.name,
            framework=framework.id,
            framework_title=framework.title.render(scope.lang),
            id=section_id,
            title=path[-1] if path else framework.title.render(scope.lang),
            path=path[:-1],
            questions=tuple(
                _question(one, ground.holder.key, seen.get(one.item.id, 0), scope.lang)
                for one in assessed
                if one.item.parent == section_id
            ),
            following=sections[rank + 1] if rank + 1 < len(sections) else "",
            may_answer=may(scope, ground),
        )


def asked_in(platform: Platform, place: Place, framework_id: str, section_id: str) -> str:
    """The first part of the questionnaire that asks a section of an establishment; "" when none does."""
    questions = platform.kits.questions
    if framework_id != questions.framework or place.level is not Level.ESTABLISHMENT:
        return ""
    return next((one.id for one in questions.sections if one.domain == section_id), "")


def _path(framework: Framework, section_id: str, lang: Lang) -> tuple[str, ...]:
    if not section_id:
        return ()
    section = framework.by_id[section_id]
    return tuple(one.title.render(lang) for one in (*framework.path(section), section))


def _question(one: Assessed, holder: str, seen: int, lang: Lang) -> SectionQuestion:
    own = [given for given in one.answers if given.place == holder]
    above = [given for given in one.answers if given.place != holder]
    return SectionQuestion(
        id=one.item.id,
        title=one.item.title.render(lang),
        text=one.item.text.render(lang) if one.item.text else "",
        methods=one.item.assessed_by,
        status=one.status,
        answer=max(own, key=lambda given: given.id, default=None),
        above=max(above, key=lambda given: given.id, default=None),
        seen=seen,
    )
