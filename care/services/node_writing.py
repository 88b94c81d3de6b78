"""Activities and resources written down, both alike: a new one, a change. What their columns hold is each one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import Nature
from care.services.node_rows import (
    AnyNode,
    N,
    change,
    changed_detail,
    check_name,
    check_version,
    kind_name,
    locked_node,
    owns,
    taken_meanwhile,
    thing,
)
from care.services.perimeters import forget_absence
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.taken import invalid_when_taken
from care.services.trail import record
from care.store.registry import Establishment

Columns = Callable[[Session, Establishment, datetime], Mapping[str, Any]]
"""Every column that a draft fills, name and kind among them; Invalid with everything that is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """What is read of an activity and of a resource alike. `mine` says that the reader owns it."""

    id: int
    establishment_id: int
    name: str
    kind_name: str
    description: str
    owner: str
    owner_account_id: int | None
    mine: bool
    ended_on: date | None
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    version: int
    may_manage: bool


def read_alike(row: AnyNode, scope: Scope, place: Establishment) -> dict[str, Any]:
    """The fields of a `NodeView`."""
    same = ("id", "establishment_id", "name", "description", "owner", "owner_account_id", "ended_on", "created_at",
            "created_by", "changed_at", "changed_by", "version")  # fmt: skip
    return {name: getattr(row, name) for name in same} | {
        "kind_name": kind_name(row.kind, scope.lang),
        "mine": owns(scope, row),
        "may_manage": scope.allows(Right.MANAGE_CONTINUITY, place.lineage),
    }


def create_node(
    platform: Platform, scope: Scope, establishment_id: int, table: type[N], name: str, columns: Columns
) -> int:
    """Record an activity or a resource and return its number. Invalid names each faulty field."""
    now = platform.clock.now()
    with invalid_when_taken("name", taken_meanwhile(name)), platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        row = add_node(session, scope, place, table, columns(session, place, now), now)
        withdrawn = forget_absence(session, place.id, getattr(row, "perimeter", None))
        detail = {"name": row.name, "kind": row.kind.value, "version": row.version, **withdrawn}
        of_activity = row.nature is Nature.ACTIVITY
        record(session, scope, "activity.created" if of_activity else "resource.created", thing(row), now, detail)
        return row.id


def add_node(
    session: Session, scope: Scope, place: Establishment, table: type[N], values: Mapping[str, Any], now: datetime
) -> N:
    """The row of a new node, in the caller's transaction, which records the trail. Invalid (`name`) when taken."""
    key = check_name(session, place.id, values["kind"], values["name"])
    row = new_row(table, place.id, key, values, scope.actor, now)
    session.add(row)
    session.flush()
    return row


def new_row(table: type[N], establishment_id: int, key: str, values: Mapping[str, Any], actor: str, now: datetime) -> N:
    """The row of a new node whose name is free, not yet in a session."""
    return table(
        establishment_id=establishment_id,
        name_key=key,
        created_at=now,
        created_by=actor,
        changed_at=now,
        changed_by=actor,
        version=1,
        **values,
    )


def change_node(
    platform: Platform, scope: Scope, table: type[N], node_id: int, version: int, name: str, columns: Columns
) -> None:
    """Change a node seen at `version`. Refused, saying who changed what, when somebody changed it since."""
    now = platform.clock.now()
    with invalid_when_taken("name", taken_meanwhile(name)), platform.database.write() as session:
        row = locked_node(session, scope, table, node_id)
        check_version(platform, session, row, version)
        place = visible_establishment(session, scope, row.establishment_id)
        values = dict(columns(session, place, now))
        if row.ended_on is None:
            values["name_key"] = check_name(session, place.id, values["kind"], values["name"], but=row.id)
        fields = change(row, values, scope.actor, now)
        if fields:
            detail = changed_detail(row, fields, forget_absence(session, place.id, getattr(row, "perimeter", None)))
            of_activity = row.nature is Nature.ACTIVITY
            record(session, scope, "activity.changed" if of_activity else "resource.changed", thing(row), now, detail)
