"""Frameworks: what is asked of an establishment, by whom, from when, and how one sees whether it is done. Pure.

A framework is versioned data: sections and requirements in one tree, parameters (dates, thresholds) with their source
and how sure each is. What the sources leave unknown stays empty: a guess never makes a requirement “met”.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from care.domain.evidence import EvidenceKind
from care.domain.programme import Inquiry
from scanners.model import Ref, Text

FRAMEWORK_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
ITEM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}(@[1-9])?\Z")
VERSION = re.compile(r"[0-9]+([.-][0-9]+){0,3}\Z")
MOST_INTEGER = 999_999_999


class FrameworkKind(StrEnum):
    """What a framework is, hence where it is shown."""

    PROGRAMME = "programme"
    CERTIFICATION = "certification"
    REGULATION = "regulation"
    GUIDANCE = "guidance"
    CONTRACT = "contract"
    MATURITY = "maturity"


class Unit(StrEnum):
    """Who answers a framework."""

    CANDIDATE = "candidate"
    LEGAL_ENTITY = "legal_entity"
    ESTABLISHMENT = "establishment"
    SUPPLIER = "supplier"


class Confidence(StrEnum):
    """How sure a statement or a value is, surest first."""

    OFFICIAL = "official"
    COPY = "copy"
    SECOND_HAND = "second_hand"
    OURS = "ours"

    @property
    def proves(self) -> bool:
        """Whether a requirement may be met on the strength of it: read in the official text or in a copy of it."""
        return self in (Confidence.OFFICIAL, Confidence.COPY)


class Method(StrEnum):
    """How one sees whether a requirement is met."""

    RULE = "rule"
    COMPUTED = "computed"
    DOCUMENT = "document"
    DECLARATION = "declaration"
    INTERVIEW = "interview"


class Level(StrEnum):
    """How much a requirement weighs, in the words of the HAS; what other frameworks ask is standard."""

    STANDARD = "standard"
    IMPERATIVE = "imperative"
    ADVANCED = "advanced"


class ParameterKind(StrEnum):
    """What a parameter is written as."""

    INTEGER = "integer"
    PERCENT = "percent"
    DATE = "date"


KIND_NAMES: Mapping[FrameworkKind, Text] = {
    FrameworkKind.PROGRAMME: Text("Programmes financés", "Funded programmes"),
    FrameworkKind.CERTIFICATION: Text("Certification et évaluation", "Certification and evaluation"),
    FrameworkKind.REGULATION: Text("Réglementation", "Regulation"),
    FrameworkKind.GUIDANCE: Text("Guides et règles de l’art", "Guides and good practice"),
    FrameworkKind.CONTRACT: Text("Clauses des fournisseurs", "Clauses of suppliers"),
    FrameworkKind.MATURITY: Text("Maturité", "Maturity"),
}
UNIT_NAMES: Mapping[Unit, Text] = {
    Unit.CANDIDATE: Text("GHT, sinon entité juridique", "GHT, else legal entity"),
    Unit.LEGAL_ENTITY: Text("Entité juridique", "Legal entity"),
    Unit.ESTABLISHMENT: Text("Établissement", "Establishment"),
    Unit.SUPPLIER: Text("Fournisseur", "Supplier"),
}
PARAMETER_KIND_NAMES: Mapping[ParameterKind, Text] = {
    ParameterKind.INTEGER: Text("Nombre entier", "Whole number"),
    ParameterKind.PERCENT: Text("Pourcentage", "Percentage"),
    ParameterKind.DATE: Text("Date", "Date"),
}
CONFIDENCE_NAMES: Mapping[Confidence, Text] = {
    Confidence.OFFICIAL: Text("Lu dans le texte officiel", "Read in the official text"),
    Confidence.COPY: Text("Lu dans une copie du texte", "Read in a copy of the text"),
    Confidence.SECOND_HAND: Text("De seconde main, à vérifier", "Second hand, to be checked"),
    Confidence.OURS: Text("Choix de CaRE, à vérifier", "CaRE’s choice, to be checked"),
}
METHOD_NAMES: Mapping[Method, Text] = {
    Method.RULE: Text("Contrôle automatique", "Automatic check"),
    Method.COMPUTED: Text("Calcul", "Computation"),
    Method.DOCUMENT: Text("Document", "Document"),
    Method.DECLARATION: Text("Déclaration", "Declaration"),
    Method.INTERVIEW: Text("Entretien", "Interview"),
}
LEVEL_NAMES: Mapping[Level, Text] = {
    Level.STANDARD: Text("Standard", "Standard"),
    Level.IMPERATIVE: Text("Impératif", "Imperative"),
    Level.ADVANCED: Text("Avancé", "Advanced"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A date or a threshold of a framework. `value` is None when no text gives it: nothing is met on it until somebody
    enters it with its source."""

    id: str
    kind: ParameterKind
    title: Text
    value: int | date | None
    source: str
    confidence: Confidence

    @property
    def proves(self) -> bool:
        """Whether a requirement may be met on this value."""
        return self.value is not None and self.confidence.proves


def parameter_value(kind: ParameterKind, written: str) -> int | date | None:
    """A value as it is kept (`66`, `2026-03-01`); None when it is not one of that kind."""
    try:
        if kind is ParameterKind.DATE:
            return date.fromisoformat(written)
        value = int(written)
    except ValueError:
        return None
    highest = 100 if kind is ParameterKind.PERCENT else MOST_INTEGER
    return value if 0 <= value <= highest else None


