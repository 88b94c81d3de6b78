"""What a supplier hosts is backed up as the contract says, that is, sometimes not at all.

CaRE D2.O2.A: the policy applies to outsourced and SaaS applications through contract clauses (backup, frequency,
return of the data, tests).
"""

from __future__ import annotations

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "saas_clauses")


RULE = Rule(
    id="backup.saas_clauses",
    title=Text("Contrats SaaS sans clause de sauvegarde", "SaaS contracts without backup clauses"),
    message=Text(
        "{subject} déclare des applications externalisées sans clause de sauvegarde, de restitution et d’essai "
        "(réponse du {date}).",
        "{subject} declares outsourced applications without clauses on backup, return of data and tests (answered "
        "{date}).",
    ),
    remediation=Text(
        "Ajoutez ces clauses par avenant, en commençant par les applications de soins, et demandez le dernier "
        "compte rendu de restauration du fournisseur.",
        "Add these clauses by amendment, care applications first, and ask the supplier for its last restore report.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-34", "care-d2:O2.A"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
