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
        "Changez aujourd’hui ce mot de passe partout où il sert : il est connu. Puis supprimez "
        "l’élément de préférence dans la stratégie (Gestion des stratégies de groupe, Préférences) et"
        " vérifiez que le fichier XML ne contient plus « cpassword », sauvegardes de stratégies "
        "comprises. Pour l’administrateur local, déployez LAPS. Pas de retour : ne remettez pas "
        "l’élément.",
        "Change that password today wherever it is used: it is known. Then delete the preference item"
        " in the policy (Group Policy Management, Preferences) and check that the XML file no longer "
        "holds “cpassword”, backups of policies included. For the local administrator, deploy LAPS. "
        "No way back: do not restore the item.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("pingcastle:A-PwdGPO", "attack:T1552.006"),
    check=check,
    reads=("domain", "sysvol"),
)
