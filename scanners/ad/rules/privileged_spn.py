"""A service name on a privileged account lets any user ask for a ticket and guess its password offline (kerberoasting).

CERT-FR, vuln_spn_priv. Tolerated, and told apart (warning_spn_priv): accounts that know AES only and are either managed
(sMSA, gMSA) or under a PSO longer than 32 characters with a change every 3 years at most, whose password was changed
since that PSO was. As for ANSSI, a PSO that was not readable excuses nobody. How the text of the list is read, and why
so: `scanners.ad.subjects.service_names`.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects import service_names
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged users and managed service accounts."""
    services = facts.objects.texts("servicePrincipalName")
    ciphers = facts.objects.ints("msDS-SupportedEncryptionTypes")
    named = service_names.privileged_with_name(facts)
    return verdict(
        facts,
        service_names.concerned(facts),
        named & ~service_names.tolerated(facts, named),
        lambda row: {
            "service": services[row][0],
            "services": len(services[row]),
            "encryption_types": None if ciphers[row] == MISSING else int(ciphers[row]),
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
        "{subject} est privilégié et porte le nom de service {service} : tout utilisateur peut demander un ticket pour "
        "ce nom et tenter, hors ligne, d’en tirer le mot de passe.",
        "{subject} is privileged and carries the service name {service}: any user may ask for a ticket for that name "
        "and try, offline, to draw the password from it.",
    ),
    remediation=Text(
        "Faites tourner le service sous un gMSA sans privilège et retirez le SPN du compte (setspn -D). En "
        "attendant, ou à défaut : AES seul (Set-ADUser COMPTE -KerberosEncryptionType AES128,AES256, ou "
        "Set-ADServiceAccount pour un compte géré) et, sauf compte géré, une PSO d’au moins 33 caractères et 3 ans au "
        "plus, puis un nouveau mot de passe aléatoire. Effet : le service s’arrête s’il garde l’ancien mot de passe ou "
        "ne connaît que RC4. Pour revenir : setspn -S, et -KerberosEncryptionType RC4,AES128,AES256.",
        "Run the service under an unprivileged gMSA and remove the SPN from the account (setspn -D). "
        "Meanwhile, or failing that: AES only (Set-ADUser ACCOUNT -KerberosEncryptionType AES128,AES256, or "
        "Set-ADServiceAccount for a managed account) and, unless it is managed, a PSO of 33 characters or more and 3 "
        "years at most, then a new random password. Effect: the service stops if it keeps the former password or only "
        "knows RC4. To go back: setspn -S, and -KerberosEncryptionType RC4,AES128,AES256.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_spn_priv@1", "pingcastle:P-Kerberoasting", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
