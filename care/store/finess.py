"""The national list of establishments as last imported, and the imports made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from care.domain.finess_extract import Entry
from care.store.base import BIG, Base, Id


class FinessImport(Base):
    """One import of the open extract. `dated` is the date written in the file."""

    __tablename__ = "finess_import"

    id: Mapped[Id]
    file_name: Mapped[str] = mapped_column(String(255))
    dated: Mapped[date]
    imported_at: Mapped[datetime]
    entries: Mapped[int]
    closed: Mapped[int]


class FinessEntry(Base):
    """One establishment of the extract. `closed_on` is the date of the first extract that no longer lists it."""

    __tablename__ = "finess_entry"

    finess: Mapped[str] = mapped_column(String(9), primary_key=True)
    legal_entity_finess: Mapped[str] = mapped_column(String(9), index=True)
    name: Mapped[str] = mapped_column(String(300))
    category_code: Mapped[str] = mapped_column(String(4))
    category: Mapped[str] = mapped_column(String(200))
    siret: Mapped[str] = mapped_column(String(14))
    department: Mapped[str] = mapped_column(String(3))
    region_code: Mapped[str | None] = mapped_column(String(2))
    city: Mapped[str] = mapped_column(String(200))
    opened_on: Mapped[date | None]
    updated_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    import_id: Mapped[int] = mapped_column(BIG, ForeignKey("finess_import.id"))


_COLUMNS = (*Entry._fields, "import_id")
_UPDATED = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "finess")


def load_entries(session: Session, entries: Sequence[Entry], import_id: int) -> None:
    """Add or update entries, opening again those that were closed. Plain SQL: a hundred thousand rows pass here."""
    connection = session.connection()
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    connection.exec_driver_sql(
        f"INSERT INTO finess_entry ({', '.join(_COLUMNS)}) VALUES ({', '.join([mark] * len(_COLUMNS))})"  # noqa: S608 - names of our own columns
        f" ON CONFLICT (finess) DO UPDATE SET {_UPDATED}, closed_on = NULL",
        [(*entry, import_id) for entry in entries],
    )
