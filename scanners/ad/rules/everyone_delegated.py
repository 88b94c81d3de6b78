"""What everybody may write, any phished account writes.

PingCastle, P-DelegationEveryone: rights that give control, on containers or by inheritance below them, held by
Everyone, anonymous callers, Authenticated Users, Users, Guests, Domain Users, Guests or Computers. Tier 0 itself is
judged by its control paths.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.entries import allowing, anybody, held_by, holders_verdict
from scanners.ad.facts import DirectoryFacts
from scanners.ad.rights import Right, control_rights
from scanners.model import Rule, Severity, Text, Verdict, refs

KINDS = (Kind.OU, Kind.CONTAINER, Kind.DOMAIN, Kind.SITE)


def check(facts: DirectoryFacts) -> Verdict:
    """Containers of the directory, what is inherited from them included."""
    table = facts.descriptors
    given = control_rights(table, allowing(table) & (table.ace_trustee >= 0))
    controlling = ((given > 0) & (given != Right.CreateChild)).any(axis=1)
    entries = held_by(table, anybody(facts).__contains__) & controlling
    return holders_verdict(facts, entries, facts.objects.of(*KINDS) & ~facts.tier_zero)


RULE = Rule(
    id="ad.everyone_delegated",
    title=Text(
        "Écriture déléguée à tout le monde",
        "Writing delegated to everybody",
    ),
    message=Text(
        "{subject} a le droit {right} sur {count} conteneur(s), dont {container}.",
        "{subject} has the right {right} on {count} container(s), among them {container}.",
    ),
    remediation=Text(
        'Notez les autorisations (Get-Acl "AD:\\<DN>").Sddl, retirez l’entrée (onglet Sécurité avancé du conteneur '
        "cité), et donnez le même droit au seul groupe qui en a besoin. Effet de bord : une application qui "
        "écrivait avec un compte quelconque s’arrête ; remettez l’entrée notée pour revenir.",
        'Write the permissions down (Get-Acl "AD:\\<DN>").Sddl, remove the entry (advanced Security tab of the '
        "container named), and give the same right to the one group that needs it. Side effect: an application that "
        "wrote with any account stops; put back the entry written down to go back.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:P-DelegationEveryone", "attack:T1222.001"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
