"""A request agent obtains certificates in the name of others (ESC3).

Key usage “Certificate Request Agent” (1.3.6.1.4.1.311.20.2.1); published, no approval nor signature.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.templates import REQUEST_AGENT, enrolling, open_to_request, published, purposes
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Published templates that give a certificate without approval."""
    templates = open_to_request(facts)
    open_to = {row: enrolling(facts, row) for row in np.flatnonzero(templates).tolist()}
    return verdict(
        facts,
        published(facts),
        facts.mask(row for row in open_to if REQUEST_AGENT in purposes(facts, row))
        & facts.mask(row for row, who in open_to.items() if who),
        lambda row: {
            "enrolling": ", ".join(facts.name_of(sid) for sid in open_to[row]),
            "purposes": ", ".join(sorted(purposes(facts, row))),
        },
        facts.objects.descriptor < 0,
    )


RULE = Rule(
    id="ad.template_request_agent",
    title=Text(
        "Modèle d’agent de demande ouvert (ESC3)",
        "Open request agent template (ESC3)",
    ),
    message=Text(
        "{enrolling} peut devenir agent de demande par {subject} et obtenir des certificats au nom d’autrui.",
        "{enrolling} can become a request agent through {subject} and obtain certificates in the name of others.",
    ),
    remediation=Text(
        "Réservez ce modèle à deux personnes nommées, avec approbation, et restreignez les agents sur l’autorité "
        "(onglet Agents d’inscription).",
        "Keep that template for two named persons, with approval, and restrict agents on the authority "
        "(Enrollment Agents tab).",
    ),
    severity=Severity.HIGH,
    refs=refs("adcs:ESC3", "pingcastle:A-CertTempAgent", "attack:T1649"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
