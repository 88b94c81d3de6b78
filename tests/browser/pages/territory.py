"""The pages of territories, and an establishment's own indicators."""

from __future__ import annotations

from sqlalchemy import select

from care.store.registry import Region
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.web.region import CODE


def known(site: Site) -> dict[str, object]:
    with site.platform.database.read() as session:
        return {"answering": session.scalars(select(Region.id).where(Region.code == CODE)).one()}


SUBJECT = Subject(
    known,
    visits(
        "administrator",
        nation="/regions/national",
        figures_again="/regions/figures",
        nation_map="/regions/national/map?indicator=EXO-TX",
        region="/regions/region-{answering}",
        region_map="/regions/region-{answering}/map?indicator=ADS-DIST",
        region_compare="/regions/region-{answering}/compare?by=status",
        region_answers="/regions/region-{answering}/answers",
        region_indicator="/regions/region-{answering}/indicators/PDT-OBS",
        region_levels="/regions/region-{answering}/indicators/ADS-DIST",
        region_establishments="/regions/region-{answering}/indicators/SAV-TEST/establishments",
    )
    | visits("ciso", own_indicators="{valley}/indicators", own_indicator="{valley}/indicators/EXO-TX"),
)
