"""The self-assessment for a certification: every element of the manual, what was answered, what it adds up to.

Answers are those of requirements (`care.services.frameworks.answering`): here they are read criterion by criterion,
with an indicative score where the version of the manual has a formula. What nobody answered is shown, never counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from care.domain.access import Lineage, Place, Right, Scope
from care.domain.certification import SOCIAL, Freshness, freshness
from care.domain.evidence import EVIDENCE_NAMES, TECHNICAL, EvidenceKind
from care.domain.frameworks import Confidence, Framework, Item, Level
from care.domain.has_score import NOTICE, UNSCORED, Score, imperative_faults, level_of, scorer_of
from care.domain.judging import PEOPLE, RequirementStatus
from care.domain.plans import months_later
from care.domain.programme import AnswerVerdict, Inquiry
from care.services.certification.manuals import manual_of
from care.services.frameworks.answering import last_answers
from care.services.frameworks.assessing import Assessed, assess_on
from care.services.frameworks.ground import Given, Ground, Piece
from care.services.frameworks.holders import Holder, seen_holder
from care.services.library import today
from care.services.platform import Platform
from scanners.model import Lang


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer as it counts. `where` names the place above that gave it, empty for the holder's own. `doubtful`: the
    wording changed since, or it is too old."""

    verdict: AnswerVerdict
    note: str
    by: str
    given_on: date
    where: str
    doubtful: bool


@dataclass(frozen=True, slots=True)
class PieceView:
    """A document tied to an element. `until` is the last day it is fresh: its end, or its age when one is asked."""

    id: int
    title: str
    kind: str
    day: date
    until: date | None
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class ElementView:
    """One element: what is asked, what was answered, where it stands and what it lacks. `seen` goes back with a form.

    `alarming`: imperative and not answered yes.
    """

    id: str
    title: str
    text: str
    level: Level
    status: RequirementStatus
    why: tuple[str, ...]
    missing: tuple[str, ...]
    pieces: tuple[PieceView, ...]
    themes: tuple[str, ...]
    methods: tuple[Inquiry, ...]
    answer: AnswerView | None
    seen: int
    alarming: bool

    @property
    def name(self) -> str:
        """What it is called: its number where it has one, then its title."""
        return called(self.id, self.title)


@dataclass(frozen=True, slots=True)
class CriterionView:
    """A criterion and its elements; `above` are the titles of its chapter and objective. `score` None: not scored."""

    id: str
    title: str
    above: tuple[str, ...]
    level: Level
    score: Score | None
    elements: tuple[ElementView, ...]

    @property
    def unanswered(self) -> int:
        """Elements nobody answered."""
        return sum(one.answer is None for one in self.elements)


@dataclass(frozen=True, slots=True)
class ManualName:
    """A manual that can be asked for."""

    id: str
    title: str
    version: str


@dataclass(frozen=True, slots=True)
class SelfAssessment:
    """A self-assessment of a place. `score` is of the whole, None for a manual that is rated otherwise; `notice` says
    what the figure is worth. `sections` are scores by title, from the whole down to objectives."""

    place: Place
    name: str
    manual: ManualName
    source: str
    url: str
    confidence: Confidence
    others: tuple[ManualName, ...]
    notice: str
    score: Score | None
    sections: tuple[tuple[str, int, Score], ...]
    criteria: tuple[CriterionView, ...]
    may_answer: bool
    may_export: bool

    @property
    def elements(self) -> tuple[ElementView, ...]:
        """Every element, in order."""
        return tuple(element for one in self.criteria for element in one.elements)

    @property
    def alarming(self) -> tuple[ElementView, ...]:
        """Imperative elements whose answer is not yes."""
        return tuple(one for one in self.elements if one.alarming)

    @property
    def answered(self) -> int:
        """How many elements have an answer."""
        return sum(one.answer is not None for one in self.elements)


def read_assessment(platform: Platform, scope: Scope, place: Place, framework: str = "") -> SelfAssessment:
    """The self-assessment of a place with a manual, the one that fits unless another is asked for.

    NotFound for a stranger or a manual that is not in use, Forbidden without SEE_PROGRAMME.
    """
    with platform.database.read() as session:
        return assessment_in(platform, session, scope, place, framework)


def assessment_in(
    platform: Platform, session: Session, scope: Scope, place: Place, framework: str = ""
) -> SelfAssessment:
    """The same in the caller's session."""
    holder = seen_holder(session, scope, place, today(platform))
    manual, known = manual_of(platform, session, holder, framework)
    ground = Ground(platform, session, holder, today(platform))
    assessed = {one.item.id: one for one in assess_on(ground, manual)}
    answers = {name: counted for name, one in assessed.items() if (counted := counting(one)) is not None}
    verdicts = {name: one.verdict for name, one in answers.items()}
    scorer = scorer_of(manual.id, manual.version)
    scores = scorer(manual, verdicts) if scorer else {}
    alarming = frozenset(imperative_faults(manual, verdicts))
    reading = _Reading(
        platform,
        manual,
        assessed,
        alarming,
        ground,
        _newest(session, holder, manual),
        hidden_kinds(scope, holder.lineage),
        scope.lang,
    )
    return SelfAssessment(
        place=place,
        name=holder.name,
        manual=_named(manual, scope.lang),
        source=manual.source.render(scope.lang),
        url=manual.url,
        confidence=manual.confidence,
        others=tuple(_named(one, scope.lang) for one in known if one.id != manual.id),
        notice=(UNSCORED if manual.id == SOCIAL else NOTICE).render(scope.lang),
        score=scores.get(""),
        sections=tuple(_sections(manual, scores, scope.lang)),
        criteria=reading.criteria(scores),
        may_answer=scope.allows(Right.MANAGE_PROGRAMME, holder.lineage),
        may_export=scope.allows(Right.EXPORT, holder.lineage),
    )


