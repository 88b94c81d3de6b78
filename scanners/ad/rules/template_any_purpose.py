"""A certificate for any purpose signs, authenticates and asks for others (ESC2).

No extended key usage, or the any-purpose one (2.5.29.37.0); published, no approval nor signature. Templates where the
requester also writes the name are those of ESC1.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.requests import judge_requests
from scanners.ad.subjects.templates import for_any_purpose, names, on_behalf
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Published templates that give a certificate without approval."""
    targets = names(facts, on_behalf(facts))
    return judge_requests(facts, for_any_purpose(facts), lambda _row: {"targets": targets})


RULE = Rule(
    id="ad.template_any_purpose",
    title=Text(
        "Modèle à usage illimité (ESC2)",
        "Any-purpose template (ESC2)",
    ),
    message=Text(
        "{enrolling} (comptes actifs : {accounts}) peut obtenir par {subject} un certificat à tout usage : ouvrir une "
        "session, signer, et demander des certificats au nom d’autrui ({targets:=aucun modèle publié ne s’y prête}).",
        "{enrolling} (enabled accounts: {accounts}) can obtain through {subject} a certificate for any purpose: to log "
        "on, to sign, and to request certificates for others ({targets:=no published template lends itself to it}).",
    ),
    remediation=Text(
        "Limitez les usages du modèle à ce que demande l’application, et qui peut s’inscrire. Console Modèles de "
        "certificats (certtmpl.msc), onglets Nom du sujet, Extensions, Conditions d’émission, Sécurité ; "
        "exportez avant (certutil -v -dstemplate NOM > avant.txt). Effet : les renouvellements qui en "
        "dépendaient échouent, parfois des semaines après. Révoquez les certificats douteux déjà émis. Retour : "
        "les valeurs notées.",
        "Limit the usages of the template to what the application needs, and who may enrol. Certificate "
        "Templates console (certtmpl.msc), tabs Subject Name, Extensions, Issuance Requirements, Security; "
        "export first (certutil -v -dstemplate NAME > before.txt). Effect: renewals that relied on it fail, "
        "sometimes weeks later. Revoke doubtful certificates already issued. Back: the values noted.",
    ),
    severity=Severity.HIGH,
    refs=refs("adcs:ESC2", "pingcastle:A-CertTempAnyPurpose", "attack:T1649"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
