"""Everybody’s session on a controller is everybody’s chance to become its administrator."""

from __future__ import annotations

from collections.abc import Iterator

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import applied_to, each_controller, means_anybody, settled
from scanners.ad.sysvol import Source
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs

RIGHTS = ("SeInteractiveLogonRight", "SeRemoteInteractiveLogonRight", "SeBatchLogonRight", "SeServiceLogonRight")


def check(facts: DirectoryFacts) -> Verdict:
    """Rights to log on that win on each controller."""

    def open_to(value: str | None) -> list[str]:
        return [facts.name_of(who) for who in (value or "").split("; ") if means_anybody(facts, who)]

    def judge(row: int) -> Iterator[Finding]:
        chain = applied_to(facts, row)
        for right in RIGHTS:
            value, _ = settled(facts, row, chain, Source.PRIVILEGE, right, lambda each: not open_to(each))
            if found := open_to(value):
                told = {"setting": right, "permissions": "; ".join(found)}
                yield Finding(facts.subject(row), facts.evidence(row, **told))

    return each_controller(facts, judge)


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
