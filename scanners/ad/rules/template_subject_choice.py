"""Whoever may enrol on such a template obtains a certificate in the name of an administrator (ESC1).

CERT-FR, vuln_adcs_template_auth_enroll_with_name: the requester writes the name, the certificate authenticates, no
approval nor signature, the template is published.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.templates import authenticates, chooses_name, enrolling, open_to_request, published, purposes
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Published templates that give a certificate without approval."""
    templates = open_to_request(facts)
    open_to = {row: enrolling(facts, row) for row in np.flatnonzero(templates).tolist()}
    return verdict(
        facts,
        published(facts),
        chooses_name(facts) & authenticates(facts) & facts.mask(row for row, who in open_to.items() if who),
        lambda row: {
            "enrolling": ", ".join(facts.name_of(sid) for sid in open_to[row]),
            "purposes": ", ".join(sorted(purposes(facts, row))),
        },
        facts.objects.descriptor < 0,
    )


RULE = Rule(
    id="ad.template_subject_choice",
    title=Text(
        "Modèle où le demandeur choisit son nom (ESC1)",
        "Template where the requester chooses the name (ESC1)",
    ),
    message=Text(
        "{enrolling} peut obtenir par {subject} un certificat au nom d’un administrateur.",
        "{enrolling} can obtain through {subject} a certificate in the name of an administrator.",
    ),
    remediation=Text(
        "Dans le modèle, choisissez « Construire à partir de ces informations Active Directory », ou exigez "
        "l’approbation du gestionnaire, et réduisez qui peut s’inscrire. Vérifiez auparavant les équipements "
        "(Wi-Fi, imprimantes, MDM) qui s’en servent.",
        "In the template choose “Build from this Active Directory information”, or require manager approval, and "
        "reduce who may enrol. First check the devices (Wi-Fi, printers, MDM) that use it.",
    ),
    severity=Severity.CRITICAL,
    refs=refs(
        "anssi-ad:vuln_adcs_template_auth_enroll_with_name@1",
        "adcs:ESC1",
        "pingcastle:A-CertTempCustomSubject",
        "attack:T1649",
    ),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
