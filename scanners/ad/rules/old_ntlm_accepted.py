"""A controller that accepts LM or NTLMv1 accepts answers that are cracked in seconds.

Below 5 (3 when nothing is set), controllers accept NTLMv1.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import at_least, on_controllers
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """What wins on each controller."""
    return on_controllers(facts, Source.REGISTRY, "lmcompatibilitylevel", at_least(5), "5")


RULE = Rule(
    id="ad.old_ntlm_accepted",
    title=Text(
        "LM ou NTLMv1 acceptés par les contrôleurs",
        "LM or NTLMv1 accepted by the controllers",
    ),
    message=Text(
        "Sur {subject}, {setting} : {value:=non réglé} (stratégie : {policy:=aucune}) ; attendu : {expected}.",
        "On {subject}, {setting} is {value:=not set} (policy: {policy:=none}); expected: {expected}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, modifiez la stratégie citée ou, s’il n’y en a pas, créez-en une : "
        "Configuration ordinateur, Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, "
        "Options de sécurité, « Sécurité réseau : niveau d’authentification LAN Manager » : « Envoyer uniquement les "
        "réponses NTLM version 2. Refuser LM et NTLM », dans une stratégie liée à Domain Controllers. Copieurs, "
        "automates et vieux NAS peuvent perdre l’accès : relevez d’abord les événements 4624 « NTLM V1 » deux "
        "semaines. Sauvegardez d’abord la stratégie (Backup-GPO) : Restore-GPO revient en arrière.",
        "Group Policy Management, edit the policy named or, if there is none, create one: Computer Configuration, "
        "Policies, Windows Settings, Security Settings, Local Policies, Security Options, “Network security: LAN "
        "Manager authentication level”: “Send NTLMv2 response only. Refuse LM & NTLM”, in a policy linked to Domain "
        "Controllers. Copiers, analysers and old NAS may lose access: first record events 4624 “NTLM V1” for two "
        "weeks. First back the policy up (Backup-GPO): Restore-GPO goes back.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:S-OldNtlm", "attack:T1557.001"),
    check=check,
    reads=("domain", "sysvol"),
)
