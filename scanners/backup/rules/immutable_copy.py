"""An attacker who holds the administrator's password deletes every backup that can be deleted.

CaRE D2.O3.C asks for an immutable copy that is offline or off-site (two separate buildings count). A read-only snapshot
that its administrator can make writable again is not immutable, nor is a lock that ends before the retention.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.strategy import strategy
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Systems without any immutable copy out of reach."""
    found = ((system, strategy(facts, system)) for system in facts.plan.systems)
    return judged(
        len(facts.plan.systems),
        (Finding(system.name, {"explained": one.explained}) for system, one in found if not one.immutable),
    )


RULE = Rule(
    id="backup.immutable_copy",
    title=Text("Aucune copie immuable hors ligne ou hors site", "No immutable copy offline or off-site"),
    message=Text(
        "{subject} n’a aucune copie à la fois immuable et hors ligne ou dans un autre bâtiment. Déclaré : {explained}.",
        "{subject} has no copy that is both immutable and offline or in another building. Declared: {explained}.",
    ),
    remediation=Text(
        "Mettez en place une copie que même l’administrateur des sauvegardes ne peut effacer avant son terme "
        "(bande sortie du robot, stockage objet verrouillé en mode conformité, dépôt durci), dans un autre "
        "bâtiment ou chez un tiers, et essayez de l’effacer pour le prouver.",
        "Set up a copy that even the backup administrator cannot delete before its term (tape out of the library, "
        "object storage locked in compliance mode, hardened repository), in another building or at a third party, "
        "and try to delete it as a proof.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-12", "care-d2:O3.C"),
    check=check,
    reads=("plan", "repositories", "protection"),
    kind=Kind.COMPUTED,
)
