"""The support of a hospital by its region, for the tests of pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from care.domain.support import ContactKind
from care.services.library import today as local_day
from care.services.platform import Platform
from care.services.support.editing import ContactDraft, FileDraft, add_contact, save_file
from care.services.support.uses import ask_service
from tests.support.people import MACHINE, Hospitals


@dataclass(frozen=True)
class PlantedSupport:
    """A contact planned, and a service asked for by the valley hospital."""

    contact: int
    use: int


def plant_support(platform: Platform, hospitals: Hospitals, entry: int) -> PlantedSupport:
    """A late step at the valley hospital, a visit held and one planned, and the service of catalogue entry `entry`."""
    today = local_day(platform)
    step = FileDraft("Maya Petit", "Relire ensemble le PCRA des urgences", today - timedelta(days=3), "Prudence : DSI")
    save_file(platform, MACHINE, hospitals.valley, step, 0)
    held = ContactDraft(ContactKind.VISIT, today - timedelta(days=40), "Maya Petit", True, "Sauvegardes à tester.")
    add_contact(platform, MACHINE, hospitals.valley, held)
    planned = ContactDraft(ContactKind.MEETING, today + timedelta(days=5), "Maya Petit", summary="Point d’étape")
    contact = add_contact(platform, MACHINE, hospitals.valley, planned)
    return PlantedSupport(
        contact, ask_service(platform, MACHINE, hospitals.valley, f"entry-{entry}", "Avant le prochain audit, merci.")
    )
