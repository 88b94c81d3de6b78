"""What the report (RETEX) and the attestation of one crisis exercise hold: the read-models of `reports.exercise`.

Plain data whose texts are already in the reader's language; `reports.exercise_document` makes them safe to set, callers
pass them as they are. Instants are aware, in the zone in which they shall be printed. Minutes are those of the exercise
clock unless said otherwise. Shares lie between 0 and 1; None always means “nobody knows”, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from reports.words import Lang


class Timing(StrEnum):
    """When an expected reaction came; same values as `exercises.scoring.Timing`."""

    IN_TIME = "in_time"
    LATE = "late"
    MISSED = "missed"
    UNOBSERVED = "unobserved"


class Asked(StrEnum):
    """How a question was answered; same values as `exercises.kit.QuestionKind`."""

    SCALE = "scale"
    YES_NO = "yes_no"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class CellRow:
    """A cell, and how many people sat in it."""

    name: str
    mission: str
    people: int


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """The weighted score of an objective or of a cell. `share` rests on the part `observed` of the weights; `reactions`
    were expected. `references` say, as people cite them, what an objective helps to prove."""

    name: str
    share: float | None
    observed: float
    reactions: int
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReactionRow:
    """One expected reaction of a stimulus that was played. `within` and `minutes` count from the stimulus; `minutes` is
    None unless it was seen. `note` is the observer's."""

    text: str
    cell: str
    within: int
    timing: Timing
    partial: bool = False
    minutes: float | None = None
    weight: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class StimulusRow:
    """A stimulus, in the order of the timeline. `planned` is the kit's minute, None for a reserve or one that was
    added; `played` that of the exercise clock, None when it was not, `played_at` the hour on the wall. `fate` says in
    words what became of it, `why` why it was not played."""

    id: str
    title: str
    channel: str
    cells: tuple[str, ...]
    fate: str
    planned: float | None = None
    played: float | None = None
    played_at: datetime | None = None
    why: str = ""
    reactions: tuple[ReactionRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """Something else that happened: start, pause, interruption, decision, shift, remark of the facilitation, end."""

    at: datetime
    minute: float
    text: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """A line of the observation grid in one cell. `mean` of the marks (0 to 3) of so many `observers`."""

    text: str
    cell: str
    mean: float | None
    observers: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question of the debrief. `mean` (1 to 5) for a scale, `share` of yes, `words` as they were written."""

    text: str
    kind: Asked
    count: int
    mean: float | None = None
    share: float | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One round of the debrief (`name`: à chaud, à froid), filled in `filled` times. `satisfaction` and `objectives`
    are the means of the questions that measure them."""

    name: str
    filled: int
    satisfaction: float | None
    objectives: float | None
    questions: tuple[QuestionRow, ...]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """The action that came of a lesson. `state` is in words; `due_on` None when nobody set a date."""

    number: int
    title: str
    owner: str
    due_on: date | None
    state: str


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A strength to keep, or a gap to close; `about` names the objective or the cell, if any."""

    strength: bool
    text: str
    about: str = ""
    action: ActionRow | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of an eligibility: what it asks, whether it is met, what shows it."""

    text: str
    met: bool | None
    shown_by: str = ""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether the exercise counts for a duty (`name`: l’exercice annuel, D2.O1.D). `counts` None while nobody can say.
    `verdict` is one sentence with the reason."""

    name: str
    counts: bool | None
    verdict: str
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of this exercise beside the previous one, in words, as printed; “–” for what nobody knows."""

    name: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Previous:
    """The exercise played before this one in the same establishment."""

    title: str
    played_on: date
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Integrity:
    """The chain of the recorded events: how many, the hash of the last one (hexadecimal), whether the chain was checked
    and is whole."""

    events: int
    sha256: str
    whole: bool


@dataclass(frozen=True, slots=True)
class ExerciseReport:
    """The report of one exercise. `duration` is what the kit planned, `lasted` what the exercise clock showed at the
    end. `place` and `director` may be empty. `draft`: the debrief is not closed, figures may still change.

    `overall` is the score of every reaction together. `timings` are the words of each.
    `reactions_median` is in minutes.
    """

    lang: Lang
    issued_at: datetime
    establishment: str
    finess: str
    title: str
    kit: str
    kit_version: str
    level: str
    format: str
    summary: str
    place: str
    director: str
    started_at: datetime
    ended_at: datetime
    duration: int
    lasted: float
    participants: int
    observers: int
    overall: ScoreRow
    timings: Mapping[Timing, str]
    draft: bool = False
    reactions_median: float | None = None
    cells: tuple[CellRow, ...] = ()
    objectives: tuple[ScoreRow, ...] = ()
    by_cell: tuple[ScoreRow, ...] = ()
    stimuli: tuple[StimulusRow, ...] = ()
    moments: tuple[Moment, ...] = ()
    criteria: tuple[CriterionRow, ...] = ()
    questionnaires: tuple[Questionnaire, ...] = ()
    lessons: tuple[LessonRow, ...] = ()
    eligibility: tuple[Eligibility, ...] = ()
    previous: Previous | None = None
    integrity: Integrity | None = None


@dataclass(frozen=True, slots=True)
class Attendee:
    """Someone to whom an attestation is handed: `role` in words (joueur, observateur…), `cell` empty for observers."""

    name: str
    function: str
    role: str
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Attestation:
    """The attestation that an exercise was played: one page for the establishment, or one for each of `people`.

    `objectives` are those worked on; `verdicts` the sentences of the eligibility, for the establishment's page only.
    """

    lang: Lang
    issued_at: datetime
    establishment: str
    finess: str
    title: str
    kit: str
    kit_version: str
    level: str
    format: str
    place: str
    director: str
    started_at: datetime
    ended_at: datetime
    lasted: float
    participants: int
    cells: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    people: tuple[Attendee, ...] = ()
    integrity: Integrity | None = None
