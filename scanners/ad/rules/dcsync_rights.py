"""Replication rights give every password hash of the domain, with no trace on the machines (DCSync).

CERT-FR, vuln_permissions_naming_context: DS-Replication-Get-Changes-All, or in filtered set, on the head of the
domain, outside of privileged groups and controllers, where somebody can use it today; the others are at level 2
(`dcsync_rights_latent`).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.replication import REMEDIATION, who_replicates_secrets
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Everyone allowed to replicate secrets, and able to act."""
    return who_replicates_secrets(facts, level=1)


RULE = Rule(
    id="ad.dcsync_rights",
    title=Text(
        "Droit de répliquer les secrets (DCSync)",
        "Right to replicate secrets (DCSync)",
    ),
    message=Text(
        "{subject} peut recopier à distance des secrets du domaine ({right}) : tous les mots de passe hachés avec "
        "Get-Changes-All, les attributs confidentiels (LAPS, BitLocker) avec In-Filtered-Set.",
        "{subject} can copy secrets of the domain from afar ({right}): every password hash with Get-Changes-All, "
        "confidential attributes (LAPS, BitLocker) with In-Filtered-Set.",
    ),
    remediation=REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_naming_context@1", "attack:T1003.006"),
    check=check,
    reads=("domain",),
)
