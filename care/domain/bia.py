"""Business impact analysis: answers on a scale, and what they say of the four objectives. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from care.domain.bia_scale import Axis, Scale
from care.domain.durations import LONGEST, written
from scanners.model import Text

Answers = Mapping[str, Mapping[int, int]]
"""The level reached on an axis (its key) after each step (minutes); what nobody answered is absent."""


def answers_from(kept: Mapping[str, Any], scale: Scale) -> dict[str, dict[int, int]]:
    """Answers as the database keeps them (steps are texts there); what the scale does not know is left out."""
    found = {}
    for axis in scale.axes:
        levels = kept.get(axis.key, {})
        row = {step: levels[str(step)] for step in scale.steps if str(step) in levels}
        found[axis.key] = {step: level for step, level in row.items() if 1 <= level <= scale.top}
    return found


def to_kept(answers: Answers) -> dict[str, dict[str, int]]:
    """Answers as the database keeps them."""
    return {key: {str(step): level for step, level in row.items()} for key, row in answers.items() if row}


def carried_on(row: Mapping[int, int], steps: Sequence[int]) -> dict[int, int]:
    """A duration left blank keeps the answer of the one before; blanks before the first answer stay blank."""
    found: dict[int, int] = {}
    level: int | None = None
    for step in steps:
        level = row.get(step, level)
        if level is not None:
            found[step] = level
    return found


def carried_over(answers: Answers, before: Scale, after: Scale) -> dict[str, dict[int, int]]:
    """What still means the same under another scale: same axis, same step, same number of levels."""
    if before.levels != after.levels and len(before.levels) != len(after.levels):
        return {axis.key: {} for axis in after.axes}
    return {
        axis.key: {step: level for step, level in answers.get(axis.key, {}).items() if step in after.steps}
        for axis in after.axes
    }


@dataclass(frozen=True, slots=True)
class Decrease:
    """An impact that lessens with time on one axis: `after` minutes it is lower than before."""

    axis: str
    before: int
    after: int


def decreases(scale: Scale, answers: Answers) -> tuple[Decrease, ...]:
    """Where an answer goes down as time passes, first place of each axis.

    Allowed, because it happens (patients sent elsewhere are no longer at risk here), but more often a slip: it is said
    at once, and only goes into force with a reason written on that axis.
    """
    found = []
    for axis in scale.axes:
        row = answers.get(axis.key, {})
        known = [step for step in scale.steps if step in row]
        fall = next(((one, two) for one, two in pairwise(known) if row[two] < row[one]), None)
        if fall:
            found.append(Decrease(axis.key, *fall))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The DMIA that answers point to, and why. `minutes` is None when nothing grave is reached on the scale."""

    minutes: int | None
    axis: str
    why: Text


_NOTHING_GRAVE = Text(
    "Rien de grave n’est atteint, même au bout de la plus longue durée : un arrêt long peut se défendre.",
    "Nothing grave is reached, even after the longest duration: a long stop can be argued.",
)
_NOT_DESCRIBED = Text("Toutes les conséquences ne sont pas encore décrites.", "Not all consequences are described yet.")


def suggest_dmia(scale: Scale, answers: Answers) -> Suggestion:
    """The first step at which an axis reaches the level it must not: the gravest, one below for patient safety."""
    for step in scale.steps:
        for axis in scale.axes:
            level = answers.get(axis.key, {}).get(step, 0)
            if level >= scale.alarm(axis.key):
                return Suggestion(step, axis.key, _why(scale, axis, step, level))
    described = all(scale.steps[-1] in answers.get(axis.key, {}) for axis in scale.axes)
    return Suggestion(None, "", _NOTHING_GRAVE if described else _NOT_DESCRIBED)


def _why(scale: Scale, axis: Axis, step: int, level: int) -> Text:
    name = scale.levels[level - 1]
    return Text(
        f"Après {written(step, 'fr')} d’arrêt, « {axis.name.fr} » atteint « {name.fr.lower()} » :"
        " l’interruption ne devrait pas durer davantage.",
        f"After {written(step, 'en')} of stop, “{axis.name.en}” reaches “{name.en.lower()}”:"
        " the interruption should not last longer.",
    )


class Objective(StrEnum):
    """The four durations a BIA ends with, in whole minutes."""

    DMIA = "dmia"
    RTO = "rto"
    PDMA = "pdma"
    DMARD = "dmard"


