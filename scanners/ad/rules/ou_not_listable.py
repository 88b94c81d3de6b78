"""An organizational unit that ordinary accounts cannot list hides its accounts from the audit, and from monitoring.

CERT-FR, info_sd_missing_au_lc: nobody among the identities that everybody has may list its children.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.columns import Kind
from scanners.ad.descriptors import LIST_CHILDREN
from scanners.ad.entries import carriers, everybody, held_by
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.rights import effective, masks
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Organisational units."""
    table, units = facts.descriptors, facts.objects.of(Kind.OU)
    known = everybody(facts) | {sids.PRE_WINDOWS_2000}
    listing = effective(table) & (masks(table) & LIST_CHILDREN != 0) & held_by(table, known.__contains__)
    withheld = facts.objects.descriptor < 0
    return verdict(facts, units, ~carriers(facts, listing) & ~withheld, unreadable=withheld)


RULE = Rule(
    id="ad.ou_not_listable",
    title=Text(
        "Unité d’organisation non listable",
        "Organisational unit that cannot be listed",
    ),
    message=Text(
        "Le contenu de {subject} est caché aux comptes ordinaires.",
        "What {subject} holds is hidden from ordinary accounts.",
    ),
    remediation=Text(
        "Si c’est voulu (comptes sensibles), donnez « Lister le contenu » au compte d’audit et à la supervision : "
        'dsacls "<DN>" /G <compte>:LC ; /R pour revenir. Sinon rétablissez la lecture des Utilisateurs authentifiés '
        "dans l’onglet Sécurité.",
        "If it is meant (sensitive accounts), give “List contents” to the audit account and to monitoring: dsacls "
        '"<DN>" /G <account>:LC; /R to go back. Otherwise restore the reading of Authenticated Users in the '
        "Security tab.",
    ),
    severity=Severity.INFO,
    refs=refs("anssi-ad:info_sd_missing_au_lc"),
    check=check,
    reads=("domain",),
)
