"""A hospital that says nothing any more to this region, and a region that nothing from here reaches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from care.domain.access import Level, Place
from care.services.federation import joining, sending
from care.services.platform import Platform
from tests.support.clock import FixedClock
from tests.support.federation import enrolled
from tests.support.people import MACHINE, Hospitals, valid_finess
from tests.web.region_links import joined, paper_region

VALLEY = valid_finess("01000003")


def plant_silences(platform: Platform, hospitals: Hospitals) -> None:
    """Both since forty days, for the hospital of the valley."""
    then = replace(platform, clock=FixedClock(platform.clock.now() - timedelta(days=40)))
    enrolled(then, MACHINE, Place(Level.REGION, hospitals.region), [VALLEY])
    region = paper_region(platform, hospitals.valley)
    link_id = joined(then, region)
    joining.enable(then, MACHINE, link_id, region.fingerprint)
    region.known = b"another"
    sending.deliver_now(replace(then, courier=region), MACHINE, link_id)
