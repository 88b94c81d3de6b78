"""A public key registered on a machine of an administration silo lets its holder act as that machine.

ANSSI info_keycredentiallink_silo; it does not move the level: Windows may register such a key by itself. Controllers
have their own rule.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Machines assigned to an authentication silo, but controllers."""
    silos = facts.objects.texts("msDS-AssignedAuthNPolicySilo")
    machines = facts.objects.of(Kind.COMPUTER) & facts.mask(silos) & ~facts.controllers
    keys = facts.objects.ints("keyCredentials")
    return verdict(facts, machines, keys > 0, lambda row: {"keys": int(keys[row]), "silo": silos[row][0]})


RULE = Rule(
    id="ad.silo_machine_key",
    title=Text(
        "Clé enregistrée sur une machine d’un silo",
        "Key registered on a machine of a silo",
    ),
    message=Text(
        "{keys} clé(s) permettent d’agir en tant que {subject}, machine du silo {silo}.",
        "{keys} key(s) let somebody act as {subject}, a machine of the silo {silo}.",
    ),
    remediation=Text(
        "Sur la machine, dsregcmd /status et les événements de Credential Guard disent si la clé est la "
        "sienne. Sinon videz l’attribut (Set-ADComputer NOM -Clear msDS-KeyCredentialLink), cherchez qui l’a "
        "écrit (événement 5136) et réinstallez le poste d’administration. Effet : Windows enregistre une "
        "nouvelle clé au redémarrage s’il en a besoin. Pour revenir : aucun geste, la clé d’origine se "
        "recrée.",
        "On the machine, dsregcmd /status and the events of Credential Guard tell whether the key is its own. "
        "If not, empty the attribute (Set-ADComputer NAME -Clear msDS-KeyCredentialLink), find out who wrote "
        "it (event 5136) and reinstall the administration station. Effect: Windows registers a new key at the "
        "next start if it needs one. To go back: nothing to do, the original key makes itself again.",
    ),
    severity=Severity.INFO,
    refs=refs("anssi-ad:info_keycredentiallink_silo", "attack:T1556"),
    check=check,
    reads=("domain",),
)
