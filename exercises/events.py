"""What happened in an exercise. The stored events are the truth: a state is their fold (`exercises.state`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from exercises.kit import Line, Part, ReactionId, Stimulus, StimulusId, Words


class How(StrEnum):
    """Why a stimulus was played: its time came, the facilitator wanted it now, a decision released it."""

    DUE = "due"
    NOW = "now"
    DECIDED = "decided"


class Why(StrEnum):
    """Why a stimulus was not played when its time came: somebody's choice, a condition that does not hold; or why it
    waits: its time passed while nobody kept the clock, the decision it depends on is not taken."""

    CHOSEN = "chosen"
    CONDITION = "condition"
    LATE = "late"
    UNDECIDED = "undecided"


class Verdict(StrEnum):
    """What an observer says of an expected reaction."""

    SEEN = "seen"
    PARTIAL = "partial"
    MISSED = "missed"


class Started(Part):
    """The exercise begins (DEBEX)."""

    what: Literal["started"] = "started"


class Paused(Part):
    """Time stands still."""

    what: Literal["paused"] = "paused"


class Resumed(Part):
    """Time passes again."""

    what: Literal["resumed"] = "resumed"


class Ended(Part):
    """The exercise is over (FINEX)."""

    what: Literal["ended"] = "ended"


class Shifted(Part):
    """All that is still to come moves by so many seconds, earlier when negative."""

    what: Literal["shifted"] = "shifted"
    seconds: float


class Played(Part):
    """A stimulus reached its cells."""

    what: Literal["played"] = "played"
    stimulus: StimulusId
    how: How


class Told(Part):
    """A facilitator has said a stimulus that people act, on the telephone or face to face."""

    what: Literal["told"] = "told"
    stimulus: StimulusId


class Skipped(Part):
    """A stimulus will not be played."""

    what: Literal["skipped"] = "skipped"
    stimulus: StimulusId
    why: Why


class Held(Part):
    """A stimulus waits for the facilitator's choice."""

    what: Literal["held"] = "held"
    stimulus: StimulusId
    why: Why


class Added(Part):
    """The facilitator wrote a stimulus that the kit does not hold."""

    what: Literal["added"] = "added"
    stimulus: Stimulus


class Decided(Part):
    """A fork is settled."""

    what: Literal["decided"] = "decided"
    decision: str
    option: str


class Observed(Part):
    """Somebody saw, or did not see, an expected reaction. `seen_at` is when, as the observer's phone noted it: an
    observation may arrive an hour later, and twice: `key` comes from the phone. The one noted last counts, whichever
    arrives last; without `noted_at`, it was noted when it arrived."""

    what: Literal["observed"] = "observed"
    reaction: ReactionId
    verdict: Verdict
    seen_at: AwareDatetime
    note: Annotated[str, Field(max_length=2000)] = ""
    key: Annotated[str, Field(max_length=64)] = ""
    noted_at: AwareDatetime | None = None


class Interrupted(Part):
    """Nobody kept the clock for so many seconds: the platform was down, or the machine's clock jumped ahead."""

    what: Literal["interrupted"] = "interrupted"
    seconds: float


class Stepped(Part):
    """The machine's clock went back: the exercise goes on from the second it had reached."""

    what: Literal["stepped"] = "stepped"
    elapsed: float


class Discounted(Part):
    """The facilitator takes an interruption out of the exercise clock."""

    what: Literal["discounted"] = "discounted"
    seconds: float


class Noted(Part):
    """A remark of the facilitation for the debrief."""

    what: Literal["noted"] = "noted"
    title: Line
    text: Words | None = None


Event = Annotated[
    Started | Paused | Resumed | Ended | Shifted | Played | Told | Skipped | Held | Added | Decided | Observed
    | Interrupted | Stepped | Discounted | Noted,
    Field(discriminator="what"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dated:
    """An event, when it happened (aware) and who caused it."""

    at: datetime
    by: str
    event: Event
