"""A faulty preparation for Windows Server 2016 gave Enterprise Key Admins full control of the domain.

CERT-FR, vuln_adupdate_bad: CN=ActiveDirectoryUpdate at revision 15.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

BAD_REVISION = 15


def check(facts: DirectoryFacts) -> Verdict:
    """The marker of domain preparation; a domain never prepared has none."""
    dn = f"CN=ActiveDirectoryUpdate,CN=DomainUpdates,{facts.naming.system_dn}".lower()
    row = facts.objects.row_by_dn.get(dn, -1)
    marker = facts.mask([row] if row >= 0 else [])
    revision = facts.objects.ints("revision")
    return verdict(
        facts, marker, revision == BAD_REVISION, lambda row: {"revision": int(revision[row])}, revision == MISSING
    )


RULE = Rule(
    id="ad.key_admins_too_powerful",
    title=Text(
        "Préparation du domaine restée à la révision fautive (Key Admins)",
        "Domain preparation left at the faulty revision (Key Admins)",
    ),
    message=Text(
        "La préparation du domaine est restée à la révision {revision}, qui donne le contrôle total à Enterprise "
        "Key Admins.",
        "The preparation of the domain stayed at revision {revision}, which gives Enterprise Key Admins full control.",
    ),
    remediation=Text(
        'Notez les autorisations de la racine : dsacls "DC=hopital,DC=local" > avant.txt. Relancez la préparation '
        "depuis un support récent de Windows Server (adprep /domainprep), puis limitez l’entrée « Contrôle total "
        '» d’Enterprise Key Admins : dsacls "DC=hopital,DC=local" /R "HOPITAL\\Enterprise Key Admins", puis '
        'dsacls "DC=hopital,DC=local" /I:T /G "HOPITAL\\Enterprise Key Admins:RPWP;msDS-KeyCredentialLink". Effet '
        ": Windows Hello Entreprise continue, il n’a besoin que de cet attribut ; la préparation du domaine est "
        "sans retour. Retour pour l’entrée : remettez celle d’avant.txt.",
        'Write the permissions of the head of the domain down: dsacls "DC=hospital,DC=local" > before.txt. Run '
        "the preparation again from recent Windows Server media (adprep /domainprep), then limit the Full Control "
        'entry of Enterprise Key Admins: dsacls "DC=hospital,DC=local" /R "HOSPITAL\\Enterprise Key Admins", then '
        'dsacls "DC=hospital,DC=local" /I:T /G "HOSPITAL\\Enterprise Key Admins:RPWP;msDS-KeyCredentialLink". '
        "Effect: Windows Hello for Business goes on, it needs that attribute only; the preparation of the domain "
        "is final. Back, for the entry: put back that of before.txt.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_adupdate_bad@2", "pingcastle:P-DelegationKeyAdmin"),
    check=check,
    reads=("domain",),
)
