"""The registry follows the national list: what a newer extract says otherwise of an establishment is written from the
day of the extract on, and what was before is kept.

The list is followed where it changed. Where the registry already said something else than the list did, somebody chose
so: it is left alone, and told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from care.domain.access import Scope
from care.domain.finess import check
from care.domain.months import month_of
from care.services.former_places import keep_former_places, last_changes
from care.services.indicators.marks import mark_since
from care.services.platform import Platform
from care.services.profiles import kept_profile, touch
from care.services.registry import LegalEntityDraft, add_legal_entity
from care.store.bulk import among
from care.store.finess import FinessEntry
from care.store.indicators import EstablishmentProfile, FormerPlace
from care.store.registry import Establishment, LegalEntity, Region
from scanners.model import Text


class Field(StrEnum):
    """What the list says of an establishment and the registry keeps."""

    NAME = "name"
    CATEGORY = "category"
    REGION = "region"
    LEGAL_ENTITY = "legal_entity"
    CLOSED_ON = "closed_on"


FIELD_NAMES: Mapping[Field, Text] = {
    Field.NAME: Text("nom", "name"),
    Field.CATEGORY: Text("catégorie", "category"),
    Field.REGION: Text("région", "region"),
    Field.LEGAL_ENTITY: Text("entité juridique", "legal entity"),
    Field.CLOSED_ON: Text("fermé le", "closed on"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What an import changes of an establishment, or leaves as it was: what the registry said, and what the list says.
    Empty: open, or not said. `without_ght`: its new legal entity was not in the registry, hence in no GHT yet."""

    finess: str
    name: str
    field: Field
    before: str
    after: str
    without_ght: bool = False


class Listed(NamedTuple):
    """What the list says of an establishment, or the registry does in the same words."""

    name: str | None = None
    category: str | None = None
    region: str | None = None
    legal_entity: str | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """What changed in the registry, and what the list says otherwise but was left as a person wrote it."""

    changed: tuple[Change, ...]
    left: tuple[Change, ...]


_IN_LIST = (FinessEntry.name, FinessEntry.category, FinessEntry.region_code, FinessEntry.legal_entity_finess)
_IN_REGISTRY = (Establishment.name, Establishment.category, Region.code, LegalEntity.finess)
_PLACE = (Field.CATEGORY, Field.REGION, Field.LEGAL_ENTITY)


def listed(session: Session) -> Mapping[int, Listed]:
    """What the list says of the establishments of the registry, to be read before it is replaced."""
    query = select(Establishment.id, *_IN_LIST).join(FinessEntry, FinessEntry.finess == Establishment.finess)
    return {number: Listed(*said) for number, *said in session.execute(query)}


def follow(
    platform: Platform, session: Session, scope: Scope, before: Mapping[int, Listed], dated: date, today: date
) -> Followed:
    """Write in the registry what the list now says otherwise than `before`; figures are made again since that day."""
    now = platform.clock.now()
    ends = _follow_ends(session, scope, now)
    day = min(dated, today)
    wanted, left = _differences(session, before, day)
    made = _write(platform, session, scope, wanted, day) if wanted else frozenset()
    changed = [replace(one, without_ght=one.after in made) for number in sorted(wanted) for one in wanted[number]]
    if any(one.field in _PLACE for one in changed):
        mark_since(session, month_of(day), now)
    return Followed((*ends, *changed), tuple(left))


def _follow_ends(session: Session, scope: Scope, now: datetime) -> list[Change]:
    """Close and reopen establishments as the list does, but those whose end a person wrote down."""
    query = (
        select(Establishment, FinessEntry.closed_on)
        .join(FinessEntry, FinessEntry.finess == Establishment.finess)
        .where(Establishment.closed_on.is_distinct_from(FinessEntry.closed_on), Establishment.id.not_in(_ended()))
        .order_by(Establishment.id)
        .with_for_update(of=Establishment)
    )
    found, days = [], []
    for row, closed_on in session.execute(query).all():
        found.append(Change(row.finess, row.name, Field.CLOSED_ON, _day(row.closed_on), _day(closed_on)))
        days += [day for day in (row.closed_on, closed_on) if day is not None]
        row.closed_on = closed_on
        _touch(session, scope, row, ("end",), now)
    if days:
        mark_since(session, month_of(min(days)), now)
    return found