@dataclass(frozen=True, slots=True)
class Expected:
    """A document that a requirement asks for. `months`: how old it may be; None when it does not age."""

    what: Text
    kind: EvidenceKind
    months: int | None = None


@dataclass(frozen=True)
class Item:
    """One node of a framework, as it is written: a section, or a requirement when nothing is under it.

    `parent` is the id of the section around it, empty at the top. `profiles` are those it holds for, empty for all.
    `maps` are requirements of other frameworks that ask the same. `uncovered` says why nothing assesses it.
    `inquiries` are the methods by which visitors look at it. `replaces` are the ids that it had in versions before,
    whose answers it takes over.
    """

    id: str
    parent: str
    title: Text
    text: Text | None = None
    assessed_by: tuple[Method, ...] = ()
    expects: tuple[Expected, ...] = ()
    profiles: frozenset[str] = frozenset()
    level: Level = Level.STANDARD
    repeats_months: int | None = None
    maps: tuple[Ref, ...] = ()
    uncovered: Text | None = None
    inquiries: tuple[Inquiry, ...] = ()
    replaces: tuple[str, ...] = ()

    @cached_property
    def wording(self) -> str:
        """SHA-256 of what is asked, in both languages: an answer given to other words must be confirmed."""
        asked = [self.title.fr, self.title.en, *((self.text.fr, self.text.en) if self.text else ())]
        return hashlib.sha256("\x00".join(asked).encode()).hexdigest()


@dataclass(frozen=True)
class Framework:
    """One version of a framework. `starts` is None when no source gives its first day; `ends` is the first day it no
    longer holds, None while it does."""

    id: str
    version: str
    kind: FrameworkKind
    unit: Unit
    title: Text
    source: Text
    url: str
    confidence: Confidence
    starts: date | None
    ends: date | None
    profiles: Mapping[str, Text]
    parameters: Mapping[str, Parameter]
    items: tuple[Item, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Item]:
        """Every item by its id, in order."""
        return {item.id: item for item in self.items}

    @cached_property
    def requirements(self) -> tuple[Item, ...]:
        """What is assessed: the items with nothing under them, in order."""
        sections = {item.parent for item in self.items}
        return tuple(item for item in self.items if item.id not in sections)

    def for_profile(self, profile: str) -> tuple[Item, ...]:
        """The requirements that hold for one profile; all of them for an empty one."""
        return tuple(item for item in self.requirements if not profile or not item.profiles or profile in item.profiles)

    def ref(self, item: Item) -> Ref:
        """How others point to an item; what follows the @ of its id is the level at which it counts."""
        return Ref.parse(f"{self.id}:{item.id}")

    def path(self, item: Item) -> tuple[Item, ...]:
        """The sections around an item, outermost first."""
        found: list[Item] = []
        while item.parent:
            item = self.by_id[item.parent]
            found.append(item)
        return tuple(reversed(found))


def ordered(items: Sequence[Item]) -> tuple[Item, ...]:
    """Items as documents hold them: each section before what is in it, neighbours in the order given.

    Those whose parent is missing or that go round in a circle come last, for `item_faults` to name.
    """
    children: dict[str, list[Item]] = {}
    for item in items:
        children.setdefault(item.parent, []).append(item)
    found: list[Item] = []
    waiting = list(reversed(children.pop("", [])))
    while waiting:
        item = waiting.pop()
        found.append(item)
        waiting.extend(reversed(children.pop(item.id, [])))
    return (*found, *(item for left in children.values() for item in left))


@dataclass(frozen=True, slots=True)
class ItemFault:
    """Why a list of items is no framework: the item and the sentence."""

    item: str
    reason: Text


def item_faults(items: Sequence[Item], profiles: Mapping[str, Text]) -> Iterator[ItemFault]:
    """What is wrong between items: ids given twice, parents that are missing or go round, profiles nobody defines,
    requirements that nothing assesses, sections that something does."""
    known = {item.id: item for item in items}
    for twice in (one for one, count in Counter(item.id for item in items).items() if count > 1):
        yield ItemFault(twice, Text("identifiant donné deux fois", "id given twice"))
    sections = {item.parent for item in items}
    for item in items:
        yield from _place_faults(item, known)
        yield from _content_faults(item, item.id in sections, profiles)


def _place_faults(item: Item, known: Mapping[str, Item]) -> Iterator[ItemFault]:
    if item.parent and item.parent not in known:
        yield ItemFault(item.id, Text(f"section inconnue : {item.parent}", f"unknown section: {item.parent}"))
        return
    seen, above = {item.id}, item.parent
    while above:
        if above in seen:
            yield ItemFault(item.id, Text("les sections tournent en rond", "sections go round in a circle"))
            return
        seen.add(above)
        above = known[above].parent if above in known else ""


def _content_faults(item: Item, section: bool, profiles: Mapping[str, Text]) -> Iterator[ItemFault]:
    for profile in sorted(item.profiles - set(profiles)):
        yield ItemFault(item.id, Text(f"profil inconnu : {profile}", f"unknown profile: {profile}"))
    assessed = bool(item.assessed_by or item.expects)
    if section and assessed:
        yield ItemFault(item.id, Text("une section ne s’évalue pas", "a section is not assessed"))
    if not section and not item.assessed_by and item.uncovered is None:
        yield ItemFault(item.id, Text("rien ne l’évalue", "nothing assesses it"))
    if item.expects and Method.DOCUMENT not in item.assessed_by:
        yield ItemFault(
            item.id,
            Text(
                "des documents sont attendus sans la méthode document",
                "documents are expected without the method document",
            ),
        )
