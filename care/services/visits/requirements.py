"""What a visitor sees of the requirements: where each stands and on what grounds, told without anything technical.

The sentences of the engine name people, audits and findings: they stay with the establishment. A visitor gets the
answer and its day, how one sees it, and how many pieces there are to read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place
from care.domain.frameworks import METHOD_NAMES, Framework, Item, Method
from care.domain.judging import MACHINES, RequirementStatus
from care.domain.programme import VERDICTS
from care.services.errors import NotFound
from care.services.frameworks.assessing import Assessed, assess_on
from care.services.frameworks.ground import Ground, ref_of
from care.services.frameworks.holders import Holder, holder_at, holder_of
from care.services.frameworks.library import frameworks_in_use
from care.services.library import today
from care.services.platform import Platform
from care.services.visits.entering import Looked
from care.services.visits.pieces import counts_by_requirement
from care.store.registry import Establishment
from scanners.model import Lang, Text


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of one holder: where it stands, the sentences that say on what grounds, pieces to read."""

    item: str
    title: str
    status: RequirementStatus
    grounds: tuple[str, ...]
    pieces: int


@dataclass(frozen=True, slots=True)
class Part:
    """The requirements under one heading, "" when the framework has none."""

    heading: str
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What one holder answers to a framework."""

    holder: str
    parts: tuple[Part, ...]
    by_status: Mapping[RequirementStatus, int]


@dataclass(frozen=True, slots=True)
class FrameworkShown:
    """A framework of the visit: what it is, where it comes from, and where its requirements stand on `day`."""

    id: str
    title: str
    version: str
    source: str
    day: date
    answered: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class RequirementShown:
    """One requirement with its text, holder by holder."""

    framework: str
    framework_title: str
    item: str
    title: str
    text: str
    path: tuple[str, ...]
    by_holder: tuple[tuple[str, Requirement], ...]

    @property
    def ref(self) -> str:
        """As evidence is tied to it: `care-d2:O3.A`."""
        return f"{self.framework}:{self.item}"


def show_frameworks(platform: Platform, seen: Looked, lang: Lang) -> tuple[FrameworkShown, ...]:
    """Every framework of the visit; one that is no longer in use is left out."""
    with platform.database.read() as session:
        return tuple(_Reader(platform, session, seen, lang).frameworks(seen.frameworks))


def show_framework(platform: Platform, seen: Looked, lang: Lang, framework: str) -> FrameworkShown:
    """One framework of the visit. NotFound for any other, whether it exists or not."""
    with platform.database.read() as session:
        wanted = [one for one in seen.frameworks if one == framework]
        found = next(_Reader(platform, session, seen, lang).frameworks(wanted), None)
    if found is None:
        raise NotFound
    return found


def show_requirement(platform: Platform, seen: Looked, lang: Lang, framework: str, item: str) -> RequirementShown:
    """One requirement of a framework of the visit. NotFound for any other."""
    with platform.database.read() as session:
        found = _Reader(platform, session, seen, lang).requirement(framework, item)
    if found is None:
        raise NotFound
    return found


def names_of(platform: Platform, refs: Iterable[str], lang: Lang) -> Mapping[str, str]:
    """The titles of requirements written `framework:item`."""
    with platform.database.read() as session:
        return titles_of(platform, session, refs, lang, today(platform))


def titles_of(platform: Platform, session: Session, refs: Iterable[str], lang: Lang, day: date) -> Mapping[str, str]:
    """The titles of requirements written `framework:item`; what is no longer known keeps its written form."""
    known = frameworks_in_use(platform, session, day)
    return {ref: _title(known, ref, lang) for ref in refs}


def _title(known: Mapping[str, Framework], ref: str, lang: Lang) -> str:
    name, _, item = ref.partition(":")
    found = known[name].by_id.get(item) if name in known else None
    return found.title.render(lang) if found else ref


class _Reader:
    """Frameworks read for one visit; what is known of a holder is read once."""

    def __init__(self, platform: Platform, session: Session, seen: Looked, lang: Lang) -> None:
        self._seen, self._lang, self._platform, self._session = seen, lang, platform, session
        self._day = today(platform)
        self._known = frameworks_in_use(platform, session, self._day)
        self._grounds: dict[Place, Ground] = {}
        query = select(Establishment).where(Establishment.id.in_(seen.establishments)).order_by(Establishment.name)
        self._sites = session.scalars(query).all()

    def frameworks(self, wanted: Iterable[str]) -> Iterator[FrameworkShown]:
        for framework in (self._known[name] for name in wanted if name in self._known):
            yield FrameworkShown(
                framework.id,
                framework.title.render(self._lang),
                framework.version,
                framework.source.render(self._lang),
                self._day,
                tuple(self._answered(framework, ground) for ground in self._holders(framework)),
            )

    def requirement(self, framework_id: str, item_id: str) -> RequirementShown | None:
        framework = self._known.get(framework_id) if framework_id in self._seen.frameworks else None
        item = framework.by_id.get(item_id) if framework else None
        if framework is None or item is None or item not in framework.requirements:
            return None
        by_holder = [
            (ground.holder.name, self._requirement(framework, ground.holder, one))
            for ground in self._holders(framework)
            for one in assess_on(ground, framework)
            if one.item.id == item_id
        ]
        return RequirementShown(
            framework.id,
            framework.title.render(self._lang),
            item.id,
            item.title.render(self._lang),
            item.text.render(self._lang) if item.text else "",
            tuple(one.title.render(self._lang) for one in framework.path(item)),
            tuple(by_holder),
        )

    def _holders(self, framework: Framework) -> list[Ground]:
        """Who answers: the natural holder when the visit covers all of it, else each establishment of the visit: what
        others do must not show through."""
        places: dict[Place, None] = {}
        for site in self._sites:
            natural = self._ground(holder_of(framework, site))
            whole = set(natural.holder.sites) <= set(self._seen.establishments)
            places[natural.holder.place if whole else Place(Level.ESTABLISHMENT, site.id)] = None
        return [self._ground(place) for place in places]

    def _ground(self, place: Place) -> Ground:
        if place not in self._grounds:
            holder = holder_at(self._session, place, self._day)
            self._grounds[place] = Ground(self._platform, self._session, holder, self._day)
        return self._grounds[place]

    def _answered(self, framework: Framework, ground: Ground) -> Answered:
        assessed = assess_on(ground, framework)
        counts = Counter(one.status for one in assessed)
        by_status = {status: counts[status] for status in RequirementStatus if counts[status]}
        return Answered(ground.holder.name, tuple(self._parts(framework, ground.holder, assessed)), by_status)

    def _parts(self, framework: Framework, holder: Holder, assessed: Sequence[Assessed]) -> Iterator[Part]:
        pieces = self._pieces(holder)
        headings: dict[str, list[Requirement]] = {}
        for one in assessed:
            heading = " › ".join(above.title.render(self._lang) for above in framework.path(one.item))
            headings.setdefault(heading, []).append(self._told(framework, one, pieces))
        for heading, requirements in headings.items():
            yield Part(heading, tuple(requirements))

    def _requirement(self, framework: Framework, holder: Holder, one: Assessed) -> Requirement:
        return self._told(framework, one, self._pieces(holder))

    def _pieces(self, holder: Holder) -> Mapping[str, int]:
        return counts_by_requirement(self._session, self._seen, holder.sites)

    def _told(self, framework: Framework, one: Assessed, pieces: Mapping[str, int]) -> Requirement:
        count = pieces.get(ref_of(framework, one.item), 0)
        grounds = tuple(text.render(self._lang) for text in _grounds(one))
        return Requirement(one.item.id, one.item.title.render(self._lang), one.status, grounds, count)


def _grounds(one: Assessed) -> Iterator[Text]:
    """On what grounds a requirement stands where it does, without anyone's name and nothing technical."""
    for given in one.answers:
        said = VERDICTS[given.verdict]
        yield Text(
            f"Réponse de l’établissement : « {said.fr} », le {given.given_on:%d/%m/%Y}",
            f"Answer of the establishment: “{said.en}”, on {given.given_on.isoformat()}",
        )
    if one.item.uncovered is not None:
        yield one.item.uncovered
    elif methods := _methods(one.item):
        yield methods


def _methods(item: Item) -> Text | None:
    named = [METHOD_NAMES[method] for method in Method if method in item.assessed_by]
    if not named:
        return None
    technical = any(method in MACHINES for method in item.assessed_by)
    kept = Text(" (le détail technique n’est pas montré)", " (technical details are not shown)")
    tail = kept if technical else Text("", "")
    return Text(
        f"Apprécié par : {', '.join(one.fr.lower() for one in named)}{tail.fr}",
        f"Assessed by: {', '.join(one.en.lower() for one in named)}{tail.en}",
    )
