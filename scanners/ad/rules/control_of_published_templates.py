"""Who controls a template issued by an authority turns it into one that gives administrator certificates (ESC4).

CERT-FR, vuln_adcs_template_control at level 1: templates published by at least one authority.
"""

from __future__ import annotations

from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import provided
from scanners.ad.subjects.enrolment import need_published
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION
from scanners.ad.subjects.templates import published
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others."""
    return provided(who_controls(facts, published(facts)), lambda: need_published(facts))


RULE = Rule(
    id="ad.control_of_published_templates",
    title=Text(
        "Droits dangereux sur un modèle publié (ESC4)",
        "Dangerous rights on a published template (ESC4)",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_adcs_template_control@1", "adcs:ESC4", "pingcastle:A-CertTempAnyone", "attack:T1649"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
