"""Business impact analyses to write: begun, answered page by page, proposed, put into force, given up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.bia import Objective, carried_on, duration_fault, to_kept
from care.domain.bia_content import Content, lacks
from care.domain.bia_scale import Scale
from care.domain.continuity import SheetState
from care.domain.durations import minutes_of
from care.services.action_query import today
from care.services.bia_rows import (
    COLUMNS,
    check_version,
    content_of,
    locked_activity,
    locked_draft,
    may_fill,
    may_validate,
    note,
    place_of,
    scale_of,
    set_values,
    visible_activity,
)
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.store.continuity import Activity, Bia
from scanners.model import Lang, Text

MAX_TEXT = 10_000
MAX_REASON = 1_000
_NO_DURATION = Text(
    "« {typed} » n’est pas une durée : écrivez par exemple 30 min, 4 h, 2 j ou 1 semaine.",
    "“{typed}” is not a duration: write for example 30 min, 4 h, 2 d or 1 week.",
)


class Source(StrEnum):
    """What a new version begins with."""

    NOTHING = "nothing"
    LAST = "last"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class About:
    """Who answered, when, and when an interruption is worst."""

    interviewed: str
    peaks: str = ""
    answered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """The level of one axis at each step answered (minutes); a step left out keeps the answer before it."""

    axis: str
    levels: Mapping[int, int]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Times:
    """Some of the four durations as typed; an empty one is not known yet."""

    typed: Mapping[Objective, str]


@dataclass(frozen=True, slots=True)
class Minimum:
    """What must be kept whatever happens, how much of it (percent as typed), and what else there is to say."""

    minimum_service: str
    minimum_percent: str = ""
    notes: str = ""


Entry = About | Impact | Times | Minimum


@dataclass(frozen=True, slots=True)
class _Values:
    """Columns to write, and what is wrong with what was typed."""

    columns: Mapping[str, Any]
    faults: Mapping[str, Text] = field(default_factory=dict)


def start_bia(
    platform: Platform, scope: Scope, activity_id: int, source: Source = Source.NOTHING, model_id: str = ""
) -> int:
    """Begin a draft, under the scale in use; returns its number. Refused while another draft is open."""
    now, day = platform.clock.now(), today(platform)
    with platform.database.write() as session:
        activity = visible_activity(session, scope, activity_id)
        if not may_fill(scope, activity, place_of(session, scope, activity)):
            raise Forbidden
        locked_activity(session, activity_id)
        _check_no_draft(session, activity_id)
        scale = scale_of(session, activity.establishment_id)
        content, model = _beginning(platform, session, activity, scale, source, model_id, scope.lang)
        row = _new_row(session, activity_id, content, model, scope.actor, now, day)
        session.add(row)
        session.flush()
        note(session, scope, row, activity, "bia.started", now)
        return row.id


def _check_no_draft(session: Session, activity_id: int) -> None:
    found = session.scalars(
        select(Bia).where(Bia.activity_id == activity_id, Bia.state == SheetState.DRAFT)
    ).one_or_none()
    if found is not None:
        raise Refused(
            Text(
                f"Un brouillon est déjà ouvert, commencé par {found.created_by} : reprenez-le, ou abandonnez-le.",
                f"A draft is already open, begun by {found.created_by}: go on with it, or give it up.",
            )
        )


def _beginning(
    platform: Platform, session: Session, activity: Activity, scale: Scale, source: Source, model_id: str, lang: Lang
) -> tuple[Content, str]:
    if source is Source.MODEL:
        model = platform.kits.models.by_id.get(model_id)
        if model is None:
            raise Invalid({"model": Text("Choisissez un modèle de la liste.", "Choose a model of the list.")})
        activity.model = activity.model or model.id
        return model.content(scale, lang), model.id
    last = _last(session, activity.id) if source is Source.LAST else None
    return (content_of(last).under(scale), last.model) if last else (Content(scale), "")


def _last(session: Session, activity_id: int) -> Bia | None:
    """The version in force, else the latest there was."""
    rows = session.scalars(select(Bia).where(Bia.activity_id == activity_id).order_by(Bia.number.desc())).all()
    return next((one for one in rows if one.state is SheetState.CURRENT), rows[0] if rows else None)


def _new_row(
    session: Session, activity_id: int, content: Content, model: str, actor: str, now: datetime, day: date
) -> Bia:
    """A draft with that content; who answered is asked again each time."""
    number = session.scalar(select(func.max(Bia.number)).where(Bia.activity_id == activity_id)) or 0
    return Bia(
        activity_id=activity_id,
        number=number + 1,
        state=SheetState.DRAFT,
        scale=content.scale.to_json(),
        impacts=to_kept(content.answers),
        reasons=dict(content.reasons),
        model=model,
        minimum_service=content.minimum_service,
        minimum_percent=content.minimum_percent,
        peaks=content.peaks,
        notes=content.notes,
        answered_on=day,
        created_at=now,
        created_by=actor,
        changed_at=now,
        changed_by=actor,
        version=0,
        **{column: content.durations[one] for one, column in COLUMNS.items()},
    )


def save_bia(platform: Platform, scope: Scope, bia_id: int, entry: Entry, seen: int) -> None:
    """Record one page of answers, complete or not, into a draft seen at version `seen`.

    Refused when somebody changed the same answers since; other pages may have moved on. A proposed draft that changes
    is no longer proposed.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row, activity, place = locked_draft(session, scope, bia_id)
        if not may_fill(scope, activity, place):
            raise Forbidden
        values = _values(entry, content_of(row).scale, today(platform))
        if values.faults:
            raise Invalid(values.faults)
        check_version(platform, session, row, seen, values.columns)
        changed = set_values(row, values.columns)
        if changed:
            row.proposed_at, row.proposed_by = None, ""
            note(session, scope, row, activity, "bia.saved", now, changed)


