"""How the values of an exercise are called on pages, papers and workbooks alike; with a capital, as labels are."""

from __future__ import annotations

from collections.abc import Mapping

from care.domain.exercises import GuestRole, LessonKind, MessageKind, Round
from exercises.events import How, Verdict, Why
from exercises.kit import Booklet, Channel, Format, Level, Outcome
from exercises.scoring import Timing
from exercises.state import Stage, Standing
from scanners.model import Text

LEVELS: Mapping[Level, Text] = {
    Level.SHORT: Text("Court (vingt minutes)", "Short (twenty minutes)"),
    Level.BEGINNER: Text("Débutant", "Beginner"),
    Level.INTERMEDIATE: Text("Intermédiaire", "Intermediate"),
    Level.CONFIRMED: Text("Confirmé", "Advanced"),
}
FORMATS: Mapping[Format, Text] = {
    Format.TABLETOP: Text("Sur table, tout le monde dans une salle", "Tabletop, everyone in one room"),
    Format.FUNCTIONAL: Text("Fonctionnel, chaque cellule dans sa salle", "Functional, each cell in its own room"),
    Format.FIELD: Text("De terrain, dans le service", "Field exercise, on the ward"),
}
BOOKLETS: Mapping[Booklet, Text] = {
    Booklet.PLAYERS: Text("Livret du joueur", "Player’s booklet"),
    Booklet.FACILITATORS: Text("Livret de l’animateur", "Facilitator’s booklet"),
    Booklet.OBSERVERS: Text("Livret de l’observateur", "Observer’s booklet"),
}
CHANNELS: Mapping[Channel, Text] = {
    Channel.MAIL: Text("Mail", "Email"),
    Channel.PHONE: Text("Téléphone", "Phone"),
    Channel.SMS: Text("SMS", "Text message"),
    Channel.SCREEN: Text("Écran", "Screen"),
    Channel.PAPER: Text("Papier", "Paper"),
    Channel.FACE: Text("En personne", "In person"),
    Channel.PRESS: Text("Presse simulée", "Simulated press"),
}
MANDATORY = Text("Obligatoire", "Mandatory")
"""A stimulus without which an exercise makes no sense."""
ROLES: Mapping[GuestRole, Text] = {
    GuestRole.PLAYER: Text("Joueur", "Player"),
    GuestRole.OBSERVER: Text("Observateur", "Observer"),
    GuestRole.FACILITATOR: Text("Animateur", "Facilitator"),
}
ROUNDS: Mapping[Round, Text] = {
    Round.HOT: Text("À chaud", "Hot debrief"),
    Round.COLD: Text("À froid", "Cold debrief"),
}
LESSON_KINDS: Mapping[LessonKind, Text] = {
    LessonKind.GAP: Text("Écart", "Gap"),
    LessonKind.STRENGTH: Text("Point fort", "Strength"),
}
STAGES: Mapping[Stage, Text] = {
    Stage.READY: Text("Prêt à commencer", "Ready to start"),
    Stage.RUNNING: Text("En cours", "Running"),
    Stage.PAUSED: Text("En pause", "Paused"),
    Stage.ENDED: Text("Terminé", "Ended"),
}
STANDINGS: Mapping[Standing, Text] = {
    Standing.WAITING: Text("À venir", "To come"),
    Standing.RESERVE: Text("En réserve", "In reserve"),
    Standing.HELD: Text("Attend votre choix", "Awaiting your decision"),
    Standing.PLAYED: Text("Joué", "Played"),
    Standing.SKIPPED: Text("Écarté", "Skipped"),
}
"""Where a stimulus stands while the exercise runs."""
FATES: Mapping[Standing, Text] = {
    Standing.WAITING: Text("Pas joué avant FINEX", "Not played before ENDEX"),
    Standing.RESERVE: Text("Réserve non jouée", "Reserve, not played"),
    Standing.HELD: Text("Resté en attente", "Left on hold"),
    Standing.PLAYED: STANDINGS[Standing.PLAYED],
    Standing.SKIPPED: STANDINGS[Standing.SKIPPED],
}
"""What became of a stimulus once the exercise is over."""
WHY: Mapping[Why, Text] = {
    Why.CHOSEN: Text("Choix de l’animation", "The facilitators’ choice"),
    Why.CONDITION: Text("Condition non remplie", "Condition not met"),
    Why.LATE: Text("Heure passée pendant une interruption", "Time passed during an interruption"),
    Why.UNDECIDED: Text("Décision non prise", "Decision not taken"),
}
"""Why a stimulus is on hold or was skipped."""
HOW: Mapping[How, Text] = {
    How.DUE: Text("À son heure", "On time"),
    How.NOW: Text("À la main", "By hand"),
    How.DECIDED: Text("Après une décision", "After a decision"),
}
OUTCOMES: Mapping[Outcome, Text] = {
    Outcome.OBSERVED: Text("observée", "observed"),
    Outcome.MISSED: Text("non observée", "not observed"),
}
"""What a condition asks of a reaction."""
VERDICTS: Mapping[Verdict, Text] = {
    Verdict.SEEN: Text("Vu", "Seen"),
    Verdict.PARTIAL: Text("En partie", "In part"),
    Verdict.MISSED: Text("Manqué", "Missed"),
}
"""What an observer says of a reaction."""
TIMINGS: Mapping[Timing, Text] = {
    Timing.IN_TIME: Text("À temps", "In time"),
    Timing.LATE: Text("En retard", "Late"),
    Timing.MISSED: Text("Manquée", "Missed"),
    Timing.UNOBSERVED: Text("Non observée", "Not observed"),
}
"""When a reaction came, as it is scored."""
MESSAGES: Mapping[MessageKind, Text] = {
    MessageKind.ANSWER: Text("Réponse", "Answer"),
    MessageKind.QUESTION: Text("Question", "Question"),
    MessageKind.FACILITATION: Text("Animation", "Facilitators"),
}
YES, NO = Text("oui", "yes"), Text("non", "no")
