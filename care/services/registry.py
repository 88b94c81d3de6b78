"""The registry of a region: regions, GHT, legal entities (EJ) and establishments (ET)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.base import ExecutableOption

from care.domain.access import Right, Scope
from care.domain.finess import check
from care.domain.months import FIRST_MONTH, month_of
from care.domain.regions import REGIONS
from care.services.errors import Forbidden, Invalid, NotFound
from care.services.former_places import keep_former_places
from care.services.indicators.marks import mark_since
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.taken import invalid_when_taken
from care.services.trail import Thing, record
from care.store.registry import (
    Establishment,
    Ght,
    LegalEntity,
    Region,
    covered_entities,
    covered_ghts,
    visible,
)
from care.store.upsert import insert_missing
from scanners.model import Text

NAME_LENGTH = 300
LABEL_LENGTH = 200
NAME_TAKEN = Text("Un GHT porte déjà ce nom.", "A GHT already has this name.")
NUMBER_TAKEN = Text("Ce numéro FINESS est déjà enregistré.", "This FINESS number is already registered.")
CHOOSE_REGION = Text("Choisissez une région.", "Choose a region.")
N = TypeVar("N", Region, Ght, LegalEntity)


@dataclass(frozen=True, slots=True)
class RegionView:
    """A region. `grades_to_check`: the name of its GRADeS was not confirmed yet (« à vérifier »)."""

    id: int
    code: str
    name: str
    grades: str
    grades_to_check: bool


@dataclass(frozen=True, slots=True)
class GhtView:
    """A GHT and its region."""

    id: int
    name: str
    region_id: int
    region_name: str


@dataclass(frozen=True, slots=True)
class LegalEntityView:
    """A legal entity (EJ), its GHT if it is in one, its region."""

    id: int
    finess: str
    name: str
    region_id: int
    region_name: str
    ght_id: int | None
    ght_name: str
    supports_ght: bool


@dataclass(frozen=True, slots=True)
class EstablishmentView:
    """An establishment with the names of everything above it; `finess_remark` warns of a doubtful number."""

    id: int
    finess: str
    name: str
    category: str
    city: str
    closed_on: date | None
    legal_entity_id: int
    legal_entity_name: str
    ght_id: int | None
    ght_name: str
    region_id: int
    region_name: str
    finess_remark: str


@dataclass(frozen=True, slots=True)
class GhtDraft:
    """What it takes to create a GHT."""

    name: str
    region_id: int


@dataclass(frozen=True, slots=True)
class LegalEntityDraft:
    """What it takes to create a legal entity."""

    finess: str
    name: str
    region_id: int
    ght_id: int | None = None
    supports_ght: bool = False


@dataclass(frozen=True, slots=True)
class EstablishmentDraft:
    """What it takes to create an establishment; its region is its legal entity's unless given."""

    finess: str
    name: str
    legal_entity_id: int
    region_id: int | None = None
    category: str = ""
    city: str = ""


def ensure_regions(session: Session) -> None:
    """Add the regions that the database does not hold yet; those edited since are left alone."""
    for region in REGIONS:
        insert_missing(
            session, Region, code=region.code, name=region.name, grades=region.grades, to_check=region.to_check
        )


def list_regions(platform: Platform, scope: Scope) -> tuple[RegionView, ...]:
    """The 18 regions, by name. They are public: `scope` only proves that someone is signed in."""
    with platform.database.read() as session:
        return tuple(_region(row) for row in session.scalars(select(Region).order_by(Region.name)))


def name_grades(platform: Platform, scope: Scope, region_id: int, grades: str) -> RegionView:
    """Write the name of a region's GRADeS, which counts as checked from then on."""
    _named(grades, "grades", LABEL_LENGTH)
    with platform.database.write() as session:
        region = session.get(Region, region_id)
        if region is None:
            raise NotFound
        if not scope.allows(Right.MANAGE_REGISTRY, region.lineage):
            raise Forbidden
        region.grades, region.to_check = grades.strip(), False
        detail = {"grades": region.grades}
        record(session, scope, "region.grades_named", Thing("region", region.id), platform.clock.now(), detail)
        return _region(region)


def list_ghts(platform: Platform, scope: Scope) -> tuple[GhtView, ...]:
    """The GHTs within the scope, by name."""
    query = select(Ght).where(covered_ghts(scope.reach(Right.SEE))).options(joinedload(Ght.region)).order_by(Ght.name)
    with platform.database.read() as session:
        return tuple(_ght(row) for row in session.scalars(query))


