"""A policy that opens again what Windows closed to anonymous callers gives away the list of accounts."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, wrong_settings
from scanners.ad.sysvol import Setting, Source
from scanners.model import Rule, Severity, Text, Verdict, refs

DANGEROUS = {
    "everyoneincludesanonymous": "1",
    "restrictanonymoussam": "0",
    "restrictnullsessaccess": "0",
    "turnoffanonymousblock": "1",
    "lsaanonymousnamelookup": "1",
}
"""Setting and the value that opens it. `RestrictAnonymous` is left out: 0 is the default of Windows."""


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force."""

    def opened(setting: Setting) -> str:
        name = setting.name.rpartition("\\")[2]
        return f"{name} = {setting.values[0]}" if setting.values and DANGEROUS.get(name) == setting.values[0] else ""

    return wrong_settings(facts, active(facts, Source.REGISTRY, Source.SYSTEM_ACCESS), opened)


RULE = Rule(
    id="ad.anonymous_reopened",
    title=Text(
        "Accès anonyme rouvert par une stratégie",
        "Anonymous access opened again by a policy",
    ),
    message=Text(
        "La stratégie « {policy} » règle {setting}.",
        "The policy “{policy}” sets {setting}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, modifiez la stratégie citée : Configuration ordinateur, "
        "Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, Options de "
        "sécurité, « Accès réseau : …anonyme… » : les valeurs par défaut (énumération anonyme des "
        "comptes SAM interdite, traduction SID/nom anonyme désactivée, « Tout le monde » sans les "
        "anonymes). Un ancien serveur ou une application hors domaine peut s’en servir : relevez les "
        "événements 4624 d’ANONYMOUS LOGON pendant une semaine. Sauvegardez d’abord la stratégie "
        "(Backup-GPO) : Restore-GPO revient en arrière.",
        "Group Policy Management, edit the policy named: Computer Configuration, Policies, Windows "
        "Settings, Security Settings, Local Policies, Security Options, “Network access: "
        "…anonymous…”: the defaults (no anonymous enumeration of SAM accounts, no anonymous SID/Name "
        "translation, Everyone without anonymous users). An old server or an application outside of "
        "the domain may rely on it: record events 4624 of ANONYMOUS LOGON for a week. First back the "
        "policy up (Backup-GPO): Restore-GPO goes back.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:A-AnonymousAuthorizedGPO", "attack:T1087.002"),
    check=check,
    reads=("domain", "sysvol"),
)
