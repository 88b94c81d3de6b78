"""A privileged group that holds somebody of another forest, or an identity that everybody carries, is nobody’s own.

ANSSI warning_privileged_members_foreign; it does not move the level. Everyone, Anonymous and Authenticated Users are
looked for as well: nested in a privileged group, they make every account an administrator.
"""

from __future__ import annotations

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

EVERYBODY = (sids.EVERYONE, sids.ANONYMOUS, sids.AUTHENTICATED_USERS)
OTHER_DOMAIN = "S-1-5-21-"


def check(facts: DirectoryFacts) -> Verdict:
    """Foreign principals: those of other domains and well-known identities."""
    foreign = facts.objects.of(Kind.FOREIGN)
    names = {row: facts.objects.sid(row) for row in np.flatnonzero(foreign & facts.privileged).tolist()}
    outsiders = facts.mask(row for row, sid in names.items() if sid in EVERYBODY or sid.startswith(OTHER_DOMAIN))
    return verdict(facts, foreign, outsiders, lambda row: {"name": facts.name_of(names[row])})


RULE = Rule(
    id="ad.privileged_foreign_member",
    title=Text(
        "Membre extérieur d’un groupe privilégié",
        "Outside member of a privileged group",
    ),
    message=Text(
        "{name}, extérieur au domaine ou porté par tous, est membre d’un groupe privilégié.",
        "{name}, from outside of the domain or carried by all, is a member of a privileged group.",
    ),
    remediation=Text(
        "Donnez aux personnes concernées un compte d’administration dans ce domaine, puis retirez ce membre du groupe "
        "privilégié ou du groupe qui y est imbriqué.",
        "Give the persons concerned an administration account in this domain, then remove that member from the "
        "privileged group or from the group nested in it.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:warning_privileged_members_foreign@1", "attack:T1098"),
    check=check,
    reads=("domain",),
)
