"""A request agent obtains certificates in the name of others (ESC3).

Key usage “Certificate Request Agent” (1.3.6.1.4.1.311.20.2.1); published, no approval nor signature. The second half
are the published templates that such an agent may use for others; restrictions of agents, kept in the registry of the
authority, are not seen over LDAP.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.requests import judge_requests
from scanners.ad.subjects.templates import for_agents, names, on_behalf
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Published templates that give a certificate without approval."""
    targets = names(facts, on_behalf(facts))
    return judge_requests(facts, for_agents(facts), lambda _row: {"targets": targets})


RULE = Rule(
    id="ad.template_request_agent",
    title=Text(
        "Modèle d’agent de demande ouvert (ESC3)",
        "Open request agent template (ESC3)",
    ),
    message=Text(
        "{enrolling} (comptes actifs : {accounts}) peut devenir agent de demande par {subject} et ouvrir une session "
        "au nom de n’importe qui par ces modèles : {targets:=aucun n’est publié aujourd’hui}.",
        "{enrolling} (enabled accounts: {accounts}) can become a request agent through {subject} and log on as anybody "
        "through these templates: {targets:=none is published today}.",
    ),
    remediation=Text(
        "Réservez ce modèle à deux personnes nommées, avec approbation, et restreignez les agents sur l’autorité "
        "(onglet Agents d’inscription). Console Modèles de certificats (certtmpl.msc), onglets Nom du sujet, "
        "Extensions, Conditions d’émission, Sécurité ; exportez avant (certutil -v -dstemplate NOM > avant.txt). "
        "Effet : les renouvellements qui en dépendaient échouent, parfois des semaines après. Révoquez les "
        "certificats douteux déjà émis. Retour : les valeurs notées.",
        "Keep that template for two named persons, with approval, and restrict agents on the authority "
        "(Enrollment Agents tab). Certificate Templates console (certtmpl.msc), tabs Subject Name, Extensions, "
        "Issuance Requirements, Security; export first (certutil -v -dstemplate NAME > before.txt). Effect: "
        "renewals that relied on it fail, sometimes weeks later. Revoke doubtful certificates already issued. "
        "Back: the values noted.",
    ),
    severity=Severity.HIGH,
    refs=refs("adcs:ESC3", "pingcastle:A-CertTempAgent", "attack:T1649"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
