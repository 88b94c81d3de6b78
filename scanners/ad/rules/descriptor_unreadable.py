"""An object whose permissions cannot be read may hold a path of control that nobody sees.

CERT-FR, warning_sd_failed_sd_read: permissions withheld from the audit account, or that no program can decode.
Privileged accounts have their own rule; what ordinary accounts never read by default is left out.
"""

from __future__ import annotations

from scanners.ad.entries import hidden_permissions, malformed
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Every object that is not privileged."""
    broken = malformed(facts)
    hidden = hidden_permissions(facts)
    population = ~facts.privileged & (hidden | (facts.objects.descriptor >= 0))
    return verdict(facts, population, hidden, lambda row: {"kind": "malformed" if broken[row] else "withheld"}, hidden)


RULE = Rule(
    id="ad.descriptor_unreadable",
    title=Text(
        "Autorisations illisibles",
        "Permissions unreadable",
    ),
    message=Text(
        "Les autorisations de {subject} sont {kind:withheld=cachées au compte d’audit|malformed=mal formées ou "
        "d’une taille absurde}.",
        "The permissions of {subject} are {kind:withheld=hidden from the audit account|malformed=malformed or of an "
        "absurd size}.",
    ),
    remediation=Text(
        'Cachées : un administrateur lit (Get-Acl "AD:\\<DN>").Sddl, reprend au besoin la propriété de l’objet, '
        "et retire le refus de lecture. Mal formées : rétablissez les autorisations par défaut de ce seul objet "
        '(dsacls "<DN>" /S, jamais /T, qui efface les délégations de toute la branche) après avoir noté l’ancien '
        "état, et cherchez le produit qui les a écrites.",
        'Hidden: an administrator reads (Get-Acl "AD:\\<DN>").Sddl, takes ownership if needed, and removes the '
        'refusal. Malformed: restore the default permissions of that object alone (dsacls "<DN>" /S, never /T, '
        "which erases the delegations of the whole branch) after writing the old state down, and look for the "
        "product that wrote them.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_sd_failed_sd_read@2", "attack:T1564"),
    check=check,
    reads=("domain",),
)
