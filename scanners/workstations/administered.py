"""How machines are administered: indicators 4d, 4e and 4f of operators of essential services, by the inventory. Pure.

Each is a part of a whole with its margin: machines in service that somebody answers for, those of which the inventory
says no, those of which it says nothing. Nobody else can tell: a column of the inventory is how an establishment writes
down what it read on its equipment.
"""

from __future__ import annotations

from typing import Literal

from scanners.model import Finding, NotAssessable, Scalar, Verdict
from scanners.workstations.coverage import listed
from scanners.workstations.facts import NO, UNKNOWN, Flags, WorkstationFacts
from scanners.workstations.needs import need_list

_NAMED = 20


def told_by_inventory(
    facts: WorkstationFacts, column: Literal["changeable", "dedicated_admin", "admin_link"]
) -> Verdict:
    """The establishment, with the machines of which the inventory says no and those of which it says nothing; none when
    it says yes of all. NotAssessable when it says nothing of any."""
    need_list(facts, "inventory", column)
    said: Flags = getattr(facts.machines, column)
    expected = listed(facts)
    without, unknown = expected & (said == NO), int((expected & (said == UNKNOWN)).sum())
    known = int(expected.sum()) - unknown
    if not known:
        raise NotAssessable(
            "L’inventaire a cette colonne mais n’en dit rien d’aucune machine en service ; remplissez-la.",
            "The inventory has that column but tells nothing of any machine in service; fill it in.",
        )
    part = int(without.sum())
    if not part and not unknown:
        return Verdict(known)
    return Verdict(known, (counted(facts, part, known, unknown, ", ".join(facts.machines.names(without)[:_NAMED])),))


def counted(facts: WorkstationFacts, part: int, known: int, unknown: int, named: str) -> Finding:
    """The finding that carries an indicator: `concerned` of `total`, `unknown` of either side."""
    evidence: dict[str, Scalar] = {
        "concerned": part,
        "total": known,
        "percent": round(100 * part / known, 1) if known else "",
        "unknown": unknown,
        "without": named,
    }
    return Finding(facts.place, evidence)
