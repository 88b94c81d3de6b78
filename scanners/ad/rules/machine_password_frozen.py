"""The password of a machine that never changes stays good for whoever once stole it."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, wrong_settings
from scanners.ad.sysvol import Setting, Source
from scanners.model import Rule, Severity, Text, Verdict, refs

FREEZING = ("refusepasswordchange", "disablepasswordchange")


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force."""

    def frozen(setting: Setting) -> str:
        name = setting.name.rpartition("\\")[2]
        return f"{name} = 1" if name in FREEZING and setting.values == ("1",) else ""

    return wrong_settings(facts, active(facts, Source.REGISTRY), frozen)


RULE = Rule(
    id="ad.machine_password_frozen",
    title=Text(
        "Changement du mot de passe des machines empêché",
        "Change of machine passwords prevented",
    ),
    message=Text(
        "La stratégie « {policy} » règle {setting}.",
        "The policy “{policy}” sets {setting}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, modifiez la stratégie citée : Configuration ordinateur, "
        "Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, Options de "
        "sécurité, « Contrôleur de domaine : refuser les modifications de mot de passe du compte "
        "ordinateur, et Membre de domaine : désactive les modifications… » : Désactivé. Le réglage "
        "avait souvent été posé pour des machines restaurées d’une image (VDI, salles de formation) :"
        " sortez-les dans une stratégie à part. Sauvegardez d’abord la stratégie (Backup-GPO) : "
        "Restore-GPO revient en arrière.",
        "Group Policy Management, edit the policy named: Computer Configuration, Policies, Windows "
        "Settings, Security Settings, Local Policies, Security Options, “Domain controller: Refuse "
        "machine account password changes, and Domain member: Disable machine account password "
        "changes”: Disabled. It was often set for machines restored from an image (VDI, training "
        "rooms): give these a policy of their own. First back the policy up (Backup-GPO): Restore-GPO"
        " goes back.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:A-DCRefuseComputerPwdChange"),
    check=check,
    reads=("domain", "sysvol"),
)
