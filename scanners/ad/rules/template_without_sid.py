"""Without the SID extension a certificate is bound to a name that its holder may be able to change (ESC9).

CT_FLAG_NO_SECURITY_EXTENSION (0x80000) on a template that authenticates; published, no approval nor signature.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.requests import judge_requests
from scanners.ad.subjects.templates import authenticates, without_security_extension
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Published templates that give a certificate without approval."""
    return judge_requests(facts, without_security_extension(facts) & authenticates(facts))


RULE = Rule(
    id="ad.template_without_sid",
    title=Text(
        "Modèle sans lien fort au compte (ESC9)",
        "Template without strong binding (ESC9)",
    ),
    message=Text(
        "{enrolling} (comptes actifs : {accounts}) peut obtenir par {subject} un certificat sans lien fort avec son "
        "compte : qui peut renommer un compte ouvre une session au nom d’un autre.",
        "{enrolling} (enabled accounts: {accounts}) can obtain through {subject} a certificate without a strong "
        "binding to the account: whoever can rename an account logs on as another.",
    ),
    remediation=Text(
        "Exportez le modèle (certutil -v -dstemplate NOM > avant.txt), puis retirez CT_FLAG_NO_SECURITY_EXTENSION "
        ": certutil -dstemplate NOM msPKI-Enrollment-Flag -0x00080000. Imposez ensuite le lien fort "
        "(StrongCertificateBindingEnforcement) : les contrôleurs à jour de septembre 2025 l’imposent déjà et "
        "ignorent cette clé ; avant, mettez-la à 2 une fois les événements 39, 40 et 41 vides, sinon cartes, "
        "Wi-Fi et VPN sont refusés. Effet : les nouveaux certificats portent le SID ; ceux déjà émis n’en ont "
        "pas, renouvelez-les. Retour : la même commande avec +0x00080000, et la valeur précédente de la clé.",
        "Export the template (certutil -v -dstemplate NAME > before.txt), then remove "
        "CT_FLAG_NO_SECURITY_EXTENSION: certutil -dstemplate NAME msPKI-Enrollment-Flag -0x00080000. Then enforce "
        "strong binding (StrongCertificateBindingEnforcement): controllers updated since September 2025 enforce "
        "it already and ignore this key; before, set it to 2 once events 39, 40 and 41 are empty, else cards, "
        "Wi-Fi and VPN are refused. Effect: new certificates carry the SID; those already issued have none, renew "
        "them. Back: the same command with +0x00080000, and the former value of the key.",
    ),
    severity=Severity.HIGH,
    refs=refs("adcs:ESC9", "pingcastle:A-CertTempNoSecurity", "attack:T1649"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
