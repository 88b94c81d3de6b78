"""A small continuity map for the tests of pages: two activities and what they rely on."""

from __future__ import annotations

from dataclasses import dataclass

from care.domain.access import Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Perimeter, ResourceKind
from care.services.activities import ActivityDraft, create_activity
from care.services.continuity_import import SentFile, receive
from care.services.dependencies import DependencyDraft, add_dependency
from care.services.platform import Platform
from care.services.resources import ResourceDraft, create_resource
from tests.support.people import MACHINE


@dataclass(frozen=True)
class Continuity:
    """The numbers of what was planted."""

    emergency: int
    pay: int
    record: int
    network: int
    dependency: int


def plant_continuity(
    platform: Platform, establishment_id: int, owner: int | None = None, scope: Scope = MACHINE
) -> Continuity:
    """The emergency department, which an account may own, and the pay; the patient record and the network."""
    emergency = ActivityDraft(
        name="Urgences",
        kind=ActivityKind.CARE,
        criticality=CareCriticality.VITAL,
        description="Accueil et prise en charge, jour et nuit.",
        perimeter=Perimeter.CARE,
        owner="" if owner else "Cadre des urgences",
        owner_account_id=owner,
        weight="32500",
        weight_origin="SAE 2025, passages",
    )
    pay = ActivityDraft(
        name="Paie", kind=ActivityKind.ADMINISTRATIVE, criticality=CareCriticality.MODERATE, owner="DRH"
    )
    record = ResourceDraft(
        name="DPI",
        kind=ResourceKind.APPLICATION,
        owner="DSI",
        place="Salle serveur 1",
        contact="Astreinte DSI, poste 4100",
        rto_minutes=240,
        pdma_minutes=60,
        remote_access="Bastion, compte éditeur",
        cut="Désactiver le compte « editeur-dpi » sur le bastion",
    )
    network = ResourceDraft(name="Cœur de réseau", kind=ResourceKind.INFRASTRUCTURE)
    nodes = (
        create_activity(platform, scope, establishment_id, emergency),
        create_activity(platform, scope, establishment_id, pay),
        create_resource(platform, scope, establishment_id, record),
        create_resource(platform, scope, establishment_id, network),
    )
    first = DependencyDraft(nodes[0], nodes[2], holds_minutes=30, note="Dossiers et prescriptions")
    dependency = add_dependency(platform, scope, establishment_id, first).id
    add_dependency(platform, scope, establishment_id, DependencyDraft(nodes[2], nodes[3]))
    return Continuity(*nodes, dependency)


FILE = (
    "Type;Nom;Importance pour les soins;Responsable;Inconnue\r\n"
    "Service de soins;Urgences;Majeure;Dr Blanc;x\r\n"
    "Plateau technique;Imagerie;Vitale;Dr Roux;x\r\n"
    "Chose;Truc;;;x\r\n"
)


def plant_files(platform: Platform, establishment_id: int) -> int:
    """A file that waits for its confirmation: a change, a new activity, a line refused."""
    sent = SentFile("activites.csv", FILE.encode("cp1252"))
    return receive(platform, MACHINE, establishment_id, [sent])
