"""A password kept in a preference is encrypted with a key that Microsoft published: whoever reads SYSVOL knows it.

Policies that nothing links count as well: the file is readable all the same. The value is never kept.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import sysvol_of, wrong_settings
from scanners.ad.sysvol import Setting, Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Preferences of all policies."""

    def told(setting: Setting) -> str:
        return f"{setting.name}: {setting.values[0]}"

    return wrong_settings(facts, sysvol_of(facts).of(Source.PASSWORD), told)


RULE = Rule(
    id="ad.policy_passwords",
    title=Text(
        "Mot de passe lisible dans une stratégie",
        "Password readable in a policy",
    ),
    message=Text(
        "La stratégie « {policy} » contient un mot de passe que tout compte sait déchiffrer ({setting}) dans {file}.",
        "The policy “{policy}” holds a password that any account can decrypt ({setting}) in {file}.",
    ),
    remediation=Text(
        "Changez aujourd’hui ce mot de passe partout où il sert : il est connu. Puis supprimez l’élément : Gestion "
        "des stratégies de groupe, la stratégie citée, Configuration ordinateur ou utilisateur, Préférences "
        "(Utilisateurs et groupes locaux, Tâches planifiées, Services, Mappages de lecteurs, Sources de données). "
        "Vérifiez qu’il n’en reste pas : Get-ChildItem \\\\<domaine>\\SYSVOL -Recurse -Filter *.xml | Select-String "
        "cpassword, sauvegardes de stratégies comprises. Effet : l’élément n’est plus appliqué aux nouvelles "
        "machines ; pour l’administrateur local, déployez LAPS. Pas de retour : ne remettez pas l’élément.",
        "Change this password today wherever it is used: it is known. Then delete the item: Group Policy Management, "
        "the policy named, Computer or User Configuration, Preferences (Local Users and Groups, Scheduled Tasks, "
        "Services, Drive Maps, Data Sources). Check that none is left: Get-ChildItem \\\\<domain>\\SYSVOL -Recurse "
        "-Filter *.xml | Select-String cpassword, backups of policies included. Effect: the item no longer applies "
        "to new machines; for the local administrator, deploy LAPS. No way back: do not put the item back.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("pingcastle:A-PwdGPO", "attack:T1552.006"),
    check=check,
    reads=("domain", "sysvol"),
)
