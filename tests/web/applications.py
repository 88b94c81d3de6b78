"""Application files for the tests of pages."""

from __future__ import annotations

from datetime import date

from care.domain.access import Level, Place
from care.domain.application_files import FileState
from care.services.application_files.moving import FileDraft, Standpoint, Step, edit_file, move_file, open_file
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals

OF_ENTITY = "hospiconnect"
"""A domain for which no text read says that a legal entity of a GHT may not apply."""


def plant_application(platform: Platform, entity: int) -> str:
    """The file of a legal entity, its candidacy in preparation; returns its domain."""
    place = Place(Level.LEGAL_ENTITY, entity)
    open_file(platform, MACHINE, place, OF_ENTITY, Standpoint(FileState.CANDIDACY_IN_PREPARATION))
    return OF_ENTITY


def plant_group_files(platform: Platform, hospitals: Hospitals) -> Place:
    """The files of the GHT: domain 1 paid, domain 2 in its operational phase with its amounts and its deadline."""
    place = Place(Level.GHT, hospitals.ght)
    paid = Standpoint(FileState.PAID, date(2024, 4, 2), date(2025, 6, 30), date(2025, 12, 18))
    open_file(platform, MACHINE, place, "care-d1", paid)
    open_file(platform, MACHINE, place, "care-d2", Standpoint(FileState.CANDIDACY_IN_PREPARATION))
    steps = (
        (FileState.CANDIDACY_FILED, date(2025, 11, 3)),
        (FileState.CANDIDATE_RETAINED, date(2025, 12, 15)),
        (FileState.OPERATIONAL_PHASE, date(2025, 12, 15)),
    )
    for version, (state, on) in enumerate(steps, start=1):
        move_file(platform, MACHINE, place, "care-d2", Step(state, on), version)
    draft = FileDraft("eCaRE-2025-0412", "Mme Roux", date(2026, 12, 31), "180 000", "150 000", "", "Pièces à relire.")
    edit_file(platform, MACHINE, place, "care-d2", draft, len(steps) + 1)
    return place
