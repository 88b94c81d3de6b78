"""A hospital with a sheet and a past, for the tests of pages."""

from __future__ import annotations

from datetime import timedelta

from care.services.establishment_moves import Move, move_establishment
from care.services.library import today as local_day
from care.services.platform import Platform
from care.services.profiles import ProfileDraft, save_profile
from tests.support.people import MACHINE, Hospitals


def plant_profile(platform: Platform, hospitals: Hospitals) -> None:
    """The far hospital is an operator of essential services, on the map, and became a hospital centre last month."""
    draft = ProfileDraft(ose=True, status="public", department="35", longitude=-1.6778, latitude=48.1173)
    save_profile(platform, MACHINE, hospitals.far, draft, 0)
    since = local_day(platform) - timedelta(days=30)
    move = Move(hospitals.other_region, hospitals.far_entity, "Centre hospitalier", since)
    move_establishment(platform, MACHINE, hospitals.far, move, 1)
