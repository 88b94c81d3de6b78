"""An impatient person clicks twice: one thing is recorded."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE_MS, Site
from tests.support.people import plant_hospitals
from tests.web.people import plant_people

pytestmark = pytest.mark.browser

CLICK_TWICE = """() => {
  let sent = 0;
  window.addEventListener("submit", (event) => {
    sent += event.defaultPrevented ? 0 : 1;
    event.preventDefault();
  });
  const form = document.querySelector("main form[method=post]");
  form.requestSubmit();
  form.requestSubmit();
  return sent;
}"""


def test_a_form_is_sent_once_and_serves_again_when_one_comes_back(empty_site: Site, browser: Browser) -> None:
    hospitals = plant_hospitals(empty_site.platform)
    people = plant_people(empty_site.platform, hospitals)
    context = browser.new_context(locale="fr-FR")
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "care_session", "value": people.token("ciso"), "url": empty_site.url}])
    page = context.new_page()
    page.goto(f"{empty_site.url}/establishments/{hospitals.valley}/actions/new")
    assert page.evaluate(CLICK_TWICE) == 1
    page.reload()
    for title in ("Couper le Telnet du robot", "Une autre action"):
        page.get_by_label("Intitulé").fill(title)
        page.get_by_role("button", name="Créer l’action").click()
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        page.go_back()
    context.close()
