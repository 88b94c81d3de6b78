"""One requirement of a place: where it stands and why, what it lacks, what checks and proves it, who answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from care.domain.access import Level, Place, Right, Scope
from care.domain.evidence import EvidenceKind, Standing, standing
from care.domain.findings import State
from care.domain.frameworks import Confidence, Expected, Framework, Item, Method
from care.domain.frameworks import Level as Weight
from care.domain.judging import RequirementStatus
from care.domain.plans import months_later
from care.domain.programme import AnswerVerdict
from care.domain.questions import restored
from care.services.errors import NotFound
from care.services.evidence_reading import readable
from care.services.frameworks.answering import place_written
from care.services.frameworks.assessing import Assessed, assess_on
from care.services.frameworks.circumstances import question_of
from care.services.frameworks.ground import Ground, Piece, ref_of
from care.services.frameworks.reading import (
    PlaceLink,
    again_on,
    framework_of,
    may,
    places_around_holder,
    seen_ground,
    shown_frameworks,
)
from care.services.frameworks.todo import Todo, todo_lines, told_why
from care.services.library import today
from care.services.places import place_name
from care.services.platform import Platform
from care.store.bulk import among
from care.store.evidence import Evidence
from care.store.frameworks import RequirementAnswer
from scanners.model import Lang, Rule, Severity, Status

_OFFERED = 5
"""How many pieces of the library are offered for one requirement; the page that ties them has the others."""


@dataclass(frozen=True, slots=True)
class ExpectedLine:
    """A document asked for: `months` is how old it may be, None when it does not age; `filed` when one counts."""

    what: str
    kind: EvidenceKind
    months: int | None
    filed: bool


@dataclass(frozen=True, slots=True)
class RuleLine:
    """An automatic check. `outcomes` are those of the last audits by status, empty when it was never made; `open`
    counts the findings to fix, `accepted` those whose risk was accepted or put off."""

    id: str
    title: str
    scanner: str
    severity: Severity
    outcomes: Mapping[Status, int]
    last_on: date | None
    open: int
    accepted: int


@dataclass(frozen=True, slots=True)
class PieceLine:
    """A piece of evidence tied to the requirement. `until` is the last day on which it counts here, None when it does
    not age; `fits`: it is of a kind that is asked for; `fresh`: it counts today. `site` is its establishment, where
    several are shown."""

    id: int
    establishment_id: int
    site: str
    title: str
    kind: EvidenceKind
    day: date
    until: date | None
    fits: bool
    fresh: bool
    standing: Standing


@dataclass(frozen=True, slots=True)
class OfferedPiece:
    """A piece that may serve here too: filed for `elsewhere`, requirements that ask the same, or of the right kind."""

    id: int
    establishment_id: int
    title: str
    kind: EvidenceKind
    day: date
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EquivalentLine:
    """A requirement of another framework that asks the same. `status` is None when it does not hold for this place;
    `untied` are the pieces of this one that are not tied to it."""

    framework: str
    item: str
    framework_title: str
    title: str
    status: RequirementStatus | None
    untied: tuple[PieceLine, ...]


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """An answer, as it was given. `where` is the place that gave it, empty for the one shown; `counts`: it is the last
    of its method; `other_words`: the wording has changed since; `value` is what was typed besides, as people read it.
    """

    id: int
    where: str
    method: Method
    verdict: AnswerVerdict
    note: str
    given_on: date
    valid_until: date | None
    withdrawn: bool
    at: datetime
    by: str
    version: str
    counts: bool
    other_words: bool
    value: str


@dataclass(frozen=True, slots=True)
class SiteLink:
    """An establishment of the place, where evidence may be filed."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class RequirementView:
    """One requirement in full. `seen` is the id of the last answer of this place, 0 when it gave none: forms carry it
    back. `again_on` is when something must be given again. `previous` and `following` are its neighbours in the
    framework. `asked_in` is the section of the questionnaire that asks it, "" when none does; `contradicted`: what is
    measured denies the answer, for who may know."""

    place: Place
    name: str
    framework: str
    framework_title: str
    framework_version: str
    source: str
    confidence: Confidence
    id: str
    title: str
    text: str
    path: tuple[str, ...]
    weight: Weight
    methods: tuple[Method, ...]
    status: RequirementStatus
    why: tuple[str, ...]
    todo: tuple[Todo, ...]
    expected: tuple[ExpectedLine, ...]
    rules: tuple[RuleLine, ...]
    pieces: tuple[PieceLine, ...]
    offered: tuple[OfferedPiece, ...]
    equivalents: tuple[EquivalentLine, ...]
    answers: tuple[AnswerLine, ...]
    current: AnswerLine | None
    seen: int
    again_on: date | None
    concerned: bool
    sites: tuple[SiteLink, ...]
    around: tuple[PlaceLink, ...]
    previous: str
    following: str
    may_answer: bool
    may_see_findings: bool
    may_see_evidence: bool
    may_add_evidence: bool
    may_act: bool
    asked_in: str
    contradicted: bool

    @property
    def ref(self) -> str:
        """How evidence points to it."""
        return f"{self.framework}:{self.id}"


