"""A kit: everything that an exercise is made of, before it is fitted to an establishment.

These classes are the format `care-kit/1` itself: what a file may hold, its bounds, and the published JSON Schema.
What one value alone cannot tell (a cell that does not exist, a cycle of conditions) is in `exercises.kit_check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LONGEST_MINUTES = 480
"""A working day: an exercise that lasts longer is several."""
MAX_STIMULI = 500
"""Twice what the largest known exercise played (260 stimuli, `peers.md`)."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""How parts are named in a file."""
KitId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,59}$")]
StimulusId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,5}$")]
"""As printed on a card: `S01`, `R3`."""
ReactionId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,5}\.[a-z]$")]
"""A stimulus and a letter: `S01.a`."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
"""Markdown."""
DocumentName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^(care-d2|has|anssi-crisis|recyf):[A-Za-z0-9._-]{1,40}$")]
"""What an objective helps to prove: `care-d2:O1.D`, `anssi-crisis:2.1` (question of the crisis-maturity
self-assessment), `has:exercices_crise` (theme of the visitors, never a criterion number: those are not public)."""


class Level(StrEnum):
    """Whom a kit is for. SHORT fits a ward in twenty minutes."""

    SHORT = "short"
    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    CONFIRMED = "confirmed"


class Format(StrEnum):
    """How it is played: around a table, each cell in its own room, or on the ward itself."""

    TABLETOP = "tabletop"
    FUNCTIONAL = "functional"
    FIELD = "field"


class Channel(StrEnum):
    """How a stimulus reaches people. PHONE and FACE are acted by a facilitator; PRESS is simulated."""

    MAIL = "mail"
    PHONE = "phone"
    SMS = "sms"
    SCREEN = "screen"
    PAPER = "paper"
    FACE = "face"
    PRESS = "press"


ACTED = frozenset({Channel.PHONE, Channel.FACE})
"""What a facilitator acts: players are told that it happened and by whom, never the script."""


class Source(StrEnum):
    """Where the establishment's own word for a variable is looked for."""

    ESTABLISHMENT = "establishment"
    ACTIVITY = "activity"
    APPLICATION = "application"
    INFRASTRUCTURE = "infrastructure"
    SUPPLIER = "supplier"
    PREMISES = "premises"
    CONTACT = "contact"
    TYPED = "typed"


class Outcome(StrEnum):
    """What a condition asks of an expected reaction when its stimulus falls due."""

    OBSERVED = "observed"
    MISSED = "missed"


class QuestionKind(StrEnum):
    """How a questionnaire is answered: 1 to 5, yes or no, or in words."""

    SCALE = "scale"
    YES_NO = "yes_no"
    WORDS = "words"


class Measure(StrEnum):
    """What an answer feeds."""

    SATISFACTION = "satisfaction"
    OBJECTIVES = "objectives"


class Part(BaseModel):
    """A piece of a kit: frozen, and no name in it that the format does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)


class Variable(Part):
    """A word of the texts to replace by the establishment's own: `{{lab_software}}`.

    `words` help to find it among what the establishment recorded.
    """

    key: Key
    label: Line
    default: Line
    source: Source = Source.TYPED
    words: tuple[Line, ...] = Field(default=(), max_length=20)


class Scenario(Part):
    """`context` and `start` are told to players; `truth`, what really happened, to facilitators only."""

    context: Prose
    start: Prose
    truth: Prose


class Objective(Part):
    """What the exercise is to show."""

    id: Key
    text: Words
    references: tuple[Reference, ...] = Field(default=(), max_length=20)


class Cell(Part):
    """A group of players with one inbox."""

    id: Key
    name: Line
    mission: Words
    functions: tuple[Line, ...] = Field(min_length=1, max_length=20)


class Phase(Part):
    """A chapter of the exercise, from `start` (minutes of the exercise clock) to the next one."""

    id: Key
    title: Line
    start: int = Field(ge=0, lt=LONGEST_MINUTES)


class Reaction(Part):
    """What players should do after a stimulus. `within` counts minutes of the exercise clock; `weight` its part of the
    score. `cell` is where observers look; the first receiver of the stimulus when left out."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z]$")]
    text: Words
    within: int = Field(ge=1, le=LONGEST_MINUTES)
    objective: Key
    weight: int = Field(default=1, ge=1, le=5)
    cell: Key | None = None


