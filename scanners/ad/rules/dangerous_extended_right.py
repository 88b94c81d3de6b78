"""Rights few know of: bring a deleted account back, give somebody the past of another, let a password be empty.

PingCastle, P-DangerousExtendedRight: Reanimate-Tombstones, Migrate-SID-History and three rights on passwords, held on
the domain or on containers by others than administrators. The last three are held by Authenticated Users at the head
of the domain by default: they only serve whoever writes the account besides.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.access import ordinary
from scanners.ad.columns import Kind
from scanners.ad.descriptors import CONTROL_ACCESS
from scanners.ad.entries import allowing, held_by, holders_verdict
from scanners.ad.facts import DirectoryFacts
from scanners.ad.rights import masks, with_guid
from scanners.model import Rule, Severity, Text, Verdict, refs

RIGHTS = {
    "45ec5156-db7e-47bb-b53f-dbeb2d03c40f": "Reanimate-Tombstones",
    "ba33815a-4f93-4c76-87f3-57574bff8109": "Migrate-SID-History",
}
PASSWORD_RIGHTS = {
    "ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501": "Unexpire-Password",
    "280f369c-67c7-438e-ae98-1d46f3c6f541": "Update-Password-Not-Required-Bit",
    "05c74c5e-4deb-43b4-bd9f-86664c2a7fd5": "Enable-Per-User-Reversibly-Encrypted-Password",
}
KINDS = (Kind.OU, Kind.CONTAINER, Kind.DOMAIN)


def check(facts: DirectoryFacts) -> Verdict:
    """The domain and its containers."""
    table = facts.descriptors
    names = RIGHTS | PASSWORD_RIGHTS
    held = allowing(table) & (masks(table) & CONTROL_ACCESS != 0) & with_guid(table, *names)
    usual = with_guid(table, *PASSWORD_RIGHTS) & held_by(table, lambda sid: sid == sids.AUTHENTICATED_USERS)
    return holders_verdict(
        facts,
        held_by(table, lambda sid: ordinary(facts, sid), held & ~usual),
        facts.objects.of(*KINDS),
        lambda one: {"right": names[table.object_guid(one.ace)]},
    )


RULE = Rule(
    id="ad.dangerous_extended_right",
    title=Text(
        "Droit étendu dangereux délégué",
        "Dangerous extended right delegated",
    ),
    message=Text(
        "{subject} a le droit {right} sur {count} conteneur(s), dont {container}.",
        "{subject} has the right {right} on {count} container(s), among them {container}.",
    ),
    remediation=Text(
        'Retirez l’entrée dans l’onglet Sécurité avancé du conteneur, ou par dsacls "<DN>" /R <compte> (/R '
        "retire toutes les entrées de ce compte sur l’objet : remettez celles qui sont utiles), après avoir noté "
        '(Get-Acl "AD:\\<DN>").Sddl pour revenir. Migrate-SID-History ne sert que pendant une migration de '
        "domaine, Reanimate-Tombstones pendant une restauration.",
        'Remove the entry in the advanced Security tab of the container, or by dsacls "<DN>" /R <account> (/R '
        "removes all entries of that account on the object: put back the ones needed), after writing (Get-Acl "
        '"AD:\\<DN>").Sddl down so as to go back. Migrate-SID-History serves during a domain migration only, '
        "Reanimate-Tombstones during a restoration.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:P-DangerousExtendedRight", "attack:T1134.005"),
    check=check,
    reads=("domain",),
)
