"""The pages of alerts."""

from __future__ import annotations

from care.services.alerts.following import list_alerts
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    return {"alert": list_alerts(site.platform, MACHINE)[0].id}


SUBJECT = Subject(
    known,
    visits(
        "administrator",
        alerts="/alerts",
        new_alert="/alerts/new",
        alert="/alerts/{alert}",
        alert_of_the_exposed="/alerts/{alert}?exposure=unknown&answer=none",
        edit_alert="/alerts/{alert}/edit",
    )
    | visits("ciso", own_alerts="{valley}/alerts", own_alert="{valley}/alerts/{alert}"),
)