class Condition(Part):
    """Plays a stimulus only on what came before: a reaction of an earlier stimulus, or an option of a decision."""

    reaction: ReactionId | None = None
    decision: Key | None = None
    answer: str = Field(alias="is", min_length=1, max_length=40)


class Stimulus(Part):
    """One piece of news for some cells. `at` is a minute of the exercise clock; none for those kept in reserve, which
    only the facilitator plays. Every condition of `when` must hold when it falls due."""

    id: StimulusId
    at: int | None = Field(default=None, ge=0, le=LONGEST_MINUTES)
    sender: Line
    to: tuple[Key, ...] = Field(min_length=1, max_length=20)
    channel: Channel
    title: Line
    body: Prose
    attachments: tuple[DocumentName, ...] = Field(default=(), max_length=5)
    expects: tuple[Reaction, ...] = Field(default=(), max_length=10)
    when: tuple[Condition, ...] = Field(default=(), max_length=5)
    mandatory: bool = False
    hint: Words | None = None
    """For the facilitator: tone of voice, what to answer if asked."""

    @property
    def reserve(self) -> bool:
        """Whether it stands outside the timeline."""
        return self.at is None


class Option(Part):
    """One way a decision may go."""

    id: Key
    label: Line


class Decision(Part):
    """A fork that the facilitator settles from what players decided."""

    id: Key
    question: Words
    options: tuple[Option, ...] = Field(min_length=2, max_length=6)


class Criterion(Part):
    """A line of the observation grid, scored 0 (not seen) to 3 (fully). `cell` none: for every cell."""

    id: Key
    text: Words
    objective: Key
    cell: Key | None = None


class Question(Part):
    """A question of the debrief."""

    id: Key
    text: Words
    kind: QuestionKind
    measures: Measure | None = None


class Kit(Part):
    """An exercise ready to be fitted and played. Texts are in its `language`."""

    format_version: Literal["care-kit/1"] = Field(alias="schema")
    id: KitId
    version: Annotated[str, StringConstraints(pattern=r"^\d{1,3}\.\d{1,3}\.\d{1,3}$")]
    title: Line
    summary: Words
    language: Literal["fr", "en"] = "fr"
    licence: Line = "CC-BY-4.0"
    level: Level
    format: Format
    duration: int = Field(ge=10, le=LONGEST_MINUTES)
    audience: Words
    cyber_trigger: bool
    degraded_mode: bool
    materials: tuple[Words, ...] = Field(default=(), max_length=40)
    variables: tuple[Variable, ...] = Field(default=(), max_length=60)
    scenario: Scenario
    objectives: tuple[Objective, ...] = Field(min_length=1, max_length=20)
    cells: tuple[Cell, ...] = Field(min_length=1, max_length=20)
    phases: tuple[Phase, ...] = Field(min_length=1, max_length=20)
    stimuli: tuple[Stimulus, ...] = Field(min_length=1, max_length=MAX_STIMULI)
    decisions: tuple[Decision, ...] = Field(default=(), max_length=20)
    observation: tuple[Criterion, ...] = Field(min_length=1, max_length=60)
    hot: tuple[Question, ...] = Field(min_length=1, max_length=40)
    cold: tuple[Question, ...] = Field(default=(), max_length=40)

    @property
    def cell_names(self) -> dict[str, str]:
        """The names of the cells, by their keys."""
        return {one.id: one.name for one in self.cells}

    @property
    def objective_texts(self) -> dict[str, str]:
        """The texts of the objectives, by their keys."""
        return {one.id: one.text for one in self.objectives}

    def phase_at(self, minute: float) -> Phase:
        """The phase in which a minute of the exercise falls."""
        return next((one for one in reversed(self.phases) if one.start <= minute), self.phases[0])


class Booklet(StrEnum):
    """Who reads one of the three booklets of a kit."""

    PLAYERS = "players"
    FACILITATORS = "facilitators"
    OBSERVERS = "observers"


@dataclass(frozen=True, slots=True)
class Document:
    """A file that a stimulus carries. `content` is its bytes, as written by the kit's author."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """A whole kit: what it says, its booklets (Markdown), its documents in the order of their names."""

    kit: Kit
    booklets: Mapping[Booklet, str]
    documents: tuple[Document, ...]
