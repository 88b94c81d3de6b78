"""Regions that an installation sends to, for the tests of pages: one asked, one to confirm, one sent to, one left."""

from __future__ import annotations

from dataclasses import dataclass, replace

from care.services.federation import exporting, joining, sending
from care.services.federation.joining import LinkDraft
from care.services.platform import Platform
from care.store.registry import Establishment
from tests.support.indicators_told import tell
from tests.support.people import MACHINE, Hospitals
from tests.support.regions import CODE, URL, PaperRegion
from tests.web.regional_campaigns import plant_asked


@dataclass(frozen=True)
class PlantedLinks:
    asked: int
    to_confirm: int
    sending: int
    left: int


def paper_region(platform: Platform, *ids: int) -> PaperRegion:
    """A region that expects these establishments."""
    with platform.database.read() as session:
        return PaperRegion(tuple(session.get_one(Establishment, one).finess for one in ids))


def joined(platform: Platform, region: PaperRegion) -> int:
    """A link with that region, its key not compared yet."""
    online = replace(platform, courier=region)
    link_id = joining.begin(online, MACHINE, LinkDraft(URL))
    joining.ask(online, MACHINE, link_id, CODE, "CH de la Vallée")
    return link_id


def plant_links(platform: Platform, hospitals: Hospitals) -> PlantedLinks:
    """One of each, and a history of deliveries."""
    region = paper_region(platform, hospitals.valley, hospitals.hill)
    tell(platform, hospitals.valley, "EXO-TX", {202602: (0, 1), 202603: (1, 1)})
    hidden = replace(region, pseudonymous=True, establishments=(*region.establishments, "999999990"))
    to_confirm, active, left = joined(platform, hidden), joined(platform, region), joined(platform, region)
    online = replace(platform, courier=region)
    joining.enable(online, MACHINE, active, region.fingerprint)
    plant_asked(platform, hospitals, region, active)
    sending.deliver_now(online, MACHINE, active)
    exporting.export(online, MACHINE, active)
    region.known = b"another"
    sending.deliver_now(online, MACHINE, active)
    region.down = "La région est éteinte."
    sending.deliver_now(online, MACHINE, active)
    joining.leave(platform, MACHINE, left)
    asked = joining.begin(platform, MACHINE, LinkDraft(URL))  # last: joining takes up a link that waits at this address
    return PlantedLinks(asked, to_confirm, active, left)
