"""The three perimeters that objective D2.O1.C demands: which activity carries each, or why there is none.

An establishment that says it has none gives a reason; the word falls by itself when an activity takes the perimeter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import PERIMETERS, Perimeter
from care.services.errors import Invalid, NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.continuity import Activity, PerimeterAbsence
from scanners.model import Scalar, Text

MAX_REASON = 300
_SAY_WHY = Text(
    f"Dites pourquoi en une phrase de {MAX_REASON} signes au plus.",
    f"Say why in one sentence of at most {MAX_REASON} characters.",
)


class Standing(StrEnum):
    """Where a perimeter stands: an activity carries it, the establishment says it has none, or nobody said."""

    CARRIED = "carried"
    ABSENT = "absent"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Carrier:
    """An activity that carries a perimeter."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class PerimeterView:
    """One of the three. `reason`, `said_at` and `said_by` are those of an absence."""

    perimeter: Perimeter
    name: str
    standing: Standing
    carriers: tuple[Carrier, ...] = ()
    reason: str = ""
    said_at: datetime | None = None
    said_by: str = ""


def list_perimeters(platform: Platform, scope: Scope, establishment_id: int) -> tuple[PerimeterView, ...]:
    """The three perimeters of an establishment, in the order of the objective."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        return read_perimeters(session, establishment_id, scope.lang)


def read_perimeters(session: Session, establishment_id: int, lang: str) -> tuple[PerimeterView, ...]:
    """The same, in the caller's transaction."""
    carriers = _carriers(session, establishment_id)
    query = select(PerimeterAbsence).where(PerimeterAbsence.establishment_id == establishment_id)
    absences = {row.perimeter: row for row in session.scalars(query)}
    return tuple(_view(one, carriers.get(one, ()), absences.get(one), lang) for one in Perimeter)


def say_absent(platform: Platform, scope: Scope, establishment_id: int, perimeter: Perimeter, reason: str) -> None:
    """Say that an establishment has no such perimeter, and why. Refused while an activity carries it."""
    now, said = platform.clock.now(), " ".join(reason.split())
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        if not 0 < len(said) <= MAX_REASON or not said.isprintable():
            raise Invalid({"reason": _SAY_WHY})
        if found := _carriers(session, place.id).get(perimeter):
            raise Refused(
                Text(
                    f"« {found[0].name} » porte déjà ce périmètre : retirez-le-lui d’abord.",
                    f"“{found[0].name}” already carries this perimeter: take it off first.",
                )
            )
        row = session.get(PerimeterAbsence, (place.id, perimeter), with_for_update=True)
        if row is None:
            row = PerimeterAbsence(establishment_id=place.id, perimeter=perimeter)
            session.add(row)
        row.reason, row.said_at, row.said_by = said, now, scope.actor
        session.flush()
        detail = {"perimeter": perimeter.value, "reason": said}
        record(session, scope, "perimeter.said_absent", _thing(place.id), now, detail)


def withdraw_absence(platform: Platform, scope: Scope, establishment_id: int, perimeter: Perimeter) -> None:
    """Take back the word that a perimeter does not exist; NotFound when nobody said so."""
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        if not forget_absence(session, place.id, perimeter):
            raise NotFound
        record(session, scope, "perimeter.absence_withdrawn", _thing(place.id), now, {"perimeter": perimeter.value})


def forget_absence(session: Session, establishment_id: int, perimeter: Perimeter | None) -> dict[str, Scalar]:
    """Drop the word that a perimeter does not exist, now that an activity carries it; what to add to the trail."""
    row = session.get(PerimeterAbsence, (establishment_id, perimeter), with_for_update=True) if perimeter else None
    if row is None:
        return {}
    session.delete(row)
    session.flush()
    return {"absence_withdrawn": row.perimeter.value}


def _carriers(session: Session, establishment_id: int) -> dict[Perimeter, tuple[Carrier, ...]]:
    rows = session.execute(
        select(Activity.perimeter, Activity.id, Activity.name)
        .where(
            Activity.establishment_id == establishment_id,
            Activity.ended_on.is_(None),
            Activity.perimeter.is_not(None),
        )
        .order_by(Activity.name, Activity.id)
    )
    found: dict[Perimeter, tuple[Carrier, ...]] = {}
    for perimeter, number, name in rows:
        if perimeter is not None:
            found[perimeter] = (*found.get(perimeter, ()), Carrier(number, name))
    return found


def _view(
    perimeter: Perimeter, carriers: tuple[Carrier, ...], absence: PerimeterAbsence | None, lang: str
) -> PerimeterView:
    name = PERIMETERS[perimeter].render(lang)
    if carriers:
        return PerimeterView(perimeter, name, Standing.CARRIED, carriers)
    if absence is None:
        return PerimeterView(perimeter, name, Standing.MISSING)
    return PerimeterView(perimeter, name, Standing.ABSENT, (), absence.reason, absence.said_at, absence.said_by)


def _thing(establishment_id: int) -> Thing:
    return Thing("establishment", establishment_id, establishment_id)
