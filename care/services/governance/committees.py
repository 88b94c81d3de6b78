"""Committees that speak of security: their calendar, what they decided, which actions came of it; and the PSSI."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope, place_at
from care.domain.actions import ActionSource, ActionState
from care.domain.evidence import ThingKind
from care.services.action_query import today
from care.services.continuity_test_gaps import gap_lines
from care.services.errors import NotFound
from care.services.frameworks.holders import Holder, seen_holder
from care.services.governance.holding import HolderView, keys_below, names_of, view_of
from care.services.governance.proofs import ProofLine, tied
from care.services.places import within
from care.services.platform import Platform
from care.store.actions import Action, ActionSite
from care.store.governance import Committee

PREFIX = "committee"
"""How actions name the decision they come from: `committee:<number>:<decision>`."""


class Sitting(StrEnum):
    """What became of a meeting. `unsaid`: its day is over and nobody said whether it took place."""

    PLANNED = "planned"
    HELD = "held"
    MISSED = "missed"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class DecisionAction:
    """An action born of a decision, in an establishment where the reader sees it."""

    id: int
    establishment_id: int
    title: str
    state: ActionState
    due_on: date


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision, and the action that carries it out, if any."""

    key: str
    words: str
    action: DecisionAction | None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting. `own`: of the holder of the page; `above`: of its legal entity or GHT, whose decisions stay there."""

    id: int
    place: Place
    where: str
    kind: str
    kind_name: str
    held_on: date
    held: bool | None
    sitting: Sitting
    attendees: str
    text: str
    decisions: tuple[Decision, ...]
    own: bool
    above: bool
    proofs: tuple[ProofLine, ...]
    version: int
    changed_by: str


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One kind of committee: when it last met and when it next will. `missed` counts the meetings of the last twelve
    months that did not take place, `unsaid` those nobody said anything of."""

    kind: str
    name: str
    what: str
    last: date | None
    next: date | None
    missed: int
    unsaid: int


@dataclass(frozen=True, slots=True)
class Committees:
    """The meetings of a holder, of its members and of what is above it; those to come first, the soonest first."""

    holder: HolderView
    rhythms: tuple[Rhythm, ...]
    coming: tuple[Meeting, ...]
    past: tuple[Meeting, ...]

    @property
    def last(self) -> Meeting | None:
        """The last one that took place."""
        return next((one for one in self.past if one.sitting is Sitting.HELD), None)

    @property
    def next(self) -> Meeting | None:
        """The next one planned."""
        return self.coming[0] if self.coming else None

    @property
    def unsaid(self) -> int:
        """Meetings of this holder whose day is over and of which nobody said anything."""
        return sum(one.sitting is Sitting.UNSAID for one in self.past if one.own)


def read_committees(platform: Platform, scope: Scope, place: Place, right: Right = Right.SEE_PROGRAMME) -> Committees:
    """The committees of a holder. NotFound for who does not see all of it."""
    day = today(platform)
    with platform.database.read() as session:
        return committees_in(platform, session, scope, seen_holder(session, scope, place, day, right), day)


def committees_in(platform: Platform, session: Session, scope: Scope, holder: Holder, day: date) -> Committees:
    """The same in the caller's transaction."""
    above = [one.key for one in holder.above]
    keys = (*keys_below(holder), *above)
    rows = session.scalars(select(Committee).where(Committee.holder.in_(keys))).all()
    meetings = _meetings(platform, session, scope, holder, rows, day)
    coming = sorted((one for one in meetings if one.sitting is Sitting.PLANNED), key=lambda one: (one.held_on, one.id))
    past = sorted((one for one in meetings if one not in coming), key=lambda one: (one.held_on, one.id), reverse=True)
    return Committees(
        view_of(platform, session, scope, holder), _rhythms(platform, meetings, day, scope), tuple(coming), tuple(past)
    )


def read_meeting(platform: Platform, scope: Scope, place: Place, committee_id: int) -> tuple[HolderView, Meeting]:
    """One meeting of a holder or of one of its members. NotFound for any other."""
    day = today(platform)
    with platform.database.read() as session:
        holder = seen_holder(session, scope, place, day)
        row = session.get(Committee, committee_id)
        if row is None or row.holder not in keys_below(holder):
            raise NotFound
        return view_of(platform, session, scope, holder), _meetings(platform, session, scope, holder, [row], day)[0]


