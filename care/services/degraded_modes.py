"""Degraded-mode sheets: written as drafts at any moment, put into force, replaced, withdrawn. Nothing is deleted.

Versions of one sheet share a series. At most one of them is in force, at most one is a draft; the others are history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.continuity import SheetState
from care.domain.durations import LONGEST
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.degraded_rows import LIVING, check_seen, fillable_activity, fillable_row, rewrite, thing_of, touch
from care.services.errors import Invalid, Refused
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, MAX_TEXT, length_faults, line_of, lines_of
from care.store.continuity import Activity, DegradedMode, DegradedModeCover, Node
from scanners.model import Scalar, Text

REVIEW_AFTER = timedelta(days=365)
"""A sheet is read again once a year: what HAS visitors expect of continuity plans (twelve months)."""
LONGEST_REVIEW = timedelta(days=3 * 365)
MAX_COVERS = 50
LONG_TEXTS = ("trigger", "steps", "limits", "back_to_normal", "who_to_call")
_NEEDED: Mapping[str, Text] = {
    "trigger": Text("Dites quand appliquer cette fiche.", "Say when this sheet applies."),
    "steps": Text("Écrivez au moins une étape.", "Write at least one step."),
}


@dataclass(frozen=True, slots=True)
class SheetDraft:
    """A sheet as typed in: only its title is needed to save it. Long texts are Markdown.

    `covers` are nodes of the establishment, none for any digital loss. `holds_minutes` None means that nobody measured.
    """

    title: str
    trigger: str = ""
    steps: str = ""
    limits: str = ""
    back_to_normal: str = ""
    who_to_call: str = ""
    covers: tuple[int, ...] = ()
    holds_minutes: int | None = None
    capacity_percent: int | None = None
    owner: str = ""
    review_on: date | None = None


def start_sheet(platform: Platform, scope: Scope, activity_id: int, draft: SheetDraft) -> int:
    """Begin a sheet of an activity, as a draft, and return its number. Invalid names each faulty field."""
    now = platform.clock.now()
    with platform.database.write() as session:
        activity = fillable_activity(session, scope, activity_id)
        values = _checked(session, activity, draft, 0)
        row = _new_row(activity.id, 0, 1, values, scope.actor, now)
        session.add(row)
        session.flush()
        row.series = row.id
        session.flush()
        record(session, scope, "degraded_mode.started", thing_of(row, activity), now, _detail(row))
        return row.id


def save_draft(platform: Platform, scope: Scope, sheet_id: int, draft: SheetDraft, version: int) -> int:
    """Save a draft seen at `version` and return its new version.

    Refused when somebody changed it since, or when it is no draft; Invalid names each faulty field.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row, activity = fillable_row(session, scope, DegradedMode, sheet_id)
        check_seen(platform, session, row, activity, version)
        _check_draft(row)
        values = _checked(session, activity, draft, row.series)
        changed = rewrite(row, values, scope.actor, now)
        if changed:
            record(session, scope, "degraded_mode.saved", thing_of(row, activity), now, _detail(row, fields=changed))
        return row.version


def new_version(platform: Platform, scope: Scope, sheet_id: int) -> int:
    """Begin the next version of a sheet from the one shown; the number of its draft, the one there is if there is."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row, activity = fillable_row(session, scope, DegradedMode, sheet_id)
        pending = session.scalars(_of_series(row.series, SheetState.DRAFT)).one_or_none()
        if pending is not None:
            return pending.id
        last = session.scalar(select(func.max(DegradedMode.number)).where(DegradedMode.series == row.series)) or 0
        _check_title(session, activity, row.title, row.series)
        values = {one.name: getattr(row, one.name) for one in fields(SheetDraft)} | {"review_on": None}
        values["covers"] = _still_used(session, row.covers)
        draft = _new_row(activity.id, row.series, last + 1, values, scope.actor, now)
        session.add(draft)
        session.flush()
        record(
            session,
            scope,
            "degraded_mode.version_started",
            thing_of(draft, activity),
            now,
            _detail(draft, replaces=row.number),
        )
        return draft.id


def put_into_force(platform: Platform, scope: Scope, sheet_id: int, version: int) -> None:
    """Make a draft the version that applies, from today; the one before it is kept as replaced.

    Invalid names what the sheet still lacks. Without a review date it is to be read again in a year.
    """
    now, day = platform.clock.now(), today(platform)
    with platform.database.write() as session:
        row, activity = fillable_row(session, scope, DegradedMode, sheet_id)
        check_seen(platform, session, row, activity, version)
        _check_draft(row)
        _check_complete(row, day)
        _end_current(session, row.series, scope.actor, now, day)
        row.state, row.in_force_on, row.in_force_by = SheetState.CURRENT, day, scope.actor
        row.review_on = row.review_on or day + REVIEW_AFTER
        touch(row, scope.actor, now)
        _set_covers(session, row.series, row.covers)
        record(session, scope, "degraded_mode.put_in_force", thing_of(row, activity), now, _detail(row, fields="state"))


def give_up_draft(platform: Platform, scope: Scope, sheet_id: int, version: int) -> None:
    """Give up a draft: it is kept among the versions, as never applied."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row, activity = fillable_row(session, scope, DegradedMode, sheet_id)
        check_seen(platform, session, row, activity, version)
        _check_draft(row)
        row.state, row.ended_on = SheetState.REPLACED, today(platform)
        touch(row, scope.actor, now)
        record(session, scope, "degraded_mode.given_up", thing_of(row, activity), now, _detail(row, fields="state"))


