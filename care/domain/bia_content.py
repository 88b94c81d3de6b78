"""One version of a business impact analysis: what it says, what it lacks, what changed since another. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from care.domain.bia import Answers, Durations, Objective, carried_over, decreases, remarks
from care.domain.bia_scale import Axis, Scale
from scanners.model import Text

REVIEW_DAYS = 365
"""An analysis in force for longer is to be gone through again: our choice, no text gives a number."""
DECISION_DAYS = 14
"""How long one that was proposed may wait for who puts it into force: our choice."""


def review_due(in_force_on: date) -> date:
    """The last day of an analysis before it is said to be old."""
    return in_force_on + timedelta(days=REVIEW_DAYS)


def decision_due(proposed_on: date) -> date:
    """The day by which a proposed analysis is to be decided."""
    return proposed_on + timedelta(days=DECISION_DAYS)


@dataclass(frozen=True, slots=True)
class Content:
    """What one version says. `reasons` are sentences by axis; None and "" are what nobody answered yet."""

    scale: Scale
    answers: Answers = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    durations: Durations = field(default_factory=dict)
    minimum_service: str = ""
    minimum_percent: int | None = None
    peaks: str = ""
    notes: str = ""
    interviewed: str = ""

    def __post_init__(self) -> None:
        rows = {key: MappingProxyType(dict(row)) for key, row in self.answers.items()}
        object.__setattr__(self, "answers", MappingProxyType(rows))
        object.__setattr__(self, "reasons", MappingProxyType(dict(self.reasons)))
        kept = {one: self.durations.get(one) for one in Objective}
        object.__setattr__(self, "durations", MappingProxyType(kept))

    def under(self, scale: Scale) -> Content:
        """The same answers under another scale: what still means the same is kept."""
        answers = carried_over(self.answers, self.scale, scale)
        reasons = {key: words for key, words in self.reasons.items() if scale.axis(key)}
        return replace(self, scale=scale, answers=answers, reasons=reasons)


class Stage(StrEnum):
    """The pages of the guided entry, in order."""

    ABOUT = "about"
    IMPACTS = "impacts"
    INTERRUPTION = "interruption"
    DATA = "data"
    MINIMUM = "minimum"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Lack:
    """Something to complete before the analysis goes into force: at which stage, on which axis if one, and what."""

    stage: Stage
    text: Text
    axis: str = ""


def lacks(content: Content) -> tuple[Lack, ...]:
    """What is missing or does not hold together, in the order of the stages."""
    blocking = [
        Lack(_STAGE_OF[one.objective], one.text)
        for one in remarks(content.scale, content.answers, content.durations)
        if one.blocking
    ]
    asked = [
        *([Lack(Stage.ABOUT, _WHO)] if not content.interviewed.strip() else []),
        *_unanswered(content),
        *(Lack(_STAGE_OF[one], _ABSENT[one]) for one in Objective if content.durations[one] is None),
        *blocking,
        *([Lack(Stage.MINIMUM, _SERVICE)] if not content.minimum_service.strip() else []),
    ]
    return tuple(sorted(asked, key=lambda one: list(Stage).index(one.stage)))


_WHO = Text("Dites qui a répondu.", "Say who answered.")
_SERVICE = Text("Dites ce qu’il faut garder coûte que coûte.", "Say what must be kept whatever happens.")
_STAGE_OF = {
    Objective.DMIA: Stage.INTERRUPTION,
    Objective.RTO: Stage.INTERRUPTION,
    Objective.PDMA: Stage.DATA,
    Objective.DMARD: Stage.DATA,
}
_ABSENT: Mapping[Objective, Text] = {
    Objective.DMIA: Text("Dites combien de temps vous tenez.", "Say how long you can hold."),
    Objective.RTO: Text("Dites quand vous voulez avoir repris.", "Say when you want to be back."),
    Objective.PDMA: Text("Dites combien de saisies vous pouvez perdre.", "Say how many entries you can lose."),
    Objective.DMARD: Text("Dites en combien de temps les données doivent revenir.", "Say how fast data must be back."),
}


def _unanswered(content: Content) -> list[Lack]:
    found = []
    falls = {one.axis for one in decreases(content.scale, content.answers)}
    for axis in content.scale.axes:
        missing = len(content.scale.steps) - len(content.answers.get(axis.key, {}))
        if missing:
            found.append(Lack(Stage.IMPACTS, _to_answer(axis, missing), axis.key))
        elif axis.key in falls and not content.reasons.get(axis.key, "").strip():
            found.append(Lack(Stage.IMPACTS, _to_explain(axis), axis.key))
    return found


def _to_answer(axis: Axis, missing: int) -> Text:
    many = "s" if missing > 1 else ""
    return Text(
        f"« {axis.name.fr} » : {missing} durée{many} sans réponse.",
        f"“{axis.name.en}”: {missing} duration{many} without an answer.",
    )


def _to_explain(axis: Axis) -> Text:
    return Text(
        f"« {axis.name.fr} » : les conséquences diminuent avec le temps ; dites pourquoi, ou corrigez.",
        f"“{axis.name.en}”: the consequences lessen with time; say why, or correct.",
    )


@dataclass(frozen=True, slots=True)
class AxisChange:
    """An axis between two versions: the level at each step of either scale, None where there is none."""

    key: str
    name: Text
    steps: tuple[int, ...]
    before: tuple[Text | None, ...]
    after: tuple[Text | None, ...]
    reason_before: str
    reason_after: str

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return self.before != self.after or self.reason_before != self.reason_after


@dataclass(frozen=True, slots=True)
class ObjectiveChange:
    """One of the four durations between two versions, in minutes."""

    objective: Objective
    before: int | None
    after: int | None

    @property
    def changed(self) -> bool:
        """Whether it differs."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text field between two versions."""

    field: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether it differs."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one version to another; `same_scale` tells whether levels and steps mean the same in both."""

    axes: tuple[AxisChange, ...]
    objectives: tuple[ObjectiveChange, ...]
    texts: tuple[TextChange, ...]
    same_scale: bool

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        parts: tuple[AxisChange | ObjectiveChange | TextChange, ...] = (*self.axes, *self.objectives, *self.texts)
        return any(one.changed for one in parts)


