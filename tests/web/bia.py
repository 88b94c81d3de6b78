"""Impact analyses for the tests of pages."""

from __future__ import annotations

from care.services.bia_view import open_bia
from care.services.bias import About, Impact, Source, put_into_force, save_bia, start_bia
from care.services.platform import Platform
from tests.support.people import MACHINE


def plant_bia(platform: Platform, activity: int) -> tuple[int, int]:
    """A version in force made from the model of emergency departments, and a draft that begins from it."""
    first = start_bia(platform, MACHINE, activity, Source.MODEL, "urgences")
    save_bia(platform, MACHINE, first, About("Anne Roy, cadre"), open_bia(platform, MACHINE, first).version)
    put_into_force(platform, MACHINE, first, open_bia(platform, MACHINE, first).version)
    draft = start_bia(platform, MACHINE, activity, Source.LAST)
    staff = Impact("staff", {60: 1, 240: 2, 720: 1, 1440: 3}, "Le renfort arrive le matin.")
    save_bia(platform, MACHINE, draft, staff, open_bia(platform, MACHINE, draft).version)
    return first, draft
