"""The pages of an observer, with and without scripts, and what their device sends."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.services.platform import Platform
from exercises.decide import Play, Start
from tests.support.people import Hospitals
from tests.web.conftest import Browse
from tests.web.seats import Stage, plant_stage

PATHS = ("/play/observe/", "/play/observe/state")


@pytest.fixture
def stage(app: Flask, platform: Platform, hospitals: Hospitals) -> Stage:
    return plant_stage(app, platform, hospitals.valley)


@pytest.fixture
def marc(stage: Stage) -> FlaskClient:
    return stage.sit("observer", "Marc")


def test_an_observer_sees_what_is_expected_everywhere(stage: Stage, marc: FlaskClient) -> None:
    page = marc.get("/play/observe/").text
    assert "EXERCICE EXERCICE EXERCICE" in page
    assert "Appelle l’astreinte" in page
    assert "Parle clairement." in page
    assert "L’exercice n’a pas commencé" in page
    one = marc.get("/play/observe/", query_string={"cell": "it"}).text
    assert 'data-id="S01.a" data-cell="ward" data-words="S01.a Appelle l’astreinte" hidden' in one


@pytest.mark.parametrize("path", PATHS)
def test_what_observers_read_is_not_for_players_nor_accounts(stage: Stage, browse: Browse, path: str) -> None:
    for one in (stage.sit("ward"), stage.sit("screen", ""), browse("ciso"), browse("stranger"), browse("anonymous")):
        answer = one.get(path)
        assert answer.status_code == 404
        assert "astreinte" not in answer.text
    assert stage.sit("ward").post("/play/observe/send", json={"entries": []}).status_code == 404


def test_without_scripts_a_button_notes_a_reaction_and_a_mark(stage: Stage, marc: FlaskClient) -> None:
    stage.obey(Start(), Play("S01"))
    form = {"key": "k1", "reaction": "S01.a", "verdict": "partial", "note": "Après relance."}
    assert marc.post("/play/observe/reaction", data=form).location == "/play/observe/#S01"
    mark = {"key": "k2", "criterion": "calm", "cell": "ward", "mark": "2"}
    assert marc.post("/play/observe/mark", data=mark).location == "/play/observe/#grid"
    page = marc.get("/play/observe/").text
    assert "Noté." in page
    assert "noté par Marc (badge)" in page
    assert "Après relance." in page
    state = marc.get("/play/observe/state").json
    assert state is not None
    assert state["reactions"]["S01.a"] == {"verdict": "partial", "by": "Marc (badge)", "note": "Après relance."}
    assert state["marks"]["calm.ward"] == {"mark": 2, "note": ""}
    assert list(state["played"]) == ["S01"]


def test_what_cannot_be_noted_is_said_on_the_page(stage: Stage, marc: FlaskClient) -> None:
    form = {"key": "k1", "reaction": "S01.a", "verdict": "seen"}
    marc.post("/play/observe/reaction", data=form)
    assert "n’a pas commencé : cette commande est sans effet" in marc.get("/play/observe/").text
    assert marc.post("/play/observe/reaction", data=form | {"verdict": "maybe"}).status_code == 400
    assert marc.post("/play/observe/mark", data={"mark": "9"}).status_code == 400


def test_what_waited_is_recorded_once_and_each_refusal_is_told(stage: Stage, marc: FlaskClient) -> None:
    stage.obey(Start(), Play("S01"))
    entries = [
        {"key": "a", "kind": "reaction", "reaction": "S01.a", "verdict": "seen", "ago": 5},
        {"key": "b", "kind": "mark", "criterion": "calm", "cell": "it", "mark": 1, "note": "Confus."},
        {"key": "c", "kind": "reaction", "reaction": "S99.a", "verdict": "seen"},
        {"key": "d", "kind": "mark", "criterion": "calm", "cell": "kitchen", "mark": 1},
    ]
    for _ in range(2):
        told = marc.post("/play/observe/send", json={"entries": entries}).json
        assert told is not None
        assert told["done"] == ["a", "b"]
        assert [one["key"] for one in told["refused"]] == ["c", "d"]
        assert "S99.a" in told["refused"][0]["why"]
    state = marc.get("/play/observe/state").json
    assert state is not None
    assert state["number"] == 3  # started, played, observed once
    assert marc.get("/play/observe/state", query_string={"since": "3"}).status_code == 204


def test_a_character_that_cannot_be_stored_holds_no_queue_back(stage: Stage, marc: FlaskClient) -> None:
    stage.obey(Start(), Play("S01"))
    entries = [
        {"key": "a", "kind": "reaction", "reaction": "S01.a", "verdict": "seen", "note": "Vu\ud800\x00."},
        {"key": "b", "kind": "mark", "criterion": "calm", "cell": "it", "mark": 1, "note": "Confus\udfff\x00."},
    ]
    told = marc.post("/play/observe/send", json={"entries": entries}).json
    assert told == {"done": ["a", "b"], "refused": []}
    state = marc.get("/play/observe/state").json
    assert state is not None
    assert (state["reactions"]["S01.a"]["note"], state["marks"]["calm.it"]["note"]) == ("Vu.", "Confus.")


def test_the_worker_of_the_page_rules_over_its_folder_only(client: FlaskClient) -> None:
    with client.get("/play/observe/worker.js") as answer:
        assert answer.status_code == 200
        assert answer.mimetype == "text/javascript"
        assert "Service-Worker-Allowed" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-cache"


def test_an_observer_reads_documents_and_the_booklet(stage: Stage, marc: FlaskClient) -> None:
    assert "le SIL" in marc.get("/play/booklet").text
    stage.obey(Start())
    assert marc.get("/play/documents/plan.txt").status_code == 404
    stage.obey(Play("S02"))
    assert marc.get("/play/documents/plan.txt").status_code == 200
