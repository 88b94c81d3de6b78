"""The description of an account is readable by every user of the domain: a password written there is public.

The collector recognises texts such as “mdp : …” and keeps only the fact, never the text.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts."""
    return verdict(facts, facts.enabled, facts.objects.ints("tellsPassword") == 1)


RULE = Rule(
    id="ad.password_in_description",
    title=Text(
        "Mot de passe écrit dans la description",
        "Password written in the description",
    ),
    message=Text(
        "La description de {subject}, lisible par tous, semble contenir un mot de passe.",
        "The description of {subject}, readable by all, seems to hold a password.",
    ),
    remediation=Text(
        "Effacez le texte (Set-ADUser COMPTE -Clear description,info ; ou Utilisateurs et ordinateurs AD, "
        "propriétés, Description et Remarques), puis changez le mot de passe : il est connu (Set-ADAccountPassword "
        "COMPTE -Reset). Effet : services, tâches et équipements qui l’emploient s’arrêtent ; relevez-les avant "
        "(Get-CimInstance Win32_Service | Where-Object StartName -like '*COMPTE*') et changez-le partout le même "
        "jour. Donnez au service un coffre-fort de mots de passe. Pas de retour : ne réécrivez pas le texte, gardez "
        "l’ancien mot de passe au coffre le temps de l’essai.",
        "Erase the text (Set-ADUser ACCOUNT -Clear description,info; or AD Users and Computers, properties, "
        "Description and Notes), then change the password: it is known (Set-ADAccountPassword ACCOUNT -Reset). "
        "Effect: services, tasks and devices that use it stop; list them before (Get-CimInstance Win32_Service | "
        "Where-Object StartName -like '*ACCOUNT*') and change it everywhere the same day. Give the ward a password "
        "safe. No way back: do not write the text again, keep the old password in the safe while you try.",
    ),
    severity=Severity.HIGH,
    refs=refs("attack:T1552", "anssi-hygiene:10"),
    check=check,
    reads=("domain",),
)
