"""What every table shares: one metadata with named constraints, identifiers, UTC times, enumerations as text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from sqlalchemy import BigInteger, DateTime, Enum, Integer, MetaData, SmallInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from scanners.model import Severity

E = TypeVar("E", bound=StrEnum)

# 64 bits on PostgreSQL; on SQLite only INTEGER gives the row identifier.
BIG = BigInteger().with_variant(Integer, "sqlite")
Id = Annotated[int, mapped_column(BIG, primary_key=True)]


@lru_cache(maxsize=4096)
def _written_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: UTC aware in Python on both databases; a naive value is refused rather than guessed."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLite keeps no zone: it stores UTC as text that sorts."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; ValueError when the time zone is missing."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone cannot be stored")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """As `process_result_value`; what SQLite keeps as text, and lists repeat, is read once."""
        return _written_time if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back to an aware UTC time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_SEVERITIES = tuple(Severity)
_RANKS = {severity: rank for rank, severity in enumerate(_SEVERITIES)}


class SeverityRank(TypeDecorator[Severity]):
    """A severity stored as its rank, so that lists sort by it: 0 is critical."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Severity | None, dialect: Dialect) -> int | None:
        """The rank."""
        return None if value is None else _RANKS[value]

    def process_result_value(self, value: int | None, dialect: Dialect) -> Severity | None:
        """The severity of that rank."""
        return None if value is None else _SEVERITIES[value]


def text_enum(kind: type[E], length: int = 32) -> Enum:
    """A column type holding the values of `kind` as text, so that adding one needs no migration."""
    return Enum(
        kind,
        native_enum=False,
        length=length,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Mother of all tables. Constraints are named so that a migration can find them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime()}  # noqa: RUF012 - SQLAlchemy reads it from the class
