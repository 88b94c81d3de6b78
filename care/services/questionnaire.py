"""The questionnaire of an establishment: what lacks an answer first, what is measured shown as answered.

Its answers are those of the requirements of `care-rules` (`frameworks.answering`); what a typed value is worth is
decided here, never by who types it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from sqlalchemy import func, select

from care.domain.access import Level, Place, Right, Scope
from care.domain.frameworks import Framework, Method
from care.domain.judging import RequirementStatus, Say
from care.domain.programme import AnswerVerdict
from care.domain.questions import Question, Questionnaire, Section, TypedValue, ValueKind, review_on
from care.services.errors import Invalid, NotFound
from care.services.frameworks.answering import AnswerDraft, answer_requirements
from care.services.frameworks.assessing import Assessed, assess_on
from care.services.frameworks.circumstances import seen_of
from care.services.frameworks.ground import Given, Ground
from care.services.frameworks.reading import may, seen_ground
from care.services.frameworks.todo import told_why
from care.services.frameworks.voices import by_measures, doubt_of
from care.services.library import today
from care.services.platform import Platform
from care.services.typed_texts import lines_of
from care.store.frameworks import RequirementAnswer
from scanners.model import Lang, Text


class Stand(StrEnum):
    """Where a question stands; `aside`: there is nothing to ask, as the register shows."""

    TODO = "todo"
    ANSWERED = "answered"
    MEASURED = "measured"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A question as it is asked here.

    `answer` is the last one given here, `above` one that holds from above; `shown` its value as people read it. `doubt`
    says why it has to be given again. `measured`: rules that measure say yes or no; `failing`: they say no;
    `contradicted`: they deny the answer; all three only for who may know what audits found. `absent` is what to say
    when there is nothing to ask about, "" where that cannot be said: the question has no condition, or the register
    shows that there is. `seen` is what forms carry back.
    """

    item: str
    title: str
    text: str
    look: str
    question: Question
    stand: Stand
    status: RequirementStatus
    why: tuple[str, ...]
    measured: bool
    failing: bool
    contradicted: bool
    answer: Given | None
    above: Given | None
    shown: str
    doubt: str
    ask: str
    absent: str
    seen: int


