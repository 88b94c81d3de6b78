"""The account of a cluster whose secret no longer changes belongs to a cluster that is gone or broken.

ANSSI: 3 years at most (CERT-FR, vuln_password_change_cluster_no_change_3years).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import older
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 3 * 365
SERVICES = ("msclustervirtualserver/", "msservercluster/")


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled computers that carry a service name of cluster."""
    names = facts.objects.texts("servicePrincipalName")
    clusters = (row for row, values in names.items() if any(value.lower().startswith(SERVICES) for value in values))
    return older(facts, facts.mask(clusters) & facts.enabled, "pwdLastSet", MAX_DAYS)


RULE = Rule(
    id="ad.cluster_password_age",
    title=Text(
        "Secret de grappe ancien",
        "Old cluster secret",
    ),
    message=Text(
        "Le secret de {subject} date du {date} ({days} jours, {max_days} au plus).",
        "The secret of {subject} dates from {date} ({days} days, {max_days} at most).",
    ),
    remediation=Text(
        "Depuis le gestionnaire du cluster, réparez l’objet de nom (Repair Active Directory Object) ; supprimez "
        "le compte si le cluster n’existe plus.",
        "From the cluster manager, repair the name object (Repair Active Directory Object); delete the account if "
        "the cluster no longer exists.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_password_change_cluster_no_change_3years@2", "pingcastle:S-PwdLastSet-Cluster"),
    check=check,
    reads=("domain",),
)
