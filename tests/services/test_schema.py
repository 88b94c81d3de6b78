from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from care.store import schema
from care.store.engine import Database, open_database
from care.store.tables import METADATA
from care.store.trouble import StorageError

both = pytest.mark.both_databases


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    opened = open_database(empty_url)
    yield opened
    opened.close()


@both
def test_migrations_make_exactly_the_tables_of_the_program(empty: Database) -> None:
    assert schema.upgrade(empty).current is None
    with empty.migrate() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    assert schema.revision(empty).up_to_date


@both
def test_upgrading_twice_changes_nothing(empty: Database) -> None:
    schema.upgrade(empty)
    assert schema.upgrade(empty).up_to_date


@both
def test_a_database_newer_than_the_program_is_refused_untouched(empty: Database) -> None:
    schema.upgrade(empty)
    with empty.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not schema.revision(empty).known
    with pytest.raises(StorageError, match="newer CaRE"):
        schema.upgrade(empty)
    assert schema.revision(empty).current == "9999"
