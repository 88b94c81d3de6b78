"""A regional campaign under way, for the tests of pages."""

from __future__ import annotations

from datetime import timedelta

from care.domain.access import Level, Place
from care.services.library import today as local_day
from care.services.platform import Platform
from care.services.regional.campaigns import CampaignDraft, create_campaign, excuse
from tests.support.people import MACHINE, Hospitals


def plant_regional(platform: Platform, hospitals: Hospitals) -> int:
    """A campaign of the region of two hospitals, one of them excused; any kit will do. Its number."""
    today = local_day(platform)
    draft = CampaignDraft("Campagne d’automne", today, today + timedelta(days=60), note="Jouez-en un avant l’hiver.")
    number = create_campaign(platform, MACHINE, Place(Level.REGION, hospitals.region), draft)
    excuse(platform, MACHINE, number, hospitals.hill, "Ouvre en janvier")
    return number
