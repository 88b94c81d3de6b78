"""Adding a phone, printing recovery codes, signing in with a code then with a recovery code, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from care.domain.access import Role
from care.services import factor_policy
from care.services.platform import Platform
from tests.browser.conftest import Site, running
from tests.browser.test_accessibility import AXE, violations
from tests.browser.test_visit_journey import page_of
from tests.support.people import MACHINE, plant_hospitals
from tests.web.people import PASSWORD, plant_people

pytestmark = pytest.mark.browser


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Site]:
    """A hospital whose CISO must have a second factor."""
    with running(tmp_path, _plant) as site:
        yield site


def _plant(platform: Platform) -> dict[str, object]:
    hospitals = plant_hospitals(platform)
    people = plant_people(platform, hospitals)
    factor_policy.require(platform, MACHINE, {Role.CISO})
    return {"hospitals": hospitals, "people": people}


def assert_accessible(page: Page) -> None:
    """The page between the password and the code: no address leads there alone."""
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate(AXE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page, "light") == []
    assert violations(page, "dark") == []


def test_who_must_have_a_second_factor_adds_a_phone_then_signs_in_with_it(strict: Site, browser: Browser) -> None:
    page = page_of(browser, strict)
    page.goto(f"{strict.url}/sign-in")
    page.get_by_label("Identifiant").fill("ciso")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_text("Votre rôle exige un second facteur")).to_be_visible()
    page.get_by_role("button", name="Ajouter mon téléphone").click()
    expect(page.get_by_role("img", name="Code à scanner")).to_be_visible()
    phone = pyotp.TOTP(page.locator("code").inner_text())
    page.get_by_label("Mot de passe actuel").fill(PASSWORD)
    page.get_by_label("Code", exact=True).fill(phone.at(strict.platform.clock.now()))
    page.get_by_role("button", name="Confirmer ce téléphone").click()
    expect(page.locator("ol code")).to_have_count(10)
    recovery = page.locator("ol code").first.inner_text()
    page.get_by_role("link", name="continuer").click()
    expect(page.get_by_role("heading", name="Hôpital de la Vallée").first).to_be_visible()

    other = page_of(browser, strict)
    other.goto(f"{strict.valley}/findings")
    other.get_by_label("Identifiant").fill("ciso")
    other.get_by_label("Mot de passe").fill(PASSWORD)
    other.get_by_role("button", name="Se connecter").click()
    assert_accessible(other)
    other.get_by_label("Code").fill("000000")
    other.get_by_role("button", name="Se connecter").click()
    expect(other.get_by_role("alert")).to_contain_text("n’est pas le bon")
    other.get_by_label("Code").fill(recovery)
    other.get_by_role("button", name="Se connecter").click()
    expect(other).to_have_url(f"{strict.valley}/findings")
