"""The pages of activities, of what they rely on, and of outages."""

from __future__ import annotations

from care.services.activities import list_activities
from care.services.continuity_import import list_waiting
from care.services.node_pages import surroundings
from care.services.resources import list_resources
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    activity = list_activities(site.platform, MACHINE, site.hospitals.valley).page.lines[0].id
    return {
        "activity": activity,
        "resource": list_resources(site.platform, MACHINE, site.hospitals.valley).page.lines[0].id,
        "need": surroundings(site.platform, MACHINE, activity).needs[0].id,
        "files": list_waiting(site.platform, MACHINE, site.hospitals.valley)[0].id,
    }


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        activities="{valley}/activities",
        activity="{valley}/activities/{activity}",
        new_activity="{valley}/activities/new",
        edit_activity="{valley}/activities/{activity}/edit",
        end_activity="{valley}/activities/{activity}/end",
        resources="{valley}/resources",
        resource="{valley}/resources/{resource}",
        new_resource="{valley}/resources/new",
        edit_resource="{valley}/resources/{resource}/edit",
        what_if="{valley}/what-if?lost={resource}",
        what_if_answer="{valley}/what-if/answer?kind=infrastructure&kind=application&for=8+h",
        fragility="{valley}/what-if/fragility",
        map="{valley}/what-if/map",
        new_dependency="{valley}/dependencies/new?dependent={activity}",
        edit_dependency="{valley}/dependencies/{need}",
        import_continuity="{valley}/continuity/import",
        continuity_preview="{valley}/continuity/imports/{files}",
    )
    | visits("administrator", no_activities="{hill}/activities", sample_hospital="{hill}/activities/sample"),
)
