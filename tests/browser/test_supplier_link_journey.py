"""A supplier fills its part of the register by a link, in a real browser; the establishment compares and takes it in.

Then the owner of the access has it closed in a review, whose minutes are filed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from care.services.library import today
from care.services.platform import Platform
from tests.browser.conftest import Site, running
from tests.browser.test_visit_journey import page_of
from tests.support.people import plant_hospitals
from tests.web.access_links import add_access, add_finding
from tests.web.people import plant_people

pytestmark = pytest.mark.browser


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Site]:
    """A hospital whose register holds one access, of which an audit saw a weakness."""
    with running(tmp_path, _plant) as site:
        yield site


def _plant(platform: Platform) -> dict[str, object]:
    hospitals = plant_hospitals(platform)
    people = plant_people(platform, hospitals)
    add_access(platform, hospitals.valley, accounts=["tm_armor"])
    add_finding(platform, hospitals.valley, "remote_access.single_factor", "bastion.test/tm_armor")
    return {"hospitals": hospitals, "people": people}


def test_a_supplier_answers_by_its_link_and_is_contradicted_by_what_is_measured(
    hospital: Site, browser: Browser
) -> None:
    ciso, supplier = page_of(browser, hospital, "ciso"), page_of(browser, hospital)
    supplier.goto(_ask(ciso, hospital))
    expect(supplier.get_by_role("heading", name="Scanner 2")).to_be_visible()
    supplier.get_by_label("Par quoi entrez-vous ?").select_option(label="VPN IPsec")
    supplier.get_by_label("Comptes utilisés").fill("tm_armor\ntm_armor_2")
    supplier.get_by_label("Un second facteur est demandé").select_option(label="oui")
    supplier.get_by_role("button", name="Envoyer mes réponses").click()
    expect(supplier.get_by_text("Écrivez vos nom et prénom")).to_be_visible()
    expect(supplier.get_by_label("Comptes utilisés")).to_have_value("tm_armor\ntm_armor_2")
    supplier.get_by_label("Vos nom et prénom").fill("Paul Kermarec")
    supplier.get_by_role("button", name="Envoyer mes réponses").click()
    expect(supplier.get_by_text("Merci : vos réponses sont enregistrées.")).to_be_visible()
    ciso.goto(f"{hospital.valley}/supplier-links")
    ciso.get_by_role("link", name="Imagerie Armor").click()
    expect(ciso.get_by_text("contredit par la mesure")).to_be_visible()
    expect(ciso.get_by_label("Reprendre : Un second facteur est demandé")).not_to_be_checked()
    ciso.get_by_role("button", name="Reprendre dans le registre").click()
    expect(ciso.get_by_text("2 champs du registre mis à jour.")).to_be_visible()


def test_the_owner_of_an_access_has_it_closed_and_the_minutes_say_so(hospital: Site, browser: Browser) -> None:
    ciso, owner = page_of(browser, hospital, "ciso"), page_of(browser, hospital)
    ciso.goto(f"{hospital.valley}/access-reviews")
    ciso.get_by_label("Titre").fill("Revue annuelle")
    due = today(hospital.platform) + timedelta(days=10)
    ciso.get_by_label("Réponses attendues pour le").fill(due.isoformat())
    ciso.get_by_role("button", name="Ouvrir la revue").click()
    owner.goto(_link(ciso, hospital))
    owner.get_by_label("À fermer").check()
    owner.get_by_label("Vos nom et prénom").fill("Maud Le Gall")
    owner.get_by_role("button", name="Envoyer mes réponses").click()
    expect(owner.get_by_text("Dites pourquoi, ou ce qui est à corriger.")).to_be_visible()
    owner.get_by_label("Remarque sur").fill("Scanner remplacé.")
    owner.get_by_role("button", name="Envoyer mes réponses").click()
    expect(owner.get_by_text("Merci : vos réponses sont enregistrées.")).to_be_visible()
    ciso.get_by_role("link", name="Continuer").click()
    ciso.get_by_role("button", name="Clore et déposer le compte rendu").click()
    expect(ciso.get_by_text("Revue close : son compte rendu est déposé dans les preuves.")).to_be_visible()
    expect(ciso.get_by_role("heading", name="À fermer")).to_be_visible()
    ciso.get_by_role("link", name="Voir le compte rendu").click()
    expect(ciso.get_by_role("heading", name="Revue des accès à distance : Revue annuelle")).to_be_visible()


def _ask(page: Page, site: Site) -> str:
    page.goto(f"{site.valley}/supplier-links")
    page.get_by_role("button", name="Créer le lien").click()
    return _link(page, site)


def _link(page: Page, site: Site) -> str:
    link = page.locator("[data-link]").inner_text()
    return link.replace("http://127.0.0.1:8000", site.url)
