"""Where a place stands: its frameworks with their counts, one framework with its requirements, what lacks most first.

Everything is computed when it is read; `FrameworkCount` only says how it stood a month before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.frameworks import (
    Confidence,
    Expected,
    Framework,
    FrameworkKind,
    Method,
    Parameter,
    ParameterKind,
    Unit,
)
from care.domain.frameworks import Level as Weight
from care.domain.judging import STATUS_NAMES, RequirementStatus
from care.domain.plans import months_later
from care.services.errors import Forbidden, NotFound
from care.services.frameworks.assessing import Assessed, assess_on
from care.services.frameworks.ground import Choice, Ground
from care.services.frameworks.holders import Holder, holder_of, seen_holder
from care.services.frameworks.library import frameworks_in_use
from care.services.frameworks.todo import todo_lines, told_why
from care.services.library import today
from care.services.places import place_name
from care.services.platform import Platform
from care.store.frameworks import AssessmentMark, FrameworkChoice, FrameworkCount
from care.store.registry import Establishment, visible_ids
from scanners.model import Lang

MONTH = timedelta(days=28)
"""What is said of “a month before” is the last count at least that old."""
SOON = timedelta(days=90)
"""How far ahead a list says what must be given again (our choice)."""
_ANYWHERE = Choice("", concerned=True, reason="")


@dataclass(frozen=True, slots=True)
class PlaceLink:
    """A place whose programme the reader may open. `here`: it is the one shown."""

    place: Place
    name: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class NextDate:
    """A day to come: of the framework itself, or when an answer or a document must be given again."""

    day: date
    words: str
    item: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class FrameworkLine:
    """A framework of a place. `applicable` leaves out what does not apply; `met_before` is how many were met on
    `before`, a month ago or more, None when nobody counted. `carrier` answers it when that is another place, with
    `carrier_seen` when the reader may open it. `choice_version` is 0 while nobody chose."""

    id: str
    title: str
    kind: FrameworkKind
    unit: Unit
    version: str
    source: str
    url: str
    confidence: Confidence
    counts: Mapping[RequirementStatus, int]
    total: int
    applicable: int
    met: int
    before: date | None
    met_before: int | None
    profile: str
    profile_name: str
    profiles: Mapping[str, str]
    concerned: bool
    reason: str
    choice_version: int
    carrier: Place | None
    carrier_name: str
    carrier_seen: bool
    next_dates: tuple[NextDate, ...]


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    """How a funded programme was last counted in a place; `applicable` leaves out what does not apply."""

    id: str
    title: str
    counts: Mapping[RequirementStatus, int]
    applicable: int
    met: int


@dataclass(frozen=True, slots=True)
class Programmes:
    """The funded programmes of a place, and when they were last computed; no line while they never were."""

    lines: tuple[ProgrammeLine, ...]
    at: datetime | None


@dataclass(frozen=True, slots=True)
class NeedsList:
    """The frameworks of a place, and the places around it that the reader may open."""

    place: Place
    name: str
    lines: tuple[FrameworkLine, ...]
    around: tuple[PlaceLink, ...]
    sites: tuple[PlaceLink, ...]
    may_answer: bool


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """A requirement in a list: where it stands, why in one sentence, how many things it lacks, when it was answered."""

    id: str
    title: str
    section: str
    path: tuple[str, ...]
    weight: Weight
    methods: tuple[Method, ...]
    status: RequirementStatus
    why: str
    missing: tuple[str, ...]
    answered_on: date | None


@dataclass(frozen=True, slots=True)
class ParameterLine:
    """A date or a threshold; `value` is empty when no text read gives it."""

    title: str
    value: str
    source: str
    confidence: Confidence
    proves: bool


@dataclass(frozen=True, slots=True)
class NeedsFilter:
    """What a reader asked to see of a framework; an empty value asks for everything."""

    status: str = ""
    method: str = ""
    weight: str = ""
    words: str = ""
    section: str = ""

    @property
    def asked(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.status or self.method or self.weight or self.words or self.section)


@dataclass(frozen=True, slots=True)
class FrameworkView:
    """One framework of a place: its line, the requirements asked for, all its sections by id, its parameters."""

    place: Place
    name: str
    line: FrameworkLine
    requirements: tuple[RequirementLine, ...]
    sections: Mapping[str, str]
    weights: tuple[Weight, ...]
    methods: tuple[Method, ...]
    parameters: tuple[ParameterLine, ...]
    around: tuple[PlaceLink, ...]
    may_answer: bool
    may_export: bool


def list_needs(platform: Platform, scope: Scope, place: Place) -> NeedsList:
    """The frameworks of a place, by kind then name. NotFound for who does not see all of it, Forbidden."""
    day = today(platform)
    with platform.database.read() as session:
        ground = seen_ground(platform, session, scope, place, day)
        shown = shown_frameworks(ground)
        lines = [line_of(ground, scope, one, assess_on(ground, one)) for one in shown]
        around = places_around_holder(session, scope, ground)
        sites = _sites(session, scope, ground.holder)
        return NeedsList(place, ground.holder.name, tuple(lines), around, sites, may(scope, ground))


def programmes_of(platform: Platform, scope: Scope, establishment_id: int) -> Programmes:
    """How the funded programmes were last counted in an establishment, for its home: one statement. No line for who may
    not see them."""
    holder = Place(Level.ESTABLISHMENT, establishment_id).key
    query = (
        select(FrameworkCount.framework, FrameworkCount.counts, AssessmentMark.assessed_at)
        .outerjoin(AssessmentMark, AssessmentMark.holder == FrameworkCount.holder)
        .where(FrameworkCount.holder == holder)
        .where(literal(establishment_id).in_(visible_ids(scope.reach(Right.SEE_PROGRAMME))))
        .order_by(FrameworkCount.day)
    )
    with platform.database.read() as session:
        last = {name: (counts, at) for name, counts, at in session.execute(query)}
        known = _programmes(platform, session, last)
    lines = [_kept(known[name], counts, scope.lang) for name, (counts, _at) in sorted(last.items()) if name in known]
    moments = [at for _counts, at in last.values() if at is not None]
    return Programmes(tuple(one for one in lines if one.applicable), max(moments, default=None))


def _programmes(platform: Platform, session: Session, names: Iterable[str]) -> Mapping[str, Framework]:
    """The funded programmes among these frameworks; imported ones are read only when one of them is."""
    packaged = {one.id: one for one in platform.kits.frameworks}
    wanted = set(names)
    found = packaged if wanted <= packaged.keys() else frameworks_in_use(platform, session, today(platform))
    return {name: one for name, one in found.items() if one.kind is FrameworkKind.PROGRAMME and name in wanted}


def _kept(framework: Framework, counts: Mapping[str, int], lang: Lang) -> ProgrammeLine:
    found = {status: counts[status.value] for status in STATUS_NAMES if counts.get(status.value)}
    applicable = sum(found.values()) - found.get(RequirementStatus.NOT_APPLICABLE, 0)
    title = framework.title.render(lang)
    return ProgrammeLine(framework.id, title, found, applicable, found.get(RequirementStatus.MET, 0))


def open_framework(
    platform: Platform, scope: Scope, place: Place, framework_id: str, wanted: NeedsFilter
) -> FrameworkView:
    """One framework of a place with the requirements asked for, in its own order."""
    day = today(platform)
    with platform.database.read() as session:
        ground = seen_ground(platform, session, scope, place, day)
        framework = framework_of(ground, framework_id)
        assessed = assess_on(ground, framework)
        findings = may(scope, ground, Right.SEE_FINDINGS)
        every = [_requirement(ground, framework, one, scope.lang, findings=findings) for one in assessed]
        inside = frozenset(_under(framework, wanted.section))
        return FrameworkView(
            place=place,
            name=ground.holder.name,
            line=line_of(ground, scope, framework, assessed),
            requirements=tuple(one for one in every if _asked(one, wanted, inside)),
            sections={one.section: " › ".join(one.path) for one in every if one.section},
            weights=tuple(weight for weight in Weight if any(one.weight is weight for one in every)),
            methods=tuple(method for method in Method if any(method in one.methods for one in every)),
            parameters=parameter_lines(framework, scope.lang),
            around=places_around_holder(session, scope, ground),
            may_answer=may(scope, ground),
            may_export=may(scope, ground, Right.EXPORT),
        )


def seen_ground(platform: Platform, session: Session, scope: Scope, place: Place, day: date) -> Ground:
    """What is known of a place, for who may see its programme. NotFound, Forbidden."""
    return Ground(platform, session, seen_holder(session, scope, place, day), day)


def shown_frameworks(ground: Ground) -> tuple[Framework, ...]:
    """The frameworks of a place: those of its suppliers stand with their contracts, and a group answers no site's."""
    everywhere = ground.holder.place.level is Level.ESTABLISHMENT
    units = {Unit.CANDIDATE, Unit.LEGAL_ENTITY} | ({Unit.ESTABLISHMENT} if everywhere else set())
    kinds = list(FrameworkKind)
    shown = [one for one in ground.frameworks.values() if one.unit in units]
    return tuple(sorted(shown, key=lambda one: (kinds.index(one.kind), one.id)))