def create_ght(platform: Platform, scope: Scope, draft: GhtDraft) -> GhtView:
    """Create a GHT in a region that `scope` manages."""
    name = _named(draft.name, longest=LABEL_LENGTH)
    now = platform.clock.now()
    with invalid_when_taken("name", NAME_TAKEN), platform.database.write() as session:
        region = _managed(scope, session.get(Region, draft.region_id))
        if session.scalar(select(Ght.id).where(Ght.name == name)) is not None:
            raise Invalid({"name": NAME_TAKEN})
        row = Ght(name=name, region_id=region.id, created_at=now)
        session.add(row)
        session.flush()
        record(session, scope, "ght.created", Thing("ght", row.id), now, {"name": name})
        return _ght(row)


def list_legal_entities(platform: Platform, scope: Scope) -> tuple[LegalEntityView, ...]:
    """The legal entities within the scope, by name."""
    above = (joinedload(LegalEntity.region), joinedload(LegalEntity.ght))
    query = select(LegalEntity).where(covered_entities(scope.reach(Right.SEE))).options(*above)
    with platform.database.read() as session:
        return tuple(_legal_entity(row) for row in session.scalars(query.order_by(LegalEntity.name, LegalEntity.id)))


def create_legal_entity(platform: Platform, scope: Scope, draft: LegalEntityDraft) -> LegalEntityView:
    """Create a legal entity in a region (and a GHT) that `scope` manages."""
    with invalid_when_taken("finess", NUMBER_TAKEN), platform.database.write() as session:
        return _legal_entity(add_legal_entity(session, platform, scope, draft))


