"""By default any account asks a server who is connected to it, and so finds where administrators work."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import named, nowhere, somewhere
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force, wherever they are linked."""
    return nowhere(facts, named("srvsvcsessioninfo", bool), "SrvsvcSessionInfo")


RULE = Rule(
    id="ad.sessions_enumerable",
    title=Text(
        "Énumération des sessions non restreinte",
        "Enumeration of sessions not restricted",
    ),
    message=Text(
        "Aucune stratégie en vigueur dans {subject} ne règle {setting}.",
        "No policy in force in {subject} sets {setting}.",
    ),
    remediation=somewhere(
        Text(
            "Par stratégie (Préférences, Registre), posez sur les serveurs et contrôleurs la valeur "
            "binaire "
            "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\DefaultSecurity\\SrvsvcSessionInfo dont "
            "l’entrée « Utilisateurs authentifiés » est retirée, puis redémarrez le service Serveur. "
            "Effet de bord : un outil d’inventaire sans droit d’administration ne verra plus les "
            "sessions. Retour : remettez la valeur sauvegardée (reg export).",
            "By policy (Preferences, Registry), set on servers and controllers the binary value "
            "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\DefaultSecurity\\SrvsvcSessionInfo "
            "without the entry “Authenticated Users”, then restart the Server service. Side effect: an "
            "inventory tool without administration rights will no longer see sessions. To go back: "
            "restore the value saved (reg export).",
        )
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:A-NoNetSessionHardening", "attack:T1049"),
    check=check,
    reads=("domain", "sysvol"),
    whole=True,
)
