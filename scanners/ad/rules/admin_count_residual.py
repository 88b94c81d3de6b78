"""adminCount stays when somebody leaves a privileged group: the account keeps closed permissions and a past.

ANSSI warning_admincount: adminCount set on an account or group outside of the groups that AdminSDHolder protects. It
does not move the level.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Users and groups that carry adminCount."""
    marked = facts.objects.of(Kind.USER, Kind.GROUP) & (facts.objects.ints("adminCount") > 0)
    rows = [facts.row_of(sid) for sid in sids.protected_group_sids(facts.naming.sid, facts.naming.forest_sid)]
    rows += [facts.row_of_rid(rid) for rid in (sids.RID_ADMINISTRATOR, sids.RID_KRBTGT)]
    protected = facts.members_of(facts.mask(row for row in rows if row >= 0))
    return verdict(facts, marked, ~protected, lambda row: {"enabled": bool(facts.enabled[row])})


RULE = Rule(
    id="ad.admin_count_residual",
    title=Text(
        "adminCount resté sur un compte qui n’est plus privilégié",
        "adminCount left on an account no longer privileged",
    ),
    message=Text(
        "{subject} porte adminCount sans appartenir à un groupe protégé : ses droits ne sont plus hérités de "
        "son unité d’organisation.",
        "{subject} carries adminCount without belonging to a protected group: its permissions are no longer "
        "inherited from its organisational unit.",
    ),
    remediation=Text(
        "Vérifiez que le compte n’a plus à être privilégié, puis effacez la marque et rétablissez l’héritage "
        ': Set-ADObject DN -Clear adminCount, puis dsacls "DN" /P:N. Les délégations de l’unité '
        "d’organisation (support, réinitialisation de mot de passe) s’appliquent de nouveau. Pour revenir : "
        'Set-ADObject DN -Replace @{adminCount=1} et dsacls "DN" /P:Y.',
        "Check that the account needs no privilege any more, then erase the mark and restore inheritance: "
        'Set-ADObject DN -Clear adminCount, then dsacls "DN" /P:N. Delegations of the organisational unit '
        "(support, password reset) apply again. To go back: Set-ADObject DN -Replace @{adminCount=1} and "
        'dsacls "DN" /P:Y.',
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_admincount@1", "anssi-ad:warning_admincount@3", "pingcastle:A-AdminSDHolder"),
    check=check,
    reads=("domain",),
    whole=True,
)