def _values(entry: Entry, scale: Scale, day: date) -> _Values:
    if isinstance(entry, About):
        return _about(entry, day)
    if isinstance(entry, Impact):
        return _impact(entry, scale)
    if isinstance(entry, Times):
        return _times(entry)
    return _minimum(entry)


def _about(entry: About, day: date) -> _Values:
    faults = _too_long({"interviewed": (entry.interviewed, 300), "peaks": (entry.peaks, 500)})
    if entry.answered_on is not None and entry.answered_on > day:
        faults["answered_on"] = Text("Cette date est dans l’avenir.", "That date is in the future.")
    columns = {
        "interviewed": entry.interviewed.strip(),
        "peaks": entry.peaks.strip(),
        "answered_on": entry.answered_on,
    }
    return _Values(columns, faults)


def _impact(entry: Impact, scale: Scale) -> _Values:
    if scale.axis(entry.axis) is None:
        raise NotFound
    if any(step not in scale.steps or not 1 <= level <= scale.top for step, level in entry.levels.items()):
        raise Invalid({"levels": Text("Choisissez un niveau de l’échelle.", "Choose a level of the scale.")})
    levels = carried_on(entry.levels, scale.steps)
    return _Values({f"impacts.{entry.axis}": (levels, entry.why.strip())}, _too_long({"why": (entry.why, MAX_REASON)}))


def _times(entry: Times) -> _Values:
    columns: dict[str, int | None] = {}
    faults: dict[str, Text] = {}
    for objective, typed in entry.typed.items():
        try:
            columns[COLUMNS[objective]] = _minutes(objective, typed)
        except Invalid as refusal:
            faults |= refusal.fields
    return _Values(columns, faults)


def _minutes(objective: Objective, typed: str) -> int | None:
    if not typed.strip():
        return None
    try:
        minutes = minutes_of(typed)
    except ValueError as error:
        shown = typed.strip()[:40]
        said = Text(_NO_DURATION.fr.format(typed=shown), _NO_DURATION.en.format(typed=shown))
        raise Invalid({objective: said}) from error
    if fault := duration_fault(objective, minutes):
        raise Invalid({objective: fault})
    return minutes


