"""A service name on a privileged account lets any user ask for a ticket and guess its password offline (kerberoasting).

CERT-FR, vuln_spn_priv. Tolerated, and told apart (warning_spn_priv): managed service accounts; and accounts under a PSO
of 32 characters or more with a change every 3 years at most, whose password was changed since that PSO was, and that
know AES only. As for ANSSI, a PSO that was not readable excuses nobody.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects import service_names
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged users and managed service accounts."""
    services = facts.objects.texts("servicePrincipalName")
    named = service_names.privileged_with_name(facts)
    return verdict(
        facts,
        service_names.concerned(facts),
        named & ~service_names.tolerated(facts, named),
        lambda row: {
            "service": services[row][0],
            "services": len(services[row]),
            "password_set": facts.iso_date("pwdLastSet", row),
        },
    )


RULE = Rule(
    id="ad.privileged_spn",
    title=Text(
        "Compte privilégié portant un nom de service",
        "Privileged account with a service name",
    ),
    message=Text(
        "Tout utilisateur peut demander un ticket pour {service} et deviner hors ligne le mot de passe de {subject}.",
        "Any user may ask for a ticket for {service} and guess offline the password of {subject}.",
    ),
    remediation=Text(
        "Faites tourner le service sous un gMSA sans privilège et retirez le SPN du compte (setspn -D). En "
        "attendant, ou à défaut : une PSO d’au moins 32 caractères et 3 ans au plus pour ce compte, AES seul "
        "(msDS-SupportedEncryptionTypes 24), puis un nouveau mot de passe aléatoire. Effet : le service "
        "s’arrête s’il garde l’ancien mot de passe ou ne connaît que RC4. Pour revenir : setspn -S, et la "
        "valeur 28.",
        "Run the service under an unprivileged gMSA and remove the SPN from the account (setspn -D). "
        "Meanwhile, or failing that: a PSO of 32 characters or more and 3 years at most for that account, AES "
        "only (msDS-SupportedEncryptionTypes 24), then a new random password. Effect: the service stops if it "
        "keeps the former password or only knows RC4. To go back: setspn -S, and the value 28.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_spn_priv@1", "pingcastle:P-Kerberoasting", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
