"""What a certification visit looks at: themes, what shows them, until when it is fresh, what to ask. Pure.

Freshness rules are proposals of ours except where a text is named; the kit says which. Something without a date is not
fresh: nobody can tell how old it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from care.domain.frameworks import Framework, Item
from care.domain.plans import months_later
from care.domain.programme import Inquiry
from scanners.model import Text

MANUAL = "has-manual"
"""The official manual, once somebody imported it: its wording is not ours to invent."""
THEMES = "has"
SOCIAL = "has-esms"
FRAMEWORKS = (MANUAL, THEMES, SOCIAL)


class SourceKind(StrEnum):
    """A register of the platform, or the documents people tied."""

    SECURITY_ROLES = "security_roles"
    COMMITTEES = "committees"
    AWARENESS = "awareness"
    PHISHING = "phishing"
    TRAINING = "training"
    PLANS = "plans"
    DEGRADED_MODES = "degraded_modes"
    PAPER_KITS = "paper_kits"
    RESTORE_TESTS = "restore_tests"
    EXERCISES = "exercises"
    AUDITS = "audits"
    ACTIONS = "actions"
    INCIDENTS = "incidents"
    FIGURE_INS = "figure_ins"
    FIGURE_MES = "figure_mes"
    FIGURE_MSS = "figure_mss"
    DOCUMENTS = "documents"


SOURCE_NAMES: Mapping[SourceKind, Text] = {
    SourceKind.SECURITY_ROLES: Text("Nomination du RSSI", "Appointment of the CISO"),
    SourceKind.COMMITTEES: Text("Comité de sécurité", "Security committee"),
    SourceKind.AWARENESS: Text("Séances de sensibilisation", "Awareness sessions"),
    SourceKind.PHISHING: Text("Tests d’hameçonnage", "Phishing tests"),
    SourceKind.TRAINING: Text("Formations", "Training"),
    SourceKind.PLANS: Text("Plans de continuité et de reprise", "Continuity and recovery plans"),
    SourceKind.DEGRADED_MODES: Text("Fiches de mode dégradé", "Degraded-mode sheets"),
    SourceKind.PAPER_KITS: Text("Kits papier", "Paper kits"),
    SourceKind.RESTORE_TESTS: Text("Essais de restauration", "Restore tests"),
    SourceKind.EXERCISES: Text("Exercices de crise", "Crisis exercises"),
    SourceKind.AUDITS: Text("Audits", "Audits"),
    SourceKind.ACTIONS: Text("Plan d’action", "Action plan"),
    SourceKind.INCIDENTS: Text("Registre des incidents", "Register of incidents"),
    SourceKind.FIGURE_INS: Text("INS, chiffre du mois", "INS, figure of the month"),
    SourceKind.FIGURE_MES: Text("Mon espace santé, chiffre du mois", "Mon espace santé, figure of the month"),
    SourceKind.FIGURE_MSS: Text("MSS, chiffre du mois", "MSS, figure of the month"),
    SourceKind.DOCUMENTS: Text("Documents déposés", "Documents filed"),
}


class Freshness(StrEnum):
    """What something shows is worth on a day, by its date alone."""

    FRESH = "fresh"
    STALE = "stale"
    UNDATED = "undated"
    ABSENT = "absent"


FRESHNESS_NAMES: Mapping[Freshness, Text] = {
    Freshness.FRESH: Text("À jour", "Up to date"),
    Freshness.STALE: Text("Périmé", "Stale"),
    Freshness.UNDATED: Text("Sans date", "Undated"),
    Freshness.ABSENT: Text("Rien au dossier", "Nothing on file"),
}
WORST_FIRST = (Freshness.STALE, Freshness.ABSENT, Freshness.UNDATED, Freshness.FRESH)


class Rhythm(StrEnum):
    """What makes something stale: months since its day, the end of its year, the month after, or nothing."""

    MONTHS = "months"
    YEAR = "year"
    MONTHLY = "monthly"
    CONTINUOUS = "continuous"


@dataclass(frozen=True, slots=True)
class Source:
    """What of the platform shows a theme, by which methods one looks at it. `months` counts with that rhythm only."""

    kind: SourceKind
    rhythm: Rhythm
    months: int
    by: frozenset[Inquiry]

    def until(self, day: date) -> date | None:
        """The last day on which something of `day` is fresh; None when it does not age."""
        if self.rhythm is Rhythm.MONTHS:
            return months_later(day, self.months)
        if self.rhythm is Rhythm.YEAR:
            return date(day.year, 12, 31)
        if self.rhythm is Rhythm.MONTHLY:
            # The figure of a month is awaited during the month after: it holds until that one ends too.
            return date.fromordinal(months_later(day.replace(day=1), 3).toordinal() - 1)
        return None


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask by a method, and what to ask to be shown."""

    by: Inquiry
    ask: Text
    see: Text


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme, what shows it, and what is asked about it. `covers` are requirements that ask the same."""

    id: str
    title: Text
    freshness: Text
    covers: tuple[str, ...]
    sources: tuple[Source, ...]
    questions: tuple[Question, ...]

    @property
    def refs(self) -> frozenset[str]:
        """Every requirement that this theme speaks of."""
        return frozenset({f"{THEMES}:{self.id}", *self.covers})

    def asked_by(self, method: Inquiry) -> tuple[Question, ...]:
        """The questions of one method."""
        return tuple(one for one in self.questions if one.by is method)


@dataclass(frozen=True)
class VisitKit:
    """The themes, in order, and the questions for what belongs to none."""

    themes: tuple[Theme, ...]
    generic: tuple[Question, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Theme]:
        """The themes by id."""
        return {one.id: one for one in self.themes}

    def themes_of(self, framework: Framework, item: Item) -> tuple[Theme, ...]:
        """The themes that an item speaks of, told by the kit or by the item and its sections."""
        lineage = (item, *framework.path(item))
        refs = {f"{framework.id}:{one.id}" for one in lineage} | {str(ref) for one in lineage for ref in one.maps}
        return tuple(theme for theme in self.themes if theme.refs & refs)

    def questions_of(self, framework: Framework, item: Item, method: Inquiry) -> tuple[Question, ...]:
        """What to ask of an item by a method: those of its themes, else the questions that fit everything."""
        themes = self.themes_of(framework, item)
        if themes:
            return tuple(question for theme in themes for question in theme.asked_by(method))
        return tuple(one for one in self.generic if one.by is method)

    def methods_of(self, framework: Framework, item: Item) -> tuple[Inquiry, ...]:
        """The methods by which an item is looked at: those its manual names, else those with a question."""
        if item.inquiries:
            return item.inquiries
        return tuple(method for method in Inquiry if self.questions_of(framework, item, method))


def freshness(until: date | None, day: date | None, ages: bool, today: date) -> Freshness:
    """What something of `day` is worth. `until` is the last day it holds; what does not age needs no date."""
    if until is not None and until < today:
        return Freshness.STALE
    if ages and day is None:
        return Freshness.UNDATED
    return Freshness.FRESH


def worst(found: Iterable[Freshness]) -> Freshness:
    """The one to show first; absent when there is nothing."""
    known = set(found)
    return next((one for one in WORST_FIRST if one in known), Freshness.ABSENT)


SOCIAL_CATEGORIES = (
    "ehpad",
    "hebergement pour personnes agees",
    "personnes agees dependantes",
    "residence autonomie",
    "residences autonomie",
    "medico-social",
    "medico-educatif",
    "medico-professionnel",
    "therapeutique, educatif et pedagogique",
    "soins infirmiers a domicile",
    "education speciale",
    "accueil medicalise",
    "accueil specialisee",
    "accueil temporaire",
    "accompagnement a la vie sociale",
    "aide par le travail",
    "foyer de vie",
    "foyer hebergement",
    "csapa",
    "caarud",
)
"""Words of FINESS labels of social and medico-social categories, without accents: a short list of ours, to be
completed. The label is what the registry holds; an establishment of no category is taken for a hospital, and pages let
one read the other manual."""


def is_social(category: str) -> bool:
    """Whether a FINESS category is social or medico-social, hence evaluated with another manual."""
    bare = unicodedata.normalize("NFD", category.casefold())
    words = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return any(one in words for one in SOCIAL_CATEGORIES)