def _minimum(entry: Minimum) -> _Values:
    faults = _too_long({"minimum_service": (entry.minimum_service, MAX_TEXT), "notes": (entry.notes, MAX_TEXT)})
    typed = entry.minimum_percent.strip().rstrip("%").strip()
    percent = int(typed) if typed.isdecimal() and len(typed) <= 3 else None
    if typed and (percent is None or not 1 <= percent <= 100):
        faults["minimum_percent"] = Text("Un nombre entier de 1 à 100.", "A whole number from 1 to 100.")
    columns = {
        "minimum_service": entry.minimum_service.strip(),
        "minimum_percent": percent,
        "notes": entry.notes.strip(),
    }
    return _Values(columns, faults)


def _too_long(texts: Mapping[str, tuple[str, int]]) -> dict[str, Text]:
    return {
        name: Text(f"{most} signes au plus.", f"At most {most} characters.")
        for name, (text, most) in texts.items()
        if len(text.strip()) > most
    }


def propose_bia(platform: Platform, scope: Scope, bia_id: int, seen: int) -> None:
    """The owner says the draft is ready; who manages continuity, or the direction, puts it into force."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row, activity = _own_draft(platform, session, scope, bia_id, seen)
        _check_complete(row, scope.lang)
        row.proposed_at, row.proposed_by = now, scope.actor
        note(session, scope, row, activity, "bia.proposed", now)


def put_into_force(platform: Platform, scope: Scope, bia_id: int, seen: int) -> None:
    """Make a complete draft the version in force; the one before is kept as replaced."""
    now = platform.clock.now()
    with platform.database.write() as session:
        _row, activity, place = locked_draft(session, scope, bia_id)
        if not may_validate(scope, activity, place):
            raise Forbidden
        locked_activity(session, activity.id)
        row, activity, place = locked_draft(session, scope, bia_id)
        check_version(platform, session, row, seen)
        _check_complete(row, scope.lang)
        for former in _in_force(session, activity.id):
            former.state = SheetState.REPLACED
        row.state = SheetState.CURRENT
        row.validated_at, row.validated_by = now, scope.actor
        note(session, scope, row, activity, "bia.put_into_force", now)


def give_up_bia(platform: Platform, scope: Scope, bia_id: int, seen: int) -> None:
    """Abandon a draft: it is kept with the versions, never deleted, and another may begin."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row, activity = _own_draft(platform, session, scope, bia_id, seen)
        row.state = SheetState.REPLACED
        note(session, scope, row, activity, "bia.given_up", now)


def _own_draft(platform: Platform, session: Session, scope: Scope, bia_id: int, seen: int) -> tuple[Bia, Activity]:
    """A draft that `scope` may answer, locked; Refused when it is no longer as it was seen."""
    row, activity, place = locked_draft(session, scope, bia_id)
    if not may_fill(scope, activity, place):
        raise Forbidden
    check_version(platform, session, row, seen)
    return row, activity


def _in_force(session: Session, activity_id: int) -> Collection[Bia]:
    return session.scalars(
        select(Bia).where(Bia.activity_id == activity_id, Bia.state == SheetState.CURRENT).with_for_update()
    ).all()


def _check_complete(row: Bia, lang: Lang) -> None:
    """Refused, naming the first thing to complete and how many follow."""
    missing = lacks(content_of(row))
    if not missing:
        return
    first, others = missing[0].text, len(missing) - 1
    more_fr = f" (et {others} autre{'s' if others > 1 else ''} point{'s' if others > 1 else ''})" if others else ""
    more_en = f" (and {others} more)" if others else ""
    raise Refused(
        Text(
            f"Ce bilan n’est pas complet : {first.fr[:1].lower()}{first.fr[1:].rstrip('.')}{more_fr}.",
            f"This analysis is not complete: {first.en[:1].lower()}{first.en[1:].rstrip('.')}{more_en}.",
        )
    )
