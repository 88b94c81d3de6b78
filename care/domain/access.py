"""Who may do what, where. Pure: a service asks here, the store filters with the `Reach` made here.

A *grant* gives a *role* on a *place*; a place covers everything below it: platform › region › GHT › legal entity
(EJ) › establishment (ET). A thing is judged by its *lineage*: the set of places it lies in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Right(StrEnum):
    """One thing a person may do or see."""

    SEE = "see"
    SEE_FINDINGS = "see_findings"
    SEE_REGION = "see_region"
    MANAGE_REGION = "manage_region"
    MANAGE_FEDERATION = "manage_federation"
    RUN_AUDIT = "run_audit"
    DECIDE_FINDING = "decide_finding"
    SEE_ACTIONS = "see_actions"
    MANAGE_ACTIONS = "manage_actions"
    SEE_EVIDENCE = "see_evidence"
    ADD_EVIDENCE = "add_evidence"
    SEE_CONTINUITY = "see_continuity"
    FILL_OWN_ACTIVITY = "fill_own_activity"
    MANAGE_CONTINUITY = "manage_continuity"
    VALIDATE_PLAN = "validate_plan"
    SEE_CONTACTS = "see_contacts"
    SEE_EXERCISES = "see_exercises"
    RUN_EXERCISE = "run_exercise"
    RUN_CAMPAIGN = "run_campaign"
    SEE_PROGRAMME = "see_programme"
    MANAGE_PROGRAMME = "manage_programme"
    SEE_INCIDENTS = "see_incidents"
    MANAGE_INCIDENTS = "manage_incidents"
    MANAGE_FRAMEWORKS = "manage_frameworks"
    MANAGE_TARGETS = "manage_targets"
    MANAGE_REGISTRY = "manage_registry"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_TRAIL = "read_trail"
    EXPORT = "export"


class Role(StrEnum):
    """What a person is, on a place."""

    ADMINISTRATOR = "administrator"
    CISO = "ciso"
    DIRECTION = "direction"
    ACTIVITY_OWNER = "activity_owner"
    FACILITATOR = "facilitator"
    QUALITY = "quality"
    REGIONAL = "regional"
    VISITOR = "visitor"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.CISO: frozenset(
        {
            Right.SEE,
            Right.SEE_EXERCISES,
            Right.RUN_EXERCISE,
            Right.SEE_FINDINGS,
            Right.RUN_AUDIT,
            Right.DECIDE_FINDING,
            Right.SEE_ACTIONS,
            Right.MANAGE_ACTIONS,
            Right.SEE_EVIDENCE,
            Right.ADD_EVIDENCE,
            Right.SEE_CONTINUITY,
            Right.FILL_OWN_ACTIVITY,
            Right.MANAGE_CONTINUITY,
            Right.SEE_CONTACTS,
            Right.MANAGE_TARGETS,
            Right.SEE_PROGRAMME,
            Right.MANAGE_PROGRAMME,
            Right.SEE_INCIDENTS,
            Right.MANAGE_INCIDENTS,
            Right.READ_TRAIL,
            Right.EXPORT,
        }
    ),
    Role.DIRECTION: frozenset(
        {
            Right.SEE,
            Right.SEE_EXERCISES,
            Right.SEE_FINDINGS,
            Right.SEE_ACTIONS,
            Right.SEE_EVIDENCE,
            Right.ADD_EVIDENCE,
            Right.SEE_CONTINUITY,
            Right.FILL_OWN_ACTIVITY,
            Right.VALIDATE_PLAN,
            Right.SEE_CONTACTS,
            Right.SEE_PROGRAMME,
            Right.SEE_INCIDENTS,
            Right.EXPORT,
        }
    ),
    Role.ACTIVITY_OWNER: frozenset({Right.SEE, Right.SEE_CONTINUITY, Right.FILL_OWN_ACTIVITY, Right.SEE_CONTACTS}),
    Role.FACILITATOR: frozenset(
        {
            Right.SEE,
            Right.SEE_EXERCISES,
            Right.RUN_EXERCISE,
            Right.SEE_ACTIONS,
            Right.SEE_EVIDENCE,
            Right.ADD_EVIDENCE,
            Right.SEE_CONTINUITY,
            Right.SEE_CONTACTS,
        }
    ),
    Role.QUALITY: frozenset(
        {
            Right.SEE,
            Right.SEE_EXERCISES,
            Right.SEE_ACTIONS,
            Right.SEE_EVIDENCE,
            Right.ADD_EVIDENCE,
            Right.SEE_CONTINUITY,
            Right.SEE_CONTACTS,
            Right.SEE_PROGRAMME,
            Right.MANAGE_PROGRAMME,
            Right.SEE_INCIDENTS,
        }
    ),
    Role.REGIONAL: frozenset(
        {
            Right.SEE,
            Right.SEE_EXERCISES,
            Right.SEE_FINDINGS,
            Right.SEE_REGION,
            Right.MANAGE_REGION,
            Right.RUN_CAMPAIGN,
            Right.SEE_ACTIONS,
            Right.SEE_EVIDENCE,
            Right.SEE_CONTINUITY,
            Right.SEE_PROGRAMME,
            Right.EXPORT,
        }
    ),
    Role.VISITOR: frozenset(
        {Right.SEE, Right.SEE_EXERCISES, Right.SEE_EVIDENCE, Right.SEE_CONTINUITY, Right.SEE_PROGRAMME}
    ),
}


class Level(StrEnum):
    """Kinds of places, widest first."""

    PLATFORM = "platform"
    REGION = "region"
    GHT = "ght"
    LEGAL_ENTITY = "legal_entity"
    ESTABLISHMENT = "establishment"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One node of the tree; `id` is 0 for the platform as a whole."""

    level: Level
    id: int = 0

    def __post_init__(self) -> None:
        if (self.id == 0) != (self.level is Level.PLATFORM):
            raise ValueError(f"place {self.level}:{self.id} needs an identifier, the platform alone has none")

    @property
    def key(self) -> str:
        """As tables, jobs and the trail hold it: `platform:0`, `region:53`."""
        return f"{self.level.value}:{self.id}"