def framework_of(ground: Ground, framework_id: str) -> Framework:
    """A framework shown for the place; NotFound otherwise."""
    found = next((one for one in shown_frameworks(ground) if one.id == framework_id), None)
    if found is None:
        raise NotFound
    return found


def may(scope: Scope, ground: Ground, right: Right = Right.MANAGE_PROGRAMME) -> bool:
    """Whether the right holds on the whole of the place."""
    try:
        seen_holder(ground.session, scope, ground.holder.place, ground.day, right)
    except Forbidden:
        return False
    return True


def line_of(ground: Ground, scope: Scope, framework: Framework, assessed: Sequence[Assessed]) -> FrameworkLine:
    """How a framework stands in a place."""
    lang, counts = scope.lang, Counter(one.status for one in assessed)
    choice, version = ground.choices.get(framework.id, _ANYWHERE), _choice_version(ground, framework)
    carrier, carrier_name, carrier_seen = _carrier(ground, scope, framework)
    before = _before(ground).get(framework.id)
    applicable = len(assessed) - counts[RequirementStatus.NOT_APPLICABLE]
    return FrameworkLine(
        id=framework.id,
        title=framework.title.render(lang),
        kind=framework.kind,
        unit=framework.unit,
        version=framework.version,
        source=framework.source.render(lang),
        url=framework.url,
        confidence=framework.confidence,
        counts={status: counts[status] for status in STATUS_NAMES if counts[status]},
        total=len(assessed),
        applicable=applicable,
        met=counts[RequirementStatus.MET],
        before=before.day if before else None,
        met_before=int(before.counts.get(RequirementStatus.MET.value, 0)) if before else None,
        profile=choice.profile,
        profile_name=framework.profiles[choice.profile].render(lang) if choice.profile in framework.profiles else "",
        profiles={one: text.render(lang) for one, text in framework.profiles.items()},
        concerned=choice.concerned,
        reason=choice.reason,
        choice_version=version,
        carrier=carrier,
        carrier_name=carrier_name,
        carrier_seen=carrier_seen,
        next_dates=_next_dates(ground, framework, assessed, lang),
    )