def add_legal_entity(session: Session, platform: Platform, scope: Scope, draft: LegalEntityDraft) -> LegalEntity:
    """The row of a new legal entity, in the caller's transaction."""
    name, finess, now = _named(draft.name), _numbered(draft.finess), platform.clock.now()
    region = session.get(Region, draft.region_id)
    ght = _managed(scope, session.get(Ght, draft.ght_id)) if draft.ght_id is not None else None
    if region is None:
        raise Invalid({"region_id": CHOOSE_REGION})
    if ght is None:
        _managed(scope, region)
    _unused(session, LegalEntity, finess)
    row = LegalEntity(
        finess=finess,
        name=name,
        region_id=region.id,
        ght_id=ght.id if ght is not None else None,
        supports_ght=draft.supports_ght and ght is not None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    detail = {"finess": finess, "name": name}
    record(session, scope, "legal_entity.created", Thing("legal_entity", row.id), now, detail)
    return row


def list_establishments(platform: Platform, scope: Scope) -> tuple[EstablishmentView, ...]:
    """The establishments within the scope, by name."""
    query = select(Establishment).where(visible(scope.reach(Right.SEE))).options(*_above())
    with platform.database.read() as session:
        rows = session.scalars(query.order_by(Establishment.name, Establishment.id))
        return tuple(_establishment(row, scope.lang) for row in rows)


def find_establishment(platform: Platform, scope: Scope, establishment_id: int) -> EstablishmentView:
    """One establishment; NotFound for a stranger."""
    with platform.database.read() as session:
        return _establishment(visible_establishment(session, scope, establishment_id), scope.lang)


def create_establishment(platform: Platform, scope: Scope, draft: EstablishmentDraft) -> EstablishmentView:
    """Create an establishment of a legal entity that `scope` manages."""
    with invalid_when_taken("finess", NUMBER_TAKEN), platform.database.write() as session:
        return _establishment(add_establishment(session, platform, scope, draft), scope.lang)


def add_establishment(session: Session, platform: Platform, scope: Scope, draft: EstablishmentDraft) -> Establishment:
    """The row of a new establishment, in the caller's transaction."""
    name, finess, now = _named(draft.name), _numbered(draft.finess), platform.clock.now()
    entity = _managed(scope, session.get(LegalEntity, draft.legal_entity_id))
    region_id = draft.region_id if draft.region_id is not None else entity.region_id
    if session.get(Region, region_id) is None:
        raise Invalid({"region_id": CHOOSE_REGION})
    _unused(session, Establishment, finess)
    row = Establishment(
        finess=finess,
        name=name,
        legal_entity_id=entity.id,
        region_id=region_id,
        category=_label(draft.category, "category"),
        city=_label(draft.city, "city"),
        created_at=now,
    )
    session.add(row)
    session.flush()
    mark_since(session, FIRST_MONTH, now)  # one more to ask, whenever it opened
    thing = Thing("establishment", row.id, establishment_id=row.id)
    record(session, scope, "establishment.created", thing, now, {"finess": finess, "name": name})
    return row


def join_ght(
    platform: Platform,
    scope: Scope,
    legal_entity_id: int,
    ght_id: int | None,
    supports: bool = False,
    since: date | None = None,
) -> None:
    """Put a legal entity in a GHT, or out of any, from the day `since` on (today unless said).

    `scope` must follow the entity and the GHT joined, or keep their registry. Figures of the past stay with the GHT of
    the time.
    """
    now, day = platform.clock.now(), today(platform)
    with platform.database.write() as session:
        entity = _followed(scope, session.get(LegalEntity, legal_entity_id, with_for_update=True))
        ght = _followed(scope, session.get(Ght, ght_id)) if ght_id is not None else None
        if entity.ght_id != (ght.id if ght is not None else None):
            sites = session.scalars(select(Establishment).where(Establishment.legal_entity_id == entity.id)).all()
            keep_former_places(session, sites, since or day, day)
            mark_since(session, month_of(since or day), now)
        entity.ght_id = ght.id if ght is not None else None
        entity.supports_ght = supports and ght is not None
        detail = {"ght": ght.name if ght is not None else ""}
        record(session, scope, "legal_entity.ght_changed", Thing("legal_entity", entity.id), now, detail)


def _followed(scope: Scope, row: N | None) -> N:
    """The row of a place that `scope` follows as its region does, or whose registry it keeps."""
    if row is not None and scope.allows(Right.MANAGE_REGION, row.lineage):
        return row
    return _managed(scope, row)


def _managed(scope: Scope, row: N | None) -> N:
    """The row of a place where `scope` manages the registry; NotFound for a stranger, Forbidden for a reader."""
    if row is None or not (isinstance(row, Region) or scope.allows(Right.SEE, row.lineage)):
        raise NotFound
    if not scope.allows(Right.MANAGE_REGISTRY, row.lineage):
        raise Forbidden
    return row


def _named(name: str, field: str = "name", longest: int = NAME_LENGTH) -> str:
    short = name.strip()
    if not short or len(short) > longest or not short.isprintable():
        raise Invalid(
            {
                field: Text(
                    f"Indiquez un nom de {longest} caractères au plus.",
                    f"Give a name of {longest} characters at most.",
                )
            }
        )
    return short


def checked_category(category: str) -> str:
    """A category as the registry keeps it; Invalid names what is wrong."""
    return _label(category, "category")


def _label(text: str, field: str) -> str:
    short = text.strip()
    if len(short) > LABEL_LENGTH or not short.isprintable():
        raise Invalid({field: Text(f"{LABEL_LENGTH} signes au plus.", f"{LABEL_LENGTH} signs at most.")})
    return short


def _numbered(finess: str) -> str:
    checked = check(finess)
    if not checked.accepted and checked.remark is not None:
        raise Invalid({"finess": checked.remark})
    return checked.number


def _unused(session: Session, table: type[LegalEntity] | type[Establishment], finess: str) -> None:
    if session.scalar(select(table.id).where(table.finess == finess)) is not None:
        raise Invalid({"finess": NUMBER_TAKEN})


def _above() -> tuple[ExecutableOption, ...]:
    entity = joinedload(Establishment.legal_entity)
    return entity.joinedload(LegalEntity.ght), joinedload(Establishment.region)


def _region(row: Region) -> RegionView:
    return RegionView(row.id, row.code, row.name, row.grades, row.to_check)


def _ght(row: Ght) -> GhtView:
    return GhtView(row.id, row.name, row.region_id, row.region.name)


def _legal_entity(row: LegalEntity) -> LegalEntityView:
    return LegalEntityView(
        id=row.id,
        finess=row.finess,
        name=row.name,
        region_id=row.region_id,
        region_name=row.region.name,
        ght_id=row.ght_id,
        ght_name=row.ght.name if row.ght is not None else "",
        supports_ght=row.supports_ght,
    )


def _establishment(row: Establishment, lang: str) -> EstablishmentView:
    entity, remark = row.legal_entity, check(row.finess).remark
    return EstablishmentView(
        id=row.id,
        finess=row.finess,
        name=row.name,
        category=row.category,
        city=row.city,
        closed_on=row.closed_on,
        legal_entity_id=entity.id,
        legal_entity_name=entity.name,
        ght_id=entity.ght_id,
        ght_name=entity.ght.name if entity.ght is not None else "",
        region_id=row.region_id,
        region_name=row.region.name,
        finess_remark=remark.render(lang) if remark is not None else "",
    )
