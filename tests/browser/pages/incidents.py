"""The pages of incidents."""

from __future__ import annotations

from care.services.incidents.reading import list_incidents
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    found = list_incidents(site.platform, MACHINE, site.hospitals.valley)
    return {"incident": found.open[0].id, "old": found.closed[0].id}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        incidents="{valley}/incidents",
        incidents_searched="{valley}/incidents?q=rien",
        new_incident="{valley}/incidents/new",
        incident="{valley}/incidents/{incident}",
        closed_incident="{valley}/incidents/{old}",
        edit_incident="{valley}/incidents/{incident}/edit",
        incident_gravity="{valley}/incidents/{incident}/gravity",
        incident_declaration="{valley}/incidents/{incident}/declarations/cnil/0",
        incident_declared="{valley}/incidents/{incident}/declarations/cert_sante/0",
        incident_closing="{valley}/incidents/{incident}/closing",
        incident_figures="{valley}/incidents/figures",
        alert_chain="{valley}/incidents/chain",
    )
    | visits("director", director_incident="{valley}/incidents/{incident}")
    | visits("administrator", no_incidents="{hill}/incidents", empty_alert_chain="{hill}/incidents/chain"),
)
