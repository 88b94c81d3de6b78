"""An observer whose network goes away: what is ticked meanwhile is recorded once and dated, whatever happens."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, make_server

from care.domain.exercises import Seat
from care.services.exercises.conducting import obey
from care.services.exercises.seats import badges, leave, people, put_out
from care.services.platform import Platform
from care.store.exercises import ExerciseEvent, ExerciseMark, ExerciseMessage
from care.web import create_app
from exercises.decide import Play, Start
from tests.browser.conftest import ARGUMENTS, CHROMIUM, PATIENCE_MS, Site
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import MACHINE, plant_hospitals
from tests.web.seats import seat_of

pytestmark = pytest.mark.browser


@dataclass
class Room:
    """An exercise begun two hours ago, on a server of its own that may stop and come back at the same address."""

    platform: Platform
    exercise: int
    server: BaseWSGIServer | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        app = create_app(self.platform, self.platform.settings)
        self.server = make_server("127.0.0.1", self.port, app, threaded=True)
        self.server.daemon_threads = True  # type: ignore[attr-defined]
        self.port = self.server.port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def observed(self) -> list[dict[str, Any]]:
        """The observations, as stored."""
        with self.platform.database.read() as session:
            rows = session.scalars(select(ExerciseEvent).order_by(ExerciseEvent.number))
            return [row.content | {"by": row.by} for row in rows if row.content["what"] == "observed"]

    def marks(self) -> list[tuple[str, str, int, str]]:
        with self.platform.database.read() as session:
            rows = session.scalars(select(ExerciseMark))
            return [(row.criterion, row.cell, row.mark, row.note) for row in rows]

    def said(self) -> list[str]:
        with self.platform.database.read() as session:
            return list(session.scalars(select(ExerciseMessage.body).order_by(ExerciseMessage.id)))


@pytest.fixture
def room(empty_site: Site) -> Iterator[Room]:
    platform = empty_site.platform
    valley = plant_hospitals(platform).valley
    exercise = prepared(with_one_kit(platform), MACHINE, valley)
    before = replace(platform, clock=FixedClock(platform.clock.now() - timedelta(hours=2)))
    for command in (Start(), Play("S01")):
        obey(before, MACHINE, exercise, command)
    made = Room(platform, exercise)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="fr-FR", viewport={"width": 360, "height": 780})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def sit(phone: BrowserContext, room: Room, where: str = Seat.OBSERVER, name: str = "Marc Petit") -> str:
    token = seat_of(room.platform, room.exercise, where, name)
    phone.add_cookies([{"name": "care_seat", "value": token, "url": room.url}])
    return token


def observer(phone: BrowserContext, room: Room) -> Page:
    page = phone.new_page()
    page.goto(f"{room.url}/play/observe/")
    expect(page.get_by_role("heading", name="S01 Titre S01")).to_be_visible()
    return page


def tick(page: Page, reaction: str, verdict: str) -> None:
    page.locator(f"form[data-id='{reaction}']").get_by_role("button", name=verdict).click()


def all_sent(page: Page) -> None:
    expect(page.get_by_text("Tout est envoyé")).to_be_visible()


def test_an_hour_without_a_network_is_recorded_once_and_dated(room: Room, phone: BrowserContext) -> None:
    sit(phone, room)
    page = phone.new_page()
    page.clock.install()
    page.goto(f"{room.url}/play/observe/")
    phone.set_offline(True)
    tick(page, "S01.a", "Vu")
    page.get_by_text("Ce qui n’a pas encore été joué").click()
    tick(page, "S05.a", "En partie")  # played meanwhile: nobody could tell this phone
    page.locator("form[data-id='calm.ward']").get_by_text("Ajouter une note").click()
    page.locator("form[data-id='calm.ward']").get_by_label("Note").fill("Très calme.")
    page.locator("form[data-id='calm.ward']").get_by_role("button", name="3").click()
    expect(page.get_by_text("3 notes attendent le réseau")).to_be_visible()
    expect(page.get_by_text("Pas de réseau. Continuez")).to_be_visible()
    page.clock.fast_forward("01:00:00")
    assert room.observed() == []
    phone.set_offline(False)
    all_sent(page)
    seen = {one["reaction"]: one for one in room.observed()}
    assert {key: one["verdict"] for key, one in seen.items()} == {"S01.a": "seen", "S05.a": "partial"}
    assert len(room.observed()) == 2
    assert seen["S01.a"]["by"] == "Marc Petit (badge)"
    assert room.marks() == [("calm", "ward", 3, "Très calme.")]
    ago = room.platform.clock.now() - when(seen["S01.a"])
    assert timedelta(minutes=59) < ago < timedelta(minutes=65)


def when(observed: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(observed["seen_at"])


def test_two_tabs_send_one_observation(room: Room, phone: BrowserContext) -> None:
    sit(phone, room)
    one, two = observer(phone, room), observer(phone, room)
    phone.set_offline(True)
    tick(one, "S01.a", "Manqué")
    pressed = two.locator("form[data-id='S01.a'] button[aria-pressed=true]")
    expect(pressed).to_have_text("Manqué")  # the other tab knows it at once
    phone.set_offline(False)
    all_sent(one)
    all_sent(two)
    assert [one["verdict"] for one in room.observed()] == ["missed"]


def test_the_server_stops_and_comes_back_as_new(room: Room, phone: BrowserContext) -> None:
    sit(phone, room)
    page = observer(phone, room)
    room.stop()
    tick(page, "S01.a", "Vu")
    expect(page.get_by_text("1 note attend le réseau")).to_be_visible()
    room.start()
    all_sent(page)
    assert [one["verdict"] for one in room.observed()] == ["seen"]


def test_the_page_opens_again_without_a_server_where_the_link_is_secure(room: Room, phone: BrowserContext) -> None:
    sit(phone, room)
    page = observer(phone, room)
    page.wait_for_function("async () => Boolean(await (await caches.open('care-observer')).match(location.pathname))")
    expect(page.get_by_text("Liaison non chiffrée")).to_be_hidden()
    room.stop()
    page.reload()
    tick(page, "S01.a", "En partie")
    expect(page.get_by_text("1 note attend le réseau")).to_be_visible()
    page.reload()  # the battery died: the queue did not
    expect(page.get_by_text("1 note attend le réseau")).to_be_visible()
    room.start()
    all_sent(page)
    assert [one["verdict"] for one in room.observed()] == ["partial"]


def test_whoever_sits_next_at_the_device_reads_nothing_of_it(room: Room, phone: BrowserContext) -> None:
    sit(phone, room)
    page = observer(phone, room)
    page.wait_for_function("async () => Boolean(await (await caches.open('care-observer')).match(location.pathname))")
    page.get_by_role("link", name="Livret").click()
    expect(page.get_by_role("heading", name="Livret").first).to_be_attached()
    assert page.evaluate("caches.has('care-observer')"), "another page of the observer"
    sit(phone, room, "ward", "Aline Roux")
    page.goto(f"{room.url}/play")
    page.wait_for_function("async () => !(await caches.has('care-observer'))")
    room.stop()
    with pytest.raises(Error):
        page.goto(f"{room.url}/play/observe/")


def test_over_plain_http_the_page_says_to_stay_open(room: Room, browser: Browser) -> None:
    elsewhere = browser.browser_type.launch(
        executable_path=str(CHROMIUM), args=[*ARGUMENTS, "--host-resolver-rules=MAP care.test 127.0.0.1"]
    )
    context = elsewhere.new_context(locale="fr-FR")
    context.set_default_timeout(PATIENCE_MS)
    url = f"http://care.test:{room.port}"
    token = seat_of(room.platform, room.exercise, Seat.OBSERVER, "Marc Petit")
    context.add_cookies([{"name": "care_seat", "value": token, "url": url}])
    page = context.new_page()
    page.goto(f"{url}/play/observe/")
    expect(page.get_by_text("Liaison non chiffrée : gardez cette page ouverte.")).to_be_visible()
    context.set_offline(True)
    tick(page, "S01.a", "Vu")
    expect(page.get_by_text("1 note attend le réseau")).to_be_visible()
    context.set_offline(False)
    all_sent(page)
    elsewhere.close()
    assert [one["verdict"] for one in room.observed()] == ["seen"]


def test_a_seat_closed_meanwhile_loses_nothing(room: Room, phone: BrowserContext) -> None:
    token = sit(phone, room)
    page = observer(phone, room)
    phone.set_offline(True)
    tick(page, "S01.a", "Vu")
    leave(room.platform, token)
    phone.set_offline(False)
    expect(page.get_by_text("Votre place n’est plus ouverte.")).to_be_visible()
    expect(page.get_by_label("Texte à copier")).to_have_value(re.compile("Marc Petit – S01.a Appelle l’astreinte : Vu"))
    page.get_by_role("link", name="Saisir le code de mon badge").click()
    badge = badges(room.platform, MACHINE, room.exercise)[2]
    page.get_by_label("Code de l’exercice").fill(badge.code)
    page.get_by_label("PIN du badge").fill(badge.pin)
    page.get_by_label("Votre nom").fill("Marc P.")
    page.get_by_role("button", name="Entrer").click()
    expect(page.get_by_label("Texte à copier")).to_have_value(re.compile("Marc Petit – S01.a Appelle l’astreinte : Vu"))
    tick(page, "S01.a", "Manqué")
    all_sent(page)
    assert [(one["verdict"], one["by"]) for one in room.observed()] == [("missed", "Marc P. (badge)")]


def test_a_page_left_open_by_who_sat_before_sends_nothing_under_the_next_name(
    room: Room, phone: BrowserContext
) -> None:
    sit(phone, room)
    left = observer(phone, room)
    phone.set_offline(True)
    tick(left, "S01.a", "Vu")
    sit(phone, room, name="Anne Lys")
    phone.set_offline(False)
    expect(left.get_by_label("Texte à copier")).to_have_value(re.compile("Marc Petit – S01.a .* : Vu .*autre place"))
    assert room.observed() == []


def test_who_is_put_out_reads_why_and_keeps_the_text(room: Room, phone: BrowserContext) -> None:
    seats = {}
    for where, path, name in (("ward", "/play", "Aline Roux"), (Seat.OBSERVER, "/play/observe/", "Marc Petit")):
        sit(phone, room, where, name)
        seats[name] = phone.new_page()
        seats[name].goto(f"{room.url}{path}")
        found = next(one for one in people(room.platform, MACHINE, room.exercise) if one.name == name)
        put_out(room.platform, MACHINE, room.exercise, found.id)
        expect(seats[name].get_by_text("L’animation a fermé votre place")).to_be_visible()


def test_a_player_writes_without_a_network_and_clicks_twice(room: Room, phone: BrowserContext) -> None:
    sit(phone, room, "ward", "Aline Roux")
    page = phone.new_page()
    page.goto(f"{room.url}/play/stimuli/S01")
    phone.set_offline(True)
    page.get_by_label("Votre décision, votre réponse").fill("Nous passons au papier.")
    page.get_by_role("button", name="Envoyer").dblclick()
    expect(page.get_by_label("Messages qui attendent le réseau")).to_contain_text("Nous passons au papier.")
    phone.set_offline(False)
    expect(page.locator("#thread")).to_contain_text("Nous passons au papier.")
    page.get_by_label("Votre décision, votre réponse").fill("Et nous appelons.")
    page.get_by_role("button", name="Envoyer").dblclick()
    expect(page.locator("#thread")).to_contain_text("Et nous appelons.")
    assert room.said() == ["Nous passons au papier.", "Et nous appelons."]


def test_what_a_player_was_writing_outlives_its_page_until_it_is_sent(room: Room, phone: BrowserContext) -> None:
    sit(phone, room, "ward", "Aline Roux")
    page = phone.new_page()
    page.goto(f"{room.url}/play/stimuli/S01")
    words = page.get_by_label("Votre décision, votre réponse")
    words.fill("Nous passons")
    page.reload()
    expect(words).to_have_value("Nous passons")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("#thread")).to_contain_text("Nous passons")
    page.reload()
    expect(page.locator("#thread")).to_contain_text("Nous passons")
    expect(words).to_have_value("")
    words.fill("À moi seule")
    sit(phone, room, "ward", "Léo Blanc")
    page.reload()
    expect(words).to_have_value("")


def test_what_is_played_reaches_an_open_page_and_disturbs_no_typing(room: Room, phone: BrowserContext) -> None:
    sit(phone, room, "ward", "Aline Roux")
    inbox, typing = phone.new_page(), phone.new_page()
    inbox.goto(f"{room.url}/play")
    typing.goto(f"{room.url}/play/stimuli/S01")
    typing.get_by_label("Votre décision, votre réponse").fill("Je commence à écr")
    obey(room.platform, MACHINE, room.exercise, Play("S03"))
    expect(inbox.get_by_role("heading", name="Titre S03")).to_be_visible()
    expect(inbox.locator("[data-announce]")).to_have_text("Nouveau : Titre S03")
    expect(typing.get_by_role("link", name="Messages 2")).to_be_visible()
    expect(typing.get_by_label("Votre décision, votre réponse")).to_have_value("Je commence à écr")
