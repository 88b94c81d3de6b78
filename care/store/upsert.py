"""INSERT … ON CONFLICT, which SQLite and PostgreSQL both know but SQLAlchemy offers per database."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def conflict_insert(dialect: str, table: type[DeclarativeBase]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of that database which accepts `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert_missing(session: Session, table: type[DeclarativeBase], **values: object) -> None:
    """Insert a row unless one with the same key exists; two writers may both try."""
    insert = conflict_insert(session.get_bind().dialect.name, table)
    session.execute(insert.values(**values).on_conflict_do_nothing())
