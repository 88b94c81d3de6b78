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
        "Donnez aux personnes concernées un compte d’administration dans ce domaine, puis retirez ce membre du "
        "groupe privilégié ou du groupe qui y est imbriqué : Set-ADObject '<DN du groupe>' -Remove @{member='<DN du "
        "membre>'} (ou propriétés du groupe, onglet Membres). Effet : ce que l’autre domaine administrait ici "
        "s’arrête ; relevez avant qui s’en sert (événement 4624 des contrôleurs). Retour : la même commande avec "
        "-Add.",
        "Give the people concerned an administration account in this domain, then remove this member from the "
        "privileged group or from the group nested in it: Set-ADObject '<DN of the group>' -Remove @{member='<DN of "
        "the member>'} (or properties of the group, Members tab). Effect: what the other domain administered here "
        "ends; first find out who uses it (event 4624 of the controllers). To go back: the same command with -Add.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:warning_privileged_members_foreign@1", "attack:T1098"),
    check=check,
    reads=("domain",),
)
