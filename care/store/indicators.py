"""Values of indicators, one per holder and month, and the figures of places made from them.

`IndicatorValue` is the truth; `IndicatorFigure` follows from it, from the registry and from where establishments were
at the time (`FormerPlace`): it can be made again at any moment.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from care.store.base import BIG, Base, Id


class EstablishmentProfile(Base):
    """What regional figures want to know of an establishment beside the registry; every column may be unknown.

    `ose`: operator of essential services. `status`: `public`, `ebnl` (private, not for profit), `for_profit`, empty
    when unknown. `department`: INSEE code. `successor_id`: the establishment it was merged into, on the day it closed.
    `ended_here`: a person wrote its closing down, which the national list then leaves alone. `version` also counts
    changes of place.
    """

    __tablename__ = "establishment_profile"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    ose: Mapped[bool | None]
    status: Mapped[str] = mapped_column(String(16), default="")
    department: Mapped[str] = mapped_column(String(3), default="")
    longitude: Mapped[float | None] = mapped_column(Float)
    latitude: Mapped[float | None] = mapped_column(Float)
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"))
    ended_here: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class FormerPlace(Base):
    """Where an establishment was up to and including a day, before it changed region, GHT, legal entity or category;
    `name` is what it was called then."""

    __tablename__ = "former_place"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    until: Mapped[date] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    ght_id: Mapped[int | None] = mapped_column(ForeignKey("ght.id"))
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"))
    category: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(300), default="")


class FormerProfile(Base):
    """What an establishment answered up to and including a day, before it answered otherwise: the answers that split or
    choose those whom figures ask, as `EstablishmentProfile` holds them."""

    __tablename__ = "former_profile"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    until: Mapped[date] = mapped_column(primary_key=True)
    ose: Mapped[bool | None]
    status: Mapped[str] = mapped_column(String(16), default="")


class IndicatorHolder(Base):
    """Whose values these are: an establishment of the registry, or a pseudonym that an installation gave to one of the
    establishments it speaks for (never both). A pseudonym lies where its installation does."""

    __tablename__ = "indicator_holder"
    __table_args__ = (UniqueConstraint("installation_id", "pseudonym"),)

    id: Mapped[Id]
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"), unique=True)
    installation_id: Mapped[int | None] = mapped_column(ForeignKey("installation.id"))
    pseudonym: Mapped[str | None] = mapped_column(String(32))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    ght_id: Mapped[int | None] = mapped_column(ForeignKey("ght.id"))
    category: Mapped[str] = mapped_column(String(200), default="")


class IndicatorValue(Base):
    """What a holder answered to an indicator for a month. `bundle_id`: the bundle it came with, none when computed
    here. A denominator of zero: nothing to measure there. No row: no answer."""

    __tablename__ = "indicator_value"
    __table_args__ = (
        Index("ix_indicator_value_holder_id_month", "holder_id", "month"),
        {"sqlite_with_rowid": False},
    )

    indicator: Mapped[str] = mapped_column(String(80), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    holder_id: Mapped[int] = mapped_column(ForeignKey("indicator_holder.id"), primary_key=True)
    version: Mapped[str] = mapped_column(String(30))
    numerator: Mapped[int]
    denominator: Mapped[int]
    as_of: Mapped[date]
    bundle_id: Mapped[int | None] = mapped_column(ForeignKey("received_bundle.id"))


class IndicatorMark(Base):
    """A month whose figures must be made again, since when."""

    __tablename__ = "indicator_mark"

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_since: Mapped[datetime]


class IndicatorFigure(Base):
    """The figure of a group of establishments for a month: those of `place` (`platform:0`, `region:3`, `ght:7`), all
    of them or one `category`.

    `asked` establishments were open there and concerned; `answered` gave a value of this version, of which `measured`
    had something to measure; `other_version` gave one of another version, set aside. `numerator` and `denominator` add
    the measured up; `spread` counts the measured by level (`{"levels": {"2": 5}}`, with `"hidden": true` when that may
    not be published), or holds the quartiles of their shares or counts (`{"quartiles": [0.1, 0.5, 0.9]}`), or nothing;
    `oldest_on` is the day of the oldest value. `hidden`: the figure may not be published (`care.domain.disclosure`).
    `category` is `NO_CATEGORY` for those of which nobody gave the category. A month's figures of a place lie together:
    they are made, and read, a month at once.
    """

    __tablename__ = "indicator_figure"
    __table_args__ = (
        Index("ix_indicator_figure_month", "month", "indicator"),
        {"sqlite_with_rowid": False},
    )

    place: Mapped[str] = mapped_column(String(40), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    indicator: Mapped[str] = mapped_column(String(80), primary_key=True)
    category: Mapped[str] = mapped_column(String(200), primary_key=True, default="")
    version: Mapped[str] = mapped_column(String(30))
    asked: Mapped[int]
    answered: Mapped[int]
    measured: Mapped[int]
    other_version: Mapped[int]
    numerator: Mapped[int] = mapped_column(BIG)
    denominator: Mapped[int] = mapped_column(BIG)
    spread: Mapped[dict[str, Any]] = mapped_column(JSON)
    oldest_on: Mapped[date | None]
    hidden: Mapped[bool]
    computed_at: Mapped[datetime]
