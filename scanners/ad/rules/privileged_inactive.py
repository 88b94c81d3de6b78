"""An administration account that nobody uses for months can be stolen without anybody noticing.

PingCastle P-Inactive: 15 % at most of the enabled privileged users without a logon for 180 days.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain, readable
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_PERCENT = 15
SILENT_DAYS = 180
MOST_NAMES = 50


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged users, as one ratio. One that never logged on is as silent as it is old."""
    users = facts.privileged & facts.users & facts.enabled
    logon = facts.days_since("lastLogonTimestamp")
    days = np.where(np.isnan(logon), facts.days_since("whenCreated"), logon)
    rows = np.flatnonzero(users & (days > SILENT_DAYS)).tolist()
    total = int(users.sum())
    failing = len(rows) * 100 > total * MAX_PERCENT
    if not failing:
        readable(facts, users & np.isnan(days))
    names = ", ".join(facts.subject(row) for row in rows[:MOST_NAMES])
    found = of_domain(facts, failing, accounts=len(rows), total=total, max_percent=MAX_PERCENT, names=names)
    return Verdict(total, found.findings)


RULE = Rule(
    id="ad.privileged_inactive",
    title=Text(
        "Comptes privilégiés inutilisés",
        "Unused privileged accounts",
    ),
    message=Text(
        "Dans {subject}, {accounts} comptes privilégiés actifs sur {total} n’ont pas servi depuis six mois "
        "(au plus {max_percent} %) : {names}.",
        "In {subject}, {accounts} of {total} enabled privileged accounts have not been used for six months "
        "(at most {max_percent} %): {names}.",
    ),
    remediation=Text(
        "Demandez à chaque personne si elle administre encore le domaine. Sinon retirez le compte des groupes "
        "privilégiés (Remove-ADGroupMember) et désactivez-le (Disable-ADAccount). Gardez deux comptes de "
        "secours, sous enveloppe, essayés chaque trimestre. Pour revenir : Enable-ADAccount, "
        "Add-ADGroupMember.",
        "Ask each person whether they still administer the domain. If not, remove the account from privileged "
        "groups (Remove-ADGroupMember) and disable it (Disable-ADAccount). Keep two emergency accounts, in "
        "sealed envelopes, tried each quarter. To go back: Enable-ADAccount, Add-ADGroupMember.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:P-Inactive", "attack:T1078.002"),
    check=check,
    reads=("domain",),
    whole=True,
)
