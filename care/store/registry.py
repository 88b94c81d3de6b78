"""The registry: region, GHT, legal entity (EJ), establishment (ET), and the one filter of what a scope may see."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, ForeignKey, Select, String, or_, select, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from care.domain.access import Lineage, Reach, lineage
from care.store.base import Base, Id


class Region(Base):
    """One of the 18 regions. `grades` is the name of its e-health group; `to_check` while nobody confirmed it."""

    __tablename__ = "region"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(2), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    grades: Mapped[str] = mapped_column(String(200))
    to_check: Mapped[bool]

    @property
    def lineage(self) -> Lineage:
        """The places it lies in."""
        return lineage(region=self.id)


class Ght(Base):
    """A territorial group of hospitals: no legal personality, hence no FINESS number."""

    __tablename__ = "ght"

    id: Mapped[Id]
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"), index=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime]

    region: Mapped[Region] = relationship()

    @property
    def lineage(self) -> Lineage:
        """The places it lies in."""
        return lineage(region=self.region_id, ght=self.id)


class LegalEntity(Base):
    """A legal person (entité juridique). `supports_ght` marks the support establishment of its GHT."""

    __tablename__ = "legal_entity"

    id: Mapped[Id]
    finess: Mapped[str] = mapped_column(String(9), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"), index=True)
    ght_id: Mapped[int | None] = mapped_column(ForeignKey("ght.id"), index=True)
    supports_ght: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    region: Mapped[Region] = relationship()
    ght: Mapped[Ght | None] = relationship()

    @property
    def lineage(self) -> Lineage:
        """The places it lies in."""
        return lineage(region=self.region_id, ght=self.ght_id, legal_entity=self.id)


class Establishment(Base):
    """A geographic entity (établissement, ET or EG): what audits, findings and targets belong to."""

    __tablename__ = "establishment"

    id: Mapped[Id]
    finess: Mapped[str] = mapped_column(String(9), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"), index=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"), index=True)
    category: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(200), default="")
    closed_on: Mapped[date | None]
    created_at: Mapped[datetime]

    region: Mapped[Region] = relationship()
    legal_entity: Mapped[LegalEntity] = relationship()

    @property
    def lineage(self) -> Lineage:
        """The places it lies in."""
        return lineage(
            region=self.region_id,
            ght=self.legal_entity.ght_id,
            legal_entity=self.legal_entity_id,
            establishment=self.id,
        )


def visible(reach: Reach) -> ColumnElement[bool]:
    """The condition on `Establishment` that keeps those within `reach`: the only place where scope becomes SQL."""
    if reach.everywhere:
        return true()
    entities = select(LegalEntity.id).where(
        or_(LegalEntity.ght_id.in_(reach.ghts), LegalEntity.id.in_(reach.legal_entities))
    )
    return or_(
        Establishment.region_id.in_(reach.regions),
        Establishment.legal_entity_id.in_(entities),
        Establishment.id.in_(reach.establishments),
    )


def still_open(day: date) -> ColumnElement[bool]:
    """The condition on `Establishment` that keeps those that exist on a day."""
    return or_(Establishment.closed_on.is_(None), Establishment.closed_on > day)


def visible_ids(reach: Reach) -> Select[int]:
    """The identifiers of the establishments within `reach`, for `column.in_(…)` on any table that belongs to one."""
    return select(Establishment.id).where(visible(reach))


def covered_entities(reach: Reach) -> ColumnElement[bool]:
    """The condition on `LegalEntity` that keeps those within `reach` as a whole."""
    if reach.everywhere:
        return true()
    return or_(
        LegalEntity.region_id.in_(reach.regions),
        LegalEntity.ght_id.in_(reach.ghts),
        LegalEntity.id.in_(reach.legal_entities),
    )


def covered_ghts(reach: Reach) -> ColumnElement[bool]:
    """The condition on `Ght` that keeps those within `reach` as a whole."""
    if reach.everywhere:
        return true()
    return or_(Ght.region_id.in_(reach.regions), Ght.id.in_(reach.ghts))
