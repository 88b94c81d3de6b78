"""A certificate for any purpose signs, authenticates and issues others (ESC2).

No extended key usage, or the any-purpose one (2.5.29.37.0); published, no approval nor signature.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.templates import ANY_PURPOSE, enrolling, open_to_request, published, purposes
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Published templates that give a certificate without approval."""
    templates = open_to_request(facts)
    open_to = {row: enrolling(facts, row) for row in np.flatnonzero(templates).tolist()}
    return verdict(
        facts,
        published(facts),
        facts.mask(row for row in open_to if not purposes(facts, row) or ANY_PURPOSE in purposes(facts, row))
        & facts.mask(row for row, who in open_to.items() if who),
        lambda row: {
            "enrolling": ", ".join(facts.name_of(sid) for sid in open_to[row]),
            "purposes": ", ".join(sorted(purposes(facts, row))),
        },
        facts.objects.descriptor < 0,
    )


RULE = Rule(
    id="ad.template_any_purpose",
    title=Text(
        "Modèle à usage illimité (ESC2)",
        "Any-purpose template (ESC2)",
    ),
    message=Text(
        "{enrolling} peut obtenir par {subject} un certificat à tout usage.",
        "{enrolling} can obtain through {subject} a certificate for any purpose.",
    ),
    remediation=Text(
        "Limitez les usages du modèle à ce que demande l’application, et qui peut s’inscrire.",
        "Limit the usages of the template to what the application needs, and who may enrol.",
    ),
    severity=Severity.HIGH,
    refs=refs("adcs:ESC2", "pingcastle:A-CertTempAnyPurpose", "attack:T1649"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