@dataclass(frozen=True, slots=True)
class SectionCount:
    """A section and how many of its questions stand where."""

    id: str
    title: str
    domain: str
    counts: Mapping[Stand, int]

    @property
    def todo(self) -> int:
        """How many still want an answer."""
        return self.counts.get(Stand.TODO, 0)

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class QuestionnaireView:
    """All the sections of an establishment, with their domain."""

    establishment_id: int
    name: str
    framework: str
    sections: tuple[SectionCount, ...]
    may_answer: bool

    def total(self, stand: Stand) -> int:
        """How many questions stand there."""
        return sum(one.counts.get(stand, 0) for one in self.sections)


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section to fill in; `following` is the next one, "" after the last."""

    establishment_id: int
    name: str
    framework: str
    id: str
    title: str
    domain: str
    lines: tuple[QuestionLine, ...]
    following: str
    may_answer: bool
    may_act: bool

    def of(self, stand: Stand) -> tuple[QuestionLine, ...]:
        """The questions that stand there."""
        return tuple(one for one in self.lines if one.stand is stand)


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """What was filled in for one question. `absent`: there is nothing to ask about. `again`: an answer that had to be
    given again is given again as it was."""

    item: str
    verdict: AnswerVerdict | None = None
    value: TypedValue | None = None
    note: str = ""
    absent: bool = False
    again: bool = False
    seen: int = 0


def open_questionnaire(platform: Platform, scope: Scope, establishment_id: int) -> QuestionnaireView:
    """Where the questions of an establishment stand. NotFound for a stranger, Forbidden."""
    reader = _Reader.of(platform, scope, establishment_id)
    with platform.database.read() as session:
        sheet = reader.sheet(seen_ground(platform, session, scope, reader.place, today(platform)))
        sections = tuple(_count(section, sheet) for section in platform.kits.questions.sections)
        return QuestionnaireView(
            establishment_id, sheet.ground.holder.name, sheet.framework.id, sections, may(scope, sheet.ground)
        )


def open_section(platform: Platform, scope: Scope, establishment_id: int, section_id: str) -> SectionView:
    """One section to fill in. NotFound for a stranger or for no such section, Forbidden."""
    section = platform.kits.questions.section(section_id)
    if section is None:
        raise NotFound
    following = platform.kits.questions.following(section_id)
    return open_lines(platform, scope, establishment_id, [one.item for one in section.questions], section, following)


def open_lines(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    items: Sequence[str],
    section: Section | None = None,
    following: str = "",
) -> SectionView:
    """These questions, in that order, those that are no longer asked left out."""
    reader = _Reader.of(platform, scope, establishment_id)
    with platform.database.read() as session:
        sheet = reader.sheet(seen_ground(platform, session, scope, reader.place, today(platform)))
        return SectionView(
            establishment_id=establishment_id,
            name=sheet.ground.holder.name,
            framework=sheet.framework.id,
            id=section.id if section else "",
            title=section.title.render(scope.lang) if section else "",
            domain=sheet.domain(section.domain) if section else "",
            lines=tuple(sheet.line(item) for item in items if item in sheet.assessed),
            following=following,
            may_answer=may(scope, sheet.ground),
            may_act=may(scope, sheet.ground, Right.MANAGE_ACTIONS),
        )


def answer_questions(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    drafts: Iterable[QuestionDraft],
    given_on: date | None = None,
    from_paper: str = "",
) -> int:
    """Record what was filled in and says something new, all or none; returns how many did. What is not filled in stays
    unanswered. `given_on` is the day it was found out, None today; `from_paper` is written at the end of each note.

    Invalid names each field with its requirement (`value-DET-06`). Refused when somebody answered otherwise meanwhile.
    """
    place = Place(Level.ESTABLISHMENT, establishment_id)
    lines = {one.item: one for one in open_lines(platform, scope, establishment_id, _items(platform)).lines}
    filled = [one for one in drafts if one.verdict or one.value is not None or one.absent]
    if any(one.item not in lines for one in filled):
        raise NotFound
    day = today(platform)
    faults: dict[str, Text] = {}
    said: list[AnswerDraft] = []
    for one in filled:
        line = lines[one.item]
        meant = _meant(line, one)
        if fault := _fault(line, meant, day):
            faults |= {f"{name}-{one.item}": text for name, text in fault.items()}
            continue
        draft = _draft(platform, line, meant, given_on or day, scope.lang)
        if one.again or _differs(line, draft):
            note = "\n".join(words for words in (draft.note, from_paper) if words)
            said.append(replace(draft, note=note))
    if faults:
        raise Invalid(faults)
    return answer_requirements(platform, scope, place, platform.kits.questions.framework, said)


def _items(platform: Platform) -> list[str]:
    return list(platform.kits.questions.by_item)


def _meant(line: QuestionLine, draft: QuestionDraft) -> QuestionDraft:
    """Of a value and a “never” that stand together, the one that was changed: the other is what the form showed."""
    ticked = draft.absent or draft.verdict in (AnswerVerdict.NO, AnswerVerdict.NOT_APPLICABLE)
    if line.question.value is None or draft.value is None or not ticked:
        return draft
    shown = line.answer.value if line.answer else None
    if draft.value == shown:
        return replace(draft, value=None)
    return replace(draft, verdict=None, absent=False)


def _fault(line: QuestionLine, draft: QuestionDraft, day: date) -> Mapping[str, Text]:
    value = line.question.value
    if draft.absent and not line.absent:
        return {"verdict": _CHOOSE}
    if draft.absent or draft.verdict is AnswerVerdict.NOT_APPLICABLE:
        return {}
    if value is None:
        return {"value": _CHOOSE} if draft.value is not None else {}
    if (wrong := value.fault(draft.value, day)) is not None:
        return {"value": wrong}
    if draft.value is None and draft.verdict is not AnswerVerdict.NO:
        return {"value": _WANTED[value.kind]}
    return {}


_CHOOSE = Text("Choisissez une réponse.", "Choose an answer.")
_WANTED: Mapping[ValueKind, Text] = {
    ValueKind.NUMBER: Text("Donnez le nombre : c’est lui qui compte.", "Give the number: it is what counts."),
    ValueKind.DATE: Text("Donnez la date de la dernière fois.", "Give the day of the last time."),
    ValueKind.CHOICES: Text("Cochez ce qui est en place.", "Tick what is in place."),
}


def _draft(platform: Platform, line: QuestionLine, draft: QuestionDraft, on: date, lang: Lang) -> AnswerDraft:
    """What is recorded: the verdict of a value is its own, and the day it speaks of is that of a date."""
    question, day = line.question, today(platform)
    note, value, verdict = lines_of(draft.note), draft.value, draft.verdict
    if draft.absent and question.condition is not None:
        verdict, value = AnswerVerdict.NOT_APPLICABLE, None
        note = note or question.condition.absent.render(lang)
    elif value is not None and question.value is not None:
        verdict = question.value.verdict_of(value, day)
        on = date.fromisoformat(str(value)) if question.value.kind is ValueKind.DATE else on
    months = question.value.months if question.value else None
    return AnswerDraft(
        item=line.item,
        verdict=verdict,
        method=Method.DECLARATION,
        note=note,
        given_on=on,
        valid_until=review_on(verdict, on, months or _repeats(platform, line.item), day) if verdict else None,
        seen=draft.seen,
        value=value,
        brief=True,
    )


def _repeats(platform: Platform, item_id: str) -> int | None:
    questions = platform.kits.questions
    known = [one for one in platform.kits.frameworks if one.id == questions.framework and item_id in one.by_id]
    return known[-1].by_id[item_id].repeats_months if known else None


def _differs(line: QuestionLine, draft: AnswerDraft) -> bool:
    """Whether it says something else than the last answer given here; the same words on another day do not."""
    known = line.answer
    if known is None:
        return True
    return (known.verdict, lines_of(known.note), known.value) != (draft.verdict, draft.note, draft.value)


@dataclass(frozen=True, slots=True)
class _Reader:
    platform: Platform
    scope: Scope
    place: Place

    @classmethod
    def of(cls, platform: Platform, scope: Scope, establishment_id: int) -> _Reader:
        return cls(platform, scope, Place(Level.ESTABLISHMENT, establishment_id))

    def sheet(self, ground: Ground) -> _Sheet:
        """The questions on the ground of an establishment. NotFound when nothing of them is asked of it."""
        questions = self.platform.kits.questions
        framework = ground.frameworks.get(questions.framework)
        if framework is None:
            raise NotFound
        assessed = {one.item.id: one for one in assess_on(ground, framework) if one.item.id in questions.by_item}
        return _Sheet(ground, self.scope, framework, questions, assessed, _seen(ground, framework))


def _seen(ground: Ground, framework: Framework) -> Mapping[str, int]:
    found: dict[str, int] = dict(
        ground.session.execute(
            select(RequirementAnswer.item, func.max(RequirementAnswer.id))
            .where(RequirementAnswer.holder == ground.holder.key, RequirementAnswer.framework == framework.id)
            .group_by(RequirementAnswer.item)
        ).all()
    )
    return found


@dataclass(frozen=True)
class _Sheet:
    """What lines are made from."""

    ground: Ground
    scope: Scope
    framework: Framework
    questions: Questionnaire
    assessed: Mapping[str, Assessed]
    seen: Mapping[str, int]

    @property
    def findings(self) -> bool:
        return may(self.scope, self.ground, Right.SEE_FINDINGS)

    def domain(self, item_id: str) -> str:
        item = self.framework.by_id.get(item_id)
        return item.title.render(self.scope.lang) if item else ""

    def line(self, item_id: str) -> QuestionLine:
        """One question with everything that is known of it."""
        one, question, lang = self.assessed[item_id], self.questions.by_item[item_id], self.scope.lang
        own = max((each for each in one.answers if each.place == self.ground.holder.key), key=_newest, default=None)
        above = max((each for each in one.answers if each.place != self.ground.holder.key), key=_newest, default=None)
        said = own or above
        doubt = doubt_of(self.ground, self.framework, one.item, said) if said else None
        machine = by_measures(self.ground, self.framework, one.item).say
        applies = seen_of(self.ground, question.condition.known_by) if question.condition else None
        condition = question.condition if applies is not True else None
        shown = question.value.shown(said.value, lang) if said and question.value and said.value is not None else ""
        return QuestionLine(
            item=item_id,
            title=one.item.title.render(lang),
            text=one.item.text.render(lang) if one.item.text else "",
            look=question.look.render(lang),
            question=question,
            stand=_stand(one, said, doubt, machine, applies),
            status=one.status,
            why=told_why(self.ground, self.framework, one, lang, findings=self.findings),
            measured=self.findings and machine in (Say.YES, Say.NO),
            failing=self.findings and machine is Say.NO,
            contradicted=self.findings and one.contradicted,
            answer=own,
            above=above,
            shown=shown,
            doubt=doubt.render(lang) if doubt else "",
            ask=condition.ask.render(lang) if condition else "",
            absent=condition.absent.render(lang) if condition else "",
            seen=self.seen.get(item_id, 0),
        )


def _newest(given: Given) -> int:
    return given.id


def _stand(one: Assessed, said: Given | None, doubt: Text | None, machine: Say, applies: bool | None) -> Stand:
    if said is not None:
        return Stand.TODO if doubt is not None or one.contradicted else Stand.ANSWERED
    if applies is False:
        return Stand.ASIDE
    return Stand.MEASURED if machine in (Say.YES, Say.NO) else Stand.TODO


def _count(section: Section, sheet: _Sheet) -> SectionCount:
    stands = Counter(sheet.line(one.item).stand for one in section.questions if one.item in sheet.assessed)
    return SectionCount(section.id, section.title.render(sheet.scope.lang), sheet.domain(section.domain), stands)
