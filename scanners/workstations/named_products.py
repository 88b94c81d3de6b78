"""The operating systems that lists of machines name, for machines in service. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scanners.exchange import NamedProduct
from scanners.systems_seen import Running, systems
from scanners.workstations.facts import WorkstationFacts


def seen_products(facts: WorkstationFacts) -> Iterator[NamedProduct]:
    """Each version of a system among machines in service."""
    machines, known = facts.machines, facts.background.systems
    rows = np.flatnonzero(facts.active & (machines.system >= 0)).tolist()
    found = ((known[int(machines.system[row])], machines.label(row)) for row in rows)
    return systems(Running(system.name, system.version, label) for system, label in found if system.name)
