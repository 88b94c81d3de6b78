"""NTFRS is obsolete, adds ways in to controllers and blocks their upgrade.

CERT-FR, vuln_sysvol_ntfrs: replica sets or subscribers of NTFRS. A migration to DFSR brought to its end deletes them.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Replica sets and subscribers of NTFRS."""
    replicas = facts.objects.of(Kind.NTFRS)
    return verdict(facts, replicas, replicas)


RULE = Rule(
    id="ad.sysvol_over_ntfrs",
    title=Text(
        "SYSVOL répliqué par NTFRS",
        "SYSVOL replicated by NTFRS",
    ),
    message=Text(
        "{subject} déclare une réplication NTFRS.",
        "{subject} declares an NTFRS replication.",
    ),
    remediation=Text(
        "Migrez SYSVOL vers DFSR (dfsrmig, états 1 à 3, en attendant la convergence à chaque étape), avec une "
        "sauvegarde de SYSVOL ; si la migration est finie, supprimez l’objet resté là. Retour par dfsrmig "
        "/setglobalstate 0 aux états 1 et 2 ; aucun à l’état 3.",
        "Migrate SYSVOL to DFSR (dfsrmig, states 1 to 3, waiting for convergence at each step), with a backup of "
        "SYSVOL; if the migration is over, delete the object left behind. Back by dfsrmig /setglobalstate 0 at "
        "states 1 and 2; none at state 3.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_sysvol_ntfrs@2", "pingcastle:A-NTFRSOnSysvol"),
    check=check,
    reads=("domain",),
)
