"""A small exercise conducted from its start to its end on one page, in a real browser, beside a second facilitator."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from care.services.exercises.conducting import Conductor, obey
from care.services.exercises.playing import Message, answer
from care.services.exercises.seats import Arrival, Sitting, badges, sit_with_token, sitting
from care.services.platform import Platform
from exercises.decide import Play
from tests.browser.conftest import PATIENCE_MS, Site
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import MACHINE, plant_hospitals
from tests.web.people import People, plant_people

pytestmark = pytest.mark.browser
OpenBoard = Callable[..., Page]


class Room:
    """An exercise ready to start, with a player in its first cell."""

    def __init__(self, site: Site) -> None:
        self.platform: Platform = site.platform
        hospitals = plant_hospitals(site.platform)
        self.people: People = plant_people(site.platform, hospitals)
        self.id = prepared(with_one_kit(site.platform), MACHINE, hospitals.valley)
        self.url = site.url
        self.address = f"{site.url}/establishments/{hospitals.valley}/exercises/{self.id}/facilitation"
        self.conductor = Conductor(site.platform)

    def player(self) -> Sitting:
        token = badges(self.platform, MACHINE, self.id)[0].token
        found = sitting(self.platform, sit_with_token(self.platform, token, Arrival("Aline")))
        assert found is not None
        return found


@pytest.fixture
def room(empty_site: Site) -> Room:
    return Room(empty_site)


@pytest.fixture
def open_board(room: Room, browser: Browser) -> Iterator[OpenBoard]:
    contexts, faults = [], []

    def open_one(who: str = "ciso", width: int = 1280, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="fr-FR", java_script_enabled=scripts
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        context.add_cookies([{"name": "care_session", "value": room.people.token(who), "url": room.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(room.address)
        return page

    expect.set_options(timeout=PATIENCE_MS)
    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


def test_from_start_to_end(room: Room, open_board: OpenBoard) -> None:
    player, page = room.player(), open_board()
    start(page)
    room.conductor.tick()
    say_and_observe(page)
    answer_while_the_other_acts(page, room, player)
    improvise(page)
    note_pause_and_go_on(page)
    the_second_is_told_calmly(page, open_board)
    end(page)


def start(page: Page) -> None:
    """With the keyboard alone: twice Enter, and what is asked in between has the focus."""
    expect(page.get_by_text("Personne n’est encore connecté dans cette cellule : Informatique")).to_be_visible()
    page.get_by_role("link", name="Commencer l’exercice").press("Enter")
    expect(page.locator("#desk-title")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Oui, commencer (DEBEX)")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("#clock")).not_to_have_text("00:00")


def say_and_observe(page: Page) -> None:
    call = page.get_by_role("region", name="À dire maintenant")
    expect(call.get_by_text("Un message.")).to_be_visible()
    call.get_by_role("button", name="C’est dit").click()
    expect(call).to_be_hidden()
    awaited = page.get_by_role("region", name="Réactions attendues")
    expect(awaited.get_by_text("encore 09:")).to_be_visible()
    awaited.get_by_role("button", name="En partie : Appelle l’astreinte").click()
    expect(page.locator("#said")).to_contain_text("S01.a : En partie.")
    expect(page.get_by_text("Rien n’attend : écoutez les cellules.")).to_be_visible()


def answer_while_the_other_acts(page: Page, room: Room, player: Sitting) -> None:
    """What is being typed stays while the page follows what others do."""
    answer(room.platform, player, Message("Qui est de garde ?", "k1"))
    page.get_by_role("link", name="Répondre").click()
    reply = page.get_by_label("Message", exact=True)
    reply.fill("Madame Roux")
    reply.focus()
    obey(room.platform, MACHINE, room.id, Play("R1"))
    expect(page.get_by_role("button", name="C’est dit")).to_be_visible()
    expect(reply).to_have_value("Madame Roux")
    expect(reply).to_be_focused()
    page.keyboard.type(", au 4512.")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("#said")).to_contain_text("Le message est parti.")
    expect(page.get_by_role("link", name="Répondre")).to_be_hidden()
    page.get_by_role("link", name="Urgences", exact=True).click()
    expect(page.locator("#desk").get_by_text("Madame Roux, au 4512.")).to_be_visible()


def improvise(page: Page) -> None:
    page.get_by_role("link", name="Fermer").click()
    page.get_by_role("link", name="Écrire un stimulus").click()
    page.get_by_label("Par quel moyen").select_option("press")
    page.get_by_label("Qui parle").fill("Radio Val")
    page.get_by_label("Titre").fill("Un appel en direct")
    page.get_by_label("Texte").fill("Confirmez-vous la panne ?")
    page.get_by_role("button", name="Créer ce stimulus").click()
    expect(page.locator("#desk").get_by_text("Choisissez au moins une cellule.")).to_be_visible()
    expect(page.get_by_label("Texte")).to_have_value("Confirmez-vous la panne ?")
    page.locator("#desk").get_by_label("Urgences").check()
    page.get_by_role("button", name="Créer ce stimulus").click()
    expect(page.get_by_role("heading", name="I01 Un appel en direct")).to_be_visible()
    expect(page.locator("#desk").get_by_text("Joué", exact=True)).to_be_visible()


def note_pause_and_go_on(page: Page) -> None:
    page.get_by_role("link", name="Fermer").click()
    page.get_by_role("link", name="Noter pour le débriefing").click()
    page.get_by_label("Ce que vous remarquez").fill("La salle est calme.")
    page.get_by_role("button", name="Noter", exact=True).click()
    expect(page.locator("#cells").get_by_text("La salle est calme.")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#facilitation.still")).to_be_attached()
    expect(page.get_by_role("button", name="Reprendre")).to_be_focused()
    page.get_by_role("button", name="Reprendre").click()
    page.get_by_role("link", name="Décaler").click()
    page.get_by_role("button", name="+5").click()
    expect(page.locator("#row-S02 time")).to_have_text("15:00")


def the_second_is_told_calmly(page: Page, open_board: OpenBoard) -> None:
    """Who looked at the page of a minute ago, without scripts, learns who was quicker."""
    other = open_board("administrator", width=320, scripts=False)
    other.locator("#open-stimulus-S02").click()
    page.locator("#open-stimulus-S02").click()
    page.locator("#desk").get_by_role("button", name="Jouer maintenant").click()
    expect(page.locator("#desk").get_by_text("Joué", exact=True)).to_be_visible()
    other.locator("#desk").get_by_role("button", name="Jouer maintenant").click()
    expect(other.get_by_text("Le stimulus S02 a déjà été joué par ciso.")).to_be_visible()


def end(page: Page) -> None:
    page.get_by_role("link", name="Finir").click()
    desk = page.locator("#desk")
    expect(desk.get_by_text("3 stimuli n’ont pas été joués :")).to_be_visible()
    desk.get_by_role("button", name="Oui, terminer (FINEX)").click()
    expect(page.get_by_role("heading", name="L’exercice est terminé")).to_be_visible()
    expect(page.locator("#facilitation.still")).to_be_attached()
