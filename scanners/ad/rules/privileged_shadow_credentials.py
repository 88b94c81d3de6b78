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
        "Vérifiez avec la personne qu’il s’agit de Windows Hello ; sinon videz msDS-KeyCredentialLink et cherchez "
        "qui l’a écrit (événement 5136).",
        "Check with the person that it is Windows Hello; else empty msDS-KeyCredentialLink and find out who wrote "
        "it (event 5136).",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:info_keycredentiallink_priv", "anssi-ad:info_keycredentiallink_dc", "attack:T1556"),
    check=check,
    reads=("domain",),
)
