"""Rows of impact analyses for the services that read and write them: who may, what they say, who changed what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.bia import Objective, answers_from
from care.domain.bia_content import Content
from care.domain.bia_scale import DEFAULT_SCALE, Scale
from care.domain.continuity import SheetState
from care.services.errors import Forbidden, NotFound, Refused
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.continuity import Activity, Bia, BiaScale, Node
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from scanners.model import Scalar, Text

THING = "bia"
COLUMNS: Mapping[Objective, str] = {one: f"{one}_minutes" for one in Objective}
"""The column of each objective."""

_FIELDS: Mapping[str, Text] = {
    "interviewed": Text("qui a répondu", "who answered"),
    "answered_on": Text("la date des réponses", "the date of the answers"),
    "peaks": Text("les moments difficiles", "the worst times"),
    "dmia_minutes": Text("l’interruption admissible", "the tolerable interruption"),
    "rto_minutes": Text("le délai de reprise", "the recovery time"),
    "pdma_minutes": Text("la perte de données", "the data loss"),
    "dmard_minutes": Text("le délai de restauration", "the restore time"),
    "minimum_service": Text("le service minimal", "the minimum service"),
    "minimum_percent": Text("la part à garder", "the part to keep"),
    "notes": Text("les remarques", "the notes"),
}


def visible_activity(session: Session, scope: Scope, activity_id: int) -> Activity:
    """An activity whose continuity `scope` sees; NotFound otherwise."""
    found = session.scalars(
        select(Activity).where(
            Activity.id == activity_id, within(scope, Right.SEE_CONTINUITY, Activity.establishment_id)
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def visible_bia(session: Session, scope: Scope, bia_id: int) -> tuple[Bia, Activity]:
    """A version and its activity, if `scope` sees the continuity of its establishment; NotFound otherwise."""
    row = session.get(Bia, bia_id)
    if row is None:
        raise NotFound
    return row, visible_activity(session, scope, row.activity_id)


def place_of(session: Session, scope: Scope, activity: Activity) -> Establishment:
    """The establishment of an activity, with what its lineage needs."""
    return visible_establishment(session, scope, activity.establishment_id, Right.SEE_CONTINUITY)


def may_fill(scope: Scope, activity: Activity, place: Establishment) -> bool:
    """Whether `scope` may answer for an activity: it manages continuity there, or owns the activity."""
    if activity.ended_on is not None:
        return False
    owns = activity.owner_account_id is not None and activity.owner_account_id == scope.account_id
    return scope.allows(Right.MANAGE_CONTINUITY, place.lineage) or (
        owns and scope.allows(Right.FILL_OWN_ACTIVITY, place.lineage)
    )


def may_validate(scope: Scope, activity: Activity, place: Establishment) -> bool:
    """Whether `scope` may put an analysis into force: who manages continuity, or the legal representative."""
    rights = (Right.MANAGE_CONTINUITY, Right.VALIDATE_PLAN)
    return activity.ended_on is None and any(scope.allows(right, place.lineage) for right in rights)


def locked_activity(session: Session, activity_id: int) -> None:
    """Hold an activity until the commit: its versions begin and go into force one at a time."""
    session.execute(select(Node.id).where(Node.id == activity_id).with_for_update())


def locked_draft(session: Session, scope: Scope, bia_id: int) -> tuple[Bia, Activity, Establishment]:
    """A draft about to be changed. NotFound for a stranger, Forbidden for a reader, Refused when it is no draft."""
    _row, activity = visible_bia(session, scope, bia_id)
    place = place_of(session, scope, activity)
    if not (may_fill(scope, activity, place) or may_validate(scope, activity, place)):
        raise Forbidden
    row = session.scalars(
        select(Bia).where(Bia.id == bia_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if row.state is not SheetState.DRAFT:
        raise Refused(
            Text(
                "Cette version n’est plus un brouillon : commencez-en une nouvelle pour changer quelque chose.",
                "This version is no longer a draft: start a new one to change anything.",
            )
        )
    return row, activity, place


def scale_of(session: Session, establishment_id: int) -> Scale:
    """The scale in use in an establishment: its own, else ours."""
    row = session.get(BiaScale, establishment_id)
    return scale_in(row) if row else DEFAULT_SCALE


def scale_in(row: BiaScale) -> Scale:
    """The scale a row holds."""
    return Scale.from_json({"axes": row.axes, "levels": row.levels, "steps": row.steps})


def content_of(row: Bia) -> Content:
    """What a version says, under the scale it was answered with."""
    scale = Scale.from_json(row.scale) if row.scale else DEFAULT_SCALE
    return Content(
        scale=scale,
        answers=answers_from(row.impacts, scale),
        reasons=dict(row.reasons),
        durations={one: getattr(row, column) for one, column in COLUMNS.items()},
        minimum_service=row.minimum_service,
        minimum_percent=row.minimum_percent,
        peaks=row.peaks,
        notes=row.notes,
        interviewed=row.interviewed,
    )


def thing(row: Bia, activity: Activity) -> Thing:
    """What the trail calls a version."""
    return Thing(THING, row.id, activity.establishment_id)


def note(
    session: Session, scope: Scope, row: Bia, activity: Activity, action: str, now: datetime, fields: Sequence[str] = ()
) -> None:
    """Count one more version of a locked row and record it in the trail, last in the transaction."""
    row.version += 1
    row.changed_at, row.changed_by = now, scope.actor
    detail: dict[str, Scalar] = {
        "activity": activity.name,
        "number": row.number,
        "version": row.version,
        "fields": ", ".join(fields),
    }
    record(session, scope, action, thing(row, activity), now, detail)


def check_version(
    platform: Platform, session: Session, row: Bia, seen: int, fields: Collection[str] | None = None
) -> None:
    """Refused, saying who changed what, when the draft is no longer the one that was shown.

    With `fields`, only changes of those count: two people may answer two questions at once. None: any change counts.
    """
    if row.version == seen:
        return
    events = session.scalars(
        select(TrailEvent)
        .where(TrailEvent.thing_kind == THING, TrailEvent.thing_id == str(row.id))
        .order_by(TrailEvent.number.desc())
        .limit(100)
    )
    since = [one for one in events if _version_of(one) > seen]
    touched = {name for one in since for name in _fields_of(one)}
    known = seen <= row.version and len(since) == row.version - seen
    if fields is not None and known and not touched & set(fields):
        return
    raise Refused(_who_changed_what(row, since, fields, ZoneInfo(platform.settings.timezone)))


def _version_of(event: TrailEvent) -> int:
    version = event.detail.get("version")
    return version if isinstance(version, int) else 0


def _fields_of(event: TrailEvent) -> set[str]:
    return {name for name in str(event.detail.get("fields", "")).split(", ") if name}


def _who_changed_what(row: Bia, since: Sequence[TrailEvent], fields: Collection[str] | None, zone: ZoneInfo) -> Text:
    mine = [one for one in since if fields is None or _fields_of(one) & set(fields)]
    who = ", ".join(dict.fromkeys(one.actor for one in mine)) or row.changed_by
    at = (mine[0].at if mine else row.changed_at).astimezone(zone)
    names = {name for one in mine for name in _fields_of(one) if fields is None or name in fields}
    said = _said(row, names)
    return Text(
        f"Entre-temps, {who} a modifié {said.fr} (le {at:%d/%m/%Y à %H:%M}). Rien n’est perdu : comparez avec ce que "
        "vous avez saisi, corrigez si besoin, puis enregistrez de nouveau.",
        f"In the meantime, {who} changed {said.en} (on {at:%Y-%m-%d at %H:%M}). Nothing is lost: compare with what "
        "you typed, correct it if need be, then save again.",
    )


def _said(row: Bia, names: Collection[str]) -> Text:
    scale = content_of(row).scale
    texts = [words for name, words in _FIELDS.items() if name in names]
    axes = [axis.name for axis in scale.axes if f"impacts.{axis.key}" in names]
    texts += [Text(f"« {one.fr} »", f"“{one.en}”") for one in axes]
    return Text(", ".join(one.fr for one in texts) or "ce bilan", ", ".join(one.en for one in texts) or "this analysis")


def set_values(row: Bia, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Write the columns that differ; returns the names of the fields changed, axes as `impacts.<key>`."""
    changed = []
    for name, value in values.items():
        if name.startswith("impacts."):
            changed += _set_axis(row, name, value)
        elif getattr(row, name) != value:
            setattr(row, name, value)
            changed.append(name)
    return tuple(changed)


def _set_axis(row: Bia, name: str, value: tuple[Mapping[int, int], str]) -> list[str]:
    """An axis is its levels and its reason. JSON columns are replaced whole: the mapper sees no change inside."""
    key, (levels, why) = name.removeprefix("impacts."), value
    kept = {str(step): level for step, level in levels.items()}
    if row.impacts.get(key, {}) == kept and row.reasons.get(key, "") == why:
        return []
    row.impacts = {**row.impacts, key: kept}
    row.reasons = {**row.reasons, key: why}
    return [name]
