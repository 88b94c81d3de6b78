"""A head nurse writes a degraded mode from a model, pins it up, then checks its kit on her phone, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from care.domain.access import Grant, Level, Place, Role
from care.services.accounts import AccountDraft, open_account
from tests.browser.conftest import PATIENCE_MS, Site
from tests.support.pdf import text_of
from tests.support.people import MACHINE, plant_hospitals
from tests.web.continuity import plant_continuity
from tests.web.people import PASSWORD

pytestmark = pytest.mark.browser


def signed_in(browser: Browser, site: Site, width: int) -> Page:
    """Without JavaScript: these pages are read on whatever is left that day."""
    context = browser.new_context(
        locale="fr-FR", viewport={"width": width, "height": 800}, java_script_enabled=False, accept_downloads=True
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("Identifiant").fill("a.roy")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    return page


def test_from_a_model_to_a_poster_and_a_kit_checked_in_three_taps(empty_site: Site, browser: Browser) -> None:
    hospitals = plant_hospitals(empty_site.platform)
    grant = Grant(Role.ACTIVITY_OWNER, Place(Level.ESTABLISHMENT, hospitals.valley))
    nurse = open_account(empty_site.platform, MACHINE, AccountDraft("a.roy", "Anne Roy", PASSWORD, (grant,)))
    plant_continuity(empty_site.platform, hospitals.valley, nurse.id)
    desk = signed_in(browser, empty_site, 1280)
    write_a_sheet(desk)
    print_it(desk)
    declare_a_kit(desk)
    desk.context.close()
    phone = signed_in(browser, empty_site, 360)
    check_the_kit(phone)
    phone.context.close()


def write_a_sheet(page: Page) -> None:
    page.get_by_role("link", name="Modes dégradés", exact=True).click()
    expect(page.get_by_text("Rien en vigueur")).to_be_visible()
    page.get_by_role("link", name="Urgences", exact=True).click()
    page.locator("summary", has_text="Accueil et tri sur papier").click()
    page.get_by_role("link", name="En faire une fiche : Accueil et tri sur papier").click()
    expect(page.get_by_label("Titre")).to_have_value("Accueil et tri sur papier")
    page.get_by_role("button", name="Enregistrer et mettre en vigueur").click()
    expect(page.get_by_text("Dites quand appliquer cette fiche.")).to_be_visible()  # the draft is saved all the same
    page.get_by_label("Quand l’appliquer").fill("Quand le **DPI** ne répond plus depuis 10 minutes.")
    page.get_by_label("Combien de temps on tient ainsi").fill("2 j")
    page.get_by_role("button", name="Enregistrer et mettre en vigueur").click()
    expect(page.get_by_text("Fiche en vigueur : imprimez ses affiches")).to_be_visible()


def print_it(page: Page) -> None:
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Affiche A4").click()
    text = text_of(waiting.value.path().read_bytes())
    assert "Accueil et tri sur papier" in text
    assert "ne répond plus depuis 10 minutes" in text


def declare_a_kit(page: Page) -> None:
    page.get_by_label("Fil d’Ariane").get_by_role("link", name="Urgences").click()
    page.get_by_role("link", name="Déclarer un kit").click()
    page.get_by_label("Nom du kit").fill("Classeur rouge")
    page.get_by_label("Où il se trouve").fill("Poste de soins, armoire 2")
    page.get_by_label("Ce qu’il contient").fill("- 50 feuilles\n- 4 stylos")
    page.get_by_role("button", name="Déclarer le kit").click()
    expect(page.get_by_text("Jamais vérifié")).to_be_visible()


def check_the_kit(page: Page) -> None:
    """Three taps from any page of the hospital; then something is missing, and the sheet says it."""
    page.get_by_role("link", name="Kits papier", exact=True).click()
    page.get_by_role("link", name="Classeur rouge").click()
    page.get_by_role("button", name="Tout y est").click()
    expect(page.get_by_text("Vérification enregistrée. Merci !")).to_be_visible()
    expect(page.get_by_text("Prêt", exact=True)).to_be_visible()
    page.locator("summary", has_text="Il manque quelque chose").click()
    page.get_by_label("Ce qui manque").fill("Plus de stylos.")
    page.get_by_role("button", name="Enregistrer ce qui manque").click()
    expect(page.get_by_text("Noté : ce kit est à compléter.")).to_be_visible()
    page.get_by_role("link", name="Modes dégradés", exact=True).click()
    page.get_by_role("link", name="Accueil et tri sur papier").click()
    expect(page.get_by_text("Ne comptez pas sur le kit « Classeur rouge »")).to_be_visible()