def place_at(key: str) -> Place:
    """The place that a key names."""
    level, _colon, number = key.partition(":")
    return Place(Level(level), int(number))


PLATFORM = Place(Level.PLATFORM)
Lineage = frozenset[Place]


def lineage(
    *,
    region: int | None = None,
    ght: int | None = None,
    legal_entity: int | None = None,
    establishment: int | None = None,
) -> Lineage:
    """The places something lies in, itself included; the platform is always one of them."""
    parts = {
        Level.REGION: region,
        Level.GHT: ght,
        Level.LEGAL_ENTITY: legal_entity,
        Level.ESTABLISHMENT: establishment,
    }
    return frozenset({PLATFORM} | {Place(level, number) for level, number in parts.items() if number is not None})


@dataclass(frozen=True, slots=True)
class Grant:
    """A role on a place, until `expires_at` (UTC) when there is an end."""

    role: Role
    place: Place
    expires_at: datetime | None = None

    def current(self, now: datetime) -> bool:
        """Whether the grant holds at `now`."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a right holds, in the form a query filters with: everywhere, or the union of some places."""

    everywhere: bool = False
    regions: frozenset[int] = frozenset()
    ghts: frozenset[int] = frozenset()
    legal_entities: frozenset[int] = frozenset()
    establishments: frozenset[int] = frozenset()

    @classmethod
    def of(cls, place: Place) -> Reach:
        """Everything inside a place, whoever asks."""
        here = frozenset({place.id})
        reaches = {
            Level.PLATFORM: cls(everywhere=True),
            Level.REGION: cls(regions=here),
            Level.GHT: cls(ghts=here),
            Level.LEGAL_ENTITY: cls(legal_entities=here),
            Level.ESTABLISHMENT: cls(establishments=here),
        }
        return reaches[place.level]

    @property
    def nowhere(self) -> bool:
        """Whether the right holds on no place at all."""
        return not (self.everywhere or self.regions or self.ghts or self.legal_entities or self.establishments)


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, in which language, with which grants. `grants` are those current when the scope was made.

    `account_id` is None for the machine itself (worker, command line); `actor` is then what the trail shows.
    """

    actor: str
    lang: str
    grants: frozenset[Grant] = frozenset()
    account_id: int | None = None
    name: str = ""
    address: str = ""

    def allows(self, right: Right, where: Lineage) -> bool:
        """Whether `right` holds on something of this lineage."""
        return any(right in RIGHTS[grant.role] and grant.place in where for grant in self.grants)

    def allows_somewhere(self, right: Right) -> bool:
        """Whether `right` holds on at least one place: decides what a menu shows."""
        return any(right in RIGHTS[grant.role] for grant in self.grants)

    def reach(self, right: Right) -> Reach:
        """Every place where `right` holds."""
        places = [grant.place for grant in self.grants if right in RIGHTS[grant.role]]

        def of(level: Level) -> frozenset[int]:
            return frozenset(place.id for place in places if place.level is level)

        return Reach(
            everywhere=PLATFORM in places,
            regions=of(Level.REGION),
            ghts=of(Level.GHT),
            legal_entities=of(Level.LEGAL_ENTITY),
            establishments=of(Level.ESTABLISHMENT),
        )

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held anywhere."""
        return frozenset(grant.role for grant in self.grants)


def machine_scope(actor: str, lang: str = "fr") -> Scope:
    """The scope of the machine itself: worker, scheduler, command line run by who owns the data folder."""
    return Scope(actor=actor, lang=lang, grants=frozenset({Grant(Role.ADMINISTRATOR, PLATFORM)}))


def may_give(scope: Scope, grant: Grant, where: Lineage) -> bool:
    """Whether `scope` may give or take back `grant`: it manages accounts there, and gives no right it lacks there.

    `where` is the lineage of the grant's own place. The second half stops a regional administrator from making a
    platform administrator.
    """
    if not scope.allows(Right.MANAGE_ACCOUNTS, where):
        return False
    return all(scope.allows(right, where) for right in RIGHTS[grant.role])


def keeps_an_administrator(others: Iterable[Iterable[Grant]], now: datetime) -> bool:
    """Whether one of the other active accounts administers the whole platform, without an end."""
    return any(
        grant.role is Role.ADMINISTRATOR and grant.place == PLATFORM and grant.expires_at is None and grant.current(now)
        for grants in others
        for grant in grants
    )
