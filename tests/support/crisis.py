"""A crisis organisation for tests and pictures: a directory with its gaps."""

from __future__ import annotations

from datetime import timedelta

from care.domain.access import Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import CellKind, ResourceKind
from care.domain.crisis import ItemState
from care.domain.jobs import JobKind, Lane
from care.services import jobs
from care.services.checklists import act_on, answer
from care.services.crisis_contacts import ContactDraft, add_contact
from care.services.crisis_pack import list_packs
from care.services.degraded_modes import SheetDraft, put_into_force, start_sheet
from care.services.handlers import HANDLERS
from care.services.library import today as local_day
from care.services.pack_making import ask_pack
from care.services.paper_kits import KitDraft, add_kit
from care.services.platform import Platform
from care.services.work import Hold
from tests.support.continuity import plant_activity, plant_need, plant_resource
from tests.support.people import MACHINE

DECISION, OPERATIONS, CARE, NONE = CellKind.DECISION, CellKind.OPERATIONS, CellKind.CARE, CellKind.NONE


def plant_contacts(platform: Platform, establishment_id: int, scope: Scope = MACHINE) -> list[int]:
    """Seven contacts: some complete, one never checked, one without fallback, one function without a name."""
    today = local_day(platform)
    recent, old = today - timedelta(days=20), today - timedelta(days=250)
    drafts = (
        ContactDraft(
            DECISION,
            "Directeur de crise",
            "Jeanne Roux",
            phone="04 50 00 00 01",
            fallback="+33 6 12 34 56 78",
            mail="jeanne.roux@exemple.test",
            deputy="Marc Diallo, 06 98 76 54 32",
            checked_on=recent,
        ),
        ContactDraft(DECISION, "Directeur des soins", "Awa Ndiaye", phone="04 50 00 00 02", checked_on=recent),
        ContactDraft(
            OPERATIONS,
            "Responsable de la réponse à l’incident (RSSI)",
            "Paul Reeves",
            phone="04 50 00 00 10",
            fallback="06 11 22 33 44",
            checked_on=old,
            note="Clé de la salle de crise au poste de sécurité.",
        ),
        ContactDraft(OPERATIONS, "Réseau et accès distants", "", phone="04 50 00 00 11"),
        ContactDraft(CARE, "Coordination des soins en mode dégradé", "", fallback="06 55 44 33 22"),
        ContactDraft(NONE, "CERT Santé", organisation="ANS", phone="01 99 00 12 34", checked_on=recent),
        ContactDraft(NONE, "SAMU – centre 15", organisation="SAMU", phone="15", checked_on=recent),
    )
    return [add_contact(platform, scope, establishment_id, draft) for draft in drafts]


def plant_continuity(platform: Platform, establishment_id: int) -> None:
    """An emergency department with its sheet and its kit, what it stands on, a supplier who comes in from outside."""
    emergency = plant_activity(platform, establishment_id, "Urgences", 240, CareCriticality.VITAL, owner="Léa Martin")
    plant_activity(platform, establishment_id, "Paie", criticality=CareCriticality.MODERATE)
    infrastructure = ResourceKind.INFRASTRUCTURE
    directory = plant_resource(platform, establishment_id, "Active Directory", infrastructure, restart_minutes=120)
    record = plant_resource(platform, establishment_id, "Dossier patient", restart_minutes=240, owner="Équipe DPI")
    plant_resource(
        platform,
        establishment_id,
        "Éditeur du dossier patient",
        ResourceKind.SUPPLIER,
        remote_access="VPN nominatif, 3 comptes",
        cut="Désactiver le groupe VPN-EDITEUR sur le pare-feu nord",
        contact="01 99 00 55 66",
    )
    plant_need(platform, establishment_id, emergency, record)
    plant_need(platform, establishment_id, record, directory)
    draft = SheetDraft(
        "Prescrire sans le dossier patient",
        trigger="Le dossier patient ne répond plus depuis **10 minutes**.",
        steps="1. Sortez le kit papier.\n2. Recopiez :\n   - les allergies ;\n   - les traitements.",
        limits="Pas de contrôle d’interaction : *appelez la pharmacie*.",
        back_to_normal="Ressaisie par binôme.",
        who_to_call="Pharmacien d’astreinte",
        covers=(record,),
        holds_minutes=3 * 24 * 60,
        capacity_percent=60,
        owner="Léa Martin",
        review_on=local_day(platform) + timedelta(days=180),
    )
    sheet = start_sheet(platform, MACHINE, emergency, draft)
    put_into_force(platform, MACHINE, sheet, 1)
    kit = KitDraft("Kit papier des urgences", "Placard rouge, salle de soins 2", "Léa Martin", 90, "- 50 ordonnances")
    add_kit(platform, MACHINE, emergency, kit)


def make_pack(platform: Platform, establishment_id: int) -> int:
    """Have a pack made, as the worker does; returns its number."""
    ask_pack(platform, MACHINE, establishment_id)
    do_service_jobs(platform)
    latest = list_packs(platform, MACHINE, establishment_id).latest
    assert latest is not None
    return latest.id


def do_service_jobs(platform: Platform) -> None:
    """Do every waiting job of packs; those of others are done with, undone."""
    while (claim := jobs.claim(platform, Lane.SERVICE, "tests")) is not None:
        if claim.kind in {JobKind.CRISIS_PACK, JobKind.CRISIS_PACKS}:
            HANDLERS[claim.kind](platform, Hold(platform, claim))


def plant_crisis(platform: Platform, establishment_id: int) -> None:
    """Everything the pages show, a pack excepted."""
    plant_continuity(platform, establishment_id)
    plant_organisation(platform, establishment_id)


def plant_organisation(platform: Platform, establishment_id: int) -> None:
    """The directory and some answers to the checklist."""
    plant_contacts(platform, establishment_id)
    answer(platform, MACHINE, establishment_id, "rssi", ItemState.YES, "Note de service du 3 mars.", 0)
    answer(platform, MACHINE, establishment_id, "cells", ItemState.IN_PROGRESS, "", 0)
    answer(platform, MACHINE, establishment_id, "vault", ItemState.NO, "", 0)
    answer(platform, MACHINE, establishment_id, "medicines", ItemState.NOT_APPLICABLE, "Pas de pharmacie ici.", 0)
    act_on(platform, MACHINE, establishment_id, "vault")