def _ended() -> Any:  # noqa: ANN401 - a subquery
    return select(EstablishmentProfile.establishment_id).where(EstablishmentProfile.ended_here.is_(True))


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _differences(
    session: Session, before: Mapping[int, Listed], day: date
) -> tuple[dict[int, list[Change]], list[Change]]:
    """What to write, by establishment, and what to leave: the list says otherwise than the registry in both."""
    rows = session.execute(_differing()).all()
    later = last_changes(session, FormerPlace, [row[0] for row in rows])
    wanted: dict[int, list[Change]] = {}
    left: list[Change] = []
    for number, finess, *said in rows:
        here, there = Listed(*said[:4]), Listed(*said[4:])
        told = number in later and later[number] >= day
        for field, old, new, listed_before in zip(Field, here, there, before.get(number, Listed()), strict=False):
            if not new or new == old:
                continue
            change = Change(finess, here.name or "", field, old or "", new)
            if listed_before == old and not told and (field is not Field.LEGAL_ENTITY or check(new).accepted):
                wanted.setdefault(number, []).append(change)
            elif field is not Field.NAME:  # many have a name of their own here, which is no difference to settle
                left.append(change)
    return wanted, left


def _differing() -> Any:  # noqa: ANN401 - a query
    """Number, FINESS, what the registry says, what the list says: of the open establishments of which they differ."""
    return (
        select(Establishment.id, Establishment.finess, *_IN_REGISTRY, *_IN_LIST)
        .join(FinessEntry, FinessEntry.finess == Establishment.finess)
        .join(Region, Region.id == Establishment.region_id)
        .join(LegalEntity, LegalEntity.id == Establishment.legal_entity_id)
        .where(
            Establishment.closed_on.is_(None),
            or_(*(mine.is_distinct_from(its) for mine, its in zip(_IN_REGISTRY, _IN_LIST, strict=True))),
        )
        .order_by(Establishment.id)
    )


def _write(
    platform: Platform, session: Session, scope: Scope, wanted: Mapping[int, Sequence[Change]], day: date
) -> frozenset[str]:
    """Write changes from a day on, what was before being kept; the legal entities that the registry did not hold."""
    of_these = among(session, Establishment.id, sorted(wanted))
    rows = session.scalars(
        select(Establishment).where(of_these).order_by(Establishment.id).with_for_update(of=Establishment)
    ).all()
    keep_former_places(session, rows, day, day)
    regions = _numbered(session, Region.code, Region.id)
    entities = _numbered(session, LegalEntity.finess, LegalEntity.id)
    known = frozenset(entities)
    for row in rows:
        new = {one.field: one.after for one in wanted[row.id]}
        row.name, row.category = new.get(Field.NAME, row.name), new.get(Field.CATEGORY, row.category)
        row.region_id = regions[new[Field.REGION]] if Field.REGION in new else row.region_id
        entity = new.get(Field.LEGAL_ENTITY)
        if entity is not None and entity not in entities:
            # The list gives the number of an entity and not its name, nor its GHT: a person says these.
            draft = LegalEntityDraft(entity, row.name, row.region_id)
            entities[entity] = add_legal_entity(session, platform, scope, draft).id
        row.legal_entity_id = entities[entity] if entity is not None else row.legal_entity_id
        fields = sorted({"name" if field is Field.NAME else "place" for field in new})
        _touch(session, scope, row, tuple(fields), platform.clock.now())
    return frozenset(entities) - known


def _numbered(session: Session, *columns: InstrumentedAttribute[Any]) -> dict[str, int]:
    return {name: number for name, number in session.execute(select(*columns))}  # noqa: C416 - typed as a Row else


def _touch(session: Session, scope: Scope, row: Establishment, fields: tuple[str, ...], now: datetime) -> None:
    touch(session, scope, kept_profile(session, row.id, now), "establishment.listed", fields, now)