OBJECTIVES: Mapping[Objective, Text] = {
    Objective.DMIA: Text("Durée maximale d’interruption admissible (DMIA)", "Maximum tolerable interruption (DMIA)"),
    Objective.RTO: Text("Délai de reprise visé (RTO)", "Recovery time objective (RTO)"),
    Objective.PDMA: Text("Perte de données maximale admissible (PDMA)", "Maximum tolerable data loss (PDMA)"),
    Objective.DMARD: Text("Durée maximale de restauration des données (DMARD)", "Maximum time to restore data (DMARD)"),
}
_ZERO: Mapping[Objective, Text] = {
    Objective.DMIA: Text(
        "Une interruption nulle ne se tient pas : écrivez 5 min et prévoyez un secours automatique.",
        "No interruption at all cannot be held: write 5 min and plan an automatic standby.",
    ),
    Objective.RTO: Text(
        "Une reprise immédiate ne se tient pas : écrivez 5 min et prévoyez un secours automatique.",
        "An instant recovery cannot be held: write 5 min and plan an automatic standby.",
    ),
    Objective.DMARD: Text(
        "Une restauration prend toujours du temps : écrivez au moins 5 min.",
        "A restore always takes time: write 5 min at least.",
    ),
}
_TOO_LONG = Text(
    "Plus d’un an, ce n’est plus une interruption mais une fermeture : écrivez une durée d’un an au plus.",
    "More than a year is no longer an interruption but a closure: write one year at most.",
)
_TOO_MUCH_LOST = Text(
    "Plus d’un an de saisies, c’est tout perdre : écrivez une durée d’un an au plus.",
    "More than a year of entries is to lose everything: write one year at most.",
)


def duration_fault(objective: Objective, minutes: int) -> Text | None:
    """Why a duration cannot be this objective; None when it can. A PDMA of 0 can: see `remarks`."""
    if minutes <= 0 and objective in _ZERO:
        return _ZERO[objective]
    too_long = _TOO_MUCH_LOST if objective is Objective.PDMA else _TOO_LONG
    return too_long if minutes > LONGEST else None


Durations = Mapping[Objective, int | None]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something said about the objectives. A `blocking` one must be settled before the analysis goes into force."""

    objective: Objective
    text: Text
    blocking: bool


def remarks(scale: Scale, answers: Answers, durations: Durations) -> tuple[Remark, ...]:
    """What does not hold together between the four durations, and between them and the impacts."""
    known = {one: minutes for one, minutes in durations.items() if minutes is not None}
    found = [
        *_ordered(known, Objective.RTO, Objective.DMIA, _RTO_ABOVE),
        *_ordered(known, Objective.DMARD, Objective.RTO, _DMARD_ABOVE),
        *_beyond_impacts(scale, answers, known),
    ]
    if known.get(Objective.PDMA) == 0:
        found.append(Remark(Objective.PDMA, _NO_LOSS, blocking=False))
    return tuple(found)


_RTO_ABOVE = Text(
    "La reprise visée ({one}) dépasse l’interruption admissible ({two}) : visez {two} au plus.",
    "The recovery aimed at ({one}) is longer than the tolerable interruption ({two}): aim at {two} or less.",
)
_DMARD_ABOVE = Text(
    "Restaurer les données ({one}) prendrait plus que le délai de reprise ({two}) : raccourcissez l’un ou allongez"
    " l’autre.",
    "Restoring the data ({one}) would take longer than the recovery ({two}): shorten one or lengthen the other.",
)
_NO_LOSS = Text(
    "Ne rien perdre demande une copie en continu des données : vérifiez-la, ou écrivez la perte acceptable.",
    "Losing nothing takes a continuous copy of the data: check that there is one, or write the loss you can bear.",
)


def _ordered(known: Mapping[Objective, int], one: Objective, two: Objective, text: Text) -> list[Remark]:
    if one not in known or two not in known or known[one] <= known[two]:
        return []
    said = Text(
        text.fr.format(one=written(known[one], "fr"), two=written(known[two], "fr")),
        text.en.format(one=written(known[one], "en"), two=written(known[two], "en")),
    )
    return [Remark(one, said, blocking=True)]


def _beyond_impacts(scale: Scale, answers: Answers, known: Mapping[Objective, int]) -> list[Remark]:
    """A DMIA longer than what the impacts say is the owner's to defend: said, not forbidden."""
    suggestion, dmia = suggest_dmia(scale, answers), known.get(Objective.DMIA)
    if dmia is None or suggestion.minutes is None or dmia <= suggestion.minutes:
        return []
    said = Text(
        f"Vos réponses plaident pour {written(suggestion.minutes, 'fr')} au plus. {suggestion.why.fr}",
        f"Your answers argue for {written(suggestion.minutes, 'en')} at most. {suggestion.why.en}",
    )
    return [Remark(Objective.DMIA, said, blocking=False)]
