"""Without required signing, an administrator’s session is relayed to the directory by whoever stands on the network."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import on_controllers, one_of
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """What wins on each controller."""
    return on_controllers(facts, Source.REGISTRY, "ldapserverintegrity", one_of("2"), "2")


RULE = Rule(
    id="ad.ldap_signing_not_required",
    title=Text(
        "Signature LDAP non exigée par la stratégie des contrôleurs",
        "LDAP signing not required by the policy of controllers",
    ),
    message=Text(
        "Sur {subject}, {setting} : {value:=non réglé} (stratégie : {policy:=aucune}) ; attendu : {expected}.",
        "On {subject}, {setting} is {value:=not set} (policy: {policy:=none}); expected: {expected}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, modifiez la stratégie citée ou, s’il n’y en a pas, créez-en une : "
        "Configuration ordinateur, Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, "
        "Options de sécurité, « Contrôleur de domaine : conditions requises pour la signature de serveur LDAP » : « "
        "Exiger la signature ». DPI, PACS et copieurs en LDAP simple cesseront d’authentifier. Activez d’abord le "
        'relevé sur chaque contrôleur (reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Diagnostics /v "16 '
        'LDAP Interface Events" /t REG_DWORD /d 2 /f ; 0 pour revenir) : sans lui, l’événement 2889 n’est jamais '
        "écrit. Relevez-le deux semaines avant d’exiger. Sauvegardez d’abord la stratégie (Backup-GPO) : Restore-GPO "
        "revient en arrière.",
        "Group Policy Management, edit the policy named or, if there is none, create one: Computer Configuration, "
        "Policies, Windows Settings, Security Settings, Local Policies, Security Options, “Domain controller: LDAP "
        "server signing requirements”: “Require signing”. Patient record, PACS and copiers with simple LDAP will "
        "stop authenticating. First turn the recording on, on each controller (reg add "
        'HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Diagnostics /v "16 LDAP Interface Events" /t REG_DWORD /d '
        "2 /f; 0 to go back): without it, event 2889 is never written. Collect it for two weeks before requiring. "
        "First back the policy up (Backup-GPO): Restore-GPO goes back.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:A-LDAPSigningDisabled", "attack:T1557"),
    check=check,
    reads=("domain", "sysvol"),
)
