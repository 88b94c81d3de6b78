"""The tools that a backup audit names: opened by it, or only declared in the plan. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from scanners.backup.facts import BackupFacts
from scanners.exchange import NamedProduct


def seen_products(facts: BackupFacts) -> Iterator[NamedProduct]:
    """The tool of each repository. Its version is not known: that of the machine that saves is what would count."""
    read = {one.name: one for one in facts.repositories}
    for planned in facts.plan.repositories:
        repository = read.get(planned.name)
        opened = repository is not None and repository.opened
        yield NamedProduct(planned.tool, "", "", planned.name, declared=not opened)
