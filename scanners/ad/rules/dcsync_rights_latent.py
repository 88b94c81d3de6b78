"""The right to replicate secrets that a disabled or deleted account keeps serves whoever enables it, or restores it.

CERT-FR, vuln_permissions_naming_context at level 2: all dangerous permissions, those of level 1 (`dcsync_rights`) left
out. A deleted account can come back from the recycle bin with its SID; an empty group takes members.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.replication import REMEDIATION, who_replicates_secrets
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Everyone allowed to replicate secrets, and unable to act for now."""
    return who_replicates_secrets(facts, level=2)


RULE = Rule(
    id="ad.dcsync_rights_latent",
    title=Text(
        "Droit latent de répliquer les secrets (DCSync)",
        "Latent right to replicate secrets (DCSync)",
    ),
    message=Text(
        "{subject} garde le droit de recopier à distance des secrets du domaine ({right}) : personne ne peut s’en "
        "servir tant que ce compte reste désactivé ou supprimé, ou ce groupe vide.",
        "{subject} keeps the right to copy secrets of the domain from afar ({right}): nobody can use it as long as "
        "this account stays disabled or deleted, or this group empty.",
    ),
    remediation=REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_permissions_naming_context@2", "attack:T1003.006"),
    check=check,
    reads=("domain",),
)
