"""Any user obtains a ticket encrypted with the password of a service account and guesses it at home (kerberoasting).

Enabled users with a service name, not privileged (those have their own rules), whose password is older than a year: our
choice, between what attackers need and what care can follow. With RC4 guessing is hundreds of times faster.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 365
_AES = 0x18


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled users that carry a service name and are not privileged."""
    days = facts.days_since("pwdLastSet")
    services = facts.objects.texts("servicePrincipalName")
    strong = facts.flag(_AES, "msDS-SupportedEncryptionTypes")
    return verdict(
        facts,
        facts.users & facts.enabled & facts.mask(services) & ~facts.privileged,
        days > MAX_DAYS,
        lambda row: {
            "service": services[row][0],
            "date": facts.iso_date("pwdLastSet", row),
            "days": int(days[row]),
            "max_days": MAX_DAYS,
            "weakness": "" if strong[row] else "RC4",
        },
        facts.objects.ints("pwdLastSet") == MISSING,
    )


RULE = Rule(
    id="ad.service_password_age",
    title=Text(
        "Compte de service au mot de passe ancien",
        "Service account with an old password",
    ),
    message=Text(
        "N’importe quel utilisateur peut emporter un ticket de {subject} ({service}) et en chercher le mot de passe, "
        "inchangé depuis {days} jours ({weakness:RC4=RC4 admis|=AES annoncé}).",
        "Any user can take away a ticket of {subject} ({service}) and guess its password, unchanged for {days} days "
        "({weakness:RC4=RC4 accepted|=AES announced}).",
    ),
    remediation=Text(
        "Remplacez le compte par un compte de service géré (gMSA) si l’éditeur le permet ; sinon donnez-lui un "
        "mot de passe aléatoire de 25 caractères au moins, avec l’éditeur et dans un créneau : relevez "
        "auparavant tous les services et tâches qui l’emploient (Get-CimInstance Win32_Service | Where-Object "
        "StartName -like '*COMPTE*'), changez, redémarrez, vérifiez. Ajoutez l’AES sans ôter RC4 : Set-ADUser "
        "COMPTE -KerberosEncryptionType RC4,AES128,AES256 ; ôtez RC4 une fois l’application essayée. En cas de "
        "panne, l’ancien mot de passe, gardé au coffre, se remet par Set-ADAccountPassword.",
        "Replace the account by a managed service account (gMSA) if the vendor allows; else give it a random "
        "password of 25 characters at least, with the vendor and in a time slot: first list all services and "
        "tasks that use it (Get-CimInstance Win32_Service | Where-Object StartName -like '*ACCOUNT*'), change, "
        "restart, check. Add AES without removing RC4: Set-ADUser ACCOUNT -KerberosEncryptionType "
        "RC4,AES128,AES256; remove RC4 once the application has been tried. If something fails, the old "
        "password, kept in the vault, is set again by Set-ADAccountPassword.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("attack:T1558.003"),
    check=check,
    reads=("domain",),
)
