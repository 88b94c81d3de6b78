"""A CISO has a crisis pack made and takes it away; at night, with no network, its folder says whom to call."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from care.domain.access import Grant, Level, Place, Role
from care.services.accounts import AccountDraft, open_account
from care.services.crisis_contacts import ContactDraft, add_contact, open_directory
from tests.browser.conftest import PATIENCE_MS, Site
from tests.browser.test_bia_journey import signed_in
from tests.support.crisis import plant_crisis
from tests.support.pdf import squeezed, text_of
from tests.support.people import MACHINE, plant_hospitals
from tests.web.people import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def hospital(empty_site: Site) -> int:
    """A hospital with its crisis organisation; Claire Martin is its CISO."""
    here = plant_hospitals(empty_site.platform).valley
    plant_crisis(empty_site.platform, here)
    grants = (Grant(Role.CISO, Place(Level.ESTABLISHMENT, here)),)
    open_account(empty_site.platform, MACHINE, AccountDraft("c.martin", "Claire Martin", PASSWORD, grants))
    return here


def taken(page: Page, link: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=link).first.click()
    return Path(download.value.path()).read_bytes()


def test_a_pack_is_made_taken_away_and_read_with_no_network(
    empty_site: Site, browser: Browser, hospital: int, tmp_path: Path
) -> None:
    page = signed_in(browser, empty_site, "c.martin")
    page.get_by_role("link", name="Mallette de crise").click()
    page.get_by_role("button", name="En faire une maintenant").click()
    expect(page.get_by_text("À jour : rien de ce qu’elle dit n’a changé.")).to_be_visible(
        timeout=3 * PATIENCE_MS  # some forty documents are typeset
    )
    valid = page.locator("td", has_text="en cours").inner_text().splitlines()[0]

    head = open_directory(empty_site.platform, MACHINE, hospital).contacts[0].draft
    text = squeezed(text_of(taken(page, "PDF")))
    assert squeezed(f"PÉRIMÉE APRÈS LE {valid}") in text
    assert text.index("Appelerd’abord") < text.index(squeezed(head.phone)) < text.index("Lapremièreheure")

    with zipfile.ZipFile(io.BytesIO(taken(page, "Dossier (ZIP)"))) as archive:
        archive.extractall(tmp_path)
    night = browser.new_context(locale="fr-FR", viewport={"width": 320, "height": 700}, offline=True)
    read = night.new_page()
    read.goto((tmp_path / "index.html").as_uri())
    expect(read.get_by_text(f"Périmée après le {valid}")).to_be_visible()
    expect(read.get_by_role("row", name=head.function).get_by_role("link", name=head.phone)).to_have_attribute(
        "href", f"tel:{head.phone.replace(' ', '')}"
    )
    links = [link.get_attribute("href") or "" for link in read.get_by_role("link").all()]
    assert [one for one in links if not one.startswith("tel:") and not (tmp_path / one).is_file()] == []
    night.close()

    add_contact(empty_site.platform, MACHINE, hospital, ContactDraft(head.cell, "Pharmacie d’astreinte"))
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("PÉRIMÉE : ce qu’elle dit a changé"))
