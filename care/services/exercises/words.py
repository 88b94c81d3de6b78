"""How the words of a kit are written in documents: levels, formats, channels, what an objective helps to prove."""

from __future__ import annotations

from collections.abc import Mapping

from care.domain.exercises import MessageKind
from exercises.events import Why
from exercises.kit import Channel, Format, Level
from exercises.scoring import Timing
from exercises.state import Standing
from scanners.model import Lang, Text

LEVELS: Mapping[Level, Text] = {
    Level.SHORT: Text("Court", "Short"),
    Level.BEGINNER: Text("Débutant", "Beginner"),
    Level.INTERMEDIATE: Text("Intermédiaire", "Intermediate"),
    Level.CONFIRMED: Text("Confirmé", "Confirmed"),
}
FORMATS: Mapping[Format, Text] = {
    Format.TABLETOP: Text("Sur table", "Table-top"),
    Format.FUNCTIONAL: Text("Fonctionnel, cellules séparées", "Functional, separate cells"),
    Format.FIELD: Text("De terrain", "Field"),
}
CHANNELS: Mapping[Channel, Text] = {
    Channel.MAIL: Text("Mail", "Mail"),
    Channel.PHONE: Text("Téléphone", "Phone"),
    Channel.SMS: Text("SMS", "SMS"),
    Channel.SCREEN: Text("Écran", "Screen"),
    Channel.PAPER: Text("Papier", "Paper"),
    Channel.FACE: Text("En personne", "In person"),
    Channel.PRESS: Text("Presse simulée", "Simulated press"),
}
WHY: Mapping[Why, Text] = {
    Why.CHOSEN: Text("écarté par l’animation", "left out by the facilitation"),
    Why.CONDITION: Text("sa condition n’était pas remplie", "its condition did not hold"),
    Why.LATE: Text("dépassé pendant une interruption", "overdue after an interruption"),
    Why.UNDECIDED: Text("la décision dont il dépend n’a pas été prise", "the decision it depends on was not taken"),
}
STANDINGS: Mapping[Standing, Text] = {
    Standing.WAITING: Text("à venir", "to come"),
    Standing.RESERVE: Text("en réserve", "in reserve"),
    Standing.HELD: Text("en attente d’un choix", "waiting for a choice"),
    Standing.PLAYED: Text("joué", "played"),
    Standing.SKIPPED: Text("non joué", "not played"),
}
TIMINGS: Mapping[Timing, Text] = {
    Timing.IN_TIME: Text("à temps", "in time"),
    Timing.LATE: Text("tardive", "late"),
    Timing.MISSED: Text("absente", "missed"),
    Timing.UNOBSERVED: Text("non observée", "not observed"),
}
MESSAGES: Mapping[MessageKind, Text] = {
    MessageKind.ANSWER: Text("réponse", "answer"),
    MessageKind.QUESTION: Text("question", "question"),
    MessageKind.FACILITATION: Text("animation", "facilitation"),
}
_FRAMEWORKS: Mapping[str, Text] = {
    "care-d2": Text("CaRE D2.", "CaRE D2."),
    "has": Text("HAS ", "HAS "),
    "anssi-crisis": Text("ANSSI crise ", "ANSSI crisis "),
    "recyf": Text("ReCyF ", "ReCyF "),
}


_HAS_THEMES: Mapping[str, Text] = {
    "exercices_crise": Text("HAS, exercices de crise", "HAS, crisis exercises"),
    "pca_pra_modes_degrades": Text("HAS, continuité et modes dégradés", "HAS, continuity and degraded modes"),
    "hygiene_sensibilisation": Text("HAS, hygiène et sensibilisation", "HAS, hygiene and awareness"),
    "plan_formation": Text("HAS, plan de formation", "HAS, training plan"),
    "gouvernance_ssi": Text("HAS, gouvernance de la sécurité", "HAS, governance of security"),
    "incidents": Text("HAS, incidents", "HAS, incidents"),
}
"""Themes that visitors ask about; criterion numbers are not public."""


def cited(reference: str, lang: Lang) -> str:
    """A reference as people cite it: `care-d2:O1.D` is CaRE D2.O1.D."""
    framework, _, item = reference.partition(":")
    if framework == "has" and item in _HAS_THEMES:
        return _HAS_THEMES[item].render(lang)
    known = _FRAMEWORKS.get(framework)
    return f"{known.render(lang)}{item}" if known else reference
