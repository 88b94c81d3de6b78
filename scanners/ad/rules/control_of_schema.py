"""Who controls the schema decides the default permissions of every new object.

CERT-FR, vuln_permissions_schema: head of the schema, its classes and attributes.
"""

from __future__ import annotations

from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION, schema
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others, with no major prerequisite."""
    return who_controls(facts, schema(facts), level=1)


RULE = Rule(
    id="ad.control_of_schema",
    title=Text(
        "Droits dangereux sur le schéma",
        "Dangerous rights on the schema",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_schema@1", "attack:T1222.001"),
    check=check,
    reads=(
        "domain",
        "schema",
    ),
)
