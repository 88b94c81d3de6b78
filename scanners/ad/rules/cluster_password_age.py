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
        "Gestionnaire du cluster de basculement, ressource de nom : Mettre hors connexion, puis Autres actions, "
        "Réparer (Repair Active Directory Object). Effet : le rôle qui porte ce nom s’interrompt le temps du geste. "
        "Retour : remettez la ressource en ligne (Start-ClusterResource). Cluster disparu : Disable-ADAccount "
        "'NOM$', suppression après un mois (retour : Enable-ADAccount).",
        "Failover Cluster Manager, name resource: Take Offline, then More Actions, Repair (Repair Active Directory "
        "Object). Effect: the role that bears that name stops meanwhile. Back: bring the resource online "
        "(Start-ClusterResource). Cluster gone: Disable-ADAccount 'NAME$', deletion after a month (back: "
        "Enable-ADAccount).",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_password_change_cluster_no_change_3years@2", "pingcastle:S-PwdLastSet-Cluster"),
    check=check,
    reads=("domain",),
)
