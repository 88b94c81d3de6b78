"""The pages of regional reports."""

from __future__ import annotations

from care.services.regional_reports.ordered import list_orders
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    return {"order": list_orders(site.platform, MACHINE)[0].id}


SUBJECT = Subject(
    known,
    visits(
        "administrator",
        regional_reports="/regional-reports",
        new_report_order="/regional-reports/orders/new",
        report_order="/regional-reports/orders/{order}/edit",
    )
    | visits("ciso", own_report="{valley}/regional-report"),
)