def sitting_of(held_on: date, held: bool | None, day: date) -> Sitting:
    """What became of a meeting, as seen on a day; one of today is still to come until somebody says otherwise."""
    if held is None:
        return Sitting.PLANNED if held_on >= day else Sitting.UNSAID
    return Sitting.HELD if held else Sitting.MISSED


def _meetings(
    platform: Platform, session: Session, scope: Scope, holder: Holder, rows: Sequence[Committee], day: date
) -> list[Meeting]:
    names = names_of(session, {place_at(row.holder) for row in rows})
    above = {one.key for one in holder.above}
    told = [row for row in rows if row.holder not in above]
    proofs = tied(session, scope, holder.sites, ThingKind.COMMITTEE, [str(row.id) for row in told], day)
    actions = _actions(session, scope, holder.sites, [row.id for row in told])
    kinds = platform.kits.governance.committees
    return [
        Meeting(
            id=row.id,
            place=place_at(row.holder),
            where=names.get(row.holder, ""),
            kind=row.kind,
            kind_name=kinds[row.kind].title.render(scope.lang) if row.kind in kinds else row.kind,
            held_on=row.held_on,
            held=row.held,
            sitting=sitting_of(row.held_on, row.held, day),
            attendees="" if row.holder in above else row.attendees,
            text="" if row.holder in above else row.decisions,
            decisions=() if row.holder in above else _decisions(row, actions),
            own=row.holder == holder.key,
            above=row.holder in above,
            proofs=proofs.get(str(row.id), ()),
            version=row.version,
            changed_by=row.changed_by,
        )
        for row in rows
    ]


def _decisions(row: Committee, actions: Mapping[str, DecisionAction]) -> tuple[Decision, ...]:
    return tuple(
        Decision(one.key, one.words, actions.get(f"{PREFIX}:{row.id}:{one.key}")) for one in gap_lines(row.decisions)
    )


def _actions(
    session: Session, scope: Scope, sites: Collection[int], committee_ids: Sequence[int]
) -> Mapping[str, DecisionAction]:
    """The actions born of these meetings, by what they come from; one a decision, where the reader sees actions."""
    if not committee_ids:
        return {}
    wanted = {f"{PREFIX}:{number}" for number in committee_ids}
    rows = session.execute(
        select(Action, ActionSite)
        .join(ActionSite, ActionSite.action_id == Action.id)
        .where(
            Action.source == ActionSource.OTHER,
            Action.source_ref.startswith(f"{PREFIX}:"),
            ActionSite.establishment_id.in_(sites),
            within(scope, Right.SEE_ACTIONS, ActionSite.establishment_id),
        )
        .order_by(Action.id.desc(), ActionSite.establishment_id.desc())
    )
    return {
        action.source_ref: DecisionAction(action.id, site.establishment_id, action.title, site.state, action.due_on)
        for action, site in rows
        if action.source_ref.rpartition(":")[0] in wanted
    }


def _rhythms(platform: Platform, meetings: Sequence[Meeting], day: date, scope: Scope) -> tuple[Rhythm, ...]:
    by_kind: dict[str, list[Meeting]] = defaultdict(list)
    for one in meetings:
        by_kind[one.kind].append(one)
    return tuple(
        _rhythm(one.id, one.title.render(scope.lang), one.what.render(scope.lang), by_kind[one.id], day)
        for one in platform.kits.governance.committees.values()
    )


def _rhythm(kind: str, name: str, what: str, meetings: Sequence[Meeting], day: date) -> Rhythm:
    recent = [one for one in meetings if (day - one.held_on).days <= 365]
    return Rhythm(
        kind=kind,
        name=name,
        what=what,
        last=max((one.held_on for one in meetings if one.sitting is Sitting.HELD), default=None),
        next=min((one.held_on for one in meetings if one.sitting is Sitting.PLANNED), default=None),
        missed=sum(one.sitting is Sitting.MISSED for one in recent),
        unsaid=sum(one.sitting is Sitting.UNSAID for one in recent),
    )
