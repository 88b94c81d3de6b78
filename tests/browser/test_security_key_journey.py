"""Adding a security key, then signing in with it, in a real browser over TLS with a key that Chromium plays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from care.services.platform import Platform
from tests.browser.conftest import PATIENCE_MS, Site, running
from tests.browser.test_accessibility import AXE, violations
from tests.support.people import plant_hospitals
from tests.web.people import PASSWORD, plant_people

pytestmark = pytest.mark.browser
USB = {
    "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": False,
    "isUserVerified": False, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def over_tls(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path, _plant, tls=True) as site:
        yield site


def _plant(platform: Platform) -> dict[str, object]:
    hospitals = plant_hospitals(platform)
    return {"hospitals": hospitals, "people": plant_people(platform, hospitals)}


@pytest.fixture
def page(browser: Browser, over_tls: Site) -> Iterator[Page]:
    context = browser.new_context(locale="fr-FR", ignore_https_errors=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    yield page
    context.close()


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("Identifiant").fill("ciso")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def assert_accessible(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate(AXE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page, "light") == []
    assert violations(page, "dark") == []


def test_a_key_is_added_then_opens_the_session(over_tls: Site, page: Page) -> None:
    chromium: Any = page.context.new_cdp_session(page)
    chromium.send("WebAuthn.enable")
    key = chromium.send("WebAuthn.addVirtualAuthenticator", {"options": USB})["authenticatorId"]
    sign_in(page, over_tls)
    expect(page.get_by_role("heading", name="Hôpital de la Vallée").first).to_be_visible()
    cookies = page.context.cookies()
    assert cookies
    for cookie in cookies:
        assert cookie["name"].startswith("__Host-"), cookie["name"]
        assert (cookie["secure"], cookie["path"]) == (True, "/")

    page.goto(f"{over_tls.url}/account/second-factor")
    keys = page.locator("#keys")
    keys.get_by_label("Nom de la clé").fill("clé du bureau")
    keys.get_by_label("Mot de passe actuel").fill(PASSWORD)
    keys.get_by_role("button", name="Ajouter une clé de sécurité").click()
    expect(page.locator("ol code")).to_have_count(10)
    page.goto(f"{over_tls.url}/account/second-factor")
    expect(keys.get_by_text("clé du bureau").first).to_be_visible()
    assert_accessible(page)

    page.context.clear_cookies()
    sign_in(page, over_tls)
    button = page.get_by_role("button", name="Utiliser ma clé de sécurité")
    expect(button).to_be_visible()
    assert_accessible(page)
    button.click()
    expect(page.get_by_role("heading", name="Hôpital de la Vallée").first).to_be_visible()
    assert len(chromium.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]) == 1

    page.context.clear_cookies()
    chromium.send("WebAuthn.clearCredentials", {"authenticatorId": key})
    sign_in(page, over_tls)
    button.click()
    expect(page.get_by_text("La clé n’a pas répondu")).to_be_visible()
    expect(button).to_be_enabled()