def called(number: str, title: str) -> str:
    """A number and a title; ids of ours that are words are not for people."""
    return f"{number} {title}" if number[:1].isdecimal() else title


def hidden_kinds(scope: Scope, where: Lineage) -> frozenset[EvidenceKind]:
    """The kinds of evidence that a reader may not see there: what names machines is for who sees findings."""
    if not scope.allows(Right.SEE_EVIDENCE, where):
        return frozenset(EvidenceKind)
    return frozenset() if scope.allows(Right.SEE_FINDINGS, where) else TECHNICAL


def counting(assessed: Assessed) -> Given | None:
    """The answer that counts for a self-assessment: the last of a person, apart from what a visit noted."""
    said = [one for one in assessed.answers if one.method in PEOPLE and one.inquiry is None]
    return max(said, key=lambda one: (one.given_on, one.id), default=None)


def leaf_sections(manual: Framework) -> dict[str, list[Item]]:
    """The elements by the section right above them, empty for a manual without sections; in order."""
    found: dict[str, list[Item]] = {}
    for item in manual.requirements:
        found.setdefault(item.parent, []).append(item)
    return found


@dataclass(frozen=True, slots=True)
class _Reading:
    platform: Platform
    manual: Framework
    assessed: Mapping[str, Assessed]
    alarming: frozenset[str]
    ground: Ground
    newest: Mapping[str, int]
    hidden: frozenset[EvidenceKind]
    lang: Lang

    def criteria(self, scores: Mapping[str, Score]) -> tuple[CriterionView, ...]:
        kept = ((name, [one for one in items if one.id in self.assessed]) for name, items in self._sections())
        return tuple(self._criterion(name, items, scores.get(name)) for name, items in kept if items)

    def _sections(self) -> Iterable[tuple[str, Sequence[Item]]]:
        return leaf_sections(self.manual).items()

    def _criterion(self, name: str, items: Sequence[Item], score: Score | None) -> CriterionView:
        section = self.manual.by_id.get(name)
        title = section.title if section else self.manual.title
        above = self.manual.path(section) if section else ()
        return CriterionView(
            id=name,
            title=title.render(self.lang),
            above=tuple(one.title.render(self.lang) for one in above),
            level=section.level if section else Level.STANDARD,
            score=score,
            elements=tuple(self._element(self.assessed[one.id]) for one in items),
        )

    def _element(self, one: Assessed) -> ElementView:
        kit, item = self.platform.kits.visits, one.item
        given = counting(one)
        return ElementView(
            id=item.id,
            title=item.title.render(self.lang),
            text=item.text.render(self.lang) if item.text else "",
            level=level_of(self.manual, item),
            status=one.status,
            why=tuple(text.render(self.lang) for text in one.why),
            missing=tuple(text.render(self.lang) for text in one.missing),
            pieces=tuple(
                _piece(piece, item, self.ground.day, self.lang) for piece in one.pieces if piece.kind not in self.hidden
            ),
            themes=tuple(theme.id for theme in kit.themes_of(self.manual, item)),
            methods=kit.methods_of(self.manual, item),
            answer=_answer(given, item, self.ground.day) if given else None,
            seen=self.newest.get(item.id, 0),
            alarming=item.id in self.alarming,
        )


def _piece(piece: Piece, item: Item, day: date, lang: Lang) -> PieceView:
    ages = [expected.months for expected in item.expects if expected.kind is piece.kind and expected.months]
    ends = [piece.until, *(months_later(piece.day, months) for months in ages)]
    until = min((one for one in ends if one is not None), default=None)
    return PieceView(
        piece.id,
        piece.title,
        EVIDENCE_NAMES[piece.kind].render(lang),
        piece.day,
        until,
        freshness(until, piece.day, False, day),
    )


def _newest(session: Session, holder: Holder, manual: Framework) -> Mapping[str, int]:
    """The id of the last answer that the holder itself gave to each element, whatever the method, taken back or not."""
    found: dict[str, int] = {}
    for row in last_answers(session, holder.key, manual.id).values():
        found[row.item] = max(found.get(row.item, 0), row.id)
    return found


def _answer(given: Given, item: Item, day: date) -> AnswerView:
    old = given.valid_until is not None and given.valid_until < day
    return AnswerView(
        verdict=given.verdict,
        note=given.note,
        by=given.by,
        given_on=given.given_on,
        where=given.where,
        doubtful=old or given.wording != item.wording,
    )


def _named(manual: Framework, lang: Lang) -> ManualName:
    return ManualName(manual.id, manual.title.render(lang), manual.version)


def _sections(manual: Framework, scores: Mapping[str, Score], lang: Lang) -> Iterable[tuple[str, int, Score]]:
    """The scores above criteria: title, depth, score."""
    leaves = set(leaf_sections(manual))
    for item in manual.items:
        if item.id in scores and item.id not in leaves and any(one.parent == item.id for one in manual.items):
            yield item.title.render(lang), len(manual.path(item)), scores[item.id]
