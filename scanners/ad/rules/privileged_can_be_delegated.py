"""A privileged account that may be delegated lets a compromised server act as it.

PingCastle P-Delegated. Either the flag “sensitive” or membership of Protected Users forbids it.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import UAC_NOT_DELEGATED, DirectoryFacts
from scanners.ad.judging import group_row, verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged users."""
    group = group_row(facts, f"{facts.naming.sid}-{sids.RID_PROTECTED_USERS}")
    protected = facts.members_of(facts.mask([] if group is None else [group]))
    safe = protected | facts.flag(UAC_NOT_DELEGATED)
    return verdict(facts, facts.privileged & facts.users & facts.enabled, ~safe)


RULE = Rule(
    id="ad.privileged_can_be_delegated",
    title=Text(
        "Compte privilégié délégable",
        "Privileged account that can be delegated",
    ),
    message=Text(
        "Rien n’interdit de déléguer {subject} : un serveur autorisé à déléguer peut agir en son nom.",
        "Nothing forbids delegating {subject}: a server allowed to delegate can act in its name.",
    ),
    remediation=Text(
        "Cochez « Le compte est sensible et ne peut pas être délégué » : Set-ADAccountControl COMPTE "
        "-AccountNotDelegated $true. Effet : une application qui agissait au nom de ce compte sur un autre serveur "
        "est refusée. Retour : la même commande avec $false.",
        "Tick “Account is sensitive and cannot be delegated”: Set-ADAccountControl ACCOUNT -AccountNotDelegated "
        "$true. Effect: an application that acted for that account on another server is refused. Back: the same "
        "command with $false.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:P-Delegated", "attack:T1558"),
    check=check,
    reads=("domain",),
)
