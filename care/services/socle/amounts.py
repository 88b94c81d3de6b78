"""The amounts of one year: asked for, obtained, as people write them down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.application_files import in_future
from care.domain.investment import AmountError
from care.domain.socle import FIRST_YEAR
from care.services.action_query import today
from care.services.application_files.moving import euros_of
from care.services.errors import Invalid, NotFound
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.services.typed_texts import length_faults, lines_of
from care.store.programme import SocleYear
from care.store.upsert import insert_missing
from scanners.model import Scalar, Text

MAX_NOTE = 2_000
FIELDS: Mapping[str, Text] = {
    "asked": Text("le montant demandé", "the amount asked for"),
    "asked_on": Text("le jour de la demande", "the day of the request"),
    "obtained": Text("le montant obtenu", "the amount obtained"),
    "obtained_on": Text("le jour de la notification", "the day of the notification"),
    "note": Text("la note", "the note"),
}


@dataclass(frozen=True, slots=True)
class AmountsDraft:
    """What people write of a year, amounts as typed in euros."""

    asked: str = ""
    asked_on: date | None = None
    obtained: str = ""
    obtained_on: date | None = None
    note: str = ""


def set_amounts(
    platform: Platform, scope: Scope, establishment_id: int, year: int, draft: AmountsDraft, version: int
) -> None:
    """Keep the amounts of a year, seen at `version` (0 when nobody wrote any).

    NotFound for a year that has not come or precedes the first text; Invalid names each faulty field; Refused when
    somebody changed them since.
    """
    now, day = platform.clock.now(), today(platform)
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        check_year(year, day)
        values = _read(draft, day)
        row = _locked(session, scope, establishment_id, year, now)
        thing = Thing("socle_year", f"{establishment_id}/{year}", establishment_id)
        if row.version != version:
            refuse_stale(platform, session, thing, (row.changed_at, row.changed_by), version, FIELDS)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
        row.version, row.changed_at, row.changed_by = version + 1, now, scope.actor
        session.flush()
        detail: dict[str, Scalar] = {
            "year": year,
            "asked": row.asked,
            "obtained": row.obtained,
            "fields": ", ".join(changed),
            "version": row.version,
        }
        record(session, scope, "socle_year.set", thing, now, detail)


def check_year(year: int, day: date) -> None:
    """NotFound for a year without a text, or that has not come."""
    if not FIRST_YEAR <= year <= day.year:
        raise NotFound


def _locked(session: Session, scope: Scope, establishment_id: int, year: int, now: Any) -> SocleYear:  # noqa: ANN401
    key = {"establishment_id": establishment_id, "year": year}
    insert_missing(session, SocleYear, **key, note="", changed_at=now, changed_by=scope.actor, version=0)
    return session.scalars(
        select(SocleYear)
        .where(SocleYear.establishment_id == establishment_id, SocleYear.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _read(draft: AmountsDraft, day: date) -> dict[str, Any]:
    note = lines_of(draft.note)
    faults = length_faults({"note": (note, MAX_NOTE)})
    amounts: dict[str, int | None] = {}
    for name, typed in (("asked", draft.asked), ("obtained", draft.obtained)):
        try:
            amounts[name] = euros_of(typed)
        except AmountError as error:
            faults[name] = error.text
    for name, on in (("asked_on", draft.asked_on), ("obtained_on", draft.obtained_on)):
        if on is not None and on > day:
            faults[name] = in_future(on)
    if faults:
        raise Invalid(faults)
    return {**amounts, "asked_on": draft.asked_on, "obtained_on": draft.obtained_on, "note": note}
