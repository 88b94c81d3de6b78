"""Every module that declares tables, imported once so that the metadata is whole (migrations, tests)."""

from care.store import (
    accounts,
    actions,
    continuity,
    crisis,
    evidence,
    exercises,
    findings,
    finess,
    imports,
    jobs,
    notices,
    outbox,
    regional,
    registry,
    runs,
    tallies,
    targets,
    trail,
)
from care.store.base import Base

METADATA = Base.metadata
MODULES = (
    accounts,
    actions,
    continuity,
    crisis,
    evidence,
    exercises,
    findings,
    finess,
    imports,
    jobs,
    notices,
    outbox,
    regional,
    registry,
    runs,
    tallies,
    targets,
    trail,
)
