"""Any user may join machines to the domain, and so own accounts with a name and a secret of his choice.

ANSSI: ms-DS-MachineAccountQuota must be 0 (CERT-FR, vuln_user_accounts_machineaccountquota).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import domain_setting, of_domain
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The quota of the head of the domain."""
    quota = domain_setting(facts, "ms-DS-MachineAccountQuota")
    return of_domain(facts, quota > 0, quota=quota)


RULE = Rule(
    id="ad.machine_account_quota",
    title=Text(
        "Ajout de machines ouvert à tous",
        "Anyone may join machines",
    ),
    message=Text(
        "Dans {subject}, tout utilisateur peut ajouter {quota} machine(s) au domaine.",
        "In {subject}, any user may join {quota} machine(s) to the domain.",
    ),
    remediation=Text(
        "Déléguez d’abord la jonction des postes et des équipements biomédicaux à un groupe dédié, puis : "
        "Set-ADDomain hopital.local -Replace @{'ms-DS-MachineAccountQuota'='0'}. Effet : le déploiement d’images et "
        "les techniciens hors de ce groupe ne joignent plus de machine. Retour : la même commande avec '10'.",
        "First delegate the joining of workstations and medical devices to a dedicated group, then: Set-ADDomain "
        "hospital.local -Replace @{'ms-DS-MachineAccountQuota'='0'}. Effect: imaging, and technicians outside of "
        "that group, no longer join machines. Back: the same command with '10'.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_user_accounts_machineaccountquota@4", "pingcastle:S-ADRegistration", "attack:T1136.002"),
    check=check,
    reads=("domain",),
)