def withdraw_sheet(platform: Platform, scope: Scope, sheet_id: int, version: int) -> None:
    """Take a sheet out of force with nothing in its place: it covers nothing from today."""
    now, day = platform.clock.now(), today(platform)
    with platform.database.write() as session:
        row, activity = fillable_row(session, scope, DegradedMode, sheet_id)
        check_seen(platform, session, row, activity, version)
        _check_current(row)
        _end_current(session, row.series, scope.actor, now, day)
        _set_covers(session, row.series, ())
        record(session, scope, "degraded_mode.withdrawn", thing_of(row, activity), now, _detail(row, fields="state"))


def note_review(platform: Platform, scope: Scope, sheet_id: int, version: int, next_on: date | None = None) -> None:
    """Say that a sheet in force was read again and still holds; its next review is in a year unless `next_on`."""
    now, day = platform.clock.now(), today(platform)
    chosen = next_on or day + REVIEW_AFTER
    _check_review(chosen, day)
    with platform.database.write() as session:
        row, activity = fillable_row(session, scope, DegradedMode, sheet_id)
        check_seen(platform, session, row, activity, version)
        _check_current(row)
        row.review_on = chosen
        touch(row, scope.actor, now)
        record(
            session,
            scope,
            "degraded_mode.reviewed",
            thing_of(row, activity),
            now,
            _detail(row, fields="review_on", next=chosen.isoformat()),
        )


def _checked(session: Session, activity: Activity, draft: SheetDraft, series: int) -> dict[str, Any]:
    """The columns of a draft, cleaned; Invalid with all that is wrong."""
    values: dict[str, Any] = {one.name: getattr(draft, one.name) for one in fields(SheetDraft)}
    values |= {name: lines_of(values[name]) for name in LONG_TEXTS}
    values |= {"title": line_of(draft.title), "owner": line_of(draft.owner)}
    values["covers"] = sorted(set(draft.covers))
    faults = sheet_faults(values)
    if not faults:
        faults = _cover_faults(session, activity, values["covers"])
    if faults:
        raise Invalid(faults)
    _check_title(session, activity, values["title"], series)
    return values


def sheet_faults(values: Mapping[str, Any]) -> dict[str, Text]:
    """What is wrong with the fields of a sheet, whatever the database holds."""
    longest = {name: (values[name], MAX_TEXT) for name in LONG_TEXTS}
    longest |= {name: (values[name], MAX_LINE) for name in ("title", "owner")}
    faults = length_faults(longest)
    if not values["title"]:
        faults["title"] = Text("Donnez un titre à la fiche.", "Give the sheet a title.")
    holds, capacity = values["holds_minutes"], values["capacity_percent"]
    if holds is not None and not 0 < holds <= LONGEST:
        faults["holds_minutes"] = Text(
            "Entre une minute et un an : un mode dégradé qui ne tient pas n’en est pas un, au-delà c’est une autre "
            "organisation. Laissez vide si personne ne l’a mesuré.",
            "Between one minute and one year: a degraded mode that does not hold is none, beyond that it is another "
            "organisation. Leave it empty if nobody measured it.",
        )
    if capacity is not None and not 0 < capacity <= 100:
        faults["capacity_percent"] = Text(
            "Un pourcentage entre 1 et 100. Laissez vide si personne ne l’a estimé.",
            "A percentage between 1 and 100. Leave it empty if nobody estimated it.",
        )
    return faults


