"""Objects that name Anonymous in their permissions, for reading only: worth a look when anonymous access is open.

CERT-FR, info_sd: entries for S-1-5-7; those that give control have their own rule.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.entries import allowing, held_by, holders_verdict
from scanners.ad.facts import DirectoryFacts
from scanners.ad.rights import control_rights
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Every object."""
    table = facts.descriptors
    anonymous = held_by(table, lambda sid: sid == sids.ANONYMOUS) & allowing(table)
    return holders_verdict(facts, anonymous & ~(control_rights(table) > 0).any(axis=1))


RULE = Rule(
    id="ad.anonymous_entries",
    title=Text(
        "Autorisations citant les anonymes",
        "Permissions that name anonymous users",
    ),
    message=Text(
        "{subject} a le droit {right} sur {count} objet(s), dont {container}.",
        "{subject} has the right {right} on {count} object(s), among them {container}.",
    ),
    remediation=Text(
        "Vérifiez que dSHeuristics ferme l’accès anonyme (ADSI Edit, Configuration, Services, Windows NT, Directory "
        "Service : septième caractère différent de 2). Quand plus aucun équipement ancien ne lit l’annuaire sans "
        'compte (événement 4624, ANONYMOUS LOGON), notez (Get-Acl "AD:\\<DN>").Sddl, puis retirez ces entrées : '
        'onglet Sécurité avancé, ou dsacls "<DN>" /R "ANONYMOUS LOGON". Effet : un équipement qui lisait sans compte '
        "n’y parvient plus. Retour : remettez l’entrée notée.",
        "Check that dSHeuristics closes anonymous access (ADSI Edit, Configuration, Services, Windows NT, Directory "
        "Service: seventh character other than 2). Once no old device reads the directory without an account (event "
        '4624, ANONYMOUS LOGON), note (Get-Acl "AD:\\<DN>").Sddl, then remove these entries: advanced Security tab, '
        'or dsacls "<DN>" /R "ANONYMOUS LOGON". Effect: a device that read without an account no longer can. To go '
        "back: put the noted entry back.",
    ),
    severity=Severity.INFO,
    refs=refs("anssi-ad:info_sd", "attack:T1087.002"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
