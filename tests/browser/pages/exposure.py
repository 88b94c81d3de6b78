"""The pages of exposure: what the outside sees, its list, one thing."""

from __future__ import annotations

from care.services import mandates
from care.services.exposure.things import AssetFilter, list_assets
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    assert site.platform is not None
    found = mandates.list_mandates(site.platform, MACHINE, site.hospitals.valley)
    return {
        "asset": list_assets(site.platform, MACHINE, site.hospitals.valley, AssetFilter()).lines[0].id,
        "mandate": found[-1].id,
    }


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        exposure="{valley}/exposure",
        exposure_plan="{valley}/exposure/plan",
        exposure_map="{valley}/exposure/map",
        exposure_assets="{valley}/exposure/assets",
        exposure_gone="{valley}/exposure/assets?gone=1",
        exposure_asset="{valley}/exposure/assets/{asset}",
        mandate="{valley}/mandates/{mandate}",
    ),
)
