"""Whether an operating system still receives security updates, by the life-cycle table of the facts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scanners.lifecycle import end_of_support
from scanners.workstations.facts import NEVER, Bools, Days, WorkstationFacts, day_number


@dataclass(frozen=True, slots=True)
class Support:
    """End of support of each system of the facts (`NEVER` when the table does not know it), and who is concerned."""

    ends: Days
    known: Bools
    ended: Bools


def support_of(facts: WorkstationFacts) -> Support:
    """Support of every machine, row by row."""
    table = facts.background.lifecycle
    ends = [end_of_support(system.name, system.version, table) for system in facts.background.systems]
    numbers = np.array([day_number(end) if end else NEVER for end in ends] + [NEVER], dtype=np.int32)
    per_machine = numbers[facts.machines.system]
    known = per_machine != NEVER
    return Support(per_machine, known, known & (per_machine < facts.today))


def version_of(facts: WorkstationFacts, row: int) -> str:
    """A system and its version as rules name them, “—” when none is said."""
    if row < 0:
        return "—"
    system = facts.background.systems[row]
    return f"{system.name} {system.version}".strip() or "—"


def undated(facts: WorkstationFacts, lost: Bools) -> tuple[str, ...]:
    """The versions of machines whose end of support nobody knows."""
    return tuple(version_of(facts, row) for row in np.unique(facts.machines.system[lost]).tolist())


def counted_systems(facts: WorkstationFacts) -> bool:
    """Whether any machine in service says its system."""
    return bool((facts.active & (facts.machines.system >= 0)).any())
