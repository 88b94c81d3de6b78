"""Every module that declares tables, imported once so that the metadata is whole (migrations, tests)."""

from care.store import accounts, evidence, findings, finess, jobs, outbox, registry, runs, targets, trail
from care.store.base import Base

METADATA = Base.metadata
MODULES = (accounts, evidence, findings, finess, jobs, outbox, registry, runs, targets, trail)
