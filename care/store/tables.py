"""Every module that declares tables, imported once so that the metadata is whole (migrations, tests)."""

from care.store import accounts, finess, registry, trail
from care.store.base import Base

METADATA = Base.metadata
MODULES = (accounts, finess, registry, trail)