def open_requirement(
    platform: Platform, scope: Scope, place: Place, framework_id: str, item_id: str
) -> RequirementView:
    """One requirement of a place. NotFound for a stranger, or for what is not asked of this place; Forbidden."""
    day = today(platform)
    with platform.database.read() as session:
        ground = seen_ground(platform, session, scope, place, day)
        framework = framework_of(ground, framework_id)
        assessed = assess_on(ground, framework)
        ids = [one.item.id for one in assessed]
        if item_id not in ids:
            raise NotFound
        rank = ids.index(item_id)
        around = (ids[rank - 1] if rank else "", ids[rank + 1] if rank + 1 < len(ids) else "")
        return _Page(ground, scope, framework, assessed[rank]).view(around)


@dataclass(frozen=True)
class _Page:
    """What the parts of the page are made from."""

    ground: Ground
    scope: Scope
    framework: Framework
    one: Assessed

    @property
    def lang(self) -> Lang:
        return self.scope.lang

    @property
    def item(self) -> Item:
        return self.one.item

    def view(self, around: tuple[str, str]) -> RequirementView:
        ground, item, framework = self.ground, self.item, self.framework
        findings = may(self.scope, ground, Right.SEE_FINDINGS)
        choice = ground.choices.get(framework.id)
        concerned = choice is None or choice.concerned
        pieces, answers = self._pieces(), self._answers()
        own = [one for one in answers if not one.where]
        return RequirementView(
            place=ground.holder.place,
            name=ground.holder.name,
            framework=framework.id,
            framework_title=framework.title.render(self.lang),
            framework_version=framework.version,
            source=framework.source.render(self.lang),
            confidence=framework.confidence,
            id=item.id,
            title=item.title.render(self.lang),
            text=item.text.render(self.lang) if item.text else "",
            path=tuple(section.title.render(self.lang) for section in framework.path(item)),
            weight=item.level,
            methods=item.assessed_by,
            status=self.one.status,
            why=told_why(ground, framework, self.one, self.lang, findings=findings),
            todo=todo_lines(ground, framework, item, self.lang, findings=findings) if concerned else (),
            expected=tuple(self._expected(one) for one in item.expects),
            rules=tuple(_rule(ground, rule, self.lang) for rule in self._rules()) if findings else (),
            pieces=pieces,
            offered=self._offered(),
            equivalents=self._equivalents(pieces),
            answers=answers,
            current=next((one for one in own if one.counts and not one.withdrawn), None),
            seen=own[0].id if own else 0,
            again_on=again_on(self.one),
            concerned=concerned,
            sites=self._sites(),
            around=places_around_holder(ground.session, self.scope, ground),
            previous=around[0],
            following=around[1],
            may_answer=may(self.scope, ground),
            may_see_findings=findings,
            may_see_evidence=may(self.scope, ground, Right.SEE_EVIDENCE),
            may_add_evidence=may(self.scope, ground, Right.ADD_EVIDENCE),
            may_act=may(self.scope, ground, Right.MANAGE_ACTIONS),
            asked_in=self._asked_in,
            contradicted=findings and self.one.contradicted,
        )

    @property
    def ref(self) -> str:
        return ref_of(self.framework, self.item)

    def _rules(self) -> Sequence[Rule[object]]:
        return self.ground.rules(self.ref)

    def _expected(self, expected: Expected) -> ExpectedLine:
        alone = len(self.item.expects) == 1
        fitting = [one for one in self.one.pieces if alone or one.kind is expected.kind]
        filed = any(_counts(one, expected, self.ground.day) for one in fitting)
        return ExpectedLine(expected.what.render(self.lang), expected.kind, expected.months, filed)

    def _pieces(self) -> tuple[PieceLine, ...]:
        allowed = self._allowed(one.id for one in self.one.pieces)
        names = {one.id: one.name for one in self._sites()}
        return tuple(self._piece(one, names) for one in self.one.pieces if one.id in allowed)

    def _piece(self, piece: Piece, names: Mapping[int, str]) -> PieceLine:
        fitting = [one for one in self.item.expects if one.kind is piece.kind or len(self.item.expects) == 1]
        ends = [months_later(piece.day, one.months) for one in fitting if one.months is not None]
        last = min((end for end in (piece.until, *ends) if end is not None), default=None)
        site = names.get(piece.establishment_id, "") if len(names) > 1 else ""
        now = standing(piece.since, piece.until, self.ground.day)
        fits = bool(fitting) or not self.item.expects
        fresh = fits and now in (Standing.CURRENT, Standing.EXPIRING) and (last is None or last >= self.ground.day)
        return PieceLine(
            piece.id, piece.establishment_id, site, piece.title, piece.kind, piece.day, last, fits, fresh, now
        )

    def _allowed(self, numbers: Iterable[int]) -> frozenset[int]:
        """Those of these pieces that the reader may open."""
        wanted = sorted(set(numbers))
        if not wanted or not may(self.scope, self.ground, Right.SEE_EVIDENCE):
            return frozenset()
        query = select(Evidence.id).where(among(self.ground.session, Evidence.id, wanted), *readable(self.scope))
        return frozenset(self.ground.session.scalars(query))

    def _offered(self) -> tuple[OfferedPiece, ...]:
        """Pieces filed for what asks the same, then pieces of the kinds asked for, the latest first."""
        if not may(self.scope, self.ground, Right.ADD_EVIDENCE):
            return ()
        tied = {one.id for one in self.one.pieces}
        found: dict[int, OfferedPiece] = {}
        for ref in self.ground.equivalents.get(self.ref, ()):
            for piece in self.ground.pieces.get(ref, ()):
                if piece.id not in tied:
                    known = found.get(piece.id)
                    found[piece.id] = _offer(piece, (*(known.elsewhere if known else ()), self._named(ref)))
        for offered in self._of_kinds(tied):
            found.setdefault(offered.id, offered)
        allowed = self._allowed(found)
        return tuple(one for one in found.values() if one.id in allowed)[:_OFFERED]

    def _named(self, ref: str) -> str:
        framework, _, item = ref.partition(":")
        known = self.ground.frameworks.get(framework)
        title = known.by_id[item].title.render(self.lang) if known and item in known.by_id else ref
        return f"{title} ({ref})"

    def _of_kinds(self, tied: set[int]) -> list[OfferedPiece]:
        kinds = [one.kind for one in self.item.expects]
        if not kinds:
            return []
        ground = self.ground
        rows = ground.session.scalars(
            select(Evidence)
            .where(ground.here(Evidence.establishment_id), Evidence.current, Evidence.kind.in_(kinds))
            .order_by(Evidence.id.desc())
            .limit(_OFFERED + len(tied))
        )
        return [
            OfferedPiece(
                row.id,
                row.establishment_id,
                row.title or row.name,
                row.kind,
                row.effective_from or ground.local(row.added_at),
                (),
            )
            for row in rows
            if row.id not in tied
        ]

    def _equivalents(self, pieces: Sequence[PieceLine]) -> tuple[EquivalentLine, ...]:
        found = [self._equivalent(ref, pieces) for ref in self.ground.equivalents.get(self.ref, ())]
        return tuple(one for one in found if one is not None)

    def _equivalent(self, ref: str, pieces: Sequence[PieceLine]) -> EquivalentLine | None:
        framework_id, _, item_id = ref.partition(":")
        framework = self.ground.frameworks.get(framework_id)
        if framework is None or item_id not in framework.by_id:
            return None
        shown = framework in shown_frameworks(self.ground)
        stands = _standing_of(self.ground, framework, item_id) if shown else None
        tied = {one.id for one in self.ground.pieces.get(ref, ())}
        return EquivalentLine(
            framework=framework_id,
            item=item_id,
            framework_title=framework.title.render(self.lang),
            title=framework.by_id[item_id].title.render(self.lang),
            status=stands,
            untied=tuple(one for one in pieces if one.id not in tied) if stands is not None else (),
        )

    def _answers(self) -> tuple[AnswerLine, ...]:
        """Every answer given for the requirement by the place and those above it, the latest first."""
        ground = self.ground
        keys = [ground.holder.key, *(one.key for one in ground.holder.above)]
        rows = ground.session.scalars(
            select(RequirementAnswer)
            .where(
                RequirementAnswer.holder.in_(keys),
                RequirementAnswer.framework == self.framework.id,
                RequirementAnswer.item == self.item.id,
            )
            .order_by(RequirementAnswer.id.desc())
        ).all()
        last: dict[tuple[object, ...], int] = {}
        for row in rows:
            last.setdefault((row.holder, row.method, row.inquiry), row.id)
        return tuple(self._answer(row, counts=row.id in last.values()) for row in rows)

    def _answer(self, row: RequirementAnswer, *, counts: bool) -> AnswerLine:
        place = place_written(row.holder)
        own = row.holder == self.ground.holder.key or place is None
        return AnswerLine(
            id=row.id,
            where="" if own or place is None else place_name(self.ground.session, place, self.lang),
            method=row.method,
            verdict=row.verdict,
            note=row.note,
            given_on=row.given_on,
            valid_until=row.valid_until,
            withdrawn=row.withdrawn,
            at=row.answered_at,
            by=row.answered_by,
            version=row.framework_version,
            counts=counts,
            other_words=row.item_hash != self.item.wording,
            value=self._value(row),
        )

    def _value(self, row: RequirementAnswer) -> str:
        question, value = question_of(self.ground, self.framework, self.item), restored(row.value)
        return question.value.shown(value, self.lang) if question and question.value and value is not None else ""

    @property
    def _asked_in(self) -> str:
        if self.ground.holder.place.level is not Level.ESTABLISHMENT:
            return ""
        questions = self.ground.platform.kits.questions
        section = questions.section_of.get(self.item.id) if self.framework.id == questions.framework else None
        return section.id if section else ""

    def _sites(self) -> tuple[SiteLink, ...]:
        sites = self.ground.holder.sites
        return tuple(
            SiteLink(number, place_name(self.ground.session, Place(Level.ESTABLISHMENT, number), self.lang))
            for number in sites
        )


def _counts(piece: Piece, expected: Expected, day: date) -> bool:
    if standing(piece.since, piece.until, day) in (Standing.EXPIRED, Standing.COMING):
        return False
    return expected.months is None or months_later(piece.day, expected.months) >= day


def _offer(piece: Piece, elsewhere: tuple[str, ...]) -> OfferedPiece:
    return OfferedPiece(piece.id, piece.establishment_id, piece.title, piece.kind, piece.day, elsewhere)


def _standing_of(ground: Ground, framework: Framework, item_id: str) -> RequirementStatus | None:
    return next((one.status for one in assess_on(ground, framework) if one.item.id == item_id), None)


def _rule(ground: Ground, rule: Rule[object], lang: Lang) -> RuleLine:
    checked = ground.checked.get(rule.id)
    findings = checked.findings if checked else {}
    return RuleLine(
        id=rule.id,
        title=rule.title.render(lang),
        scanner=rule.scanner,
        severity=rule.severity,
        outcomes=dict(checked.outcomes) if checked else {},
        last_on=checked.last_on if checked else None,
        open=findings.get(State.OPEN, 0),
        accepted=findings.get(State.ACCEPTED, 0) + findings.get(State.POSTPONED, 0),
    )
