"""A secret cached on a read-only controller is lost with that machine, often the least guarded of all.

CERT-FR, vuln_rodc_priv_revealed: no privileged account in msDS-RevealedUsers. A read-only controller always holds its
own secret: one whose list is empty hides it from the audit account.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.controllers import standing
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Read-only controllers; values are written B:<length>:<hexadecimal>:<distinguished name>."""
    cached = {}
    for row, values in facts.objects.texts("msDS-RevealedUsers").items():
        names = {value.split(":", 3)[-1].lower() for value in values}
        rows = [facts.objects.row_by_dn[name] for name in sorted(names) if name in facts.objects.row_by_dn]
        cached[row] = [facts.subject(found) for found in rows if facts.privileged[found]]
    read_only = facts.objects.ints("primaryGroupID") == sids.RID_READ_ONLY_CONTROLLERS
    return verdict(
        facts,
        facts.controllers & read_only,
        facts.mask(row for row, found in cached.items() if found),
        lambda row: {"accounts": ", ".join(cached[row])},
        standing(facts) & read_only & ~facts.mask(cached),
    )


RULE = Rule(
    id="ad.rodc_holds_privileged",
    title=Text(
        "Secret privilégié présent sur un RODC",
        "Privileged secret held by an RODC",
    ),
    message=Text(
        "{subject} garde une copie du secret de {accounts}.",
        "{subject} keeps a copy of the secret of {accounts}.",
    ),
    remediation=Text(
        "Ajoutez ces comptes à la liste refusée (Add-ADDomainControllerPasswordReplicationPolicy -Identity RODC "
        "-DeniedList COMPTE, ou le groupe de réplication refusée, RID 572), changez leur mot de passe "
        "(Set-ADAccountPassword COMPTE -Reset : l’ancien secret reste sur le RODC mais ne vaut plus rien) et "
        "interdisez leur session sur ce site. Effet : un administrateur ne se connecte plus là sans liaison avec un "
        "contrôleur complet. Retour : Remove-ADDomainControllerPasswordReplicationPolicy -Identity RODC -DeniedList "
        "COMPTE.",
        "Add these accounts to the denied list (Add-ADDomainControllerPasswordReplicationPolicy -Identity RODC "
        "-DeniedList ACCOUNT, or the denied replication group, RID 572), change their password "
        "(Set-ADAccountPassword ACCOUNT -Reset: the old secret stays on the RODC but is worth nothing) and forbid "
        "their logon on that site. Effect: an administrator no longer logs on there without a link to a full "
        "controller. To go back: Remove-ADDomainControllerPasswordReplicationPolicy -Identity RODC -DeniedList "
        "ACCOUNT.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_rodc_priv_revealed@2", "pingcastle:P-RODCAdminRevealed", "attack:T1003"),
    check=check,
    reads=("domain",),
)
