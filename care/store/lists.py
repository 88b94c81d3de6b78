"""Lists of other tools that people brought, and how their columns are to be read."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from care.store.base import Base, Id, text_enum
from scanners.lists.kinds import ListKind


class BroughtList(Base):
    """A list that was sent: being looked at, counted from `confirmed_at` on, or taken back.

    Its content is in `folder`, under the folder of lists; empty once it was forgotten. `made_on` is the day of the
    export. `mapping` gives, for each of our columns, its header in the file; empty: they were recognised. `origin` is
    what people call the tool it comes from, where a list of each tool counts.
    """

    __tablename__ = "brought_list"
    __table_args__ = (Index("ix_brought_list_establishment_id", "establishment_id", "kind"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    kind: Mapped[ListKind] = mapped_column(text_enum(ListKind))
    name: Mapped[str] = mapped_column(String(200))
    folder: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = mapped_column(default=0)
    mapping: Mapped[dict[str, str]] = mapped_column(JSON)
    made_on: Mapped[date]
    brought_at: Mapped[datetime]
    brought_by: Mapped[str] = mapped_column(String(200))
    confirmed_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None]
    origin: Mapped[str] = mapped_column(String(60), default="", server_default="")


class ListMapping(Base):
    """The columns that people named for files of these headers, taken again by itself when they come back."""

    __tablename__ = "list_mapping"
    __table_args__ = (Index("ix_list_mapping_establishment_id", "establishment_id", "kind"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    kind: Mapped[ListKind] = mapped_column(text_enum(ListKind))
    name: Mapped[str] = mapped_column(String(100))
    headers: Mapped[list[str]] = mapped_column(JSON)
    mapping: Mapped[dict[str, str]] = mapped_column(JSON)
    used_at: Mapped[datetime]
