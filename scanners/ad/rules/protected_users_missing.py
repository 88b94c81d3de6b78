"""Without the group Protected Users, nothing can forbid NTLM and RC4 to administrators.

PingCastle A-ProtectedUsers: the group (RID 525) exists since the schema of Windows Server 2012 R2.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import group_row, of_domain
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The group whose RID is 525."""
    group = group_row(facts, f"{facts.naming.sid}-{sids.RID_PROTECTED_USERS}")
    return of_domain(facts, group is None)


RULE = Rule(
    id="ad.protected_users_missing",
    title=Text(
        "Groupe Protected Users absent",
        "Protected Users group missing",
    ),
    message=Text(
        "{subject} n’a pas le groupe Protected Users.",
        "{subject} has no Protected Users group.",
    ),
    remediation=Text(
        "Installez un contrôleur sous Windows Server 2012 R2 ou plus récent et donnez-lui le rôle d’émulateur "
        "PDC : il crée le groupe (Move-ADDirectoryServerOperationMasterRole DC2 -OperationMasterRole "
        "PDCEmulator). Sauvegardez l’état du système d’abord. Le rôle se rend par la même commande vers "
        "l’ancien contrôleur ; le groupe, lui, reste.",
        "Install a controller under Windows Server 2012 R2 or later and give it the PDC emulator role: it "
        "makes the group (Move-ADDirectoryServerOperationMasterRole DC2 -OperationMasterRole PDCEmulator). "
        "Back up the system state first. The role goes back by the same command to the former controller; the "
        "group stays.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:A-ProtectedUsers"),
    check=check,
    reads=("domain",),
    whole=True,
)
