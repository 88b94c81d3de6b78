"""Everybody’s session on a controller is everybody’s chance to become its administrator."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import applied_to, controllers, means_anybody, winner
from scanners.ad.sysvol import Source
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

RIGHTS = ("SeInteractiveLogonRight", "SeRemoteInteractiveLogonRight", "SeBatchLogonRight", "SeServiceLogonRight")


def check(facts: DirectoryFacts) -> Verdict:
    """Rights to log on that win on each controller."""
    rows = controllers(facts)
    findings = []
    for row in rows:
        chain = applied_to(facts, row)
        for right in RIGHTS:
            value, _ = winner(facts, chain, Source.PRIVILEGE, right)
            open_to = [facts.name_of(who) for who in (value or "").split("; ") if means_anybody(facts, who)]
            if open_to:
                told = {"setting": right, "permissions": "; ".join(open_to)}
                findings.append(Finding(facts.subject(row), facts.evidence(row, **told)))
    return judged(len(rows), findings)


RULE = Rule(
    id="ad.logon_on_controllers",
    title=Text(
        "Tout le monde peut ouvrir une session sur un contrôleur",
        "Everybody can log on to a controller",
    ),
    message=Text(
        "Sur {subject}, {setting} est donné à {permissions}.",
        "On {subject}, {setting} is given to {permissions}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, modifiez la stratégie citée : Configuration ordinateur, "
        "Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, Attribution des "
        "droits utilisateur (stratégie liée à Domain Controllers) : « Permettre l’ouverture d’une "
        "session locale » aux seuls groupes d’administration, et de même pour les autres droits "
        "d’ouverture de session. Vérifiez qu’aucun service ni tâche planifiée ne tourne sur un "
        "contrôleur avec un compte ordinaire. Sauvegardez d’abord la stratégie (Backup-GPO) : "
        "Restore-GPO revient en arrière.",
        "Group Policy Management, edit the policy named: Computer Configuration, Policies, Windows "
        "Settings, Security Settings, Local Policies, User Rights Assignment (policy linked to Domain"
        " Controllers): “Allow log on locally” to administration groups only, and the same for the "
        "other logon rights. Check that no service or scheduled task runs on a controller with an "
        "ordinary account. First back the policy up (Backup-GPO): Restore-GPO goes back.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("pingcastle:P-LoginDCEveryone", "attack:T1078.002"),
    check=check,
    reads=("domain", "sysvol"),
)
