"""A controller without security fixes is taken with public tools, and the domain with it.

CERT-FR, vuln_dc_obsolete; dates are those of Microsoft’s life cycle, compared with the date of collection.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.controllers import standing
from scanners.ad.subjects.operating_systems import unsupported
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """All controllers; a system that is not in the table (Samba, a newer one) is not judged obsolete."""
    return unsupported(facts, standing(facts), ~facts.having("operatingSystem"))


RULE = Rule(
    id="ad.controller_obsolete",
    title=Text(
        "Contrôleur de domaine hors support",
        "Unsupported domain controller",
    ),
    message=Text(
        "{subject} tourne sous {operating_system}, sans correctif depuis le {support_ended}.",
        "{subject} runs {operating_system}, without fixes since {support_ended}.",
    ),
    remediation=Text(
        "Installez un nouveau contrôleur sous une version maintenue (Install-WindowsFeature AD-Domain-Services, puis "
        "Install-ADDSDomainController -InstallDns), transférez les rôles (Move-ADDirectoryServerOperationMasterRole "
        "NOUVEAU -OperationMasterRole 0,1,2,3,4), puis rétrogradez l’ancien (dcpromo avant 2012, "
        "Uninstall-ADDSDomainController après). Effet : les équipements qui le désignent par son adresse (DNS, LDAP) "
        "ne le trouvent plus ; relevez-les et donnez-leur la nouvelle adresse avant. Retour : les rôles se rendent "
        "par la même commande tant que l’ancien n’est pas rétrogradé.",
        "Install a new controller on a maintained version (Install-WindowsFeature AD-Domain-Services, then "
        "Install-ADDSDomainController -InstallDns), move the roles (Move-ADDirectoryServerOperationMasterRole NEW "
        "-OperationMasterRole 0,1,2,3,4), then demote the old one (dcpromo before 2012, "
        "Uninstall-ADDSDomainController after). Effect: devices that point at it by its address (DNS, LDAP) no "
        "longer find it; list them and give them the new address before. To go back: the roles are returned by the "
        "same command as long as the old one is not demoted.",
    ),
    severity=Severity.CRITICAL,
    refs=refs(
        "anssi-ad:vuln_dc_obsolete@1",
        "pingcastle:S-DC-2000",
        "pingcastle:S-DC-2003",
        "pingcastle:S-DC-2008",
        "pingcastle:S-DC-2012",
        "pingcastle:S-DC-NotUpdated",
        "attack:T1210",
    ),
    check=check,
    reads=("domain",),
)
