"""The words, colours and icons that go with the values of the domain, in one place.

A tone is a class of `care.css` (`tone-…`); an icon is a symbol of the vendored sprite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from care.domain.access import Level, Role
from scanners.model import Kind, Severity, Status


@dataclass(frozen=True)
class Label:
    """How one value is shown. `text` is translated when it is written out."""

    text: Any
    tone: str = "info"
    icon: str = ""

    def __str__(self) -> str:
        return str(self.text)


SEVERITY: Mapping[str, Label] = {
    Severity.CRITICAL: Label(_("Critique"), "critical", "exclamation-octagon"),
    Severity.HIGH: Label(_("Élevée"), "high", "exclamation-triangle"),
    Severity.MEDIUM: Label(_("Moyenne"), "medium", "exclamation-triangle"),
    Severity.LOW: Label(_("Faible"), "low", "info-circle"),
    Severity.INFO: Label(_("Information"), "info", "info-circle"),
}
STATUS: Mapping[str, Label] = {
    Status.PASSED: Label(_("Conforme"), "good", "check-circle"),
    Status.FAILED: Label(_("Non conforme"), "critical", "x-circle"),
    Status.NOT_ASSESSABLE: Label(_("Non évaluable"), "unsure", "question-circle"),
    Status.ERROR: Label(_("Erreur"), "high", "exclamation-octagon"),
}
KIND: Mapping[str, Label] = {
    Kind.MEASURED: Label(_("Mesurée")),
    Kind.COMPUTED: Label(_("Calculée")),
    Kind.DECLARED: Label(_("Déclarée")),
}
SCANNER: Mapping[str, Label] = {
    "exposure": Label(_("Exposition sur Internet"), icon="globe2"),
    "ad": Label(_("Annuaire Active Directory"), icon="diagram-3"),
    "remote_access": Label(_("Accès de télémaintenance"), icon="key"),
    "workstations": Label(_("Postes de travail et détection"), icon="laptop"),
    "backup": Label(_("Sauvegardes"), icon="database-check"),
}
ROLE: Mapping[str, Label] = {
    Role.ADMINISTRATOR: Label(_("Administrateur")),
    Role.CISO: Label(_("Responsable de la sécurité (RSSI)")),
    Role.DIRECTION: Label(_("Direction (lecture seule)")),
    Role.FACILITATOR: Label(_("Animateur d’exercices")),
    Role.REGIONAL: Label(_("Appui régional (GRADeS)")),
    Role.VISITOR: Label(_("Visiteur")),
}
LEVEL: Mapping[str, Label] = {
    Level.PLATFORM: Label(_("Toute la plateforme")),
    Level.REGION: Label(_("Région")),
    Level.GHT: Label(_("GHT")),
    Level.LEGAL_ENTITY: Label(_("Entité juridique")),
    Level.ESTABLISHMENT: Label(_("Établissement")),
}
FRAMEWORK: Mapping[str, Label] = {
    "anssi-ad": Label(_("ANSSI, points de contrôle Active Directory")),
    "pingcastle": Label("PingCastle"),
    "adcs": Label(_("AD CS, chemins d’escalade")),
    "attack": Label("MITRE ATT&CK"),
    "care-d1": Label(_("CaRE, domaine 1")),
    "care-d2": Label(_("CaRE, domaine 2")),
    "care-rules": Label(_("CaRE, règles de contrôle")),
    "anssi-ssh": Label(_("ANSSI, usage d’OpenSSH")),
    "anssi-hygiene": Label(_("ANSSI, hygiène informatique")),
    "pgssi-s": Label("PGSSI-S"),
    "recyf": Label("ReCyF"),
    "nis1": Label("NIS 1"),
    "has-theme": Label(_("HAS, thèmes de certification")),
    "cis": Label("CIS Controls"),
    "cwe": Label("CWE"),
    "rfc": Label("RFC"),
}


def framework_name(framework: str) -> str:
    """The name people know a framework by; its id when there is none."""
    label = FRAMEWORK.get(framework)
    return str(label) if label else framework
