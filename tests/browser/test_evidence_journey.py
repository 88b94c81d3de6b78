"""The life of a piece of evidence, in a real browser: filed, tied, replaced, expiring, sealed, verified elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, Site
from tests.browser.test_journeys import add_establishment, first_run

pytestmark = pytest.mark.browser
TODAY = datetime.now(ZoneInfo("Europe/Paris")).date()
FIRST, SECOND = b"%PDF-1.7 contrat de 2025", b"%PDF-1.7 contrat de 2026"
TITLE = "Contrat d’astreinte"


def test_from_a_file_to_a_sealed_book_that_tells_of_one_byte(
    empty_site: Site, browser: Browser, tmp_path: Path
) -> None:
    """File, effective period, tie to an action, newer version, expiring, sealed book, one byte broken."""
    context = browser.new_context(locale="fr-FR")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    first_run(page, empty_site)
    add_establishment(page)
    create_an_action(page)
    file_for_the_action(page, written(tmp_path / "contrat-2025.pdf", FIRST))
    replace(page, written(tmp_path / "contrat-2026.pdf", SECOND))
    see_it_expire(page)
    book, script, fingerprint = seal(page, tmp_path)
    context.close()
    verify_elsewhere(book, script, fingerprint, tmp_path)


def written(place: Path, content: bytes) -> Path:
    place.write_bytes(content)
    return place


def in_days(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def create_an_action(page: Page) -> None:
    page.get_by_role("link", name="Actions", exact=True).click()
    page.get_by_role("link", name="Créer une action").click()
    page.get_by_label("Intitulé").fill("Tenir une astreinte")
    page.get_by_label("Gravité").select_option("high")
    page.get_by_role("button", name="Créer l’action").click()
    expect(page.get_by_text("Action créée.")).to_be_visible()


def file_for_the_action(page: Page, file: Path) -> None:
    page.get_by_role("link", name="Joindre une preuve").click()
    page.get_by_role("link", name="Déposer une nouvelle preuve").click()
    expect(page.get_by_text("Cette preuve sera jointe à")).to_be_visible()
    with (file.parent / "film.pdf").open("wb") as large:
        large.truncate(2 << 30)  # two gigabytes, none of them on the disk nor on the wire
    page.get_by_label("Fichier").set_input_files(file.parent / "film.pdf")
    expect(page.get_by_text("Ce fichier dépasse la limite")).to_be_visible()
    expect(page.get_by_role("button", name="Déposer la preuve")).to_be_disabled()
    page.get_by_label("Fichier").set_input_files(file)
    page.get_by_label("Type").select_option(label="Contrat")
    page.get_by_label("Titre").fill(TITLE)
    page.get_by_label("Vaut à partir du").fill(in_days(-300))
    page.get_by_label("Vaut jusqu’au").fill(in_days(-301))
    page.get_by_role("button", name="Déposer la preuve").click()
    expect(page.get_by_text("La fin précède le début.").first).to_be_visible()
    expect(page.get_by_text("Fichier déjà reçu : contrat-2025.pdf")).to_be_visible()  # nothing is to be chosen again
    page.get_by_label("Vaut jusqu’au").fill(in_days(60))
    page.get_by_role("button", name="Déposer la preuve").click()
    expect(page.get_by_role("heading", level=1, name="Tenir une astreinte")).to_be_visible()
    page.get_by_role("link", name=TITLE).click()
    expect(page.get_by_text("En vigueur", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Tenir une astreinte")).to_be_visible()


def replace(page: Page, file: Path) -> None:
    page.get_by_role("link", name="Nouvelle version").click()
    expect(page.get_by_label("Titre")).to_have_value(TITLE)
    page.get_by_label("Fichier").set_input_files(file)
    page.get_by_label("Vaut jusqu’au").fill(in_days(10))
    page.get_by_role("button", name="Enregistrer la version").click()
    expect(page.get_by_text("Nouvelle version enregistrée.")).to_be_visible()
    expect(page.get_by_role("link", name="Tenir une astreinte")).to_be_visible()  # the tie has followed
    page.get_by_role("link", name="contrat-2025.pdf").click()
    expect(page.get_by_text("Une version plus récente remplace celle-ci.")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Télécharger").click()
    assert taken.value.path().read_bytes() == FIRST


def see_it_expire(page: Page) -> None:
    page.get_by_role("link", name="Preuves", exact=True).first.click()
    page.get_by_role("link", name="Bientôt à échéance").click()
    expect(page.get_by_role("link", name=TITLE)).to_have_count(1)
    page.get_by_role("link", name="Échéances", exact=True).click()
    expect(page.get_by_role("link", name=TITLE)).to_be_visible()


def seal(page: Page, folder: Path) -> tuple[Path, Path, str]:
    """The book, the script and the fingerprint, as a visitor gets them."""
    page.get_by_role("link", name="Preuves", exact=True).first.click()
    page.get_by_role("link", name="Dossiers scellés").click()
    page.get_by_label("Contrat").check()
    page.get_by_label("Avec les versions remplacées").check()
    page.get_by_role("button", name="Voir ce que le dossier contiendra").click()
    expect(page.get_by_text("2 pièces")).to_be_visible()
    page.get_by_role("button", name="Sceller ce dossier").click()
    expect(page.get_by_text("Le dossier scellé se prépare")).to_be_visible()
    fingerprint = page.locator("dd.mono").inner_text()
    book, script = folder / "dossier.zip", folder / "verifier.py"
    with page.expect_download() as taken:
        page.locator("#books a").first.click()  # the list refreshes itself
    taken.value.save_as(book)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Télécharger verifier.py").click()
    taken.value.save_as(script)
    return book, script, fingerprint


def verify_elsewhere(book: Path, script: Path, fingerprint: str, folder: Path) -> None:
    """The script alone, in a Python without any package: intact, then one byte of a piece, of the index, of the end."""
    said = verdict(script, book, fingerprint)
    assert (said.returncode, "DOSSIER INTACT" in said.stdout) == (0, True), said.stdout
    with zipfile.ZipFile(book) as archive:
        pieces = json.loads(archive.read("manifest.json"))["pieces"]
        held = [archive.read(piece["path"]) for piece in pieces]
    assert held == [FIRST, SECOND]
    assert [piece["effective_to"] for piece in pieces] == [in_days(60), in_days(10)]
    assert ["Tenir une astreinte" in tie["fr"] for piece in pieces for tie in piece["ties"]] == [True, True]
    content = book.read_bytes()
    for place in (content.index(SECOND), content.index(b"<!doctype html>") + 40, len(content) - 1):
        broken = folder / "un-octet.zip"
        broken.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        said = verdict(script, broken, fingerprint)
        assert (said.returncode, "DOSSIER ALTÉRÉ" in said.stdout) == (1, True), (place, said.stdout)


def verdict(script: Path, book: Path, fingerprint: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(script), str(book), "--empreinte", fingerprint]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
