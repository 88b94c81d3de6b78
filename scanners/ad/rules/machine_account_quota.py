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
        "Mettez ms-DS-MachineAccountQuota à 0 (Set-ADDomain -Replace @{'ms-DS-MachineAccountQuota'='0'}) après "
        "avoir délégué la jonction des postes et des équipements biomédicaux à un groupe dédié.",
        "Set ms-DS-MachineAccountQuota to 0 (Set-ADDomain -Replace @{'ms-DS-MachineAccountQuota'='0'}) after "
        "delegating the joining of workstations and medical devices to a dedicated group.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_user_accounts_machineaccountquota@4", "pingcastle:S-ADRegistration", "attack:T1136.002"),
    check=check,
    reads=("domain",),
)
