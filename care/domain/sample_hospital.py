"""The sample hospital: a fictitious establishment to learn continuity on, as the kit says it.

Everything is frozen and comes checked from `care.adapters.sample_hospital`. Things name one another by their id in the
kit; durations are whole minutes; days are counted back from (or forward of) the day of loading, so that the sample
never grows old.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from care.domain.actions import CareCriticality
from care.domain.bia import Objective
from care.domain.continuity import (
    ActivityKind,
    CellKind,
    Perimeter,
    ResourceKind,
    Strength,
    TestKind,
    TestResult,
)
from care.domain.crisis import ItemState
from care.domain.plans import SectionKey
from scanners.model import Text

NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class SampleNeed:
    """One thing relied on, by its id; `instead` names the group whose members stand in for one another."""

    what: str
    holds_minutes: int
    strength: Strength = Strength.ESSENTIAL
    instead: str = ""
    note: Text = NOTHING


@dataclass(frozen=True, slots=True)
class SampleResource:
    """A resource. `durations` maps the columns of a resource that are durations to minutes; absent: nobody said."""

    id: str
    kind: ResourceKind
    name: Text
    description: Text = NOTHING
    owner: Text = NOTHING
    place: Text = NOTHING
    contact: str = ""
    durations: Mapping[str, int] = field(default_factory=dict)
    remote_access: Text = NOTHING
    cut: Text = NOTHING
    needs: tuple[SampleNeed, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleBia:
    """What an impact analysis says beside its model: who answered and when, and what differs from the model."""

    answered_days_ago: int
    interviewed: Text
    durations: Mapping[Objective, int] = field(default_factory=dict)
    minimum_percent: int | None = None
    notes: Text = NOTHING


@dataclass(frozen=True, slots=True)
class SampleMode:
    """A degraded mode in force. `steps` is Markdown; `covers` are ids, none for any digital loss."""

    title: Text
    trigger: Text
    steps: Text
    limits: Text
    back_to_normal: Text
    who_to_call: Text
    covers: tuple[str, ...]
    holds_minutes: int
    capacity_percent: int


@dataclass(frozen=True, slots=True)
class SampleKit:
    """A paper kit and its last physical check, complete."""

    name: Text
    place: Text
    owner: Text
    contents: Text
    check_every_days: int
    autonomy_minutes: int
    checked_days_ago: int
    checked_by: str


@dataclass(frozen=True, slots=True)
class SampleActivity:
    """An activity with all that is ready for the bad day. `model` is the BIA model it starts from."""

    id: str
    name: Text
    kind: ActivityKind
    criticality: CareCriticality
    perimeter: Perimeter | None
    model: str
    description: Text
    owner: Text
    correspondent: Text
    weight: str
    needs: tuple[SampleNeed, ...]
    bia: SampleBia
    modes: tuple[SampleMode, ...]
    kits: tuple[SampleKit, ...]


@dataclass(frozen=True, slots=True)
class SampleContact:
    """Someone to call. The first of a cell heads it."""

    cell: CellKind
    function: Text
    name: str
    organisation: str
    phone: str
    fallback: str
    deputy: str
    note: Text
    checked_days_ago: int


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """A plan and the activities it covers (ids). With a signature it is sent to validation, else it stays a draft."""

    id: str
    title: Text
    covers: tuple[str, ...]
    sections: Mapping[SectionKey, Text]
    signed_by: str = ""
    signed_as: Text = NOTHING
    review_in_days: int = 0


@dataclass(frozen=True, slots=True)
class SampleTested:
    """A thing under test (id); `times` maps the columns of what was measured to minutes."""

    what: str
    times: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SampleResult:
    """What a test showed."""

    result: TestResult
    participants: int
    cyber_triggered: bool
    degraded_played: bool
    management_present: bool
    directorates: Text
    observed: Text
    gaps: Text


@dataclass(frozen=True, slots=True)
class SampleTest:
    """A test, `in_days` after the day of loading; one that is done has a result and a negative number of days."""

    kind: TestKind
    title: Text
    scope: Text
    leader: str
    plan: str
    in_days: int
    tested: tuple[SampleTested, ...]
    done: SampleResult | None


@dataclass(frozen=True, slots=True)
class SampleAnswer:
    """The answer to one item of the plan blanc checklist."""

    item: str
    state: ItemState
    note: Text


@dataclass(frozen=True, slots=True)
class SampleHospital:
    """The whole sample. `weight_origin` says where every weight comes from."""

    name: Text
    weight_origin: Text
    resources: tuple[SampleResource, ...]
    activities: tuple[SampleActivity, ...]
    contacts: tuple[SampleContact, ...]
    plans: tuple[SamplePlan, ...]
    tests: tuple[SampleTest, ...]
    answers: tuple[SampleAnswer, ...]

    @property
    def things(self) -> tuple[SampleResource | SampleActivity, ...]:
        """Everything that may rely on something."""
        return (*self.resources, *self.activities)

    @property
    def dependencies(self) -> int:
        """How many ties there are."""
        return sum(len(one.needs) for one in self.things)
