"""Whoever controls the containers of sites, policies or services changes how the whole forest works.

CERT-FR, warning_permissions_specific_containers at level 1: containers of settings without a point of their own.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import who_controls_containers
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls one, with no major prerequisite."""
    return who_controls_containers(facts, level=1)


RULE = Rule(
    id="ad.control_of_sensitive_containers",
    title=Text(
        "Droits dangereux sur un conteneur sensible",
        "Dangerous rights on a sensitive container",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=Text(
        'Notez les autorisations du conteneur (Get-Acl "AD:\\<DN>").Sddl, retirez l’entrée citée (adsiedit, onglet '
        "Sécurité avancé) ou limitez-la au droit utile. Vérifiez d’abord quel produit l’avait posée : la gestion "
        "des sites ou des stratégies se délègue objet par objet. Remettez l’entrée notée pour revenir.",
        'Write the permissions of the container down (Get-Acl "AD:\\<DN>").Sddl, remove the entry named (adsiedit, '
        "advanced Security tab) or limit it to the right needed. First check which product had set it: managing "
        "sites or policies is delegated object by object. Put the entry written down back to go back.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:warning_permissions_specific_containers@1", "attack:T1222.001"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
