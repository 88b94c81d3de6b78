"""Protected Users forbids NTLM, RC4 and delegation to its members: stolen material is worth much less.

CERT-FR, vuln_protected_users. The group needs functional level 2012 R2.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import group_row, verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged users."""
    group = group_row(facts, f"{facts.naming.sid}-{sids.RID_PROTECTED_USERS}")
    protected = facts.members_of(facts.mask([] if group is None else [group]))
    return verdict(facts, facts.privileged & facts.users & facts.enabled, ~protected)


RULE = Rule(
    id="ad.privileged_outside_protected_users",
    title=Text(
        "Compte privilégié hors de Protected Users",
        "Privileged account outside of Protected Users",
    ),
    message=Text(
        "{subject} est privilégié sans être membre de Protected Users.",
        "{subject} is privileged without being a member of Protected Users.",
    ),
    remediation=Text(
        "Ajoutez le compte au groupe Protected Users après avoir vérifié qu’il ne sert ni à un service ni à une "
        "tâche planifiée ; gardez un compte de secours hors du groupe, sous enveloppe. Add-ADGroupMember "
        "'Protected Users' -Members COMPTE. Effet : plus de NTLM, de RC4, de délégation ni de session hors "
        "réseau, ticket de 4 heures ; le Bureau à distance par adresse IP échoue. Deux personnes d’abord. "
        "Retour : Remove-ADGroupMember, puis nouvelle session.",
        "Add the account to Protected Users after checking that no service or scheduled task uses it; keep one "
        "emergency account out of the group, in a sealed envelope. Add-ADGroupMember 'Protected Users' -Members "
        "ACCOUNT. Effect: no more NTLM, RC4, delegation or session off the network, a ticket of 4 hours; Remote "
        "Desktop by IP address fails. Two people first. Back: Remove-ADGroupMember, then a new session.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_protected_users@3", "pingcastle:P-ProtectedUsers", "attack:T1550"),
    check=check,
    reads=("domain",),
)
