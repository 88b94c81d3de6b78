"""Journeys: choosing what one is told, following a deadline, deciding about a message that may have left."""

from __future__ import annotations

from pathlib import Path

import pytest

from care.domain.mail import MailState
from care.services import outbox
from tests.browser.conftest import Open, Site
from tests.support.people import MACHINE
from tests.web.seeds import plant_mail

pytestmark = pytest.mark.browser


def test_choosing_quiet_hours_and_a_weekly_digest(open_page: Open, site: Site) -> None:
    page = open_page("director")
    page.goto(f"{site.url}/account")
    page.get_by_label("Un résumé par semaine").check()
    page.get_by_label("Jour, si hebdomadaire").select_option("jeudi")
    page.get_by_label("Silence à partir de").fill("18:30")
    page.get_by_label("Fuseau horaire").select_option("La Réunion")
    page.get_by_role("button", name="Enregistrer mes choix").click()
    assert page.get_by_role("status").inner_text() == "Choix des messages enregistré."
    assert page.get_by_label("Silence à partir de").input_value() == "18:30"
    assert page.get_by_label("Un résumé par semaine").is_checked()


def test_a_deadline_leads_to_its_page_and_to_a_calendar(open_page: Open, site: Site, tmp_path: Path) -> None:
    page = open_page("ciso")
    page.goto(f"{site.valley}/deadlines")
    with page.expect_download() as download:
        page.get_by_role("link", name="Agenda (.ics)").click()
    saved = tmp_path / "echeances.ics"
    download.value.save_as(saved)
    assert saved.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    page.goto(f"{site.valley}/deadlines?kind=mandate")  # among fifty others, it may be on the next page
    page.get_by_role("link", name="Fin du mandat").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Mandats"


def test_a_message_that_may_have_left_is_closed_by_choice(open_page: Open, site: Site) -> None:
    assert site.hospitals is not None
    number = plant_mail(site.platform, site.hospitals.valley)
    page = open_page("administrator", width=320)
    page.goto(f"{site.url}/outbox?state=uncertain")
    page.locator(f'a[href="/outbox/{number}"]').click()
    assert "peut le recevoir deux fois" in page.inner_text("main")
    page.get_by_role("button", name="Classer sans renvoyer").click()
    assert page.get_by_role("status").inner_text() == "Message classé : il ne sera pas renvoyé."
    assert outbox.open_mail(site.platform, MACHINE, number).state is MailState.DROPPED
