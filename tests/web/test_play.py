"""Seats in a browser: a badge opens one place and no other, nothing comes before its time, nothing is said twice."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.domain.exercises import MessageKind
from care.services.exercises.facilitating import Speech, say
from care.services.exercises.playing import LONGEST_AGO, inbox
from care.services.exercises.seats import FREE_FOR_BROWSER, Sitting, sitting
from care.services.platform import OwnAuthority, Platform
from care.store.exercises import Exercise
from exercises.decide import End, Pause, Play, Start
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.seats import Stage, plant_stage
from tests.web.test_live import stream

SECURE = ("HttpOnly", "Path=/", "SameSite=Lax")
PLAYER_PAGES = ("/play", "/play/news", "/play/talk", "/play/booklet", "/play/token", "/play/documents/plan.txt")


@pytest.fixture
def stage(app: Flask, platform: Platform, hospitals: Hospitals) -> Stage:
    return plant_stage(app, platform, hospitals.valley)


def typed(stage: Stage, where: str = "ward", **other: str) -> dict[str, str]:
    badge = stage.badges[where]
    return {"code": badge.code, "pin": badge.pin, "name": "Aline Roux", **other}


def who(stage: Stage, client: FlaskClient) -> Sitting | None:
    cookie = client.get_cookie("care_seat")
    return sitting(stage.platform, cookie.value) if cookie else None


def test_a_code_and_a_pin_open_the_inbox_of_one_cell(stage: Stage, client: FlaskClient) -> None:
    answer = client.post("/x", data=typed(stage))
    assert (answer.status_code, answer.location) == (302, "/play")
    cookie = answer.headers["Set-Cookie"]
    assert all(mark in cookie for mark in SECURE)
    page = client.get("/play").text
    assert "EXERCICE EXERCICE EXERCICE" in page
    assert "Urgences" in page
    assert "Soigner." in page  # the mission, before the start
    assert "Aline Roux" in page


def test_a_qr_asks_who_comes_before_it_gives_a_seat(stage: Stage, client: FlaskClient) -> None:
    way = f"/x/{stage.badges['it'].token}"
    page = client.get(way)
    assert page.status_code == 200
    assert "Informatique" in page.text
    assert client.get_cookie("care_seat") is None
    assert client.post(way, data={"name": " "}).status_code == 400
    assert client.post(way, data={"name": "Bruno", "mail": "pas une adresse"}).status_code == 400
    assert client.post(way, data={"name": "Bruno"}).location == "/play"
    assert client.get(way).location == "/play"  # scanned again: the same seat, no question


@pytest.mark.parametrize(("where", "home"), [("observer", "/play/observe/"), ("screen", "/play/screen")])
def test_each_badge_leads_to_its_own_page(stage: Stage, client: FlaskClient, where: str, home: str) -> None:
    assert client.post(f"/x/{stage.badges[where].token}", data={"name": "Marc"}).location == home


def test_what_opens_nothing_is_said_in_one_sentence(stage: Stage, client: FlaskClient) -> None:
    wrong = client.post("/x", data=typed(stage, pin="000000x"))
    unknown = client.post("/x", data=typed(stage, code="ZZZZZZ"))
    qr = client.get("/x/jamais-imprime")
    for answer in (wrong, unknown, qr):
        assert answer.status_code == 409
        assert "Ce code n’ouvre aucun exercice en cours" in answer.text
    assert "Aline Roux" in wrong.text  # what was typed is not to be typed again


def test_a_table_of_the_booklet_is_a_table(stage: Stage) -> None:
    with stage.platform.database.write() as session:
        row = session.get_one(Exercise, stage.exercise)
        row.booklets = {**row.booklets, "players": "# Livret\n\n| Qui | Numéro |\n|---|---|\n| {{lab}} | **12** |\n"}
    page = stage.sit("ward").get("/play/booklet").text
    assert '<th scope="col">Numéro</th>' in page
    assert "<td>le SIL</td><td><strong>12</strong></td>" in page.replace("\u00a0", " ")
    assert "|---|" not in page


def test_a_guesser_waits(stage: Stage, client: FlaskClient) -> None:
    for _ in range(FREE_FOR_BROWSER):
        client.post("/x", data=typed(stage, pin="1"))
    answer = client.post("/x", data=typed(stage))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "réessayez dans" in answer.text


def test_over_tls_the_cookie_is_one_no_other_host_can_set(
    stage: Stage, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(stage.platform.settings), "secure", True)
    cookie = client.post("/x", data=typed(stage), base_url="https://localhost").headers["Set-Cookie"]
    assert cookie.startswith("__Host-care_seat=")
    assert "Secure" in cookie


def test_changing_cell_gives_up_the_first_seat(stage: Stage, client: FlaskClient) -> None:
    client.post("/x", data=typed(stage))
    first = client.get_cookie("care_seat")
    assert first is not None
    assert "Vous êtes déjà dans un exercice" in client.get("/x").text
    client.post("/x", data=typed(stage, "it"))
    assert "Informatique" in client.get("/play").text
    assert sitting(stage.platform, first.value) is None


def test_leaving_closes_the_pages_here(stage: Stage) -> None:
    client = stage.sit("ward")
    held = who(stage, client)
    assert held is not None
    assert client.post("/x/leave").location == "/x"
    assert client.get("/play").status_code == 404


@pytest.mark.parametrize("path", PLAYER_PAGES)
def test_without_the_right_seat_the_pages_of_a_cell_do_not_exist(stage: Stage, browse: Browse, path: str) -> None:
    stage.obey(Start(), Play("S02"))
    others = [browse("anonymous"), browse("ciso"), stage.sit("screen", "")]
    if path != "/play/token":
        for one in others:
            answer = one.get(path)
            assert answer.status_code == 404
            assert "le ne répond plus" not in answer.text
    assert browse("stranger").get(path).status_code == 404


def test_without_a_seat_the_way_back_in_is_told(client: FlaskClient) -> None:
    answer = client.get("/play")
    assert answer.status_code == 404
    assert 'href="/x"' in answer.text
    assert client.get("/play/token", headers={"Accept": "application/json"}).json == {"error": "no seat"}


def test_someone_signed_in_sits_too(stage: Stage, ciso: FlaskClient) -> None:
    assert ciso.post("/x", data=typed(stage)).location == "/play"
    assert ciso.get("/play").status_code == 200
    assert ciso.get("/account").status_code == 200


def test_a_stimulus_shows_in_its_cell_only_once_played_and_a_call_without_its_script(stage: Stage) -> None:
    ward, it = stage.sit("ward"), stage.sit("it", "Bruno")
    stage.obey(Start())
    assert "Rien encore" in it.get("/play").text
    assert it.get("/play/stimuli/S02").status_code == 404
    stage.obey(Play("S01"), Play("S02"))
    assert "le SIL ne répond plus." in it.get("/play").text
    assert "le SIL ne répond plus." in it.get("/play/stimuli/S02").text
    assert it.get("/play/stimuli/S01").status_code == 404
    called = ward.get("/play").text
    assert "Appel : Cadre" in called
    assert "Un message." not in called  # what the facilitator says on the telephone
    assert "Titre S01" not in called
    assert "SIL" not in called


def test_a_document_comes_with_its_stimulus_to_be_kept_and_never_as_a_page(stage: Stage) -> None:
    ward, it = stage.sit("ward"), stage.sit("it", "Bruno")
    stage.obey(Start())
    assert it.get("/play/documents/plan.txt").status_code == 404
    stage.obey(Play("S02"))
    answer = it.get("/play/documents/plan.txt")
    assert answer.status_code == 200
    assert "le SIL" in answer.text
    assert answer.headers["Content-Disposition"] == "attachment; filename=plan.txt"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert ward.get("/play/documents/plan.txt").status_code == 404
    assert it.get("/play/documents/photo.png").status_code == 404  # it belongs to no stimulus


def test_an_answer_is_seen_by_the_whole_cell_and_by_no_other(stage: Stage) -> None:
    aline, anne, bruno = stage.sit("ward"), stage.sit("ward", "Anne"), stage.sit("it", "Bruno")
    stage.obey(Start(), Play("S01"), Play("S02"))
    for _ in range(2):  # clicked twice
        sent = aline.post("/play/stimuli/S01", data={"key": "k1", "body": "J’appelle l’astreinte."})
        assert sent.location == "/play/stimuli/S01"
    assert anne.get("/play/stimuli/S01").text.count("J’appelle l’astreinte.") == 1
    assert "J’appelle l’astreinte." not in bruno.get("/play/stimuli/S02").text
    assert bruno.post("/play/stimuli/S01", data={"key": "k2", "body": "Moi aussi"}).status_code == 404


def test_a_question_and_what_the_facilitation_answers(stage: Stage) -> None:
    aline = stage.sit("ward")
    stage.obey(Start())
    assert aline.post("/play/talk", data={"key": "q1", "body": "Qui joue le SAMU ?"}).location == "/play/talk"
    say(stage.platform, MACHINE, stage.exercise, Speech(("ward",), "Moi, au 4412.", "f1"))
    page = aline.get("/play/talk").text
    assert page.index("Qui joue le SAMU ?") < page.index("Moi, au 4412.")


@pytest.mark.parametrize(("body", "why"), [("", "Un texte de 1 à 5000 signes"), ("x" * 5001, "Un texte de 1 à 5000")])
def test_what_cannot_be_sent_stays_typed(stage: Stage, body: str, why: str) -> None:
    aline = stage.sit("ward")
    stage.obey(Start(), Play("S01"))
    answer = aline.post("/play/stimuli/S01", data={"key": "k1", "body": body})
    assert answer.status_code == 400
    assert why in answer.text
    assert body in answer.text


def test_nothing_is_answered_once_it_is_over_but_all_is_still_read(stage: Stage) -> None:
    aline = stage.sit("ward")
    stage.obey(Start(), Play("S01"), Pause())
    assert "en pause" in aline.get("/play").text
    stage.obey(End())
    answer = aline.post("/play/stimuli/S01", data={"key": "k1", "body": "Trop tard"})
    assert answer.status_code == 409
    assert "pas en cours" in answer.text
    page = aline.get("/play").text
    assert "L’exercice est terminé. Merci" in page
    assert "Appel : Cadre" in page


def test_the_list_is_only_sent_again_when_something_changed(stage: Stage) -> None:
    aline = stage.sit("ward")
    stage.obey(Start())
    room = inbox(stage.platform, sat(stage, aline))
    since = f"{room.number}.{room.last_message}"
    assert aline.get("/play/news", query_string={"since": since}).status_code == 204
    stage.obey(Play("S01"))
    fresh = aline.get("/play/news", query_string={"since": since})
    assert fresh.status_code == 200
    assert 'id="stimulus-S01"' in fresh.text
    assert '<form class="write"' not in fresh.text  # what somebody is typing is never replaced
    elsewhere = aline.get("/play/news", query_string={"since": since, "here": "play.stimulus", "of": "S01"})
    assert 'id="thread" hx-swap-oob="true"' in elsewhere.text


def test_a_stream_brings_what_the_page_shows_of_its_cell_and_of_no_other(stage: Stage) -> None:
    ward, it = stage.sit("ward"), stage.sit("it")
    stage.obey(Start())
    with stream(ward, "/play/live") as events, stream(it, "/play/live") as others:
        for one in (events, others):
            next(one), next(one)
        stage.obey(Play("S01"))
        brought = next(events)
        assert "event: news" in brought
        assert 'id="stimulus-S01"' in brought
        stage.obey(Pause())
        told = next(others)
        assert "L’exercice est en pause" in told
        assert "stimulus-S01" not in told


def test_the_stream_of_a_page_that_answers_brings_its_thread(stage: Stage) -> None:
    ward = stage.sit("ward")
    stage.obey(Start(), Play("S01"))
    with stream(ward, "/play/live?here=play.stimulus&of=S01") as events:
        next(events)
        assert 'id="thread" hx-swap-oob="true"' in next(events)


def sat(stage: Stage, client: FlaskClient) -> Sitting:
    found = who(stage, client)
    assert found is not None
    return found


def test_messages_that_waited_are_recorded_once_and_each_refusal_is_told(stage: Stage) -> None:
    aline = stage.sit("ward")
    stage.obey(Start(), Play("S01"))
    entries = [
        {"key": "a", "stimulus": "S01", "body": "Du couloir, sans réseau.", "ago": 3},
        {"key": "b", "body": "Qui est d’astreinte ?", "ago": float("nan")},
        {"key": "c", "stimulus": "S02", "body": "D’une autre cellule."},
        {"key": "d", "body": "   "},
    ]
    for _ in range(2):
        told = aline.post("/play/send", json={"entries": entries}).json
        assert told is not None
        assert told["done"] == ["a", "b"]
        assert [one["key"] for one in told["refused"]] == ["c", "d"]
    said = inbox(stage.platform, sat(stage, aline)).said
    assert [(one.kind, one.body) for one in said] == [
        (MessageKind.ANSWER, "Du couloir, sans réseau."), (MessageKind.QUESTION, "Qui est d’astreinte ?"),
    ]  # fmt: skip
    assert stage.platform.clock.now() - said[0].at >= timedelta(seconds=0)


def test_what_waited_for_days_is_not_of_now(stage: Stage) -> None:
    aline = stage.sit("ward")
    stage.obey(Start(), Play("S01"))
    entries = [
        {"key": "a", "stimulus": "S01", "body": "Un vieux mot.", "ago": 2 * 86_400},
        {"key": "b", "stimulus": "S01", "body": "Un mot\ud800\x00."},
    ]
    told = aline.post("/play/send", json={"entries": entries}).json
    assert told is not None
    assert told["done"] == ["a", "b"]
    said = inbox(stage.platform, sat(stage, aline)).said
    assert [one.body for one in said] == ["Un vieux mot.", "Un mot."]
    assert stage.platform.clock.now() - said[0].at >= timedelta(seconds=LONGEST_AGO)


@pytest.mark.parametrize(
    "sent", [None, [], {"entries": "x"}, {"entries": [1]}, {"entries": [{"key": ""}]}, {"entries": [{"key": "a"}] * 51}]
)
def test_what_is_no_list_of_entries_is_refused(stage: Stage, sent: object) -> None:
    stage.obey(Start())
    assert stage.sit("ward").post("/play/send", json=sent).status_code == 400


def test_the_screen_of_the_room_shows_what_is_put_up_and_nothing_else(stage: Stage) -> None:
    room = stage.sit("screen", "")
    assert "Nuit d’essai" in room.get("/play/screen").text
    stage.obey(Start(), Play("S01"), Play("S02"), Play("S03"))
    page = room.get("/play/screen").text
    assert "EXERCICE EXERCICE EXERCICE" in page
    assert "Signaux" in page  # the chapter
    assert "Crise</li>" not in page  # the next one is not told
    assert "Titre S03" in page
    assert "SIL" not in page
    mark = re.search(r'name="since" value="([^"]+)"', page)
    assert mark is not None
    assert room.get("/play/screen/now", query_string={"since": mark[1]}).status_code == 204
    stage.obey(Pause())
    assert "En pause" in room.get("/play/screen/now", query_string={"since": mark[1]}).text
    assert stage.sit("ward").get("/play/screen").status_code == 404


def test_the_codes_are_shown_to_who_conducts_and_renewed(
    stage: Stage, browse: Browse, here: str, client: FlaskClient
) -> None:
    path = f"{here}/exercises/{stage.exercise}/codes"
    badge, seated = stage.badges["ward"], stage.sit("ward")
    page = browse("ciso").get(path).text
    assert badge.code in page
    assert f"{badge.pin[:4]} {badge.pin[4:]}" in page
    assert f"/x/{badge.token}" in page
    assert page.count('class="way-qr"') == 4
    assert browse("director").get(path).status_code == 403
    assert browse("stranger").get(path).status_code == 404
    browse("ciso").post(path)
    assert client.get(f"/x/{badge.token}").status_code == 409
    assert seated.get("/play").status_code == 200


def test_a_seat_is_closed_and_its_badge_renewed_from_the_page_of_the_badges(
    stage: Stage, browse: Browse, here: str
) -> None:
    path = f"{here}/exercises/{stage.exercise}/codes"
    intruder, other, badge = stage.sit("ward", "Zoé <b>Intrus</b>"), stage.sit("ward"), stage.badges
    sat = who(stage, intruder)
    assert sat is not None
    page = browse("ciso").get(path).text
    assert "Zoé &lt;b&gt;Intrus&lt;/b&gt;" in page
    assert "2 places prises" in page
    browse("ciso").post(path, data={"seat": "player", "cell": "ward"})
    with stream(intruder, "/play/live") as live:
        assert ["event: beat" in next(live), "event: news" in next(live)] == [True, True]
        browse("ciso").post(f"{path}/{sat.participant_id}/put-out")
        assert "event: news" not in "".join(live)  # it ends by itself
    assert "L’animation a fermé votre place" in intruder.get("/play").text
    told = intruder.get("/play/news", headers={"HX-Request": "true"})
    assert (told.status_code, "L’animation" in told.text, "<" in told.text) == (404, True, False)
    assert other.get("/play").status_code == 200
    assert (stage.badges["ward"] == badge["ward"], stage.badges["it"] == badge["it"]) == (False, True)
    assert browse("ciso").post(f"{path}/999999/put-out").status_code == 404


def test_what_was_written_from_another_seat_of_the_device_is_not_sent(stage: Stage) -> None:
    stage.obey(Start())
    aline = stage.sit("ward")
    sat = who(stage, aline)
    assert sat is not None
    rows = [{"key": key, "body": key, "seat": seat} for key, seat in (("a", "999"), ("b", str(sat.participant_id)))]
    told = aline.post("/play/send", json={"entries": rows}).json
    assert told is not None
    assert (told["done"], [one["key"] for one in told["refused"]]) == (["b"], ["a"])
    assert "autre place" in told["refused"][0]["why"]


def test_a_phone_that_refuses_the_page_is_told_where_to_go(
    stage: Stage, app: Flask, browse: Browse, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{here}/exercises/{stage.exercise}/codes"
    assert "/trust" not in browse("ciso").get(path).text
    trusted = replace(app.extensions["care"], authority=OwnAuthority(b"certificate", "http://care.ch.test:8080"))
    monkeypatch.setitem(app.extensions, "care", trusted)
    page = browse("ciso").get(path).text
    assert "http://care.ch.test:8080/trust" in page
    assert page.count('class="way-qr"') == 5


def test_the_pages_speak_the_language_chosen(stage: Stage) -> None:
    aline = stage.sit("ward")
    chosen = aline.post("/language", data={"lang": "en", "next": "/play"})
    assert chosen.location == "/play"
    assert "The exercise has not begun" in aline.get("/play").text
