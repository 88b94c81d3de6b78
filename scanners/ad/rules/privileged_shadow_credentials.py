"""A public key added to an account lets its holder log on as it, whatever its password.

ANSSI info_keycredentiallink_priv and info_keycredentiallink_dc do not move the level: Windows Hello uses the same
attribute.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Privileged accounts and controllers."""
    keys = facts.objects.ints("keyCredentials")
    return verdict(facts, facts.privileged_users | facts.controllers, keys > 0, lambda row: {"keys": int(keys[row])})


RULE = Rule(
    id="ad.privileged_shadow_credentials",
    title=Text(
        "Clé enregistrée sur un compte privilégié",
        "Key registered on a privileged account",
    ),
    message=Text(
        "{keys} clé(s) permettent d’ouvrir une session en tant que {subject}.",
        "{keys} key(s) let somebody log on as {subject}.",
    ),
    remediation=Text(
        "Vérifiez avec la personne qu’il s’agit de Windows Hello. Sinon c’est souvent la trace d’une attaque : "
        "gardez la preuve (Get-ADObject '<DN>' -Properties msDS-KeyCredentialLink | Export-Clixml preuve.xml), videz "
        "l’attribut (Set-ADObject '<DN>' -Clear msDS-KeyCredentialLink), changez le mot de passe et cherchez qui a "
        "écrit (événement 5136). Effet : la personne refait son inscription à Windows Hello. Retour : cette nouvelle "
        "inscription ; la clé effacée ne se remet pas.",
        "Check with the person that this is Windows Hello. If not it is often the trace of an attack: keep the proof "
        "(Get-ADObject '<DN>' -Properties msDS-KeyCredentialLink | Export-Clixml proof.xml), empty the attribute "
        "(Set-ADObject '<DN>' -Clear msDS-KeyCredentialLink), change the password and find out who wrote it (event "
        "5136). Effect: the person enrols in Windows Hello again. To go back: that new enrolment; the erased key "
        "cannot be put back.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:info_keycredentiallink_priv", "anssi-ad:info_keycredentiallink_dc", "attack:T1556"),
    check=check,
    reads=("domain",),
)
