"""A whole crisis exercise in real browsers: prepared from a kit, conducted, played by two cells, observed by a phone
whose network goes away and comes back, debriefed, closed into its report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from care.domain.access import Grant, Level, Place, Role
from care.services.accounts import AccountDraft, open_account
from tests.browser.conftest import PATIENCE_MS, Site
from tests.browser.test_bia_journey import signed_in
from tests.support.pdf import squeezed, text_of
from tests.support.people import MACHINE, plant_hospitals
from tests.web.people import PASSWORD

pytestmark = pytest.mark.browser
KIT = "Rançongiciel, une nuit aux urgences"
CARE, DIRECTION = "Garde soignante", "Direction de garde"
FIRST, FIRST_REACTION = "L’écran de l’accueil des urgences change tout seul", "S01.b"


@pytest.fixture
def facilitator(empty_site: Site, browser: Browser) -> Page:
    """The CISO of a hospital, who conducts the exercise."""
    here = plant_hospitals(empty_site.platform).valley
    grants = (Grant(Role.CISO, Place(Level.ESTABLISHMENT, here)),)
    open_account(empty_site.platform, MACHINE, AccountDraft("c.martin", "Claire Martin", PASSWORD, grants))
    expect.set_options(timeout=PATIENCE_MS)
    return signed_in(browser, empty_site, "c.martin")


@pytest.fixture
def phones(browser: Browser) -> Iterator[list[BrowserContext]]:
    made = [browser.new_context(locale="fr-FR", viewport={"width": 360, "height": 780}) for _ in range(3)]
    for one in made:
        one.set_default_timeout(PATIENCE_MS)
    yield made
    for one in made:
        one.close()


def test_from_a_kit_to_its_report(empty_site: Site, facilitator: Page, phones: list[BrowserContext]) -> None:
    page = facilitator
    prepare(empty_site, page)
    code, pins = badges(page)
    care, direction, observer = (
        come_in(empty_site, phone, code, pins[seat], name)
        for phone, seat, name in zip(
            phones, (CARE, DIRECTION, "Observateurs"), ("Aline Roy", "Bruno Gay", "Marc Petit"), strict=True
        )
    )
    start(page)
    reach_the_cells(page, care, direction)
    observe_without_a_network(observer, phones[2], page)
    pause_and_go_on(page, care)
    change_the_course(page, care, direction)
    end(page)
    fill_in(empty_site, care)
    learn(page)
    close_into_the_report(page)


def prepare(site: Site, page: Page) -> None:
    page.get_by_role("link", name="Exercices", exact=True).click()
    page.get_by_role("link", name="Préparer un exercice").click()
    page.get_by_role("link", name=KIT).click()
    page.get_by_role("link", name="Préparer cet exercice").click()
    page.get_by_label("Titre").fill("Nuit blanche aux urgences")
    tomorrow = site.platform.clock.now() + timedelta(days=1)
    page.get_by_label("Date et heure du début").fill(tomorrow.strftime("%Y-%m-%dT20:00"))
    page.get_by_label("Lieu").fill("Salle du conseil")
    page.get_by_role("button", name="Créer l’exercice").click()
    expect(page.get_by_role("heading", name="Mots de l’établissement")).to_be_visible()
    page.get_by_role("button", name=re.compile("Enregistrer")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nuit blanche aux urgences")


def badges(page: Page) -> tuple[str, dict[str, str]]:
    """The code of the exercise, and the PIN of each seat, as printed on the badges."""
    page.get_by_role("link", name="Badges").first.click()
    code = page.locator(".way-code").inner_text()
    cards = page.locator(".way-cards > li").all()
    return code, {card.locator("h3").inner_text(): card.locator(".way-pin strong").inner_text() for card in cards}


def come_in(site: Site, phone: BrowserContext, code: str, pin: str, name: str) -> Page:
    page = phone.new_page()
    page.goto(f"{site.url}/x")
    page.get_by_label("Code").fill(code.lower())
    page.get_by_label("PIN").fill(pin)
    page.get_by_label("Votre nom").fill(name)
    page.get_by_label("Votre fonction").fill("Cadre de santé" if name == "Aline Roy" else "Direction générale")
    page.get_by_role("button", name="Entrer").click()
    expect(page).to_have_url(re.compile("/play"))
    return page


def start(page: Page) -> None:
    page.get_by_role("link", name="Animer").first.click()
    page.get_by_role("link", name="Commencer l’exercice").click()
    page.get_by_role("button", name="Oui, commencer (DEBEX)").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def reach_the_cells(page: Page, care: Page, direction: Page) -> None:
    """A stimulus comes by itself to its cell alone; what the cell answers and asks comes back."""
    care.goto(re.sub("/play.*", "/play", care.url))
    care.get_by_role("heading", name=FIRST).wait_for()
    care.get_by_role("link", name=re.compile("^Répondre")).first.click()
    care.get_by_label("Votre décision, votre réponse").fill("Réseau débranché, astreinte appelée par le standard.")
    care.get_by_role("button", name="Envoyer").click()
    expect(care.locator("#thread")).to_contain_text("Réseau débranché")
    direction.get_by_role("link", name="Animation").or_(direction.get_by_role("link", name="Échanges")).first.click()
    direction.get_by_label("Votre question").fill("Qui joue le SAMU ?")
    direction.get_by_role("button", name="Demander").click()
    page.get_by_role("link", name=re.compile("^Répondre")).click()
    page.get_by_label("Message", exact=True).fill("L’animateur, au 4512.")
    page.get_by_role("button", name="Envoyer").click()
    expect(direction.locator("#thread")).to_contain_text("L’animateur, au 4512.")
    expect(direction.get_by_text(FIRST)).to_have_count(0)


def observe_without_a_network(observer: Page, phone: BrowserContext, page: Page) -> None:
    """Ticked with no network, sent when it is back; the facilitation sees it then, and not before."""
    expect(observer.get_by_role("heading", name=f"S01 {FIRST}")).to_be_visible()
    phone.set_offline(True)
    observer.locator(f"form[data-id='{FIRST_REACTION}']").get_by_role("button", name="Vu").click()
    expect(observer.get_by_text("1 note attend le réseau")).to_be_visible()
    expect(observer.get_by_text("Pas de réseau. Continuez")).to_be_visible()
    phone.set_offline(False)
    expect(observer.get_by_text("Tout est envoyé")).to_be_visible()
    awaited = page.get_by_role("region", name="Réactions attendues")
    expect(awaited.get_by_role("button", name=re.compile("^Vu : Appelle l’astreinte informatique"))).to_have_count(0)


def pause_and_go_on(page: Page, care: Page) -> None:
    care.get_by_role("link", name="Messages", exact=False).first.click()
    page.get_by_role("button", name="Pause").click()
    expect(care.get_by_text("L’exercice est en pause")).to_be_visible()
    page.get_by_role("button", name="Reprendre").click()
    expect(care.get_by_text("L’exercice est en pause")).to_be_hidden()


def change_the_course(page: Page, care: Page, direction: Page) -> None:
    """What is kept in reserve is played, what follows is put back, a text of the moment reaches the cell it is for."""
    page.get_by_role("link", name="Décaler").click()
    page.get_by_role("button", name="+5").click()
    expect(page.locator("#row-S02 time")).to_have_text("09:00")
    page.locator("#open-stimulus-R1").click()
    page.locator("#desk").get_by_role("button", name="Jouer maintenant").click()
    expect(care.get_by_role("heading", name=re.compile("^Appel :"))).to_be_visible()
    page.get_by_role("link", name="Fermer").click()
    page.get_by_role("link", name="Écrire un stimulus").click()
    page.get_by_label("Par quel moyen").select_option("press")
    page.get_by_label("Qui parle").fill("Radio Val")
    page.get_by_label("Titre").fill("Un appel en direct")
    page.get_by_label("Texte").fill("Confirmez-vous la panne ?")
    page.locator("#desk").get_by_label(DIRECTION).check()
    page.get_by_role("button", name="Créer ce stimulus").click()
    direction.get_by_role("link", name="Messages", exact=False).first.click()
    expect(direction.get_by_role("heading", name="Un appel en direct")).to_be_visible()
    expect(care.get_by_role("heading", name="Un appel en direct")).to_have_count(0)


def end(page: Page) -> None:
    page.get_by_role("link", name="Finir").click()
    page.get_by_role("button", name=re.compile("FINEX")).click()
    expect(page.get_by_text(re.compile("terminé")).first).to_be_visible()


def fill_in(site: Site, player: Page) -> None:
    player.goto(f"{site.url}/play")
    player.get_by_role("link", name="Donner mon avis, sans nom").click()
    player.get_by_role("group", name=re.compile("vous a-t-il été utile")).get_by_text("5", exact=True).click()
    player.get_by_role("button", name="Envoyer").click()
    expect(player.get_by_text(re.compile("Merci"))).to_be_visible()


def learn(page: Page) -> None:
    page.get_by_role("link", name="Débriefing").first.click()
    page.get_by_role("link", name=re.compile("Noter les enseignements")).click()
    page.get_by_role("radiogroup").get_by_text("Écart").click()
    page.get_by_label("En une phrase").first.fill("L’annuaire papier était introuvable")
    page.get_by_role("button", name="Noter").click()
    gaps = page.get_by_role("region", name="Écarts")
    gaps.get_by_text("En faire une action").click()
    gaps.get_by_label("ou son nom, sans compte").fill("Cadre des urgences")
    gaps.get_by_role("button", name="Créer l’action").click()
    expect(gaps.get_by_role("link", name=re.compile("annuaire papier"))).to_be_visible()


def close_into_the_report(page: Page) -> None:
    page.get_by_role("link", name="Débriefing").first.click()
    page.get_by_role("link", name=re.compile("Clore l’exercice")).click()
    expect(page.get_by_label("La direction générale était présente")).to_be_checked()
    page.get_by_role("button", name="Clore et sceller le rapport").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Rapport de retour d’expérience").click()
    text = squeezed(text_of(Path(download.value.path()).read_bytes()))
    for said in ("Nuit blanche aux urgences", "L’annuaire papier était introuvable", "Cadre des urgences"):
        assert squeezed(said) in text
