"""A certification visit in a real browser, from the invitation to the hour when it closes by itself.

The clock of the server is moved; nobody waits.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from sqlalchemy import select

from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.services.evidence import Details, Upload, add_evidence
from care.services.platform import Platform
from care.services.visits.closing import close_due
from care.store.outbox import Mail
from tests.browser.conftest import PATIENCE_MS, Site, running
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, plant_hospitals
from tests.web.people import plant_people
from tests.web.visits import pdf

pytestmark = pytest.mark.browser
CLOCK = FixedClock(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
MARK = "Consulté par Inès Marchand (HAS) le 09/03/2026 à"


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Site]:
    """A hospital with one piece that proves a theme of certification, and one that proves something else."""
    CLOCK.time = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    with running(tmp_path, _plant, clock=CLOCK) as site:
        yield site


def _plant(platform: Platform) -> dict[str, object]:
    hospitals = plant_hospitals(platform)
    people = plant_people(platform, hospitals)
    for title, ref in (("Politique de sécurité", "has:gouvernance_ssi"), ("Analyse interne", "pgssi-s:1.1.1.1")):
        upload = Upload(f"{title}.pdf", io.BytesIO(pdf(title)))
        tied = (ThingRef(ThingKind.REQUIREMENT, ref),)
        add_evidence(platform, MACHINE, hospitals.valley, Details(EvidenceKind.POLICY, title), upload, tied)
    return {"hospitals": hospitals, "people": people}


def test_a_visit_from_its_invitation_to_the_hour_that_closes_it(hospital: Site, browser: Browser) -> None:
    ciso, visitor = page_of(browser, hospital, "ciso"), page_of(browser, hospital)
    plan(ciso, hospital)
    link = invite(ciso)
    visitor.goto(link.replace("http://127.0.0.1:8000", hospital.url))
    expect(visitor.get_by_text("La visite n’est pas encore ouverte")).to_be_visible()
    expect(visitor.get_by_role("button", name="Entrer")).to_have_count(0)
    CLOCK.time = datetime(2026, 3, 9, 9, 30, tzinfo=UTC)  # the visit opened an hour and a half ago
    visitor.reload()
    visitor.get_by_role("button", name="Entrer").click()
    read(visitor)
    look_elsewhere(visitor, hospital)
    follow(ciso, hospital)
    close_by_itself(visitor, hospital)
    read_the_record(ciso, hospital)


def page_of(browser: Browser, site: Site, who: str = "") -> Page:
    context = browser.new_context(locale="fr-FR")
    context.set_default_timeout(PATIENCE_MS)
    if who:
        context.add_cookies([site.cookie(who)])  # type: ignore[list-item]
    return context.new_page()


def plan(page: Page, site: Site) -> None:
    page.goto(f"{site.valley}/visits")
    page.get_by_role("link", name="Planifier une visite").click()
    page.get_by_label("Intitulé").fill("Certification HAS 2026")
    page.get_by_label("S’ouvre le").fill("2026-03-09T09:00")
    page.get_by_label("Se ferme le").fill("2026-05-20T18:00")
    page.get_by_role("button", name="Planifier la visite").click()
    expect(page.get_by_text("Une visite reste ouverte 6 semaines au plus")).to_be_visible()
    page.get_by_label("Se ferme le").fill("2026-03-11T18:00")
    page.get_by_role("button", name="Planifier la visite").click()
    expect(page.get_by_text("Visite planifiée.")).to_be_visible()
    expect(page.get_by_text("s’ouvre dans")).to_be_visible()


def invite(page: Page) -> str:
    page.get_by_label("Nom", exact=True).fill("Inès Marchand")
    page.get_by_label("Organisme").fill("HAS")
    page.get_by_role("button", name="Inviter").click()
    expect(page.get_by_text("Ce lien ne s’affichera plus")).to_be_visible()
    expect(page.get_by_role("img", name="QR du lien de Inès Marchand")).to_be_visible()
    link = page.locator("[data-link]").inner_text()
    page.get_by_role("link", name="Revenir à la visite").click()
    expect(page.get_by_text("jamais entré")).to_be_visible()
    assert link not in page.content()
    return link


def read(page: Page) -> None:
    """The theme, its piece, the file; the name of the reader on the screen, on paper and in the file."""
    expect(page.get_by_role("heading", level=1, name="Certification HAS 2026")).to_be_visible()
    expect(page.get_by_role("note")).to_contain_text(MARK)
    page.get_by_role("link", name="HAS – thèmes numériques de la certification").click()
    page.get_by_role("link", name="Gouvernance de la sécurité").click()
    expect(page.get_by_text("En cours")).to_be_visible()
    page.get_by_role("link", name="Politique de sécurité").click()
    printed = PdfReader(io.BytesIO(page.pdf(format="A4")))
    for sheet in printed.pages:
        assert "Inès Marchand" in sheet.extract_text()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Télécharger, à votre nom").click()
    marked = PdfReader(taken.value.path()).pages[0].extract_text()
    assert "Politique de sécurité" in marked
    assert MARK in marked


def look_elsewhere(page: Page, site: Site) -> None:
    """What is not part of the visit is answered as what does not exist; nothing of the platform opens."""
    answers = []
    for path in ("/visite/evidence/2", "/visite/evidence/98765", "/visite/frameworks/pgssi-s"):
        answer = page.goto(f"{site.url}{path}")
        assert answer is not None
        answers.append((answer.status, page.locator("main").inner_text()))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 404
    for path in ("", "/evidence", "/visits"):
        page.goto(f"{site.valley}{path}")
        assert "/sign-in" in page.url
    page.goto(f"{site.url}/visite/evidence")
    expect(page.get_by_role("link", name="Politique de sécurité")).to_be_visible()
    expect(page.get_by_text("Analyse interne")).to_have_count(0)


def follow(page: Page, site: Site) -> None:
    """The establishment sees who is in, and until when; its preview is what the visitor sees."""
    page.context.add_cookies([site.cookie("ciso")])  # type: ignore[list-item]
    page.goto(f"{site.valley}/visits")
    page.get_by_role("link", name="Certification HAS 2026").click()
    expect(page.get_by_text("Ouverte", exact=True).first).to_be_visible()
    expect(page.get_by_text("3 demandes refusées")).to_be_visible()
    page.get_by_role("link", name="Voir comme le visiteur").click()
    expect(page.get_by_text("Rien n’est noté.")).to_be_visible()
    page.get_by_role("link", name="Revenir à la visite").click()


def close_by_itself(page: Page, site: Site) -> None:
    """At the hour said, with no job run, what is open on the screen leads nowhere; then the job says it once."""
    CLOCK.time = datetime(2026, 3, 11, 16, 59, 59, tzinfo=UTC)
    page.goto(f"{site.url}/visite")
    expect(page.get_by_role("heading", level=1, name="Certification HAS 2026")).to_be_visible()
    CLOCK.time += timedelta(seconds=1)
    page.get_by_role("link", name="Les pièces").click()
    expect(page.get_by_role("heading", level=1, name="Accès fermé")).to_be_visible()
    expect(page.get_by_text("La visite est terminée")).to_be_visible()
    expect(page.get_by_text("Politique de sécurité")).to_have_count(0)
    close_due(site.platform)  # unless the worker of the site was quicker
    assert close_due(site.platform) == 0


def read_the_record(page: Page, site: Site) -> None:
    page.context.clear_cookies()
    page.context.add_cookies([site.cookie("ciso")])  # type: ignore[list-item]
    page.goto(f"{site.valley}/visits")
    page.get_by_role("link", name="Certification HAS 2026").click()
    expect(page.get_by_text("Terminée", exact=True)).to_be_visible()
    expect(page.get_by_text("Fin de la visite")).to_be_visible()
    expect(page.get_by_role("link", name="Modifier")).to_have_count(0)
    page.goto(f"{page.url}/edit")
    page.get_by_label("Se ferme le").fill("2026-03-20T18:00")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("une visite terminée ne se prolonge pas")).to_be_visible()
    page.go_back()
    page.go_back()
    page.get_by_role("link", name="Ce qui a été consulté").click()
    people = page.get_by_role("region", name="Par objet")
    expect(people.get_by_role("row").filter(has_text="Fichier d’une pièce")).to_contain_text("Politique de sécurité")
    every = page.get_by_role("region", name="Page par page")
    expect(every.get_by_text("Après la fermeture").first).to_be_visible()
    expect(every.get_by_text("evidence:98765")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="PDF").click()
    said = "".join(one.extract_text() for one in PdfReader(taken.value.path()).pages)
    assert "Inès Marchand" in said
    assert "Politique de sécurité" in said
    with site.platform.database.read() as session:
        assert session.scalars(select(Mail)).all() == []  # there is no relay: nothing is kept to leave later
