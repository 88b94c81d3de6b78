"""What is administered through the network that users share can be administered by whoever listens there.

Indicator OSE-4f: share of machines that no physical link or interface of administration reaches, by the column
`admin_link` of the inventory. Margin of uncertainty: machines of which it says nothing, in `unknown`.
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.administered import told_by_inventory
from scanners.workstations.facts import WorkstationFacts


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when some machines have no such link or nobody knows."""
    return told_by_inventory(facts, "admin_link")


RULE = Rule(
    id="workstations.admin_link_missing",
    title=Text("Machines sans liaison d’administration", "Machines without an administration link"),
    message=Text(
        "{subject} : {concerned} machines sur {total} n’ont ni liaison ni interface physique d’administration "
        "({percent} % ; {unknown} dont on ne sait rien) : {without:=—}.",
        "{subject}: {concerned} of {total} machines have no physical link or interface of administration ({percent} %; "
        "{unknown} of which nothing is known): {without:=—}.",
    ),
    remediation=Text(
        "Reliez d’abord les serveurs et les hyperviseurs à un réseau d’administration par leur interface dédiée, "
        "filtrée ; notez dans l’inventaire celles qui n’en ont pas.",
        "First connect servers and hypervisors to an administration network through their own interface, filtered; "
        "note in the inventory those that have none.",
    ),
    severity=Severity.INFO,
    refs=refs("nis1:OSE-4f"),
    check=check,
    reads=("directory", "inventory"),
    kind=Kind.COMPUTED,
)
