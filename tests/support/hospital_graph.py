"""The dependency graph of a small hospital, planted straight into the tables: eight activities and what they need."""

from __future__ import annotations

from dataclasses import dataclass, field

from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, ResourceKind, Strength
from care.domain.durations import DAY, HOUR
from care.services.platform import Platform
from tests.support.continuity import plant_activity, plant_degraded_mode, plant_need, plant_resource

VITAL, MAJOR, MODERATE = CareCriticality.VITAL, CareCriticality.MAJOR, CareCriticality.MODERATE
CARE, OFFICE, PLATEAU = ActivityKind.CARE, ActivityKind.ADMINISTRATIVE, ActivityKind.TECHNICAL
APP, INFRA, SUPPLIER = ResourceKind.APPLICATION, ResourceKind.INFRASTRUCTURE, ResourceKind.SUPPLIER
PREMISES, PEOPLE = ResourceKind.PREMISES, ResourceKind.PEOPLE

ACTIVITIES = (
    ("Urgences", CARE, VITAL, HOUR),
    ("Réanimation", CARE, VITAL, 30),
    ("Bloc opératoire", CARE, VITAL, 2 * HOUR),
    ("Laboratoire de biologie", PLATEAU, VITAL, 2 * HOUR),
    ("Imagerie", PLATEAU, MAJOR, 4 * HOUR),
    ("Pharmacie", PLATEAU, MAJOR, 8 * HOUR),
    ("Admissions et facturation", OFFICE, MODERATE, DAY),
    ("Paie", OFFICE, MODERATE, 3 * DAY),
)
RESOURCES = (
    ("Dossier patient informatisé", APP, 90),
    ("Gestion du laboratoire", APP, 60),
    ("Archivage d’images (PACS)", APP, 120),
    ("Prescription et dispensation", APP, 60),
    ("Gestion administrative des patients", APP, 60),
    ("Logiciel de paie", APP, None),
    ("Téléphonie", APP, 30),
    ("Annuaire Active Directory", INFRA, 120),
    ("Résolution de noms (DNS)", INFRA, 20),
    ("Serveurs virtuels", INFRA, 60),
    ("Baie de stockage", INFRA, 45),
    ("Réseau de l’hôpital", INFRA, 30),
    ("Lien Internet principal", INFRA, None),
    ("Lien Internet de secours (4G)", INFRA, None),
    ("Salle informatique", PREMISES, None),
    ("Éditeur du dossier patient", SUPPLIER, None),
    ("Équipe informatique d’astreinte", PEOPLE, None),
    ("Ancien serveur de télécopie", INFRA, None),
)
_ESSENTIAL = tuple(
    (one, other, holds, Strength.ESSENTIAL, group)
    for one, other, holds, group in (
        ("Urgences", "Dossier patient informatisé", 0, ""),
        ("Urgences", "Laboratoire de biologie", 2 * HOUR, ""),
        ("Urgences", "Imagerie", HOUR, ""),
        ("Urgences", "Téléphonie", 15, ""),
        ("Réanimation", "Dossier patient informatisé", HOUR, ""),
        ("Réanimation", "Laboratoire de biologie", HOUR, ""),
        ("Réanimation", "Prescription et dispensation", 2 * HOUR, ""),
        ("Bloc opératoire", "Dossier patient informatisé", 2 * HOUR, ""),
        ("Bloc opératoire", "Imagerie", 0, ""),
        ("Laboratoire de biologie", "Gestion du laboratoire", 0, ""),
        ("Imagerie", "Archivage d’images (PACS)", 30, ""),
        ("Pharmacie", "Prescription et dispensation", 0, ""),
        ("Admissions et facturation", "Gestion administrative des patients", 0, ""),
        ("Paie", "Logiciel de paie", DAY, ""),
        ("Dossier patient informatisé", "Annuaire Active Directory", 30, ""),
        ("Dossier patient informatisé", "Serveurs virtuels", 0, ""),
        ("Gestion du laboratoire", "Serveurs virtuels", 0, ""),
        ("Gestion du laboratoire", "Annuaire Active Directory", 0, ""),
        ("Archivage d’images (PACS)", "Baie de stockage", 0, ""),
        ("Archivage d’images (PACS)", "Réseau de l’hôpital", 0, ""),
        ("Prescription et dispensation", "Dossier patient informatisé", 0, ""),
        ("Gestion administrative des patients", "Serveurs virtuels", 0, ""),
        ("Gestion administrative des patients", "Annuaire Active Directory", 60, ""),
        ("Logiciel de paie", "Lien Internet principal", 0, "internet"),
        ("Logiciel de paie", "Lien Internet de secours (4G)", 0, "internet"),
        ("Téléphonie", "Réseau de l’hôpital", 0, ""),
        ("Annuaire Active Directory", "Résolution de noms (DNS)", 10, ""),
        ("Annuaire Active Directory", "Serveurs virtuels", 0, ""),
        ("Résolution de noms (DNS)", "Annuaire Active Directory", 8 * HOUR, ""),
        ("Résolution de noms (DNS)", "Réseau de l’hôpital", 0, ""),
        ("Serveurs virtuels", "Baie de stockage", 0, ""),
        ("Serveurs virtuels", "Réseau de l’hôpital", 0, ""),
        ("Baie de stockage", "Salle informatique", 0, ""),
        ("Réseau de l’hôpital", "Salle informatique", 0, ""),
    )
)
NEEDS: tuple[tuple[str, str, int, Strength, str], ...] = (
    *_ESSENTIAL,
    ("Dossier patient informatisé", "Éditeur du dossier patient", 4 * HOUR, Strength.USEFUL, ""),
    ("Serveurs virtuels", "Équipe informatique d’astreinte", 8 * HOUR, Strength.USEFUL, ""),
    ("Bloc opératoire", "Téléphonie", HOUR, Strength.USEFUL, ""),
    ("Pharmacie", "Lien Internet principal", 0, Strength.USEFUL, ""),
)
MODES: tuple[tuple[str, str, int | None, tuple[str, ...]], ...] = (
    ("Urgences", "Urgences sur dossier papier", 8 * HOUR, ()),
    ("Réanimation", "Feuille de surveillance papier", 12 * HOUR, ("Dossier patient informatisé",)),
    ("Laboratoire de biologie", "Automates isolés, résultats par téléphone", None, ()),
    ("Pharmacie", "Ordonnances papier et dotation d’urgence", 24 * HOUR, ("Prescription et dispensation",)),
    ("Admissions et facturation", "Bordereaux d’admission", 3 * DAY, ()),
)


@dataclass
class HospitalGraph:
    """The numbers of nodes by name."""

    ids: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.ids[name]


def plant_hospital_graph(platform: Platform, establishment_id: int) -> HospitalGraph:
    """Plant it all."""
    found = HospitalGraph()
    for name, kind, criticality, dmia in ACTIVITIES:
        owner = "Mme Roux, cadre de santé" if name == "Urgences" else ""
        found.ids[name] = plant_activity(
            platform, establishment_id, name, dmia, criticality, kind=kind, owner=owner, pdma_minutes=dmia
        )
    for called, what, restart in RESOURCES:
        found.ids[called] = plant_resource(platform, establishment_id, called, what, restart_minutes=restart)
    for one, other, holds, strength, group in NEEDS:
        plant_need(platform, establishment_id, found[one], found[other], holds, strength, group)
    for activity, title, held, covers in MODES:
        plant_degraded_mode(platform, found[activity], title, held, tuple(found[one] for one in covers))
    return found
