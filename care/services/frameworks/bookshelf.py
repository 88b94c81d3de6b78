"""The library of frameworks as people read it: which are in use, what one asks, how each requirement is seen, which
requirements of others ask the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.evidence import EvidenceKind
from care.domain.frameworks import Confidence, Framework, FrameworkKind, Item, Level, Method, Unit
from care.domain.node_names import folded
from care.domain.programme import Inquiry
from care.services.errors import NotFound
from care.services.frameworks.ground import ref_of, rules_by_requirement
from care.services.frameworks.library import frameworks_in_use
from care.services.frameworks.shelf import (
    Kept,
    VersionState,
    check_reader,
    every_version,
    found_version,
    kept_in_use,
    may_manage,
    state_of,
    versions_kept,
)
from care.services.library import today
from care.services.platform import Platform
from care.services.trail import Thing, record
from scanners.model import Lang, Text

_KINDS = list(FrameworkKind)


@dataclass(frozen=True, slots=True)
class FrameworkCard:
    """A framework in use. `uncovered` counts requirements that nothing assesses, `empty` parameters that no text read
    gives; `coming` is the number of a version that begins later."""

    id: str
    title: str
    version: str
    kind: FrameworkKind
    unit: Unit
    starts: date | None
    ends: date | None
    source: str
    url: str
    confidence: Confidence
    requirements: int
    uncovered: int
    parameters: int
    empty: int
    packaged: bool
    coming: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The frameworks in use, by kind then title; may this reader bring in versions and values?"""

    cards: tuple[FrameworkCard, ...]
    may_manage: bool

    @property
    def groups(self) -> tuple[tuple[FrameworkKind, tuple[FrameworkCard, ...]], ...]:
        """The same by kind."""
        return tuple((kind, tuple(cards)) for kind, cards in groupby(self.cards, key=lambda card: card.kind))


@dataclass(frozen=True, slots=True)
class RuleLink:
    """A rule that checks a requirement."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ExpectedPiece:
    """A document asked for."""

    what: str
    kind: EvidenceKind
    months: int | None


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A requirement of another framework that asks the same; `title` is empty when no framework in use has it."""

    ref: str
    framework: str
    framework_title: str
    item: str
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """A section or a requirement, `depth` sections deep."""

    id: str
    depth: int
    section: bool
    title: str
    text: str
    methods: tuple[Method, ...]
    level: Level
    profiles: tuple[str, ...]
    repeats_months: int | None
    inquiries: tuple[Inquiry, ...]
    expects: tuple[ExpectedPiece, ...]
    rules: tuple[RuleLink, ...]
    equivalents: tuple[Equivalent, ...]
    uncovered: str
    replaces: tuple[str, ...]


