"""A management board commands the machine below its system: power, screen, disks; IPMI gives hashes of passwords.

Boards that answer the presence ping of IPMI (UDP 623), and hosts of virtual machines that show their console
door (902).
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every board and hypervisor door that answers."""
    return exposed(facts, "ipmi", "vmware-auth")


RULE = Rule(
    id="exposure.management_board_exposed",
    title=Text(
        "Carte d’administration ou hyperviseur accessible",
        "Management board or hypervisor reachable",
    ),
    message=Text(
        "{subject} répond : c’est la porte d’administration d’une machine ou d’un hyperviseur ({service}).",
        "{subject} answers: it is the administration door of a machine or of a hypervisor ({service}).",
    ),
    remediation=Text(
        "Fermez l’accès au pare-feu tout de suite, mettez la carte dans le réseau d’administration, changez son mot "
        "de passe et désactivez IPMI sur le réseau si la supervision ne s’en sert pas.",
        "Close the access on the firewall at once, put the board in the administration network, change its password "
        "and disable IPMI over the network if monitoring does not use it.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:28", "attack:T1133", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
