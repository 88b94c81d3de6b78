"""An impatient person clicks twice: one thing is recorded."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE_MS, Site
from tests.support.people import plant_hospitals
from tests.web.people import plant_people

pytestmark = pytest.mark.browser


def test_a_double_click_sends_a_form_once(empty_site: Site, browser: Browser) -> None:
    hospitals = plant_hospitals(empty_site.platform)
    people = plant_people(empty_site.platform, hospitals)
    context = browser.new_context(locale="fr-FR")
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "care_session", "value": people.token("ciso"), "url": empty_site.url}])
    page = context.new_page()
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.goto(f"{empty_site.url}/establishments/{hospitals.valley}/actions/new")
    page.get_by_label("Intitulé").fill("Couper le Telnet du robot")
    page.get_by_role("button", name="Créer l’action").dblclick()
    expect(page.get_by_text("Action créée.")).to_be_visible()
    assert len(sent) == 1
    page.go_back()  # the form that was left may serve again
    page.get_by_label("Intitulé").fill("Une autre action")
    page.get_by_role("button", name="Créer l’action").click()
    expect(page.get_by_role("heading", name="Une autre action")).to_be_visible()
    context.close()
