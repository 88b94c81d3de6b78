"""Prints the body of the next migration: what the tables in the code have that the migrations do not make yet.

Copy it into `care/store/migrations/versions/vNNNN_<subject>.py` beside the header of an existing one, read it, then run
`pytest tests/services/test_schema.py`.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext

from care.store.engine import open_database
from care.store.schema import upgrade
from care.store.tables import METADATA

SHORTER = (
    (r"sa\.BigInteger\(\)\.with_variant\(sa\.Integer\(\), 'sqlite'\)", "BIG"),
    (r"care\.store\.base\.UtcDateTime\(\)", "UtcDateTime"),
    (r"sa\.Enum\([^=]*name='\w+', native_enum=False, length=(\d+)\)", r"sa.String(length=\1)"),
    (r"(?:batch_)?op\.f\(('\w+')\)", r"\1"),
    (r"care\.store\.base\.SeverityRank\(\)", "sa.SmallInteger()"),
    (r"\n *#.*", ""),
)


def main() -> None:
    """Upgrade an empty database, compare it with the tables in the code, print the difference."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'care.sqlite3'}")
        upgrade(database)
        with database.migrate() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            operations = produce_migrations(context, METADATA).upgrade_ops
            body = render_python_code(operations, render_as_batch=True) if operations else ""
        database.close()
    for pattern, replacement in SHORTER:
        body = re.sub(pattern, replacement, body)
    print(body)


if __name__ == "__main__":
    main()
