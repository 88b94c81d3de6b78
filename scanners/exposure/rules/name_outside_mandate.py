"""A name of the establishment that leads outside the mandate is seen by attackers, and by no audit.

Names found (targets, certificates, zone, files, usual words) that resolve to an address the mandate does not cover or
excludes. It was not contacted.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Names that lead outside the mandate."""
    out = (name for name in facts.searched_names() if name.outside)
    found = (Finding(name.name, {"address": ", ".join(name.outside[:5]), "origin": str(name.source)}) for name in out)
    return judged(len(facts.found_names), found)


RULE = Rule(
    id="exposure.name_outside_mandate",
    title=Text(
        "Nom hors du mandat",
        "Name outside the mandate",
    ),
    message=Text(
        "{subject} mène à {address}, hors du mandat : il n’a pas été contacté.",
        "{subject} leads to {address}, outside the mandate: it was not contacted.",
    ),
    remediation=Text(
        "Grand fournisseur (Microsoft 365, CDN) : laissez le nom, notez son responsable et acceptez le constat. Autre "
        "service à vous : faites étendre le mandat. À personne : retirez le nom.",
        "Large provider (Microsoft 365, CDN): leave the name, note its owner and accept the finding. Another service "
        "of yours: have the mandate extended. Nobody’s: remove the name.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:1059"),
    check=check,
    reads=("names",),
)
