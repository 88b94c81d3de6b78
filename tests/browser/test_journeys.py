"""What people come to do, from the first click to the last, in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, Open, Site
from tests.support.machine import eventually
from tests.support.people import valid_finess
from tests.web.seeds import HEALTHY, SpecimenCollect

pytestmark = pytest.mark.browser
PLAN = """version: 1
establishment: Hôpital du Plateau
repositories:
  - {name: dpi-restic, tool: restic, location: /mnt/sauvegardes/dpi}
systems: []
"""
SOON = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()


def test_from_the_first_run_to_a_decision(empty_site: Site, browser: Browser) -> None:
    context = browser.new_context(locale="fr-FR")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    first_run(page, empty_site)
    add_establishment(page)
    add_backup_target(page)
    run_and_watch(page)
    accept_a_risk(page)
    context.close()


def first_run(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.get_by_label("Votre nom").fill("Claire Martin")
    page.get_by_label("Identifiant").fill("c.martin")
    page.get_by_label("Mot de passe").fill("quatre canards au bord du lac")
    page.get_by_role("button", name="Créer le compte et commencer").click()
    expect(page.get_by_role("heading", name="Bienvenue dans CaRE")).to_be_visible()


def add_establishment(page: Page) -> None:
    page.get_by_role("link", name="Ajouter un établissement").click()
    page.get_by_label("Numéro FINESS de l’établissement (ET)").fill(valid_finess("01000009"))
    page.get_by_label("Nom de l’établissement").fill("Hôpital du Plateau")
    page.get_by_label("Numéro FINESS de l’entité juridique (EJ)").fill(valid_finess("01000008"))
    page.get_by_label("Nom de l’entité juridique").fill("CH du Plateau")
    page.get_by_label("Région").select_option(label="Auvergne-Rhône-Alpes")
    page.get_by_role("button", name="Ajouter l’établissement").click()
    expect(page.get_by_role("heading", level=1, name="Hôpital du Plateau")).to_be_visible()


def add_backup_target(page: Page) -> None:
    page.get_by_role("link", name="Ajoutez une première cible").click()
    page.get_by_role("link", name="Ajouter : Sauvegardes").click()
    page.get_by_label("Nom de la cible").fill("Plan 2026")
    page.get_by_label("Plan de sauvegarde").fill(PLAN)
    page.get_by_role("button", name="Ajouter la cible").click()
    page.get_by_label("Mot de passe du dépôt dpi-restic").fill("mot de passe du depot")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("link", name="Plan 2026")).to_be_visible()


def run_and_watch(page: Page) -> None:
    page.get_by_role("link", name="Lancer un audit").click()
    page.get_by_role("button", name="Lancer maintenant").click()
    expect(page.get_by_role("heading", name="Résultat des règles")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("règles non conformes")).to_be_visible()


def accept_a_risk(page: Page) -> None:
    page.get_by_role("link", name="Constats", exact=True).click()
    page.get_by_role("row").nth(1).get_by_role("link").click()  # a rule
    expect(page.get_by_text("Limité à la règle")).to_be_visible()
    page.get_by_role("row").nth(1).get_by_role("link").click()  # one of its findings
    page.get_by_text("Accepter le risque, signé et pour un temps").click()
    form = page.locator("details[open] form")
    form.get_by_label("Pourquoi le risque est accepté").fill("Remplacement prévu au prochain marché.")
    form.get_by_label("Signataire").fill("Jeanne Roux, directrice")
    form.get_by_label("Accepté jusqu’au").fill(SOON)
    form.get_by_role("button", name="Enregistrer la décision").click()
    expect(page.get_by_text("Décision enregistrée.")).to_be_visible()
    expect(page.get_by_text("Signé par Jeanne Roux, directrice")).to_be_visible()


def test_from_a_run_to_a_closed_action(empty_site: Site, browser: Browser, tmp_path: Path) -> None:
    """Run, finding, action, evidence, re-test that still sees it, re-test that does not, closed."""
    context = browser.new_context(locale="fr-FR")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    first_run(page, empty_site)
    add_establishment(page)
    add_backup_target(page)
    run_and_watch(page)
    create_an_action(page)
    collect = empty_site.platform.collect
    assert isinstance(collect, SpecimenCollect)
    collect.before = timedelta(0)  # a look of three minutes would have begun before the evidence
    paper = tmp_path / "restauration.txt"
    paper.write_text("Restauration d'essai conforme.", encoding="utf-8")
    prove(page, paper)
    expect_after_reloads(page, "L’audit de vérification ne confirme pas")
    collect.facts["backup"] = HEALTHY["backup"]
    page.get_by_role("link", name="Clôturer avec une preuve").click()
    expect(page.get_by_text("Preuves déjà données")).to_be_visible()
    page.get_by_role("button", name="Enregistrer la preuve et faire vérifier").press("Enter")
    expect(page.get_by_text("Preuve enregistrée. Un nouvel audit est demandé")).to_be_visible()  # before any reload
    expect_after_reloads(page, "Vérifiée par un audit")
    expect(page.get_by_text("Close", exact=True).first).to_be_visible()
    page.get_by_role("link", name="Constats", exact=True).click()
    page.get_by_label("État").select_option(label="Corrigé")
    expect(page.locator("#found tbody tr").first).to_be_visible()
    context.close()


def create_an_action(page: Page) -> None:
    page.get_by_role("link", name="Constats", exact=True).click()
    page.get_by_role("row").nth(1).get_by_role("link").click()  # a rule
    page.get_by_role("row").nth(1).get_by_role("link").click()  # one of its findings
    page.get_by_role("link", name="Créer une action").press("Enter")
    expect(page.get_by_role("heading", name="Créer une action")).to_be_visible()
    page.get_by_label("Intitulé").fill("Essayer une restauration")
    page.get_by_label("Importance pour les soins").select_option("vital")
    page.get_by_label("Intitulé").press("Enter")  # the keyboard alone sends the form
    expect(page.get_by_text("Action créée.")).to_be_visible()
    expect(page.get_by_text("vital pour les soins")).to_be_visible()
    page.get_by_role("button", name="Commencer").press("Enter")
    expect(page.get_by_text("Passée de « à faire » à « en cours »")).to_be_visible()


def prove(page: Page, paper: Path) -> None:
    page.get_by_role("link", name="Clôturer avec une preuve").press("Enter")
    page.get_by_role("button", name="Enregistrer la preuve et faire vérifier").click()
    expect(page.get_by_text("rien ne se clôt sans preuve")).to_be_visible()
    page.get_by_label("Fichier").set_input_files(paper)
    page.get_by_label("Ce qui a été fait").fill("Restauration d’essai sur un serveur isolé.")
    page.get_by_role("button", name="Enregistrer la preuve et faire vérifier").click()
    expect(page.get_by_text("Preuve enregistrée. Un nouvel audit est demandé")).to_be_visible()


def expect_after_reloads(page: Page, words: str) -> None:
    """The worker needs a moment: look again until the page says it, or the patience ends."""
    found = page.get_by_text(words)

    def looked() -> bool:
        page.reload()
        return found.count() > 0

    eventually(looked, words)


def test_the_list_of_findings_follows_its_filters_without_reloading(open_page: Open, site: Site) -> None:
    page = open_page("ciso")
    page.goto(f"{site.valley}/findings")
    page.evaluate("window.stayed = true")
    page.get_by_label("Gravité", exact=True).select_option("critical")
    expect(page).to_have_url(re.compile("severity=critical"))
    expect(page.locator("#found tbody .tone-medium")).to_have_count(0)
    assert page.evaluate("window.stayed")


def test_signing_in_and_out_with_the_keyboard_alone(open_page: Open, site: Site) -> None:
    page = open_page()
    page.goto(site.url)
    expect(page.get_by_label("Identifiant")).to_be_focused()
    page.keyboard.type("ciso")
    page.keyboard.press("Tab")
    page.keyboard.type("une phrase de passe solide")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Hôpital de la Vallée")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Lancer un audit")).to_be_focused()
    page.locator("details.menu > summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_hidden()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Se déconnecter").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Connexion à CaRE")).to_be_visible()


def test_the_menu_opens_on_a_phone(open_page: Open, site: Site) -> None:
    page = open_page("ciso", width=320)
    page.goto(site.valley)
    expect(page.get_by_role("link", name="Constats", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Constats", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Constats")).to_be_visible()


def test_without_javascript_everything_still_works(open_page: Open, site: Site) -> None:
    page = open_page("director", java_script_enabled=False)
    page.goto(site.valley)
    page.get_by_role("link", name="Constats", exact=True).click()
    page.get_by_label("Gravité", exact=True).select_option("critical")
    page.get_by_role("button", name="Filtrer").click()
    expect(page).to_have_url(re.compile("severity=critical"))
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_text("Limité à la règle")).to_be_visible()
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Que faire")).to_be_visible()


def test_the_page_speaks_english_when_asked(open_page: Open, site: Site) -> None:
    page = open_page()
    page.goto(f"{site.url}/sign-in")
    page.locator("details.menu > summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Sign in to CaRE")).to_be_visible()
