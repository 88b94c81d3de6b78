"""A password that the establishment cannot change stays known to whoever learnt it once, factory and former staff
included.

Indicator OSE-4d: share of machines whose authentication secrets the establishment cannot change, by the column
`changeable` of the inventory. Margin of uncertainty: machines of which it says nothing, in `unknown`.
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.administered import told_by_inventory
from scanners.workstations.facts import WorkstationFacts


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when some secrets cannot be changed or nobody knows."""
    return told_by_inventory(facts, "changeable")


RULE = Rule(
    id="workstations.secrets_unchangeable",
    title=Text("Secrets que l’établissement ne peut changer", "Secrets that the establishment cannot change"),
    message=Text(
        "{subject} : {concerned} machines sur {total} ont des secrets que l’établissement ne peut changer ({percent} "
        "% ; {unknown} dont on ne sait rien) : {without:=—}.",
        "{subject}: {concerned} of {total} machines have secrets that the establishment cannot change ({percent} %; "
        "{unknown} of which nothing is known): {without:=—}.",
    ),
    remediation=Text(
        "Demandez à chaque fournisseur comment changer ces mots de passe et quand ; en attendant, isolez la machine et "
        "tenez la liste de qui les connaît.",
        "Ask each supplier how to change these passwords and when; meanwhile isolate the machine and keep the list of "
        "who knows them.",
    ),
    severity=Severity.INFO,
    refs=refs("nis1:OSE-4d", "attack:T1078.001"),
    check=check,
    reads=("directory", "inventory"),
    kind=Kind.COMPUTED,
)
