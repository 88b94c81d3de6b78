"""Which level of exercise to begin with: a few plain questions, an answer with its reasons.

The questions and their weights are ours. Means bound the level (an exercise of half a day is not played in an hour),
habits choose it within these bounds. Silence is never a pass: a question without an answer counts as its lowest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from exercises.kit import Level

LEVELS = tuple(Level)
HABIT_FOR_INTERMEDIATE, HABIT_FOR_CONFIRMED = 4, 9
"""Points of habit, of twelve, from which a level is proposed: our choice."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in both languages."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the points of habit it gives, and the highest level it allows."""

    key: str
    words: Said
    points: int = 0
    ceiling: Level = Level.CONFIRMED


@dataclass(frozen=True, slots=True)
class GridQuestion:
    """A question of the grid, its answers from the lowest to the highest. `advice` says what would raise its answer."""

    key: str
    words: Said
    answers: tuple[Answer, ...]
    advice: Said


@dataclass(frozen=True, slots=True)
class Advice:
    """The level to begin with. `holds` are the answers that keep it from the next one, by question; `unanswered` the
    questions that counted as their lowest. `points` is out of `of`."""

    level: Level
    points: int
    of: int
    holds: tuple[tuple[GridQuestion, Answer], ...]
    unanswered: tuple[GridQuestion, ...]
    wants_habit: bool


def _question(
    key: str, words: tuple[str, str], advice: tuple[str, str], *answers: tuple[str, str, str, int, Level]
) -> GridQuestion:
    made = tuple(Answer(name, Said(fr, en), points, ceiling) for name, fr, en, points, ceiling in answers)
    return GridQuestion(key, Said(*words), made, Said(*advice))


_SHORT, _BEGINNER, _INTERMEDIATE, _CONFIRMED = LEVELS

GRID: tuple[GridQuestion, ...] = (
    _question(
        "time",
        ("De combien de temps les participants disposent-ils ?", "How much time do the participants have?"),
        ("bloquer une plage plus longue dans les agendas", "block a longer slot in the diaries"),
        ("minutes", "Une demi-heure, entre deux tours de soins", "Half an hour, between two rounds", 0, _SHORT),
        ("two_hours", "Deux heures, débriefing compris", "Two hours, debrief included", 0, _BEGINNER),
        ("half_day", "Une demi-journée", "Half a day", 0, _INTERMEDIATE),
        ("day", "Plus d’une demi-journée", "More than half a day", 0, _CONFIRMED),
    ),
    _question(
        "people",
        ("Combien de personnes peuvent animer et observer ?", "How many people can facilitate and observe?"),
        (
            "trouver des animateurs : la qualité, le GHT ou le GRADeS peuvent en prêter",
            "find facilitators: the quality department, the GHT or the GRADeS may lend some",
        ),
        ("one", "Une seule", "One", 0, _SHORT),
        ("few", "Deux ou trois", "Two or three", 0, _BEGINNER),
        ("several", "Quatre ou cinq", "Four or five", 0, _INTERMEDIATE),
        ("many", "Six ou plus", "Six or more", 0, _CONFIRMED),
    ),
    _question(
        "deciders",
        ("Qui, parmi ceux qui décident, sera dans la salle ?", "Who, of those who decide, will be in the room?"),
        (
            "obtenir la présence de la direction générale et d’une direction métier",
            "have the general management and a business directorate attend",
        ),
        ("nobody", "Personne : l’équipe d’un service", "Nobody: the team of a ward", 0, _SHORT),
        ("on_call", "Le directeur ou l’administrateur de garde", "The director on call", 0, _BEGINNER),
        ("management", "La direction et les directions métiers", "The management and the directorates", 0, _CONFIRMED),
    ),
    _question(
        "cell",
        ("La cellule de crise s’est-elle déjà réunie ?", "Has the crisis cell ever met?"),
        ("réunir une première fois la cellule de crise", "have the crisis cell meet a first time"),
        ("never", "Jamais, ou personne ne s’en souvient", "Never, or nobody remembers", 0, _BEGINNER),
        ("once", "Une fois, en vrai ou en exercice", "Once, for real or as an exercise", 1, _INTERMEDIATE),
        (
            "often",
            "Plusieurs fois, et chacun y connaît sa place",
            "Several times, everyone knows his place",
            2,
            _CONFIRMED,
        ),
    ),
    _question(
        "recent",
        (
            "Combien d’exercices de crise cyber ces vingt-quatre derniers mois ?",
            "How many cyber-crisis exercises in the last twenty-four months?",
        ),
        ("jouer un exercice cette année", "play an exercise this year"),
        ("none", "Aucun", "None", 0, _INTERMEDIATE),
        ("one", "Un", "One", 1, _CONFIRMED),
        ("more", "Deux ou plus", "Two or more", 2, _CONFIRMED),
    ),
    _question(
        "lessons",
        ("Qu’est devenu le dernier retour d’expérience ?", "What became of the last debrief?"),
        ("mener à leur terme les actions du dernier exercice", "carry the actions of the last exercise through"),
        ("none", "Il n’y en a pas eu", "There was none", 0, _CONFIRMED),
        (
            "written",
            "Il est écrit, ses actions restent à faire",
            "It is written, its actions are still to do",
            1,
            _CONFIRMED,
        ),
        (
            "done",
            "Ses actions sont faites, ou datées et suivies",
            "Its actions are done, or dated and followed",
            2,
            _CONFIRMED,
        ),
    ),
    _question(
        "modes",
        ("Les services ont-ils des modes dégradés écrits ?", "Do the wards have written degraded modes?"),
        ("écrire et essayer les modes dégradés des services vitaux", "write and try the degraded modes of vital wards"),
        ("none", "Non", "No", 0, _CONFIRMED),
        ("some", "Quelques-uns, rarement relus", "Some, seldom read again", 1, _CONFIRMED),
        ("tested", "Oui, et les équipes les ont essayés", "Yes, and the teams have tried them", 2, _CONFIRMED),
    ),
    _question(
        "directory",
        (
            "L’annuaire de crise se lit-il quand le système d’information est arrêté ?",
            "Can the crisis directory be read when the information system is down?",
        ),
        ("imprimer l’annuaire de crise et vérifier ses numéros", "print the crisis directory and check its numbers"),
        ("no", "Non, ou il faudrait chercher", "No, or one would have to look for it", 0, _CONFIRMED),
        ("paper", "Oui, sur papier ou sur un téléphone", "Yes, on paper or on a telephone", 1, _CONFIRMED),
        (
            "checked",
            "Oui, et ses numéros ont été vérifiés cette année",
            "Yes, and its numbers were checked this year",
            2,
            _CONFIRMED,
        ),
    ),
    _question(
        "log",
        ("Tient-on une main courante en cellule de crise ?", "Is a logbook kept in the crisis cell?"),
        ("désigner et former qui tient la main courante", "name and train who keeps the logbook"),
        ("no", "Non", "No", 0, _CONFIRMED),
        ("sometimes", "Parfois, selon qui est là", "Sometimes, depending on who is there", 1, _CONFIRMED),
        ("habit", "Toujours, par quelqu’un dont c’est le rôle", "Always, by somebody whose role it is", 2, _CONFIRMED),
    ),
)
HABIT = sum(max(one.points for one in question.answers) for question in GRID)
BY_KEY: Mapping[str, GridQuestion] = MappingProxyType({question.key: question for question in GRID})


def advice(answers: Mapping[str, str]) -> Advice | None:
    """The level these answers lead to, by question; None when not one question has an answer."""
    known = {question.key: _chosen(question, answers.get(question.key, "")) for question in GRID}
    if not any(known.values()):
        return None
    counted = {question: known[question.key] or question.answers[0] for question in GRID}
    points = sum(answer.points for answer in counted.values())
    by_habit = _by_habit(points)
    level = min([by_habit, *(answer.ceiling for answer in counted.values())], key=LEVELS.index)
    holds = tuple((question, answer) for question, answer in counted.items() if answer.ceiling is level)
    top = level is Level.CONFIRMED
    return Advice(
        level=level,
        points=points,
        of=HABIT,
        holds=() if top else holds,
        unanswered=tuple(question for question in GRID if known[question.key] is None),
        wants_habit=by_habit is level and not top,
    )


def _chosen(question: GridQuestion, key: str) -> Answer | None:
    return next((one for one in question.answers if one.key == key), None)


def _by_habit(points: int) -> Level:
    if points >= HABIT_FOR_CONFIRMED:
        return Level.CONFIRMED
    return Level.INTERMEDIATE if points >= HABIT_FOR_INTERMEDIATE else Level.BEGINNER
