"""A unit that blocks inheritance escapes the rights, and the removals of rights, set above it.

CERT-FR, info_sd_protected_ou: permissions protected from inheritance (SE_DACL_PROTECTED).
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.entries import protected
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Organisational units."""
    units, withheld = facts.objects.of(Kind.OU), facts.objects.descriptor < 0
    return verdict(facts, units, protected(facts), unreadable=withheld)


RULE = Rule(
    id="ad.ou_blocks_inheritance",
    title=Text(
        "Unité d’organisation qui bloque l’héritage",
        "Organisational unit that blocks inheritance",
    ),
    message=Text(
        "{subject} n’hérite pas des autorisations du domaine.",
        "{subject} does not inherit the permissions of the domain.",
    ),
    remediation=Text(
        "Vérifiez que le blocage est voulu (unité d’administration) et que ses autorisations propres sont relues à "
        "chaque changement du domaine. Sinon, onglet Sécurité, Avancé, « Activer l’héritage » : des droits du "
        "domaine s’ajoutent aussitôt ; « Désactiver l’héritage » revient.",
        "Check that the block is meant (administration unit) and that its own permissions are reviewed with each "
        "change of the domain. Otherwise, Security tab, Advanced, “Enable inheritance”: rights of the domain are "
        "added at once; “Disable inheritance” goes back.",
    ),
    severity=Severity.INFO,
    refs=refs("anssi-ad:info_sd_protected_ou"),
    check=check,
    reads=("domain",),
)
