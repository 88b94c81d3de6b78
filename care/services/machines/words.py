"""The words of machines: lists, what protects them, kinds."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal

from scanners.model import Text
from scanners.workstations.coverage import Means
from scanners.workstations.facts import MachineList, SourceKind


class MachineKind(StrEnum):
    """What a machine is."""

    WORKSTATION = "workstation"
    LAPTOP = "laptop"
    SERVER = "server"
    UNKNOWN = "unknown"


MEANS: Mapping[Means, Text] = {
    Means.EDR: Text("EDR", "EDR"),
    Means.ANTIVIRUS: Text("Antivirus", "Antivirus"),
    Means.PATCHES: Text("Correctifs à jour", "Patches up to date"),
    Means.ENCRYPTION: Text("Portables chiffrés", "Encrypted laptops"),
    Means.LAPS: Text("Mot de passe local géré (LAPS)", "Managed local password (LAPS)"),
    Means.SUPPORT: Text("Système maintenu", "Supported system"),
}
SHORT: Mapping[Means, Text] = {
    Means.EDR: Text("EDR", "EDR"),
    Means.ANTIVIRUS: Text("Antivirus", "Antivirus"),
    Means.PATCHES: Text("Correctifs", "Patches"),
    Means.ENCRYPTION: Text("Chiffrement", "Encryption"),
    Means.LAPS: Text("LAPS", "LAPS"),
    Means.SUPPORT: Text("Système", "System"),
}
"""The same at the head of columns."""
LACKS: Mapping[Means, Text] = {
    Means.EDR: Text("sans EDR", "without EDR"),
    Means.ANTIVIRUS: Text("sans antivirus", "without antivirus"),
    Means.PATCHES: Text("correctifs en retard ou inconnus", "patches late or unknown"),
    Means.ENCRYPTION: Text("non chiffré ou inconnu", "not encrypted or unknown"),
    Means.LAPS: Text("sans LAPS", "without LAPS"),
    Means.SUPPORT: Text("système non maintenu ou inconnu", "system unsupported or unknown"),
}
UNTOLD: Mapping[Means, Text] = {
    Means.EDR: Text("Apportez l’export de la console EDR.", "Bring the export of the EDR console."),
    Means.ANTIVIRUS: Text(
        "Apportez l’export de la console antivirus (celui de l’EDR s’il en tient lieu).",
        "Bring the export of the antivirus console (that of the EDR when it stands for one).",
    ),
    Means.PATCHES: Text(
        "Apportez un rapport de correctifs, ou un inventaire qui porte la date du dernier.",
        "Bring a patch report, or an inventory that holds the date of the last one.",
    ),
    Means.ENCRYPTION: Text(
        "Aucune liste ne dit à la fois quelles machines sont portables et lesquelles sont chiffrées.",
        "No list says both which machines are laptops and which are encrypted.",
    ),
    Means.LAPS: Text("Auditez d’abord l’annuaire.", "Audit the directory first."),
    Means.SUPPORT: Text(
        "Aucune liste ne dit quel système portent les machines.", "No list says what system machines run."
    ),
}
LISTS: Mapping[SourceKind, Text] = {
    "directory": Text("Annuaire", "Directory"),
    "inventory": Text("Inventaire", "Inventory"),
    "edr": Text("Console EDR", "EDR console"),
    "antivirus": Text("Console antivirus", "Antivirus console"),
    "patches": Text("Rapport de correctifs", "Patch report"),
    "software": Text("Liste de logiciels", "List of software"),
    "security_events": Text("Événements de sécurité", "Security events"),
    "leavers": Text("Départs du personnel", "People who left"),
}
KNOWN_OF: Mapping[MachineList | Literal["none"], Text] = {
    "directory": Text("Annuaire seul", "Directory only"),
    "inventory": Text("Inventaire seul", "Inventory only"),
    "edr": Text("Console EDR seule", "EDR console only"),
    "antivirus": Text("Console antivirus seule", "Antivirus console only"),
    "patches": Text("Rapport de correctifs seul", "Patch report only"),
    "none": Text("Aucun outil (EDR, antivirus, correctifs)", "No tool (EDR, antivirus, patches)"),
}
ALONE = Text("Connues d’une seule liste", "Known to one list only")
BARE = Text("Connues d’aucun outil", "Known to no tool")
NO_TOOL: Final = "none"
"""Stands for a list in the filter: machines that no tool knows."""
KINDS: Mapping[MachineKind, Text] = {
    MachineKind.WORKSTATION: Text("Poste", "Workstation"),
    MachineKind.LAPTOP: Text("Portable", "Laptop"),
    MachineKind.SERVER: Text("Serveur", "Server"),
    MachineKind.UNKNOWN: Text("Nature inconnue", "Kind unknown"),
}
