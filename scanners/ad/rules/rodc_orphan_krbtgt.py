"""The key of a read-only controller that is gone still signs tickets.

CERT-FR, vuln_rodc_orphan_krbtgt: an account with msDS-SecondaryKrbTgtNumber to which no controller links.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import MISSING, Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Accounts of the krbtgt_NNNNN kind."""
    number = facts.objects.ints("msDS-SecondaryKrbTgtNumber")
    links = {values[0].lower() for values in facts.objects.texts("msDS-KrbTgtLink").values()}
    secondary = facts.objects.of(Kind.USER) & (number != MISSING)
    linked = facts.mask(row for row in np.flatnonzero(secondary).tolist() if facts.objects.dn[row].lower() in links)
    return verdict(facts, secondary, ~linked, lambda row: {"number": int(number[row])})


RULE = Rule(
    id="ad.rodc_orphan_krbtgt",
    title=Text(
        "krbtgt d’un RODC disparu",
        "krbtgt of a vanished RODC",
    ),
    message=Text(
        "{subject} (numéro {number}) n’est plus lié à aucun contrôleur.",
        "{subject} (number {number}) is no longer linked to any controller.",
    ),
    remediation=Text(
        "Vérifiez qu’aucun RODC n’utilise ce compte (Get-ADComputer -LDAPFilter '(msDS-KrbTgtLink=*)' "
        "-Properties msDS-KrbTgtLink), puis Remove-ADUser krbtgt_NNNNN. Effet : les tickets signés par ce "
        "RODC ne valent plus rien. Retour : Restore-ADObject depuis la corbeille AD.",
        "Check that no RODC uses this account (Get-ADComputer -LDAPFilter '(msDS-KrbTgtLink=*)' -Properties "
        "msDS-KrbTgtLink), then Remove-ADUser krbtgt_NNNNN. Effect: tickets signed by that RODC are worth "
        "nothing. Back: Restore-ADObject from the AD recycle bin.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_rodc_orphan_krbtgt@3", "pingcastle:P-RODCKrbtgtOrphan", "attack:T1558.001"),
    check=check,
    reads=("domain",),
)
