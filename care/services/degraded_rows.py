"""Rows of degraded-mode sheets and paper kits for the services that read and write them: who may, which row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import SheetState
from care.services.errors import NotFound, Refused
from care.services.node_rows import check_fills, owns
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing
from care.store.continuity import Activity, DegradedMode, PaperKit
from care.store.registry import Establishment
from scanners.model import Text

R = TypeVar("R", DegradedMode, PaperKit)
LIVING = (SheetState.CURRENT, SheetState.DRAFT)
"""Versions of a sheet that still count: those replaced are history."""
KINDS: Mapping[type, str] = {DegradedMode: "degraded_mode", PaperKit: "paper_kit"}
FIELDS: Mapping[str, Text] = {
    "title": Text("le titre", "the title"),
    "trigger": Text("quand l’appliquer", "when to apply it"),
    "steps": Text("les étapes", "the steps"),
    "limits": Text("les limites", "the limits"),
    "back_to_normal": Text("le retour à la normale", "the return to normal"),
    "who_to_call": Text("qui appeler", "who to call"),
    "covers": Text("ce qu’elle remplace", "what it makes up for"),
    "holds_minutes": Text("combien de temps elle tient", "how long it holds"),
    "capacity_percent": Text("la part d’activité gardée", "the share of activity kept"),
    "owner": Text("le responsable", "the owner"),
    "review_on": Text("la date de revue", "the review date"),
    "state": Text("son état", "its state"),
    "name": Text("le nom", "the name"),
    "place": Text("le lieu", "the place"),
    "contents": Text("le contenu", "the contents"),
    "check_every_days": Text("le rythme de vérification", "how often it is checked"),
    "autonomy_minutes": Text("l’autonomie", "how long it lasts"),
}


@dataclass(frozen=True, slots=True)
class Charge:
    """Where something of an activity lies, and whether who asks may write it."""

    activity: Activity
    place: Establishment
    may_fill: bool


def charge_of(session: Session, scope: Scope, activity: Activity) -> Charge:
    """The same for an activity that the reader sees."""
    place = visible_establishment(session, scope, activity.establishment_id, Right.SEE_CONTINUITY)
    fills = owns(scope, activity) and scope.allows(Right.FILL_OWN_ACTIVITY, place.lineage)
    may_fill = activity.ended_on is None and (fills or scope.allows(Right.MANAGE_CONTINUITY, place.lineage))
    return Charge(activity, place, may_fill)


def visible_row(session: Session, scope: Scope, table: type[R], number: int) -> tuple[R, Activity]:
    """A sheet or a kit that the reader may see, and its activity; NotFound otherwise."""
    query = (
        select(table, Activity)
        .join(Activity, Activity.id == table.activity_id)
        .where(table.id == number, within(scope, Right.SEE_CONTINUITY, Activity.establishment_id))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def fillable_row(session: Session, scope: Scope, table: type[R], number: int) -> tuple[R, Activity]:
    """The same about to be changed by who may: its activity, then itself, are locked until the commit."""
    _row, activity = visible_row(session, scope, table, number)
    activity = fillable_activity(session, scope, activity.id)
    row = session.scalars(
        select(table).where(table.id == number).with_for_update().execution_options(populate_existing=True)
    ).one()
    return row, activity


def fillable_activity(session: Session, scope: Scope, activity_id: int) -> Activity:
    """An activity whose sheets and kits are about to change, locked; Forbidden for a reader, Refused when it ended."""
    query = select(Activity).where(
        Activity.id == activity_id, within(scope, Right.SEE_CONTINUITY, Activity.establishment_id)
    )
    # FOR NO KEY UPDATE: what points to the activity may be added meanwhile.
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    activity = session.scalars(locked).one_or_none()
    if activity is None:
        raise NotFound
    check_fills(session, scope, activity)
    if activity.ended_on is not None:
        raise Refused(
            Text(
                f"L’activité « {activity.name} » a pris fin le {activity.ended_on:%d/%m/%Y} : ses fiches et ses kits "
                "se lisent encore, mais ne changent plus.",
                f"The activity “{activity.name}” ended on {activity.ended_on}: its sheets and kits may still be read, "
                "but no longer change.",
            )
        )
    return activity


def check_seen(
    platform: Platform, session: Session, row: DegradedMode | PaperKit, activity: Activity, seen: int
) -> None:
    """Refused, saying who changed what since, when a row is no longer the one that was shown."""
    if row.version != seen:
        refuse_stale(platform, session, thing_of(row, activity), (row.changed_at, row.changed_by), seen, FIELDS)


def thing_of(row: DegradedMode | PaperKit, activity: Activity) -> Thing:
    """The row as the trail names it."""
    return Thing(KINDS[type(row)], row.id, activity.establishment_id)


def touch(row: DegradedMode | PaperKit, actor: str, now: datetime) -> None:
    """Say who changed the row and when; forms filled before are stale from now on."""
    row.version += 1
    row.changed_at, row.changed_by = now, actor


def rewrite(row: DegradedMode | PaperKit, values: Mapping[str, object], actor: str, now: datetime) -> str:
    """Set the columns that differ and say which, "" when nothing does."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        touch(row, actor, now)
    return ", ".join(changed)
