"""A principal of another forest in a privileged group puts the domain at the mercy of that forest.

ANSSI warning_privileged_members_foreign; it does not move the level. Well-known identities are other rules’ business.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Foreign principals, by SID of another domain."""
    foreign = facts.objects.of(Kind.FOREIGN)
    rows = np.flatnonzero(foreign & facts.privileged).tolist()
    other = facts.mask(row for row in rows if facts.objects.sid(row).startswith("S-1-5-21-"))
    return verdict(facts, foreign, other)


RULE = Rule(
    id="ad.privileged_foreign_member",
    title=Text(
        "Membre étranger d’un groupe privilégié",
        "Foreign member of a privileged group",
    ),
    message=Text(
        "{subject}, d’une autre forêt, est membre d’un groupe privilégié.",
        "{subject}, of another forest, is a member of a privileged group.",
    ),
    remediation=Text(
        "Donnez à cette personne un compte d’administration dans ce domaine, puis retirez le principal étranger.",
        "Give that person an administration account in this domain, then remove the foreign principal.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:warning_privileged_members_foreign@1", "attack:T1098"),
    check=check,
    reads=("domain",),
)
