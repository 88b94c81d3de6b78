"""Signed documents of mandates; the proof that each thing of exposure was seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from care.store.base import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BEFORE = """
UPDATE mandate SET unsigned_why = 'Mandat enregistré avant que CaRE ne demande son document signé.',
  unsigned_at = created_at, unsigned_by = created_by
WHERE document_id IS NULL
"""
"""Audits go on under mandates of before; their page says that they are incomplete."""


def upgrade() -> None:
    """New columns, each subject in its own function."""
    _signed_mandates()
    _proofs()


def _signed_mandates() -> None:
    """Why audits go on under a mandate whose signed document is not there."""
    op.add_column("mandate", sa.Column("unsigned_why", sa.String(length=500), nullable=True))
    op.add_column("mandate", sa.Column("unsigned_at", UtcDateTime, nullable=True))
    op.add_column("mandate", sa.Column("unsigned_by", sa.String(length=200), nullable=True))
    op.execute(BEFORE)


def _proofs() -> None:
    """What the last audit saw of a thing, as it was seen."""
    op.add_column("asset", sa.Column("proof", sa.JSON(), nullable=True))
