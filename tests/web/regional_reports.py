"""Regional reports for the tests of pages: figures of the region of two hospitals, an order."""

from __future__ import annotations

from care.domain.access import Level, Place
from care.domain.months import month_of, moved
from care.domain.regional_reports import Every, ReportForm
from care.services.indicators.definitions import definitions
from care.services.indicators.marks import mark_months
from care.services.library import today
from care.services.platform import Platform
from care.services.regional_reports.ordered import OrderDraft, create_order
from tests.support.indicators import plant_establishment, plant_value
from tests.support.indicators_told import holder_of
from tests.support.people import MACHINE, Hospitals
from tests.support.regional_reports import make_figures


def plant_order(platform: Platform, hospitals: Hospitals) -> int:
    """A monthly report of the region of two hospitals, in its public form. Its number."""
    draft = OrderDraft("Point du mois", (ReportForm.PDF,), True, Every.MONTH, ("ars@region.test",))
    return create_order(platform, MACHINE, Place(Level.REGION, hospitals.region), draft)


def plant_told_region(platform: Platform, hospitals: Hospitals) -> int:
    """Seven more hospitals of that region that answered last month, and the valley's own line. The month."""
    month = moved(month_of(today(platform)), -1)
    with platform.database.write() as session:
        played = definitions(platform, session, month)["EXO-TX"]
        sites = [plant_establishment(session, 100 + rank, hospitals.region, "CH") for rank in range(7)]
        holders = [holder_of(session, one) for one in (*sites, hospitals.valley)]
        for rank, holder in enumerate(holders):
            plant_value(session, played, month, holder, rank % 2)
        mark_months(session, (month,), platform.clock.now())
    make_figures(platform, month)
    return month
