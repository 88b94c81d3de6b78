"""A privileged account whose permissions cannot be read escapes every check of control paths.

CERT-FR, vuln_sd_failed_sd_read_on_priv.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Privileged groups and accounts."""
    return verdict(facts, facts.privileged, facts.objects.descriptor < 0)


RULE = Rule(
    id="ad.privileged_descriptor_withheld",
    title=Text(
        "Autorisations d’un privilégié illisibles",
        "Permissions of a privileged account unreadable",
    ),
    message=Text(
        "Les autorisations de {subject} ne sont pas lisibles par le compte d’audit.",
        "The permissions of {subject} are not readable by the audit account.",
    ),
    remediation=Text(
        'Voyez l’entrée de refus avec un compte d’administration : dsacls "<DN>" | findstr /i "deny refus". Notez '
        '(Get-Acl "AD:\\<DN>").Sddl, puis retirez-la (Utilisateurs et ordinateurs AD, Fonctionnalités avancées, '
        "Sécurité, Avancé). Effet : les comptes ordinaires lisent de nouveau ces autorisations, comme partout "
        "ailleurs. Retour : remettez l’entrée notée. Si elle est voulue, relancez l’audit avec un compte qui peut "
        "les lire.",
        'See the denying entry with an administration account: dsacls "<DN>" | findstr /i "deny refus". Note '
        '(Get-Acl "AD:\\<DN>").Sddl, then remove it (AD Users and Computers, Advanced Features, Security, Advanced). '
        "Effect: ordinary accounts read these permissions again, as everywhere else. To go back: put the noted entry "
        "back. If it is wanted, run the audit again with an account that can read them.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_sd_failed_sd_read_on_priv@3", "attack:T1564"),
    check=check,
    reads=("domain",),
)