COMPARED_TEXTS = ("minimum_service", "minimum_percent", "peaks", "notes", "interviewed")


def compare(before: Content, after: Content) -> Comparison:
    """What changed, axis by axis, then the objectives, then the texts."""
    keys = dict.fromkeys(axis.key for scale in (before.scale, after.scale) for axis in scale.axes)
    steps = tuple(sorted({*before.scale.steps, *after.scale.steps}))
    return Comparison(
        axes=tuple(_axis_change(key, steps, before, after) for key in keys),
        objectives=tuple(ObjectiveChange(one, before.durations[one], after.durations[one]) for one in Objective),
        texts=tuple(TextChange(name, _said(before, name), _said(after, name)) for name in COMPARED_TEXTS),
        same_scale=before.scale == after.scale,
    )


def _said(content: Content, name: str) -> str:
    value = getattr(content, name)
    return "" if value is None else str(value)


def _axis_change(key: str, steps: tuple[int, ...], before: Content, after: Content) -> AxisChange:
    axis = after.scale.axis(key) or before.scale.axis(key)
    assert axis is not None  # noqa: S101 - the key comes from one of the two scales
    return AxisChange(
        key=key,
        name=axis.name,
        steps=steps,
        before=_levels(key, steps, before),
        after=_levels(key, steps, after),
        reason_before=before.reasons.get(key, ""),
        reason_after=after.reasons.get(key, ""),
    )


def _levels(key: str, steps: tuple[int, ...], content: Content) -> tuple[Text | None, ...]:
    row = content.answers.get(key, {})
    return tuple(content.scale.levels[row[step] - 1] if step in row else None for step in steps)
