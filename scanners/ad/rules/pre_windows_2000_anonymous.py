"""Anonymous in this group lets anyone on the network list the accounts of the domain.

CERT-FR, vuln_compatible_2000_anonymous: S-1-5-7 must not be a member.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import row_of_all, told_sid, verdict
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Members of Pre-Windows 2000 Compatible Access."""
    group = row_of_all(facts, sids.PRE_WINDOWS_2000)
    members = facts.direct_members(group).tolist()
    name, dn = facts.subject(group), facts.objects.dn[group]
    anonymous = [row for row in members if facts.objects.sid(row) == sids.ANONYMOUS]
    hidden = [each for each in facts.objects.outside.get(group, ()) if told_sid(each) == sids.ANONYMOUS]
    if hidden and not anonymous:
        held = {"dn": hidden[0], "sid": sids.ANONYMOUS, "group": name, "group_dn": dn}
        return judged(len(members) + 1, [Finding(facts.name_of(sids.ANONYMOUS), held)])
    return verdict(facts, facts.mask(members), facts.mask(anonymous), lambda _row: {"group": name, "group_dn": dn})


RULE = Rule(
    id="ad.pre_windows_2000_anonymous",
    title=Text(
        "Accès anonyme à l’annuaire",
        "Anonymous access to the directory",
    ),
    message=Text(
        "L’accès anonyme {subject} est membre de {group}.",
        "The anonymous access {subject} is a member of {group}.",
    ),
    remediation=Text(
        "Surveillez d’abord les accès anonymes (événement 4624, compte ANONYMOUS LOGON) pour repérer les équipements "
        "anciens, puis : Set-ADGroup S-1-5-32-554 -Remove "
        "@{member='CN=S-1-5-7,CN=ForeignSecurityPrincipals,DC=hopital,DC=local'}. Effet : ce qui lisait l’annuaire "
        "sans compte est refusé. Retour : la même commande avec -Add.",
        "First watch anonymous accesses (event 4624, account ANONYMOUS LOGON) to spot old devices, then: Set-ADGroup "
        "S-1-5-32-554 -Remove @{member='CN=S-1-5-7,CN=ForeignSecurityPrincipals,DC=hospital,DC=local'}. Effect: what "
        "read the directory without an account is refused. Back: the same command with -Add.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_compatible_2000_anonymous@2", "pingcastle:A-PreWin2000Anonymous", "attack:T1087.002"),
    check=check,
    reads=("domain",),
)
