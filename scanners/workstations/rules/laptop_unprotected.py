"""A laptop meets networks that nobody watches: it has to bring its own protection.

Laptops in service that the antivirus console does not protect, whose local firewall is off, or that no patch report
follows (PGSSI-S 4.5.6: protected, firewalled, managed). Encryption has its own rule. Machines whose kind
is left blank may be laptops: they stay in doubt.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.coverage import antivirus, without_kind
from scanners.workstations.facts import NO, UNKNOWN, YES, WorkstationFacts
from scanners.workstations.needs import need_column, untold


def check(facts: WorkstationFacts) -> Verdict:
    """Laptops without one of the protections that lists tell of."""
    need_column(facts, "kind", "inventory", "edr", "antivirus", other="chassis")
    machines, protection = facts.machines, antivirus(facts)
    followed = facts.source("patches") is not None
    if protection is None and not followed and not facts.tells("firewall", "inventory", "edr", "antivirus"):
        raise NotAssessable(
            "Aucune liste ne dit ce qui protège les portables ; donnez l’export antivirus ou le rapport de correctifs.",
            "No list says what protects laptops; give the antivirus export or the patch report.",
        )
    laptops = facts.active & (machines.laptop == YES)
    bare = protection.missing if protection is not None else np.zeros_like(laptops)
    found = laptops & (bare | (machines.firewall == NO) | (followed & ~machines.patches))
    verdict = judged(
        int(laptops.sum()),
        (
            Finding(
                machines.label(row),
                {
                    "antivirus": "" if protection is None else not bare[row].item(),
                    "firewall": "" if machines.firewall[row] == UNKNOWN else machines.firewall[row].item() == YES,
                    "managed": machines.patches[row].item() if followed else "",
                },
            )
            for row in np.flatnonzero(found).tolist()
        ),
    )
    return untold(facts, verdict, without_kind(facts), "kind")


RULE = Rule(
    id="workstations.laptop_unprotected",
    title=Text("Portable mal protégé", "Poorly protected laptop"),
    message=Text(
        "Le portable {subject} n’a pas toutes ses protections : antivirus {antivirus:=inconnu}, pare-feu "
        "{firewall:=inconnu}, correctifs suivis {managed:=inconnu}.",
        "Laptop {subject} lacks some of its protections: antivirus {antivirus:=unknown}, firewall {firewall:=unknown}, "
        "patches followed {managed:=unknown}.",
    ),
    remediation=Text(
        "Rattachez le portable à la console antivirus et aux correctifs, pare-feu actif sur tous les profils réseau, "
        "avant qu’il ne ressorte de l’établissement.",
        "Join the laptop to the antivirus console and to patching, firewall on for every network profile, before it "
        "leaves the premises again.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-15", "care-rules:PDT-07", "care-rules:PDT-10", "pgssi-s:4.5.6.1", "pgssi-s:4.5.6.3"),
    check=check,
    reads=("directory", "inventory", "edr", "antivirus", "patches"),
    kind=Kind.COMPUTED,
)
