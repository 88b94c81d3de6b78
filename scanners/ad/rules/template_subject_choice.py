"""Whoever may enrol on such a template obtains a certificate in the name of an administrator (ESC1).

CERT-FR, vuln_adcs_template_auth_enroll_with_name: the requester writes the name, the certificate authenticates, no
approval nor signature, the template is published. Rights on the template and on the authority both count.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.requests import judge_requests
from scanners.ad.templates import authenticates, chooses_name
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Published templates that give a certificate without approval."""
    return judge_requests(facts, chooses_name(facts) & authenticates(facts))


RULE = Rule(
    id="ad.template_subject_choice",
    title=Text(
        "Modèle où le demandeur choisit son nom (ESC1)",
        "Template where the requester chooses the name (ESC1)",
    ),
    message=Text(
        "{enrolling} (comptes actifs : {accounts}) peut obtenir par {subject} un certificat au nom de n’importe qui, "
        "administrateur du domaine ou contrôleur compris.",
        "{enrolling} (enabled accounts: {accounts}) can obtain through {subject} a certificate in the name of anybody, "
        "a domain administrator or a controller included.",
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
