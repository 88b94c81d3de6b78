"""A template that no authority issues today may be issued tomorrow.

CERT-FR, vuln_adcs_template_control at level 2: all templates; the published ones have their own rule.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION
from scanners.ad.subjects.templates import published
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others."""
    targets = facts.objects.of(Kind.TEMPLATE) & ~published(facts)
    return who_controls(facts, targets)


RULE = Rule(
    id="ad.control_of_other_templates",
    title=Text(
        "Droits dangereux sur un modèle non publié",
        "Dangerous rights on an unpublished template",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_adcs_template_control@2", "adcs:ESC4", "attack:T1649"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
