"""A tired person answers at the keyboard, prints what is left, and types the paper in by its code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from care.domain.programme import AnswerVerdict
from care.services.platform import Platform
from tests.browser.conftest import Site, running
from tests.browser.test_visit_journey import page_of
from tests.support.people import MACHINE, plant_hospitals
from tests.support.questions import line_of
from tests.web.people import plant_people

pytestmark = pytest.mark.browser


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Site]:
    """A hospital that answered nothing yet."""
    with running(tmp_path, _plant) as site:
        yield site


def _plant(platform: Platform) -> dict[str, object]:
    hospitals = plant_hospitals(platform)
    return {"hospitals": hospitals, "people": plant_people(platform, hospitals)}


def said(site: Site, item: str) -> tuple[object, object]:
    assert site.hospitals is not None
    answer = line_of(site.platform, MACHINE, site.hospitals.valley, item).answer
    return (answer.verdict, answer.value) if answer else (None, None)


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def test_a_section_is_answered_without_leaving_the_keyboard(hospital: Site, browser: Browser) -> None:
    page = page_of(browser, hospital, "ciso")
    page.goto(f"{hospital.valley}/questions/det_logs")
    keys(page, "a", "c", "Enter")  # DET-01: servers and firewalls, then on
    keys(page, "1", "3")  # DET-02 yes, DET-03 no
    keys(page, "Enter", "1")  # DET-04 left out, DET-05 yes
    page.keyboard.type("400")  # DET-06: the keys of a number are its digits
    keys(page, "Enter")
    expect(page.get_by_role("button", name="Enregistrer et continuer")).to_be_focused()
    keys(page, "Enter")
    expect(page.get_by_role("heading", name="Surveillance et réaction")).to_be_visible()
    expect(page.get_by_text("5 réponses enregistrées.")).to_be_visible()
    assert said(hospital, "DET-01") == (AnswerVerdict.PARTLY, ("servers", "firewalls"))
    assert [said(hospital, f"DET-0{number}")[0] for number in (2, 3, 4, 5)] == [
        AnswerVerdict.YES, AnswerVerdict.NO, None, AnswerVerdict.YES,
    ]  # fmt: skip
    assert said(hospital, "DET-06") == (AnswerVerdict.YES, 400)


def test_a_sheet_is_printed_then_typed_in_by_its_code(hospital: Site, browser: Browser) -> None:
    page = page_of(browser, hospital, "ciso")
    page.goto(f"{hospital.valley}/questions")
    for box in page.get_by_role("group", name="Parties à imprimer").get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_label("Chemins d’accès").check()
    page.get_by_role("button", name="Préparer la feuille").click()
    with page.expect_download() as file:
        page.get_by_role("link", name="Imprimer la feuille (PDF)").click()
    code = file.value.suggested_filename.removeprefix("questions-").removesuffix(".pdf")
    page.goto(f"{hospital.valley}/questions")
    page.get_by_label("Code en haut de la feuille").fill(f"{code[:3].lower()} {code[3:].lower()}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Formulaire {code}")).to_be_visible()
    page.get_by_label("Rempli par").fill("Paul Brun")
    page.get_by_role("radio", name="Oui").first.focus()
    keys(page, "1", "4", "3")  # TLM-07 yes, TLM-08 no such access, TLM-13 no
    page.get_by_role("button", name="Enregistrer la feuille").click()
    expect(page.get_by_text("3 réponses enregistrées.")).to_be_visible()
    assert [said(hospital, item)[0] for item in ("TLM-07", "TLM-08", "TLM-13", "TLM-14")] == [
        AnswerVerdict.YES, AnswerVerdict.NOT_APPLICABLE, AnswerVerdict.NO, None,
    ]  # fmt: skip