@dataclass(frozen=True)
class FrameworkPage:
    """One version of a framework. `lines` are those asked for, with the sections around them; `one_language` says that
    its words are the same in both, as an import in one language leaves them."""

    card: FrameworkCard
    state: VersionState
    profiles: Mapping[str, str]
    lines: tuple[Line, ...]
    found: int
    one_language: bool
    versions: int
    may_manage: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A requirement and those of another framework that ask the same."""

    id: str
    title: str
    others: tuple[Equivalent, ...]


@dataclass(frozen=True, slots=True)
class Partner:
    """A framework that shares requirements with another, and how many of the latter’s it answers."""

    id: str
    title: str
    count: int


@dataclass(frozen=True)
class Mapped:
    """Which requirements of one framework are answered by those of another; `other` is None until one is chosen."""

    card: FrameworkCard
    partners: tuple[Partner, ...]
    other: FrameworkCard | None
    pairs: tuple[Pair, ...]
    alone: tuple[Pair, ...]


def list_frameworks(platform: Platform, scope: Scope) -> Shelf:
    """Every framework in use. Forbidden."""
    check_reader(scope)
    day = today(platform)
    with platform.database.read() as session:
        used = frameworks_in_use(platform, session, day)
        known = every_version(platform, session)
        cards = [_card(one, known[one.id], day, scope.lang) for one in used.values()]
    cards.sort(key=lambda card: (_KINDS.index(card.kind), folded(card.title)))
    return Shelf(tuple(cards), may_manage(scope))


def _card(used: Framework, known: Sequence[Kept], day: date, lang: Lang) -> FrameworkCard:
    coming = [one.framework.version for one in known if state_of(one, used, day) is VersionState.COMING]
    here = next(one for one in known if one.framework.version == used.version)
    return _card_of(used, lang, packaged=here.row is None, coming=coming[0] if coming else "")


def _card_of(framework: Framework, lang: Lang, *, packaged: bool, coming: str = "") -> FrameworkCard:
    return FrameworkCard(
        id=framework.id,
        title=framework.title.render(lang),
        version=framework.version,
        kind=framework.kind,
        unit=framework.unit,
        starts=framework.starts,
        ends=framework.ends,
        source=framework.source.render(lang),
        url=framework.url,
        confidence=framework.confidence,
        requirements=len(framework.requirements),
        uncovered=sum(item.uncovered is not None for item in framework.requirements),
        parameters=len(framework.parameters),
        empty=sum(one.value is None for one in framework.parameters.values()),
        packaged=packaged,
        coming=coming,
    )


def open_framework(
    platform: Platform, scope: Scope, framework_id: str, version: str = "", words: str = ""
) -> FrameworkPage:
    """A framework: the version in use, or the one asked for; only what holds those words. NotFound, Forbidden."""
    check_reader(scope)
    day = today(platform)
    with platform.database.read() as session:
        used = frameworks_in_use(platform, session, day)
        known = versions_kept(platform, session, framework_id)
        kept = _asked(platform, session, known, framework_id, version, day)
        here = used.get(framework_id)
        shown = here if here is not None and kept.framework.version == here.version else kept.framework
    kept_items = _matching(shown, words, scope.lang)
    equivalents = _equivalents({**used, shown.id: shown}, scope.lang)
    return FrameworkPage(
        card=_card_of(shown, scope.lang, packaged=kept.row is None),
        state=state_of(kept, here, day),
        profiles={name: title.render(scope.lang) for name, title in shown.profiles.items()},
        lines=tuple(_line(shown, item, equivalents, scope.lang) for item in shown.items if item.id in kept_items),
        found=sum(item.id in kept_items for item in shown.requirements),
        one_language=all(item.title.fr == item.title.en for item in shown.requirements),
        versions=len(known),
        may_manage=may_manage(scope),
    )


def _asked(
    platform: Platform, session: Session, known: Sequence[Kept], framework_id: str, version: str, day: date
) -> Kept:
    if version:
        return found_version(known, version)
    used = kept_in_use(platform, session, framework_id, day)
    if used is None:
        raise NotFound(Text("Ce référentiel n’existe pas.", "There is no such framework."))
    return used


def _matching(framework: Framework, words: str, lang: Lang) -> set[str]:
    """The ids of the requirements that hold every word, and of the sections around them; a section that holds them
    brings all that is in it."""
    wanted = folded(words).split()
    found: set[str] = set()
    for item in framework.requirements:
        around = framework.path(item)
        texts = [part for one in (*around, item) for part in (one.id, one.title.render(lang))]
        said = folded(" ".join([*texts, item.text.render(lang) if item.text else ""]))
        if all(word in said for word in wanted):
            found |= {item.id, *(one.id for one in around)}
    return found


def _line(framework: Framework, item: Item, equivalents: Mapping[str, Sequence[Equivalent]], lang: Lang) -> Line:
    ref = ref_of(framework, item)
    return Line(
        id=item.id,
        depth=len(framework.path(item)),
        section=not (item.assessed_by or item.uncovered),
        title=item.title.render(lang),
        text=item.text.render(lang) if item.text else "",
        methods=item.assessed_by,
        level=item.level,
        profiles=tuple(sorted(item.profiles)),
        repeats_months=item.repeats_months,
        inquiries=item.inquiries,
        expects=tuple(ExpectedPiece(one.what.render(lang), one.kind, one.months) for one in item.expects),
        rules=tuple(RuleLink(rule.id, rule.title.render(lang)) for rule in rules_by_requirement().get(ref, ())),
        equivalents=tuple(equivalents.get(ref, ())),
        uncovered=item.uncovered.render(lang) if item.uncovered else "",
        replaces=item.replaces,
    )


def _equivalents(known: Mapping[str, Framework], lang: Lang) -> Mapping[str, Sequence[Equivalent]]:
    """The requirements that ask the same as each, told by either of them."""
    found: dict[str, dict[str, Equivalent]] = defaultdict(dict)
    for framework in known.values():
        for item in framework.items:
            ref = ref_of(framework, item)
            for other in map(str, item.maps):
                found[ref][other] = _equivalent(known, other, lang)
                found[other][ref] = _equivalent(known, ref, lang)
    return {ref: tuple(others.values()) for ref, others in found.items()}


def _equivalent(known: Mapping[str, Framework], ref: str, lang: Lang) -> Equivalent:
    name, _colon, item = ref.partition(":")
    framework = known.get(name)
    there = framework.by_id.get(item) if framework else None
    return Equivalent(
        ref=ref,
        framework=name,
        framework_title=framework.title.render(lang) if framework else name,
        item=item,
        title=there.title.render(lang) if there else "",
    )


def compare_frameworks(platform: Platform, scope: Scope, framework_id: str, other_id: str = "") -> Mapped:
    """Which requirements of a framework are answered by those of another. NotFound, Forbidden."""
    check_reader(scope)
    with platform.database.read() as session:
        used = frameworks_in_use(platform, session, today(platform))
    if framework_id not in used or (other_id and other_id not in used):
        raise NotFound(Text("Ce référentiel n’existe pas.", "There is no such framework."))
    framework, lang = used[framework_id], scope.lang
    equivalents = _equivalents(used, lang)
    every = [
        Pair(item.id, item.title.render(lang), tuple(equivalents.get(ref_of(framework, item), ())))
        for item in framework.items
        if item in framework.requirements or equivalents.get(ref_of(framework, item))
    ]
    to_other = [_only(one, other_id) for one in every] if other_id else []
    return Mapped(
        card=_card_of(framework, lang, packaged=True),
        partners=tuple(_partners(used, every, framework_id, lang)),
        other=_card_of(used[other_id], lang, packaged=True) if other_id else None,
        pairs=tuple(one for one in to_other if one.others),
        alone=tuple(one for one in to_other if not one.others),
    )


def _only(pair: Pair, other_id: str) -> Pair:
    return Pair(pair.id, pair.title, tuple(one for one in pair.others if one.framework == other_id))


def _partners(used: Mapping[str, Framework], pairs: Iterable[Pair], framework_id: str, lang: Lang) -> Iterable[Partner]:
    counts: dict[str, int] = defaultdict(int)
    for pair in pairs:
        for name in {one.framework for one in pair.others if one.title}:
            counts[name] += 1
    shared = [(name, count) for name, count in counts.items() if name in used and name != framework_id]
    for name, count in sorted(shared, key=lambda one: (-one[1], one[0])):
        yield Partner(name, used[name].title.render(lang), count)


def export_framework(
    platform: Platform, scope: Scope, framework_id: str, form: str, version: str = ""
) -> tuple[str, bytes]:
    """A version of a framework as a file to correct and bring back: name and content. `form`: `yaml` or `xlsx`.

    What is written is the framework itself, without the values entered here. NotFound, Forbidden.
    """
    check_reader(scope)
    with platform.database.read() as session:
        known = versions_kept(platform, session, framework_id)
        framework = _asked(platform, session, known, framework_id, version, today(platform)).framework
    if form not in ("yaml", "xlsx"):
        raise NotFound
    kits = platform.kits
    content = kits.framework_document(framework) if form == "yaml" else kits.framework_workbook(framework, scope.lang)
    detail = {"version": framework.version, "form": form}
    with platform.database.write() as session:
        record(session, scope, "framework.exported", Thing("framework", framework_id), platform.clock.now(), detail)
    return f"{framework.id}-{framework.version}.{form}", content


def manual_template(platform: Platform, scope: Scope) -> bytes:
    """An empty workbook in which to type a manual of criteria. Forbidden."""
    check_reader(scope)
    return platform.kits.manual_template(scope.lang)