def _choice_version(ground: Ground, framework: Framework) -> int:
    row = ground.session.get(FrameworkChoice, (ground.holder.key, framework.id))
    return row.version if row else 0


def _before(ground: Ground) -> Mapping[str, FrameworkCount]:
    """The last count of each framework that is at least a month old, read once."""
    known: Mapping[str, FrameworkCount] | None = ground.memory.get("before")
    if known is None:
        rows = ground.session.scalars(
            select(FrameworkCount)
            .where(FrameworkCount.holder == ground.holder.key, FrameworkCount.day <= ground.day - MONTH)
            .order_by(FrameworkCount.day)
        )
        known = {row.framework: row for row in rows}
        ground.memory["before"] = known
    return known


def _carrier(ground: Ground, scope: Scope, framework: Framework) -> tuple[Place | None, str, bool]:
    """Who answers a framework when that is not the place shown: its name, and whether the reader may open it."""
    if ground.holder.place.level is not Level.ESTABLISHMENT:
        return None, "", False
    row = ground.session.get_one(Establishment, ground.holder.place.id)
    carrier = holder_of(framework, row)
    if carrier == ground.holder.place:
        return None, "", False
    return carrier, place_name(ground.session, carrier, scope.lang), _seen(ground.session, scope, carrier, ground.day)


def _seen(session: Session, scope: Scope, place: Place, day: date) -> bool:
    try:
        seen_holder(session, scope, place, day)
    except NotFound:
        return False
    return True


def places_around_holder(session: Session, scope: Scope, ground: Ground) -> tuple[PlaceLink, ...]:
    """The place shown and those above it that the reader sees whole, nearest first; nothing when it stands alone."""
    above = [one for one in ground.holder.above if _seen(session, scope, one, ground.day)]
    if not above:
        return ()
    links = [PlaceLink(one, place_name(session, one, scope.lang)) for one in above]
    return (PlaceLink(ground.holder.place, ground.holder.name, here=True), *links)


