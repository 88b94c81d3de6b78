"""Whoever may enrol on such a template obtains a certificate in the name of an administrator (ESC1).

CERT-FR, vuln_adcs_template_auth_enroll_with_name: the requester writes the name, the certificate authenticates, no
approval nor signature, the template is published. Rights on the template and on the authority both count.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.requests import judge_requests
from scanners.ad.subjects.templates import authenticates, chooses_name
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
        "(Wi-Fi, imprimantes, MDM) qui s’en servent. Console Modèles de certificats (certtmpl.msc), onglets Nom "
        "du sujet, Extensions, Conditions d’émission, Sécurité ; exportez avant (certutil -v -dstemplate NOM > "
        "avant.txt). Effet : les renouvellements qui en dépendaient échouent, parfois des semaines après. "
        "Révoquez les certificats douteux déjà émis. Retour : les valeurs notées.",
        "In the template choose “Build from this Active Directory information”, or require manager approval, and "
        "reduce who may enrol. First check the devices (Wi-Fi, printers, MDM) that use it. Certificate Templates "
        "console (certtmpl.msc), tabs Subject Name, Extensions, Issuance Requirements, Security; export first "
        "(certutil -v -dstemplate NAME > before.txt). Effect: renewals that relied on it fail, sometimes weeks "
        "later. Revoke doubtful certificates already issued. Back: the values noted.",
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
