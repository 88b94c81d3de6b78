"""A low functional level keeps old controllers and old protections.

ANSSI: Windows Server 2012 R2 at least for the domain and the forest (CERT-FR, vuln_functional_level at level 3).
Values of msDS-Behavior-Version: 4 is 2008 R2, 6 is 2012 R2, 7 is 2016.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs

REQUIRED = 6


def check(facts: DirectoryFacts) -> Verdict:
    """The levels published by the root of the server."""
    domain, forest = facts.naming.domain_level, facts.naming.forest_level
    if domain is None or forest is None:
        raise NotAssessable(
            "Le contrôleur ne publie pas ses niveaux fonctionnels.",
            "The controller does not publish its functional levels.",
        )
    return of_domain(facts, min(domain, forest) < REQUIRED, domain_level=domain, forest_level=forest, required=REQUIRED)


RULE = Rule(
    id="ad.functional_level_2012r2",
    title=Text(
        "Niveau fonctionnel inférieur à 2012 R2",
        "Functional level below 2012 R2",
    ),
    message=Text(
        "{subject} est au niveau fonctionnel {domain_level} (forêt : {forest_level}, requis : {required}).",
        "{subject} is at functional level {domain_level} (forest: {forest_level}, required: {required}).",
    ),
    remediation=Text(
        "Remplacez les contrôleurs trop anciens, puis relevez le niveau du domaine et de la forêt "
        "(Set-ADDomainMode, Set-ADForestMode), avec une sauvegarde vérifiée de l’annuaire.",
        "Replace the controllers that are too old, then raise the level of the domain and of the forest "
        "(Set-ADDomainMode, Set-ADForestMode), with a verified backup of the directory.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_functional_level@3", "pingcastle:S-FunctionalLevel3"),
    check=check,
    reads=("domain",),
)
