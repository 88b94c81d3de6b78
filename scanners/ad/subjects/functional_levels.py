"""Functional levels of the domain and of the forest, that three rules judge each at its threshold. Pure."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.model import NotAssessable, Text, Verdict

_WORDS = "0=2000|2=2003|3=2008|4=2008 R2|5=2012|6=2012 R2|7=2016|10=2025"
"""Versions of Windows Server by value of msDS-Behavior-Version."""
_DOMAIN, _FOREST, _REQUIRED = (f"{{{key}:{_WORDS}}}" for key in ("domain_level", "forest_level", "required"))

MESSAGE = Text(
    f"{{subject}} est au niveau fonctionnel {_DOMAIN} (forêt : {_FOREST}, requis : {_REQUIRED}).",
    f"{{subject}} is at functional level {_DOMAIN} (forest: {_FOREST}, required: {_REQUIRED}).",
)
REMEDIATION = Text(
    "Relevez les contrôleurs (Get-ADDomainController -Filter * | Format-Table Name,OperatingSystem) et remplacez "
    "ceux qui sont trop anciens. Avec une sauvegarde vérifiée de l’annuaire : Set-ADDomainMode hopital.local "
    "-DomainMode Windows2016Domain, puis Set-ADForestMode hopital.local -ForestMode Windows2016Forest (ou le niveau "
    "du plus ancien contrôleur). Effet : un contrôleur plus ancien ne peut plus être ajouté. Retour : tenez-le pour "
    "définitif.",
    "List the controllers (Get-ADDomainController -Filter * | Format-Table Name,OperatingSystem) and replace those "
    "that are too old. With a verified backup of the directory: Set-ADDomainMode hospital.local -DomainMode "
    "Windows2016Domain, then Set-ADForestMode hospital.local -ForestMode Windows2016Forest (or the level of the "
    "oldest controller). Effect: an older controller can no longer be added. Back: treat it as final.",
)


def below(facts: DirectoryFacts, required: int) -> Verdict:
    """The levels published by the root of the server; the lower of the two counts."""
    domain, forest = facts.naming.domain_level, facts.naming.forest_level
    if domain is None or forest is None:
        raise NotAssessable(
            "Le contrôleur ne publie pas ses niveaux fonctionnels.",
            "The controller does not publish its functional levels.",
        )
    return of_domain(facts, min(domain, forest) < required, domain_level=domain, forest_level=forest, required=required)