def _sites(session: Session, scope: Scope, holder: Holder) -> tuple[PlaceLink, ...]:
    """What lies below a group or an entity."""
    links = [PlaceLink(one, place_name(session, one, scope.lang)) for one in holder.below]
    order = list(Level)
    return tuple(sorted(links, key=lambda one: (order.index(one.place.level), one.name.casefold())))


def _requirement(ground: Ground, framework: Framework, one: Assessed, lang: Lang, *, findings: bool) -> RequirementLine:
    given = [answer.given_on for answer in one.answers]
    lacks = todo_lines(ground, framework, one.item, lang, findings=findings) if one.missing else ()
    return RequirementLine(
        id=one.item.id,
        title=one.item.title.render(lang),
        section=one.item.parent,
        path=tuple(section.title.render(lang) for section in framework.path(one.item)),
        weight=one.item.level,
        methods=one.item.assessed_by,
        status=one.status,
        why=next(iter(told_why(ground, framework, one, lang, findings=findings)), ""),
        missing=tuple(todo.words for todo in lacks),
        answered_on=max(given, default=None),
    )


def _under(framework: Framework, section: str) -> Iterable[str]:
    """A section and all those inside it."""
    if section not in framework.by_id:
        return []
    return [
        item.id
        for item in framework.items
        if item.id == section or any(above.id == section for above in framework.path(item))
    ]


def _asked(one: RequirementLine, wanted: NeedsFilter, inside: frozenset[str]) -> bool:
    words = wanted.words.casefold().split()
    text = " ".join((one.id, one.title, *one.path)).casefold()
    return (
        wanted.status in ("", one.status)
        and (not wanted.method or wanted.method in one.methods)
        and wanted.weight in ("", one.weight)
        and (not wanted.section or one.section in inside)
        and all(word in text for word in words)
    )


def parameter_lines(framework: Framework, lang: Lang) -> tuple[ParameterLine, ...]:
    """The dates and thresholds of a framework, with where each was read."""
    return tuple(
        ParameterLine(
            one.title.render(lang),
            _written(one, lang),
            one.source,
            one.confidence,
            one.proves,
        )
        for one in framework.parameters.values()
    )


def _written(one: Parameter, lang: Lang) -> str:
    """The value as each language writes it, "" when no text read gives it."""
    if isinstance(one.value, date):
        return f"{one.value:%d/%m/%Y}" if lang == "fr" else one.value.isoformat()
    if one.value is None:
        return ""
    unit = {"fr": "\u00a0%", "en": "%"}.get(lang, "%") if one.kind is ParameterKind.PERCENT else ""
    return f"{one.value}{unit}"


def _next_dates(ground: Ground, framework: Framework, assessed: Sequence[Assessed], lang: Lang) -> tuple[NextDate, ...]:
    """What is to come, soonest first: dates of the framework, answers and documents to give again soon."""
    found = [
        NextDate(one.value, one.title.render(lang), sure=one.proves)
        for one in framework.parameters.values()
        if isinstance(one.value, date) and one.value >= ground.day
    ]
    if framework.ends is not None and framework.ends >= ground.day:
        found.append(NextDate(framework.ends, framework.title.render(lang)))
    for one in assessed:
        day = again_on(one)
        if day is not None and ground.day <= day <= ground.day + SOON:
            found.append(NextDate(day, one.item.title.render(lang), one.item.id))
    return tuple(sorted(found, key=lambda one: (one.day, one.item)))


def again_on(one: Assessed) -> date | None:
    """The first day on which an answer or a document of a requirement must be given again; None when never."""
    days = [*_answers_again(one), *_pieces_again(one)]
    return min(days, default=None)


def _answers_again(one: Assessed) -> Iterable[date]:
    for given in one.answers:
        if given.valid_until is not None:
            yield given.valid_until
        if one.item.repeats_months is not None:
            yield months_later(given.given_on, one.item.repeats_months)


def _pieces_again(one: Assessed) -> Iterable[date]:
    """Of each document asked for, the day on which the last of those filed no longer counts."""
    for expected in one.item.expects:
        ends = [_piece_end(piece.until, piece.day, expected) for piece in one.pieces if piece.kind is expected.kind]
        if ends and None not in ends:
            yield max(end for end in ends if end is not None)


def _piece_end(until: date | None, day: date, expected: Expected) -> date | None:
    ends = [until, months_later(day, expected.months) if expected.months is not None else None]
    return min((end for end in ends if end is not None), default=None)
