"""The due policy: days to fix by severity and care criticality, of the platform and of establishments.

Recording one works out again the dates that nobody chose, and says so on each action.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, lineage
from care.domain.actions import OPEN_STATES, CareCriticality
from care.domain.due_dates import DEFAULT_DAYS, DueDays, due_on, from_json, policy_faults, to_json
from care.services.errors import Forbidden, Invalid, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.actions import Action, ActionEvent, ActionSite, DuePolicy
from care.store.registry import Region
from scanners.model import Severity, Text

_CHUNK = 5000
Typed = Mapping[Severity, Mapping[CareCriticality, int | None]]
"""A policy as typed in: None where no number was."""


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A due policy. `own` is False when it is that of the platform, or our default; `version` 0 means no row yet."""

    days: DueDays
    own: bool
    version: int
    changed_at: datetime | None
    changed_by: str
    may_change: bool


def open_policy(platform: Platform, scope: Scope, establishment_id: int | None = None) -> PolicyView:
    """The policy that applies in an establishment; that of the platform when None."""
    with platform.database.read() as session:
        may_change = _may_change(session, scope, establishment_id)
        rows = {row.establishment_id: row for row in session.scalars(_rows(establishment_id))}
        own = rows.get(establishment_id)
        shown = own or rows.get(None)
        return PolicyView(
            days=from_json(shown.days) if shown else DEFAULT_DAYS,
            own=own is not None,
            version=own.version if own else 0,
            changed_at=shown.changed_at if shown else None,
            changed_by=shown.changed_by if shown else "",
            may_change=may_change,
        )


def set_policy(platform: Platform, scope: Scope, establishment_id: int | None, days: Typed, version: int) -> int:
    """Record a policy seen at `version` and return how many due dates it moved.

    Invalid names each faulty cell (`critical.vital`); Refused when somebody changed it since.
    """
    faults = policy_faults(days)
    if faults:
        raise Invalid(faults)
    kept = {severity: {one: value or 0 for one, value in row.items()} for severity, row in days.items()}
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _to_change(session, scope, establishment_id, version)
        if row is None:
            row = DuePolicy(establishment_id=establishment_id, version=0)
            session.add(row)
        row.days, row.version = to_json(kept), row.version + 1
        row.changed_at, row.changed_by = now, scope.actor
        session.flush()
        moved = _recompute(session, platform, establishment_id, scope.actor, now)
        record(session, scope, "due_policy.set", _thing(establishment_id), now, {"moved": moved})
        return moved


def forget_policy(platform: Platform, scope: Scope, establishment_id: int | None, version: int) -> int:
    """Go back to the policy above (the platform's, or our default); returns how many due dates moved."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _to_change(session, scope, establishment_id, version)
        if row is None:
            return 0
        session.delete(row)
        session.flush()
        moved = _recompute(session, platform, establishment_id, scope.actor, now)
        record(session, scope, "due_policy.forgotten", _thing(establishment_id), now, {"moved": moved})
        return moved


def _thing(establishment_id: int | None) -> Thing:
    return Thing("due_policy", establishment_id or 0, establishment_id)


def _rows(establishment_id: int | None) -> Select[DuePolicy]:
    return select(DuePolicy).where(
        DuePolicy.establishment_id.is_(None) | (DuePolicy.establishment_id == establishment_id)
    )


def _may_change(session: Session, scope: Scope, establishment_id: int | None) -> bool:
    if establishment_id is None:
        if not scope.allows_somewhere(Right.SEE_ACTIONS):
            raise Forbidden
        return scope.allows(Right.MANAGE_ACTIONS, lineage())
    place = visible_establishment(session, scope, establishment_id, Right.SEE_ACTIONS)
    return scope.allows(Right.MANAGE_ACTIONS, place.lineage)


def _to_change(session: Session, scope: Scope, establishment_id: int | None, version: int) -> DuePolicy | None:
    if not _may_change(session, scope, establishment_id):
        raise Forbidden
    # A first policy has no row to lock: two people who write it at once wait for each other here.
    session.execute(select(Region.id).order_by(Region.id).limit(1).with_for_update(key_share=True))
    mine = (
        DuePolicy.establishment_id.is_(None)
        if establishment_id is None
        else DuePolicy.establishment_id == establishment_id
    )
    row = session.scalars(
        select(DuePolicy).where(mine).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if (row.version if row else 0) != version:
        who = row.changed_by if row else ""
        raise Refused(
            Text(
                f"{who or 'Quelqu’un'} a modifié ces délais entre-temps. Rien n’est perdu : comparez avec ce que vous "
                "avez saisi, puis enregistrez de nouveau.",
                f"{who or 'Somebody'} changed these delays in the meantime. Nothing is lost: compare with what you "
                "typed, then save again.",
            )
        )
    return row


@dataclass(frozen=True, slots=True)
class _Dated:
    """An action whose date follows the policy."""

    id: int
    severity: Severity
    criticality: CareCriticality
    created_at: datetime
    due_on: date
    version: int


def _recompute(session: Session, platform: Platform, establishment_id: int | None, actor: str, now: datetime) -> int:
    """Work out again the dates nobody chose, of actions not over, where the policy changed."""
    zone = ZoneInfo(platform.settings.timezone)
    actions = _followers(session, establishment_id)
    sites = _sites(session, [one.id for one in actions])
    own, common = _policies(session)
    moved = []
    for one in actions:
        policies = [own.get(site, common) for site in sites[one.id]]
        after = due_on(one.created_at.astimezone(zone).date(), one.severity, one.criticality, policies)
        if after != one.due_on:
            moved.append((one, after))
    _write(session, moved, actor, now)
    return len(moved)


def _followers(session: Session, establishment_id: int | None) -> Sequence[_Dated]:
    pending = select(ActionSite.action_id).where(ActionSite.state.in_(OPEN_STATES))
    if establishment_id is not None:
        pending = pending.where(ActionSite.establishment_id == establishment_id)
    rows = session.execute(
        select(Action.id, Action.severity, Action.criticality, Action.created_at, Action.due_on, Action.version)
        .where(Action.due_chosen.is_(False), Action.id.in_(pending))
        .order_by(Action.id)
        .with_for_update(key_share=True)
    )
    return [_Dated(*row) for row in rows]


def _sites(session: Session, ids: Sequence[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for first in range(0, len(ids), _CHUNK):
        rows = session.execute(
            select(ActionSite.action_id, ActionSite.establishment_id).where(
                ActionSite.action_id.in_(ids[first : first + _CHUNK])
            )
        )
        for action_id, establishment_id in rows:
            found[action_id].append(establishment_id)
    return found


def _policies(session: Session) -> tuple[Mapping[int | None, DueDays], DueDays]:
    own = {row.establishment_id: from_json(row.days) for row in session.scalars(select(DuePolicy))}
    return own, own.get(None, DEFAULT_DAYS)


def _write(session: Session, moved: Iterable[tuple[_Dated, date]], actor: str, now: datetime) -> None:
    changed, events = [], []
    for one, after in moved:
        version = one.version + 1
        changed.append({"id": one.id, "due_on": after, "version": version, "changed_at": now, "changed_by": actor})
        detail = {
            "version": version,
            "from": one.due_on.isoformat(),
            "to": after.isoformat(),
            "fields": {"due_on": [one.due_on.isoformat(), after.isoformat()]},
        }
        events.append(
            {"action_id": one.id, "establishment_id": None, "at": now, "actor": actor, "what": "due", "detail": detail}
        )
    if changed:
        session.execute(update(Action), changed)
        session.execute(insert(ActionEvent), events)
