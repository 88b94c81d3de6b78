"""A crisis organisation for tests and pictures: a directory with its gaps."""

from __future__ import annotations

from datetime import timedelta

from care.domain.access import Scope
from care.domain.continuity import CellKind
from care.services.crisis_contacts import ContactDraft, add_contact
from care.services.platform import Platform
from tests.support.people import MACHINE

DECISION, OPERATIONS, CARE, NONE = CellKind.DECISION, CellKind.OPERATIONS, CellKind.CARE, CellKind.NONE


def plant_contacts(platform: Platform, establishment_id: int, scope: Scope = MACHINE) -> list[int]:
    """Seven contacts: some complete, one never checked, one without fallback, one function without a name."""
    today = platform.clock.now().date()
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


def plant_crisis(platform: Platform, establishment_id: int) -> None:
    """Everything the pages show."""
    plant_contacts(platform, establishment_id)
