"""Alembic's entry: runs the migrations on the connection handed over by `care.store.schema`."""

from __future__ import annotations

from alembic import context

from care.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=False,  # the caller's transaction holds everything
)
context.run_migrations()
