"""Without mutual authentication, a false controller serves false policies to the machines on its network.

MS15-011: SYSVOL and NETLOGON want both RequireMutualAuthentication and RequireIntegrity.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, wrong_settings
from scanners.ad.sysvol import Setting, Source
from scanners.model import Rule, Severity, Text, Verdict, refs

SHARES = ("\\sysvol", "\\netlogon")


def check(facts: DirectoryFacts) -> Verdict:
    """Hardened paths that policies in force set for the two shares."""

    def weakened(setting: Setting) -> str:
        concerned = "\\hardenedpaths\\" in setting.name and setting.name.endswith(SHARES)
        value = (setting.values[0] if setting.values else "").lower().replace(" ", "")
        kept = "requiremutualauthentication=1" in value and "requireintegrity=1" in value
        return f"{setting.name.rpartition('hardenedpaths')[2][1:]}: {value or '-'}" if concerned and not kept else ""

    return wrong_settings(facts, active(facts, Source.REGISTRY), weakened)


RULE = Rule(
    id="ad.hardened_paths_weakened",
    title=Text(
        "Protection des chemins SYSVOL et NETLOGON affaiblie",
        "Protection of the SYSVOL and NETLOGON paths weakened",
    ),
    message=Text(
        "La stratégie « {policy} » règle {setting}.",
        "The policy “{policy}” sets {setting}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe : Configuration ordinateur, Stratégies, Modèles d’administration, "
        "Réseau, Fournisseur réseau, « Chemins d’accès UNC renforcés », pour \\\\*\\SYSVOL et \\\\*\\NETLOGON : "
        "RequireMutualAuthentication=1, RequireIntegrity=1. Un poste joint par un nom que Kerberos ne connaît "
        "pas perdrait ses stratégies : essayez sur une unité. Sauvegardez d’abord la stratégie (Backup-GPO). "
        "Retour : Restore-GPO, qui rend les anciennes valeurs ; « Non configuré » ôterait aussi la protection "
        "des autres chemins.",
        "Group Policy Management: Computer Configuration, Policies, Administrative Templates, Network, Network "
        "Provider, “Hardened UNC Paths”, for \\\\*\\SYSVOL and \\\\*\\NETLOGON: RequireMutualAuthentication=1, "
        "RequireIntegrity=1. A workstation that reaches controllers by a name Kerberos does not know would lose "
        "its policies: try in one unit. First back the policy up (Backup-GPO). To go back: Restore-GPO, which "
        "gives the former values back; “Not configured” would also remove the protection of the other paths.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:A-HardenedPaths", "attack:T1557.001"),
    check=check,
    reads=("domain", "sysvol"),
)
