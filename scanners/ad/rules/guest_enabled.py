"""The Guest account opens the domain to whoever has no account.

ANSSI: it must stay disabled (CERT-FR, vuln_guest).
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import row_of_all, verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The account whose RID is 501."""
    guest = facts.mask([row_of_all(facts, f"{facts.naming.sid}-{sids.RID_GUEST}")])
    return verdict(facts, guest, facts.enabled & ~facts.hidden)


RULE = Rule(
    id="ad.guest_enabled",
    title=Text(
        "Compte Invité actif",
        "Guest account enabled",
    ),
    message=Text(
        "Le compte invité {subject} est actif.",
        "The guest account {subject} is enabled.",
    ),
    remediation=Text(
        "Cherchez d’abord dans les journaux d’ouverture de session (événement 4624) ce qui s’en sert : imprimante, "
        'partage ou automate ancien. Puis : Disable-ADAccount "$((Get-ADDomain).DomainSID)-501". Effet : ce qui '
        "entrait sans compte est refusé. Retour : Enable-ADAccount, le temps de lui donner un compte.",
        "First look in the logon events (4624) for what uses it: an old printer, share or device. Then: "
        'Disable-ADAccount "$((Get-ADDomain).DomainSID)-501". Effect: what came in without an account is refused. '
        "Back: Enable-ADAccount, until it has an account.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_guest@2", "pingcastle:A-Guest", "attack:T1078.001"),
    check=check,
    reads=("domain",),
)
