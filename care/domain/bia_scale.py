"""The scale of impact analyses: axes of harm, levels, steps of time. Pure.

The axes, the four levels, their examples and the steps are our own defaults, editable: no text imposes them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from care.domain.durations import DAY, HOUR, LONGEST, WEEK, written
from scanners.model import Text

SAFETY = "patient_safety"
"""The axis that comes first in every scale and never leaves it: a hospital weighs the harm to patients before money."""

MIN_AXES, MAX_AXES = 2, 10
MIN_LEVELS, MAX_LEVELS = 3, 5
MIN_STEPS, MAX_STEPS = 2, 15
MAX_NAME = 60
MAX_QUESTION = 300
"""Bounds of ours: below, nothing is compared; above, nobody answers to the end."""

_KEY = re.compile(r"[a-z][a-z0-9_]{1,39}\Z")


class ScaleError(ValueError):
    """A scale cannot be used; `text` says why, `part` which of `axes`, `levels`, `steps` is wrong."""

    def __init__(self, part: str, fr: str, en: str) -> None:
        super().__init__(en)
        self.part = part
        self.text = Text(fr, en)


@dataclass(frozen=True, slots=True)
class Axis:
    """One kind of harm. `question` is asked to people; `examples` has one per level, or is empty."""

    key: str
    name: Text
    question: Text
    examples: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale:
    """Axes (patient safety first), levels from the slightest (1) to the gravest, steps in minutes."""

    axes: tuple[Axis, ...]
    levels: tuple[Text, ...]
    steps: tuple[int, ...]

    def __post_init__(self) -> None:
        _check_axes(self.axes)
        _check_levels(self.levels)
        _check_steps(self.steps)

    @property
    def top(self) -> int:
        """The gravest level."""
        return len(self.levels)

    def axis(self, key: str) -> Axis | None:
        """The axis of that key."""
        return next((one for one in self.axes if one.key == key), None)

    def alarm(self, key: str) -> int:
        """The level an axis must not reach: the gravest, one below for patient safety."""
        return self.top - 1 if key == SAFETY else self.top

    def to_json(self) -> dict[str, Any]:
        """As kept in the database."""
        return {
            "axes": [
                {
                    "key": one.key,
                    "name": _pair(one.name),
                    "question": _pair(one.question),
                    "examples": [_pair(example) for example in one.examples],
                }
                for one in self.axes
            ],
            "levels": [_pair(one) for one in self.levels],
            "steps": list(self.steps),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Scale:
        """The scale `to_json` wrote. ScaleError when it is none."""
        axes = tuple(
            Axis(
                one["key"],
                Text(*one["name"]),
                Text(*one["question"]),
                tuple(Text(*example) for example in one.get("examples", ())),
            )
            for one in kept["axes"]
        )
        return cls(axes, tuple(Text(*one) for one in kept["levels"]), tuple(kept["steps"]))


def _pair(text: Text) -> list[str]:
    return [text.fr, text.en]


def _check_axes(axes: Sequence[Axis]) -> None:
    if not MIN_AXES <= len(axes) <= MAX_AXES:
        raise ScaleError(
            "axes",
            f"Une échelle a de {MIN_AXES} à {MAX_AXES} conséquences ; celle-ci en a {len(axes)}.",
            f"A scale has {MIN_AXES} to {MAX_AXES} consequences; this one has {len(axes)}.",
        )
    if axes[0].key != SAFETY:
        raise ScaleError(
            "axes",
            "La sécurité des patients vient en premier : elle se renomme, mais ne se retire pas.",
            "Patient safety comes first: it can be renamed, never removed.",
        )
    for one in axes:
        if not _KEY.match(one.key):
            raise ScaleError("axes", f"{one.key!r} n’est pas une clé d’axe.", f"{one.key!r} is no key of an axis.")
        _check_named("axes", one.name, MAX_NAME, Text("Le nom d’une conséquence", "The name of a consequence"))
        asked = Text(f"La question posée pour « {one.name.fr} »", f"The question asked for “{one.name.en}”")
        _check_named("axes", one.question, MAX_QUESTION, asked)
    _check_unique("axes", [one.key for one in axes])
    _check_unique("axes", [one.name.fr for one in axes])


def _check_levels(levels: Sequence[Text]) -> None:
    if not MIN_LEVELS <= len(levels) <= MAX_LEVELS:
        raise ScaleError(
            "levels",
            f"Une échelle a de {MIN_LEVELS} à {MAX_LEVELS} niveaux ; celle-ci en a {len(levels)}.",
            f"A scale has {MIN_LEVELS} to {MAX_LEVELS} levels; this one has {len(levels)}.",
        )
    for one in levels:
        _check_named("levels", one, MAX_NAME, Text("Le nom d’un niveau", "The name of a level"))
    _check_unique("levels", [one.fr for one in levels])


def _check_steps(steps: Sequence[int]) -> None:
    if not MIN_STEPS <= len(steps) <= MAX_STEPS:
        raise ScaleError(
            "steps",
            f"Une échelle a de {MIN_STEPS} à {MAX_STEPS} durées ; celle-ci en a {len(steps)}.",
            f"A scale has {MIN_STEPS} to {MAX_STEPS} durations; this one has {len(steps)}.",
        )
    if steps[0] < 1 or steps[-1] > LONGEST:
        raise ScaleError("steps", "Les durées vont d’une minute à un an.", "Durations go from one minute to one year.")
    for before, after in pairwise(steps):
        if before >= after:
            raise ScaleError(
                "steps",
                f"Les durées doivent croître : {written(after, 'fr')} vient après {written(before, 'fr')}.",
                f"Durations must grow: {written(after, 'en')} comes after {written(before, 'en')}.",
            )


def _check_named(part: str, text: Text, most: int, what: Text) -> None:
    if any(not words.strip() or len(words) > most for words in (text.fr, text.en)):
        raise ScaleError(
            part,
            f"{what.fr} manque, ou dépasse {most} caractères.",
            f"{what.en} is missing, or over {most} characters.",
        )


def _check_unique(part: str, names: Sequence[str]) -> None:
    folded = [fold(one) for one in names]
    double = next((one for place, one in enumerate(names) if folded[place] in folded[:place]), None)
    if double is not None:
        raise ScaleError(part, f"« {double} » est écrit deux fois.", f"“{double}” is written twice.")


def fold(words: str) -> str:
    """Words without case, accents or double spaces, to compare names."""
    plain = unicodedata.normalize("NFKD", words.casefold())
    return " ".join("".join(one for one in plain if not unicodedata.combining(one)).split())


def key_of(name: str, taken: Iterable[str]) -> str:
    """A new key made from a name, that no other axis has."""
    known = set(taken)
    base = re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")[:32].rstrip("_")
    base = base if _KEY.match(base) else f"axe_{base}".rstrip("_")
    return next(one for one in (base, *(f"{base}_{n}" for n in range(2, 100))) if one not in known)


def _examples(*pairs: tuple[str, str]) -> tuple[Text, ...]:
    return tuple(Text(fr, en) for fr, en in pairs)


DEFAULT_SCALE = Scale(
    axes=(
        Axis(
            SAFETY,
            Text("Sécurité des patients", "Patient safety"),
            Text(
                "Qu’arrive-t-il aux patients si tout s’arrête ?",
                "What happens to patients if everything stops?",
            ),
            _examples(
                ("Une gêne, sans conséquence pour leur santé.", "A nuisance, without harm to their health."),
                ("Des soins retardés, de l’inconfort, une surveillance alourdie.",
                 "Care delayed, discomfort, heavier watch."),
                ("Une perte de chance, une complication, un événement indésirable grave.",
                 "A loss of chance, a complication, a serious adverse event."),
                ("Une vie en danger, des séquelles définitives.", "A life in danger, lasting harm."),
            ),
        ),
        Axis(
            "care_continuity",
            Text("Continuité des soins", "Continuity of care"),
            Text("Que deviennent les soins prévus ?", "What becomes of the planned care?"),
            _examples(
                ("Tout se fait, un peu plus lentement.", "Everything is done, a little slower."),
                ("On reporte ce qui peut attendre.", "What can wait is put off."),
                ("On déprogramme, on limite les admissions.", "Care is cancelled, admissions are limited."),
                ("On ferme, on transfère les patients ailleurs.", "The unit closes, patients are moved elsewhere."),
            ),
        ),
        Axis(
            "regulatory",
            Text("Obligations et responsabilité", "Duties and liability"),
            Text("Que risque-t-on vis-à-vis de la loi et des autorités ?", "What is at risk before the law?"),
            _examples(
                ("Rien, ou un retard sans suite.", "Nothing, or a delay without follow-up."),
                ("Un retard à justifier auprès d’une tutelle.", "A delay to explain to an authority."),
                ("Une obligation non tenue, une déclaration à faire.", "A duty not met, a declaration to make."),
                ("Une responsabilité engagée, une autorisation menacée.", "Liability, an authorisation at stake."),
            ),
        ),
        Axis(
            "financial",
            Text("Finances", "Finance"),
            Text("Qu’est-ce que cela coûte à l’établissement ?", "What does it cost the hospital?"),
            _examples(
                ("Quelques heures de travail à rattraper.", "A few hours of work to catch up."),
                ("Une facturation retardée, des heures supplémentaires.", "Late billing, overtime."),
                ("Une recette perdue, un renfort à payer.", "Lost income, extra staff to pay."),
                ("La trésorerie ou la paie mise en défaut.", "Cash or pay at risk."),
            ),
        ),
        Axis(
            "image",
            Text("Confiance et image", "Trust and image"),
            Text("Qu’en diront les patients, les familles, les partenaires ?",
                 "What will patients, families and partners say?"),
            _examples(
                ("Personne ne s’en aperçoit.", "Nobody notices."),
                ("Des plaintes au guichet ou au téléphone.", "Complaints at the desk or on the phone."),
                ("Des réclamations écrites, la presse locale.", "Written complaints, local press."),
                ("La presse nationale, une confiance durablement perdue.", "National press, trust lost for long."),
            ),
        ),
        Axis(
            "staff",
            Text("Équipes", "Staff"),
            Text("Comment l’équipe tient-elle ?", "How does the team hold?"),
            _examples(
                ("Un peu de travail en plus.", "A little more work."),
                ("Une équipe sous tension, des rappels ponctuels.", "A team under strain, a few people called back."),
                ("Un épuisement, des erreurs qui guettent.", "Exhaustion, errors waiting to happen."),
                ("L’équipe ne tient plus sans renfort immédiat.", "The team cannot hold without help at once."),
            ),
        ),
    ),
    levels=(
        Text("Faible", "Slight"),
        Text("Significatif", "Significant"),
        Text("Grave", "Serious"),
        Text("Critique", "Critical"),
    ),
    steps=(HOUR, 4 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, WEEK, 2 * WEEK, 30 * DAY),
)  # fmt: skip
"""Our choice, to be discussed and edited by each establishment."""
