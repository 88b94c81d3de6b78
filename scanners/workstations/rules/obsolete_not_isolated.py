"""What cannot be updated must at least not be reachable: one infected station is enough to take it.

Machines in service under an unsupported system that neither the inventory (column `isolated`) nor the answers
(`isolated`) say to be isolated by network filtering. Machines that are not isolated either and whose system cannot be
dated stay in doubt.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.coverage import listed
from scanners.workstations.facts import YES, WorkstationFacts
from scanners.workstations.needs import untold
from scanners.workstations.support import support_of


def check(facts: WorkstationFacts) -> Verdict:
    """Unsupported machines in service that are not isolated."""
    machines, support = facts.machines, support_of(facts)
    inventory = facts.source("inventory")
    if facts.background.answers.isolated is None and not (inventory and "isolated" in inventory.columns):
        raise NotAssessable(
            "Rien ne dit quelles machines sont isolées ; ajoutez une colonne « isolé » à l’inventaire ou répondez à "
            "« isolated ».",
            "Nothing says which machines are isolated; add an “isolated” column to the inventory or answer “isolated”.",
        )
    if not (facts.active & support.known).any():
        raise NotAssessable(
            "Aucune machine dont le système soit connu ; donnez les faits de l’annuaire ou un inventaire.",
            "No machine whose system is known; give directory facts or an inventory.",
        )
    obsolete = facts.active & support.ended
    verdict = judged(
        int(obsolete.sum()),
        (
            Finding(machines.label(row), {"system": facts.background.systems[machines.system[row]].name})
            for row in np.flatnonzero(obsolete & (machines.isolated != YES)).tolist()
        ),
    )
    lost = listed(facts) & ~support.known & (machines.isolated != YES)
    return untold(facts, verdict, lost, "system")


RULE = Rule(
    id="workstations.obsolete_not_isolated",
    title=Text("Machine obsolète non isolée", "Obsolete machine not isolated"),
    message=Text(
        "{subject} ({system}) n’est plus maintenue et rien ne dit qu’elle soit isolée.",
        "{subject} ({system}) is unsupported and nothing says that it is isolated.",
    ),
    remediation=Text(
        "Placez-la dans un réseau filtré qui ne laisse passer que ses flux métier, avec des comptes à elle seule "
        "; pour un dispositif médical, faites-le avec le biomédical et le fournisseur, hors des heures de soins.",
        "Put it in a filtered network that lets only its business flows through, with accounts of its own; for a "
        "medical device, do so with the biomedical team and the supplier, outside care hours.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-04", "anssi-hygiene:34", "recyf:5.B.9", "attack:T1021"),
    check=check,
    reads=("directory", "inventory"),
    kind=Kind.COMPUTED,
)
