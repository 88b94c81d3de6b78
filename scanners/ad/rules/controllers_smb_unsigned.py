"""A policy that stops requiring SMB signing on controllers lets sessions be relayed to them."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import on_controllers
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """What wins on each controller."""
    return on_controllers(facts, Source.REGISTRY, "requiresecuritysignature", lambda value: value != "0", "1")


RULE = Rule(
    id="ad.controllers_smb_unsigned",
    title=Text(
        "Signature SMB retirée aux contrôleurs",
        "SMB signing taken away from controllers",
    ),
    message=Text(
        "Sur {subject}, {setting} : {value:=non réglé} (stratégie : {policy:=aucune}) ; attendu : {expected}.",
        "On {subject}, {setting} is {value:=not set} (policy: {policy:=none}); expected: {expected}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, modifiez la stratégie citée ou, s’il n’y en a pas, créez-en une : "
        "Configuration ordinateur, Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, "
        "Options de sécurité, « Serveur réseau Microsoft : communications signées numériquement (toujours) » : "
        "Activé. C’est la valeur d’origine des contrôleurs ; seul un client SMB 1 sans signature en souffrirait. "
        "Sauvegardez d’abord la stratégie (Backup-GPO) : Restore-GPO revient en arrière.",
        "Group Policy Management, edit the policy named or, if there is none, create one: Computer Configuration, "
        "Policies, Windows Settings, Security Settings, Local Policies, Security Options, “Microsoft network server: "
        "Digitally sign communications (always)”: Enabled. It is the original value of controllers; only an SMB 1 "
        "client without signing would suffer. First back the policy up (Backup-GPO): Restore-GPO goes back.",
    ),
    severity=Severity.HIGH,
    refs=refs("attack:T1557.001"),
    check=check,
    reads=("domain", "sysvol"),
)
