"""What the platform can show for each theme of a certification, by investigation method, and whether it is fresh.

Each register is read by one function of `shown_registers`; a source that a reader may not see is said hidden, never
empty. Of registers where the last event counts (sessions, exercises, audits) the freshest speaks; of those where each
thing must be looked after (plans, degraded modes, paper kits) the worst does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.certification import (
    SOURCE_NAMES,
    WORST_FIRST,
    Freshness,
    Rhythm,
    Source,
    SourceKind,
    Theme,
    freshness,
    worst,
)
from care.domain.programme import Inquiry
from care.services.certification.self_assessment import hidden_kinds
from care.services.certification.shown_documents import documents
from care.services.certification.shown_registers import EACH, READERS, RIGHTS, Look, Seen
from care.services.frameworks.ground import Ground
from care.services.frameworks.holders import holder_at
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.registry import Establishment

MOST_SHOWN = 30
"""Lines shown of one source; the page of the register lists them all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that shows a theme. `id` is its row (0: none), `until` the last day it is fresh, None when it does not
    age."""

    id: int
    title: str
    said: str
    day: date | None
    until: date | None
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class SourceView:
    """A register and what it shows, the worst first. `hidden`: the reader may not see it. `more`: lines left out."""

    kind: SourceKind
    name: str
    by: tuple[Inquiry, ...]
    freshness: Freshness
    lines: tuple[Shown, ...]
    more: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class ThemeView:
    """A theme with its rule of freshness, and what shows it."""

    id: str
    title: str
    rule: str
    refs: tuple[str, ...]
    sources: tuple[SourceView, ...]

    @property
    def seen(self) -> tuple[SourceView, ...]:
        """The sources that the reader may see."""
        return tuple(one for one in self.sources if not one.hidden)

    @property
    def freshness(self) -> Freshness:
        """The worst of its sources: what to look at first."""
        return worst(one.freshness for one in self.seen)

    def by(self, method: Inquiry) -> tuple[SourceView, ...]:
        """What is looked at by one method."""
        return tuple(one for one in self.sources if method in one.by)


@dataclass(frozen=True, slots=True)
class EvidenceByTheme:
    """The themes of an establishment, with what to mend first."""

    establishment_id: int
    name: str
    day: date
    themes: tuple[ThemeView, ...]

    def to_mend(self, state: Freshness) -> tuple[tuple[ThemeView, SourceView], ...]:
        """The sources of a state, with their theme."""
        return tuple((theme, one) for theme in self.themes for one in theme.seen if one.freshness == state)


def evidence_by_theme(platform: Platform, scope: Scope, establishment_id: int) -> EvidenceByTheme:
    """What shows each theme in an establishment. NotFound, Forbidden without SEE_PROGRAMME."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        return themes_in(platform, session, scope, place)


def themes_in(platform: Platform, session: Session, scope: Scope, place: Establishment) -> EvidenceByTheme:
    """The same in the caller's session."""
    day = today(platform)
    ground = Ground(platform, session, holder_at(session, Place(Level.ESTABLISHMENT, place.id), day), day)
    look = Look(platform, session, place.id, ground, scope.lang, hidden_kinds(scope, place.lineage))
    cache: dict[SourceKind, Sequence[Seen]] = {}
    themes = tuple(_theme(one, look, cache, scope, place) for one in platform.kits.visits.themes)
    return EvidenceByTheme(place.id, place.name, day, themes)


def _theme(
    theme: Theme, look: Look, cache: dict[SourceKind, Sequence[Seen]], scope: Scope, place: Establishment
) -> ThemeView:
    sources = []
    for source in theme.sources:
        hidden = not scope.allows(RIGHTS[source.kind], place.lineage)
        sources.append(_source(source, () if hidden else _read(source, theme, look, cache), look, hidden=hidden))
    return ThemeView(
        id=theme.id,
        title=theme.title.render(look.lang),
        rule=theme.freshness.render(look.lang),
        refs=tuple(sorted(theme.refs)),
        sources=tuple(sources),
    )


def _read(source: Source, theme: Theme, look: Look, cache: dict[SourceKind, Sequence[Seen]]) -> Sequence[Seen]:
    if source.kind is SourceKind.DOCUMENTS:
        return documents(theme, look)
    if source.kind not in cache:
        cache[source.kind] = READERS[source.kind](look)
    return cache[source.kind]


def _source(source: Source, seen: Iterable[Seen], look: Look, *, hidden: bool) -> SourceView:
    lines = sorted((_shown(source, one, look) for one in seen), key=_order)
    states = [one.freshness for one in lines]
    return SourceView(
        kind=source.kind,
        name=SOURCE_NAMES[source.kind].render(look.lang),
        by=tuple(method for method in Inquiry if method in source.by),
        freshness=worst(states) if source.kind in EACH else _best(states),
        lines=tuple(lines[:MOST_SHOWN]),
        more=max(0, len(lines) - MOST_SHOWN),
        hidden=hidden,
    )


def _shown(source: Source, one: Seen, look: Look) -> Shown:
    until = one.until or (source.until(one.day) if one.day is not None else None)
    ages = source.rhythm is not Rhythm.CONTINUOUS
    state = one.freshness or freshness(until, one.day, ages, look.ground.day)
    return Shown(one.id, one.title, one.said, one.day, until, state)


def _order(one: Shown) -> tuple[int, int]:
    """The worst first, then the latest."""
    return WORST_FIRST.index(one.freshness), -(one.day or date.min).toordinal()


def _best(states: Sequence[Freshness]) -> Freshness:
    """The last of a series is enough."""
    return next((one for one in reversed(WORST_FIRST) if one in states), Freshness.ABSENT)
