"""Everybody in a local group of power makes each user an administrator of the machines of the others."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, means_anybody, wrong_settings
from scanners.ad.sysvol import Setting, Source
from scanners.model import Rule, Severity, Text, Verdict, refs

POWERFUL = ("S-1-5-32-544", "S-1-5-32-547", "S-1-5-32-551", "S-1-5-32-555", "S-1-5-32-578", "S-1-5-32-580")
"""Administrators, Power Users, Backup Operators, Remote Desktop, Hyper-V and Remote Management."""
NAMES = (
    "administrators",
    "administrateurs",
    "power users",
    "utilisateurs avec pouvoir",
    "backup operators",
    "opérateurs de sauvegarde",
    "remote desktop users",
    "utilisateurs du bureau à distance",
)
_MEMBERS = "__members"


def check(facts: DirectoryFacts) -> Verdict:
    """Restricted groups, and local groups of preferences."""

    def opened(setting: Setting) -> str:
        group, _, part = setting.name.partition("__")
        name = group.rpartition("\\")[2].removesuffix(" (built-in)").removesuffix(" (intégré)")
        if f"__{part}" != _MEMBERS or not (group.upper() in POWERFUL or name in NAMES):
            return ""
        everyone = [facts.name_of(member) for member in setting.values if means_anybody(facts, member)]
        return f"{group.upper()}: {', '.join(everyone)}" if everyone else ""

    return wrong_settings(facts, active(facts, Source.GROUP), opened)


RULE = Rule(
    id="ad.everyone_in_local_groups",
    title=Text(
        "Tout le monde dans un groupe local puissant",
        "Everybody in a powerful local group",
    ),
    message=Text(
        "La stratégie « {policy} » met tout le monde dans un groupe local ({setting}).",
        "The policy “{policy}” puts everybody in a local group ({setting}).",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, stratégie citée : Paramètres de sécurité, Groupes "
        "restreints (ou Préférences, Utilisateurs et groupes locaux) : retirez ce membre, mettez à sa"
        " place un groupe du support limité aux postes, puis gpupdate. Prévenez les services dont un "
        "logiciel ne marche qu’en administrateur. Retour : Restore-GPO depuis la sauvegarde prise "
        "avant.",
        "Group Policy Management, the policy named: Security Settings, Restricted Groups (or "
        "Preferences, Local Users and Groups): remove that member, put a support group limited to "
        "workstations in its place, then gpupdate. Warn the wards whose software only works as "
        "administrator. To go back: Restore-GPO from the backup taken before.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("pingcastle:A-MembershipEveryone", "attack:T1098.007"),
    check=check,
    reads=("domain", "sysvol"),
)
