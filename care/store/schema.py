"""The database's revision: bring it up to date, tell where it stands, refuse one newer than the program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect

from care.store import tables
from care.store.engine import Database
from care.store.trouble import StorageError

_FOLDER = Path(__file__).parent / "migrations"
# One number that everyone who upgrades a PostgreSQL database locks, so that two starts do not upgrade at once.
_LOCK = 0x43615245


@dataclass(frozen=True, slots=True)
class Revision:
    """Where a database stands: `current` is None when empty, `known` is False when it is newer than the program."""

    current: str | None
    head: str
    known: bool

    @property
    def up_to_date(self) -> bool:
        """Whether the program can work on this database."""
        return self.current == self.head


def revision(database: Database) -> Revision:
    """The revision of a database; StorageError when it cannot be read."""
    with database.read() as session:
        return _revision(session.connection())


def _revision(connection: Connection) -> Revision:
    scripts = ScriptDirectory(str(_FOLDER))
    current = MigrationContext.configure(connection).get_current_revision()
    try:
        known = current is None or scripts.get_revision(current) is not None
    except CommandError:
        known = False
    return Revision(current, scripts.get_current_head() or "", known)


def missing_tables(database: Database) -> tuple[str, ...]:
    """The tables of the program that an up-to-date database has lost."""
    with database.read() as session:
        there = set(inspect(session.connection()).get_table_names())
    return tuple(sorted(set(tables.METADATA.tables) - there))


def incomplete(lost: tuple[str, ...]) -> StorageError:
    """The sentence for a database whose revision is right and whose tables are not all there."""
    return StorageError(
        f"La base de données est endommagée : {len(lost)} tables manquent (dont {lost[0]}). Arrêtez CaRE et restaurez"
        " la dernière sauvegarde (care instance restore).",
        f"The database is damaged: {len(lost)} tables are missing (among them {lost[0]}). Stop CaRE and restore the"
        " last backup (care instance restore).",
    )


def broken_pages(database: Database) -> str | None:
    """What SQLite's own reading of its whole file finds wrong first; None when it is sound, or kept by a server."""
    if not database.embedded:
        return None
    with database.read() as session:
        said = str(session.connection().exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    return None if said == "ok" else said.splitlines()[-1]


def upgrade(database: Database) -> Revision:
    """Create or upgrade every table in one transaction, and return where the database stood before.

    StorageError when the database was made by a newer CaRE.
    """
    with database.migrate() as connection:
        if not database.embedded:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        before = _revision(connection)
        if not before.known:
            raise newer(before)
        if not before.up_to_date:
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
            command.upgrade(config, "head")
    return before


def stamp(connection: Connection) -> None:
    """Say of tables just made that they stand at the program's revision."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    command.stamp(config, "head")


def newer(found: Revision) -> StorageError:
    """The sentence for a database that a newer CaRE made."""
    return StorageError(
        f"La base de données (révision {found.current}) a été faite par une version plus récente de CaRE :"
        " mettez CaRE à jour, ou restaurez une sauvegarde de la base.",
        f"The database (revision {found.current}) was made by a newer CaRE: upgrade CaRE, or restore a backup of it.",
    )