def _cover_faults(session: Session, activity: Activity, covers: Sequence[int]) -> dict[str, Text]:
    known = session.scalars(
        select(Node.id).where(Node.id.in_(covers[:MAX_COVERS]), Node.establishment_id == activity.establishment_id)
    ).all()
    if len(known) == len(covers) and activity.id not in covers:
        return {}
    return {
        "covers": Text(
            f"Choisissez dans la liste, {MAX_COVERS} éléments au plus ; l’activité ne se remplace pas elle-même.",
            f"Choose from the list, at most {MAX_COVERS} items; the activity does not replace itself.",
        )
    }


def _check_title(session: Session, activity: Activity, title: str, series: int) -> None:
    """Two sheets with one name in one activity: nobody would know which to take at night."""
    rows = session.scalars(
        select(DegradedMode)
        .where(DegradedMode.activity_id == activity.id, DegradedMode.series != series, DegradedMode.state.in_(LIVING))
        .order_by(DegradedMode.id)
    )
    other = next((row for row in rows if folded(row.title) == folded(title)), None)
    if other is not None:
        raise Invalid({"title": _taken(other, activity)})


def _taken(other: DegradedMode, activity: Activity) -> Text:
    draft = other.state is SheetState.DRAFT
    return Text(
        f"« {other.title} » existe déjà pour « {activity.name} » ({'brouillon' if draft else 'en vigueur'}, version "
        f"{other.number}) : ouvrez cette fiche, ou donnez un titre qui distingue les deux.",
        f"“{other.title}” already exists for “{activity.name}” ({'draft' if draft else 'in force'}, version "
        f"{other.number}): open that sheet, or give a title that tells them apart.",
    )


def _check_draft(row: DegradedMode) -> None:
    if row.state is not SheetState.DRAFT:
        raise Refused(
            Text(
                f"La version {row.number} n’est plus un brouillon, elle ne change plus : préparez-en une nouvelle.",
                f"Version {row.number} is no longer a draft: it does not change any more. Prepare a new version.",
            )
        )


def _check_current(row: DegradedMode) -> None:
    if row.state is not SheetState.CURRENT:
        raise Refused(
            Text(
                f"La version {row.number} n’est pas en vigueur : ouvrez celle qui l’est.",
                f"Version {row.number} is not in force: open the one that is.",
            )
        )


def _check_complete(row: DegradedMode, day: date) -> None:
    faults = {name: words for name, words in _NEEDED.items() if not getattr(row, name)}
    if faults:
        raise Invalid(faults)
    if row.review_on is not None:
        _check_review(row.review_on, day)


def _check_review(review_on: date, day: date) -> None:
    if not timedelta(0) < review_on - day <= LONGEST_REVIEW:
        raise Invalid(
            {
                "review_on": Text(
                    "La prochaine revue est à venir, dans les trois ans.",
                    "The next review is to come, within three years.",
                )
            }
        )


def _of_series(series: int, state: SheetState) -> Select[DegradedMode]:
    return select(DegradedMode).where(DegradedMode.series == series, DegradedMode.state == state).with_for_update()


def _end_current(session: Session, series: int, actor: str, now: datetime, day: date) -> None:
    for row in session.scalars(_of_series(series, SheetState.CURRENT)):
        row.state, row.ended_on = SheetState.REPLACED, day
        touch(row, actor, now)


def _still_used(session: Session, covers: Sequence[int]) -> list[int]:
    return sorted(session.scalars(select(Node.id).where(Node.id.in_(covers), Node.ended_on.is_(None))))


def _set_covers(session: Session, series: int, covers: Sequence[int]) -> None:
    session.execute(delete(DegradedModeCover).where(DegradedModeCover.series == series))
    session.add_all(DegradedModeCover(series=series, node_id=number) for number in covers)


def _new_row(
    activity_id: int, series: int, number: int, values: Mapping[str, Any], actor: str, now: datetime
) -> DegradedMode:
    return DegradedMode(
        activity_id=activity_id,
        series=series,
        number=number,
        state=SheetState.DRAFT,
        created_at=now,
        created_by=actor,
        changed_at=now,
        changed_by=actor,
        version=1,
        **values,
    )


def _detail(row: DegradedMode, **more: str | int) -> dict[str, Scalar]:
    return {"title": row.title, "number": row.number, "version": row.version, **more}
