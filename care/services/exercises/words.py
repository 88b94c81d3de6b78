"""How the words of a kit are written in documents: levels, formats, channels, standings."""

from __future__ import annotations

from collections.abc import Mapping

from care.domain.exercises import MessageKind
from exercises.events import Why
from exercises.kit import Channel, Format, Level
from exercises.scoring import Timing
from exercises.state import Standing
from scanners.model import Text

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
