"""A federation under way, for the tests of pages."""

from __future__ import annotations

from dataclasses import dataclass

from care.domain.access import Level, Place
from care.domain.federation import Way
from care.services.federation.enrolling import InvitationDraft, invite
from care.services.federation.following import read_installation
from care.services.federation.receiving import receive
from care.services.platform import Platform
from tests.support.federation import Sender, code_of, enrolled
from tests.support.people import MACHINE, Hospitals, valid_finess

HILL, VALLEY = valid_finess("01000004"), valid_finess("01000003")


@dataclass(frozen=True)
class Planted:
    sender: Sender
    installation: int
    key: int
    code: int
    taken: int
    refused: int
    unknown: int


def plant_federation(platform: Platform, hospitals: Hospitals) -> Planted:
    """The hill hospital sends by itself: one bundle taken with something set aside, one replayed; a file of nobody; a
    code that waits."""
    region = Place(Level.REGION, hospitals.region)
    sender, found = enrolled(platform, MACHINE, region, [HILL])
    now = platform.clock.now()
    name, version = code_of(platform)
    value = [name, version, now.year * 100 + now.month, 1, 1, f"{now:%Y-%m-%d}"]
    first = sender.bundle(now, {HILL: [value]})
    second = sender.bundle(now, {HILL: [value, ["NEUF", *value[1:]]], VALLEY: [value]})
    taken = [receive(platform, MACHINE, one, Way.FILE) for one in (first, second)][1]
    refused = receive(platform, MACHINE, first, Way.PUSH)
    unknown = receive(platform, MACHINE, b"{}", Way.PUSH)
    code = invite(
        platform, MACHINE, InvitationDraft("CH du Lointain", Place(Level.PLATFORM), (valid_finess("35000002"),))
    )
    view = read_installation(platform, MACHINE, found.installation_id)
    numbers = [one.id or 0 for one in (taken, refused, unknown)]
    return Planted(sender, found.installation_id, view.keys[0].id, code.id, *numbers)
