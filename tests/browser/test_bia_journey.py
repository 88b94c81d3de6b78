"""A head nurse, from her sign-in to an analysis in force, and the version after it, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete

from care.domain.access import Grant, Level, Place, Role
from care.services.accounts import AccountDraft, open_account
from care.store.accounts import WebSession
from tests.browser.conftest import PATIENCE_MS, Site
from tests.browser.test_accessibility import AXE, violations
from tests.support.people import MACHINE, plant_hospitals
from tests.web.continuity import plant_continuity
from tests.web.people import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def emergency(empty_site: Site) -> int:
    """The emergency department, which Anne Roy owns; Claire Martin is the CISO."""
    hospitals = plant_hospitals(empty_site.platform)
    here = Place(Level.ESTABLISHMENT, hospitals.valley)
    people = {}
    for login, name, role in (("a.roy", "Anne Roy", Role.ACTIVITY_OWNER), ("c.martin", "Claire Martin", Role.CISO)):
        draft = AccountDraft(login, name, PASSWORD, (Grant(role, here),))
        people[login] = open_account(empty_site.platform, MACHINE, draft).id
    return plant_continuity(empty_site.platform, hospitals.valley, people["a.roy"]).emergency


def signed_in(browser: Browser, site: Site, login: str, width: int = 1280, *, javascript: bool = True) -> Page:
    context = browser.new_context(
        locale="fr-FR", viewport={"width": width, "height": 900}, java_script_enabled=javascript, bypass_csp=True
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    return page


def onward(page: Page) -> None:
    page.get_by_role("button", name="Enregistrer et continuer").click()


def tick(page: Page, after: str, level: str) -> None:
    page.get_by_role("group", name=f"après {after}", exact=True).get_by_text(level, exact=True).click()


def press(page: Page, question: str, duration: str) -> None:
    page.get_by_role("group", name=question).get_by_text(duration, exact=True).click()


def open_her_activity(page: Page) -> None:
    page.get_by_role("link", name="Bilans d’impact", exact=True).click()
    page.get_by_role("link", name="Urgences", exact=True).click()


def test_a_head_nurse_fills_leaves_comes_back_and_it_goes_into_force(
    empty_site: Site, browser: Browser, emergency: int
) -> None:
    page = signed_in(browser, empty_site, "a.roy")
    open_her_activity(page)
    page.get_by_label("une page blanche").check()
    page.get_by_role("button", name="Commencer").click()
    page.get_by_label("Qui répond à ces questions ?").fill("Anne Roy, cadre ; Dr Leblanc")
    onward(page)
    patients(page)
    page.get_by_role("button", name="Enregistrer et quitter").click()
    expect(page.get_by_text("Vous pourrez reprendre quand vous voudrez.")).to_be_visible()
    page.context.close()

    page = signed_in(browser, empty_site, "a.roy", width=320)
    page.get_by_role("button", name="Menu").click()
    open_her_activity(page)
    page.get_by_role("link", name="Reprendre").click()
    page.get_by_role("navigation", name="Étapes du bilan").get_by_role("link").nth(1).click()
    other_axes(page)
    durations(page)
    page.get_by_label("que garderiez-vous").fill("Trier tous les patients graves.")
    onward(page)
    expect(page.get_by_role("heading", name="Tout y est")).to_be_visible()
    page.get_by_role("button", name="Proposer ce bilan").click()
    expect(page.get_by_text("Bilan proposé")).to_be_visible()
    page.context.close()

    page = signed_in(browser, empty_site, "c.martin")
    page.get_by_role("link", name="Bilans d’impact", exact=True).click()
    page.get_by_role("link", name=re.compile("Lire et décider")).click()
    page.get_by_role("button", name="Mettre en vigueur").click()
    expect(page.get_by_text("Bilan mis en vigueur.")).to_be_visible()
    page.get_by_role("link", name="Urgences", exact=True).click()
    second_version(page)
    page.context.close()


def patients(page: Page) -> None:
    """The first consequence, with JavaScript: an answer carries the durations after it."""
    expect(page.get_by_role("heading", name="Qu’arrive-t-il aux patients si tout s’arrête ?")).to_be_visible()
    tick(page, "1 h", "Significatif")
    tick(page, "12 h", "Critique")
    expect(page.get_by_label("Significatif").nth(1)).to_be_checked()  # after 4 h, carried from 1 h
    tick(page, "4 h", "Grave")
    page.get_by_label("En une phrase, pourquoi ?").fill("Un patient grave attend dans le couloir.")


def other_axes(page: Page) -> None:
    for _axis in range(5):
        tick(page, "1 h", "Faible")
        tick(page, "2 j", "Grave")
        onward(page)


def durations(page: Page) -> None:
    expect(page.get_by_text("Vos réponses plaident pour 4 h au plus.")).to_be_visible()
    press(page, "Au bout de combien de temps d’arrêt", "4 h")
    page.get_by_role("group", name="En combien de temps voulez-vous avoir repris").get_by_role("textbox").fill("2h30")
    onward(page)
    press(page, "Combien de temps de saisies", "30 min")
    press(page, "Une fois demandées", "1 h")
    onward(page)


def second_version(page: Page) -> None:
    page.get_by_role("button", name="Commencer").click()
    page.get_by_label("Qui répond à ces questions ?").fill("Équipe de nuit")
    onward(page)
    page.get_by_role("link", name="Équipes").click()
    tick(page, "1 h", "Grave")
    page.get_by_role("button", name="Enregistrer et quitter").click()
    page.get_by_role("link", name="Comparer à la version 1").click()
    expect(page.get_by_role("heading", name="Équipes")).to_be_visible()
    expect(page.get_by_role("row", name="1 h Faible Grave")).to_be_visible()


def test_a_session_that_ends_while_typing_loses_nothing(empty_site: Site, browser: Browser, emergency: int) -> None:
    page = signed_in(browser, empty_site, "a.roy", width=320)
    page.get_by_role("button", name="Menu").click()
    open_her_activity(page)
    page.get_by_label("une page blanche").check()
    page.get_by_role("button", name="Commencer").click()
    page.get_by_label("tombe-t-il le plus mal").fill("La relève de 21 h,\nl’hiver")
    with empty_site.platform.database.write() as session:
        session.execute(delete(WebSession))
    onward(page)
    expect(page.get_by_text("ce que vous veniez de saisir n’est pas perdu")).to_be_visible()
    page.get_by_label("Identifiant").fill("a.roy")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", name="Reprendre votre saisie")).to_be_visible()
    page.evaluate(AXE)
    assert violations(page, "light") == []
    assert violations(page, "dark") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("button", name="Renvoyer ma saisie").click()
    expect(page.get_by_role("heading", name="Qu’arrive-t-il aux patients")).to_be_visible()
    page.get_by_role("navigation", name="Étapes du bilan").get_by_role("link").nth(0).click()
    expect(page.get_by_label("tombe-t-il le plus mal")).to_have_value("La relève de 21 h,\nl’hiver")
    page.context.close()


def test_without_javascript_a_blank_keeps_the_answer_above(empty_site: Site, browser: Browser, emergency: int) -> None:
    page = signed_in(browser, empty_site, "a.roy", width=320, javascript=False)
    open_her_activity(page)
    page.get_by_label("une page blanche").check()
    page.get_by_role("button", name="Commencer").click()
    onward(page)
    tick(page, "1 h", "Faible")
    tick(page, "1 j", "Grave")
    onward(page)
    page.get_by_role("link", name="Relecture").click()
    row = page.get_by_role("row", name=re.compile("^Sécurité des patients"))
    expect(page.get_by_role("link", name=re.compile("Continuité des soins.*9 durées sans réponse"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Sécurité des patients.*sans réponse"))).to_have_count(0)
    expect(row.get_by_text("Faible")).to_have_count(3)
    expect(row.get_by_text("Grave")).to_have_count(6)
    page.context.close()
