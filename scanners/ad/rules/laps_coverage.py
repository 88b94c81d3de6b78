"""Without LAPS the local administrator often has one password everywhere: one machine taken, all are.

ANSSI info_laps and info_laps_missing do not move the level. Controllers have no local administrator. Where LAPS is
not installed the finding is about the domain, not about each machine.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain, verdict
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled Windows computers."""
    if facts.laps_installed is None:
        raise NotAssessable(
            "Le schéma n’est pas lisible : impossible de savoir si LAPS est installé.",
            "The schema is not readable: no way to know whether LAPS is installed.",
        )
    systems = facts.objects.texts("operatingSystem")
    windows = facts.mask(row for row, values in systems.items() if "windows" in values[0].lower())
    machines = windows & facts.objects.of(Kind.COMPUTER) & facts.enabled & ~facts.controllers
    if not facts.laps_installed:
        return Verdict(int(machines.sum()), of_domain(facts, bool(machines.any()), system="LAPS").findings)
    return verdict(facts, machines, ~facts.laps_managed, lambda row: {"system": systems[row][0]})


RULE = Rule(
    id="ad.laps_coverage",
    title=Text(
        "Machine sans LAPS",
        "Machine without LAPS",
    ),
    message=Text(
        "LAPS ne gère pas le mot de passe d’administrateur local de {subject} ({system}).",
        "LAPS does not manage the local administrator password of {subject} ({system}).",
    ),
    remediation=Text(
        "Update-LapsADSchema (définitif), puis, pour l’unité des postes : Set-LapsADComputerSelfPermission -Identity "
        '"OU=Postes,DC=hopital,DC=local" et Set-LapsADReadPasswordPermission -Identity '
        '"OU=Postes,DC=hopital,DC=local" -AllowedPrincipals GG_Support. Déployez par GPO (Configuration ordinateur, '
        "Stratégies, Modèles d’administration, Système, LAPS), service par service, en commençant hors des postes "
        "biomédicaux. Effet : le mot de passe local connu ne marche plus. Retour : supprimez le lien de la GPO.",
        "Update-LapsADSchema (final) then, for the unit of workstations: Set-LapsADComputerSelfPermission -Identity "
        '"OU=Workstations,DC=hospital,DC=local" and Set-LapsADReadPasswordPermission -Identity '
        '"OU=Workstations,DC=hospital,DC=local" -AllowedPrincipals GG_Support. Deploy by policy (Computer '
        "Configuration, Policies, Administrative Templates, System, LAPS), ward by ward, starting outside of medical "
        "workstations. Effect: the known local password stops working. Back: unlink the policy.",
    ),
    severity=Severity.HIGH,
    refs=refs(
        "anssi-ad:info_laps",
        "anssi-ad:info_laps_missing",
        "pingcastle:A-LAPS-Not-Installed",
        "attack:T1078.003",
        "anssi-hygiene:8",
    ),
    check=check,
    reads=(
        "domain",
        "schema",
    ),
)
