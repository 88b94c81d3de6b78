"""The page of the facilitation: every command in place, with scripts and without; bad input loses nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from care.domain.mail import MailState
from care.services.exercises.conducting import Conductor, mail_prefix, obey
from care.services.exercises.directing import Board, board
from care.services.exercises.playing import Message, answer
from care.services.exercises.seats import Arrival, badges, sit_with_token, sitting
from care.services.outbox import Letter, post
from care.services.platform import Platform
from care.store.outbox import Mail
from care.web.facilitation.commands import COMMANDS
from exercises.decide import End, Pause, Play, Start
from exercises.events import Verdict
from exercises.state import Stage, Standing
from tests.support.big_exercise import plant_big_exercise, play_some
from tests.support.clock import FixedClock
from tests.support.exercises import prepared as prepare_exercise
from tests.support.exercises import with_one_kit
from tests.support.people import MACHINE, Hospitals
from tests.support.queries import counted
from tests.web.conftest import Browse

SCRIPTED = {"HX-Request": "true"}
Do = Callable[..., TestResponse]
ADD = {"channel": "sms", "sender": "Standard", "cells": "ward", "title": "Appel", "body": "On attend.", "when": "now"}


@pytest.fixture
def clock(platform: Platform) -> FixedClock:
    """Time of our own, a little after that in which people sign in."""
    return FixedClock(platform.clock.now() + timedelta(minutes=10))


@pytest.fixture
def app(app: Flask, platform: Platform, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application, whose time is ours."""
    monkeypatch.setitem(app.extensions, "care", replace(platform, clock=clock))
    return app


@pytest.fixture
def stage(app: Flask) -> Platform:
    found: Platform = app.extensions["care"]
    return found


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals) -> int:
    return prepare_exercise(with_one_kit(stage), MACHINE, hospitals.valley)


@pytest.fixture
def started(stage: Platform, exercise: int) -> int:
    obey(stage, MACHINE, exercise, Start())
    return exercise


@pytest.fixture
def page(here: str, exercise: int) -> str:
    return f"{here}/exercises/{exercise}/facilitation"


@pytest.fixture
def do(ciso: FlaskClient, page: str) -> Do:
    """Send a command as a script does: `do("play", stimulus="S01")`."""

    def send(command: str, **data: str) -> TestResponse:
        return ciso.post(f"{page}/do/{command}", data=data, headers=SCRIPTED)

    return send


@pytest.fixture
def seen(stage: Platform, exercise: int) -> Callable[[], Board]:
    return lambda: board(stage, MACHINE, exercise)


def wait(stage: Platform, clock: FixedClock, minutes: float) -> None:
    conductor = Conductor(stage)
    for _ in range(round(minutes * 12)):
        clock.forward(seconds=5)
        conductor.tick()


def ask(stage: Platform, exercise: int, words: str) -> None:
    token = badges(stage, MACHINE, exercise)[0].token
    found = sitting(stage, sit_with_token(stage, token, Arrival("Aline")))
    assert found is not None
    answer(stage, found, Message(words, words[:20]))


def test_before_the_start_it_says_what_is_missing_and_asks_twice(ciso: FlaskClient, page: str, exercise: int) -> None:
    text = ciso.get(page).text
    assert "Avant de commencer" in text
    assert "Urgences, Informatique" in text
    assert "Logiciel du laboratoire" in text
    assert 'id="do-start"' not in text
    assert 'id="do-start"' in ciso.get(f"{page}?open=start").text


def test_mails_that_wait_for_a_choice_are_told_and_reached(
    ciso: FlaskClient, here: str, page: str, started: int, stage: Platform, hospitals: Hospitals
) -> None:
    mails, overview = f"{here}/exercises/{started}/mails", f"{here}/exercises/{started}"
    assert mails not in ciso.get(page).text
    assert mails not in ciso.get(overview).text
    with stage.database.write() as session:
        key = f"{mail_prefix(started)}S01:1"
        number = post(stage, session, Letter("a@ch.test", "Panne", "Texte", hospitals.valley, key))
    assert mails not in ciso.get(page).text
    assert mails in ciso.get(overview).text
    with stage.database.write() as session:
        session.get_one(Mail, number).state = MailState.UNCERTAIN
    text = ciso.get(page).text
    assert mails in text
    assert "1 mail attend votre choix" in text


def test_without_scripts_a_command_comes_back_to_the_same_place(
    ciso: FlaskClient, page: str, started: int, seen: Callable[[], Board]
) -> None:
    sent = ciso.post(f"{page}/do/play?cell=ward&open=stimulus-R1", data={"stimulus": "R1", "desk": "1"})
    assert sent.status_code == 303
    assert sent.location == f"{page}?cell=ward&open=stimulus-R1#desk"
    assert "R1 est parti." in ciso.get(sent.location).text
    assert [one.id for one in seen().played] == ["R1"]


def test_without_scripts_a_refusal_is_said_on_the_page(ciso: FlaskClient, page: str, started: int) -> None:
    ciso.post(f"{page}/do/play", data={"stimulus": "R1"})
    again = ciso.post(f"{page}/do/play", data={"stimulus": "R1"})
    assert again.status_code == 409
    assert "Le stimulus R1 a déjà été joué par ciso." in again.text
    assert "Chronogramme" in again.text


def test_with_scripts_what_changed_comes_back_and_the_clock_is_set(do: Do, started: int, clock: FixedClock) -> None:
    clock.forward(seconds=90)
    sent = do("play", stimulus="R1")
    assert sent.status_code == 200
    assert "R1 est parti." in sent.text
    assert 'data-part="now" hx-swap-oob="true"' in sent.text
    assert json.loads(sent.headers["HX-Trigger"]) == {"exercise:clock": {"second": 90.0, "runs": True}}
    assert "<html" not in sent.text


def test_two_facilitators_click_at_once(browse: Browse, page: str, started: int, seen: Callable[[], Board]) -> None:
    ways = [
        browse(who).post(f"{page}/do/play", data={"stimulus": "R1"}, headers=SCRIPTED)
        for who in ("ciso", "administrator")
    ]
    assert [one.status_code for one in ways] == [200, 409]
    assert "Le stimulus R1 a déjà été joué par ciso." in ways[1].text
    assert len(seen().played) == 1


def test_the_whole_course_of_commands(
    do: Do, exercise: int, stage: Platform, clock: FixedClock, seen: Callable[[], Board]
) -> None:
    assert do("start").status_code == 200
    wait(stage, clock, 1)
    assert do("tell", stimulus="S01").status_code == 200
    assert do("observe", reaction="S01.a", verdict="seen").status_code == 200
    more = {"reaction": "S01.a", "verdict": "partial", "note": "Après relance.", "minutes_ago": "0"}
    assert do("observe-more", **more, desk="1").status_code == 200
    assert do("shift", minutes="5").status_code == 200
    assert do("pause").status_code == 200
    assert do("note", text="La salle est calme.", desk="1").status_code == 200
    assert do("resume").status_code == 200
    assert do("skip", stimulus="S05").status_code == 200
    assert do("decide", decision="cut", option="no").status_code == 200
    assert do("add", **ADD, desk="1").status_code == 200
    assert do("say", cells="it", body="Point à 10 h.", key="k1", desk="1").status_code == 200
    found = seen()
    assert do("end").status_code == 200
    assert (found.stage, seen().stage) == (Stage.RUNNING, Stage.ENDED)
    assert {one.id for one in found.played} == {"S01", "I01"}
    assert found.next is not None
    assert (found.next.id, found.next.second) == ("S02", 900.0)
    assert [one.verdict for one in found.stimulus("S01").reactions] == [Verdict.PARTIAL]  # type: ignore[union-attr]
    assert [one.text for one in found.happenings if one.remark] == ["La salle est calme."]


def test_a_held_stimulus_is_shown_first_with_its_choices(
    ciso: FlaskClient, do: Do, page: str, started: int, stage: Platform, clock: FixedClock, seen: Callable[[], Board]
) -> None:
    wait(stage, clock, 5)
    clock.forward(minutes=6)
    Conductor(stage).tick()
    text = ciso.get(page).text
    assert "1 stimulus attend votre choix" in text
    assert text.index("held-S02") < text.index("awaited-S01.a")
    assert "L’horloge n’a pas été tenue pendant 6 min" in text
    assert do("discount").status_code == 200
    assert seen().held == ()
    assert do("discount").status_code == 409
    assert do("catch-up").status_code == 409


def test_the_rest_shifted_by_its_lateness(
    do: Do, started: int, stage: Platform, clock: FixedClock, seen: Callable[[], Board]
) -> None:
    wait(stage, clock, 5)
    clock.forward(minutes=6)
    Conductor(stage).tick()
    assert do("catch-up").status_code == 200
    assert [one.standing for one in seen().timeline[:2]] == [Standing.PLAYED, Standing.WAITING]


def test_a_machine_clock_that_goes_back_is_shown(
    ciso: FlaskClient, page: str, started: int, stage: Platform, clock: FixedClock
) -> None:
    conductor = Conductor(stage)
    wait(stage, clock, 5)
    conductor.tick()
    clock.forward(minutes=-8)
    conductor.tick()
    text = ciso.get(page).text
    assert "L’heure de la machine a reculé" in text
    assert '<span id="clock">05:00</span>' in text


def test_a_question_is_answered_once_and_the_second_answer_is_not_lost(
    ciso: FlaskClient, do: Do, page: str, started: int, stage: Platform, seen: Callable[[], Board]
) -> None:
    ask(stage, started, "Qui est de garde ?")
    (question,) = seen().questions
    asked = f"question-{question.id}"
    assert "Qui est de garde ?" in ciso.get(f"{page}?open={asked}").text
    words = {"question": str(question.id), "open": asked, "desk": "1"}
    assert do("say", **words, body="Madame Roux.", key="k1").status_code == 200
    second = do("say", **words, body="Le docteur Petit, au 4512.", key="k2")
    assert second.status_code == 409
    assert "Madame Roux." in second.text
    assert "Le docteur Petit, au 4512.</textarea>" in second.text


@pytest.mark.parametrize(
    ("command", "data", "status", "words"),
    [
        ("play", {"stimulus": "S99"}, 409, "Le stimulus S99 n’existe pas."),
        ("play", {}, 409, "n’existe pas"),
        ("skip", {"stimulus": "S99"}, 409, "n’existe pas"),
        ("tell", {"stimulus": "S05"}, 409, "n’a pas été joué"),
        ("shift", {"minutes": "1000000"}, 400, "480"),
        ("shift", {"minutes": "-400"}, 409, "on ne peut avancer davantage"),
        ("shift", {"minutes": "demain"}, 400, "nombre entier"),
        ("shift", {}, 400, "id=\"minutes-wrong\""),
        ("decide", {"decision": "cut", "option": "perhaps"}, 409, "n’existe pas"),
        ("observe", {"reaction": "S01.a", "verdict": "perhaps"}, 409, "Dites si c’est vu"),
        ("observe", {"reaction": "S77.a", "verdict": "seen"}, 409, "n’existe pas"),
        ("observe-more", {"reaction": "S01.a", "verdict": "seen", "minutes_ago": "9999"}, 400, "480"),
        ("observe-more", {"reaction": "S01.a", "verdict": "seen", "note": "x" * 1_000_000}, 400, "2000"),
        ("note", {"text": "x" * 1_000_000}, 400, "600"),
        ("note", {"text": ""}, 400, "id=\"text-wrong\""),
        ("add", ADD | {"body": "x" * 1_000_000}, 400, "20000"),
        ("add", ADD | {"cells": "kitchen"}, 400, "kitchen"),
        ("add", {name: ADD[name] for name in ADD if name != "cells"}, 400, "Choisissez au moins une cellule."),
        ("add", ADD | {"when": "at"}, 400, "Une minute de l’exercice"),
        ("add", ADD | {"when": "at", "minute": "1"}, 409, "Cette heure de l’exercice est passée."),
        ("add", ADD | {"channel": "smoke"}, 400, "Choisissez"),
        ("say", {"body": "Bonjour.", "key": "k"}, 400, "Choisissez au moins une cellule."),
        ("say", {"body": "x" * 1_000_000, "cells": "ward", "key": "k"}, 400, "5000"),
        ("say", {"body": "Bonjour.", "question": "99", "key": "k"}, 404, ""),
        ("start", {}, 409, "a déjà commencé"),
        ("resume", {}, 409, "est en cours"),
        ("discount", {}, 409, "plus d’interruption"),
        ("catch-up", {}, 409, "Plus rien n’est en retard"),
        ("fly", {}, 404, ""),
    ],
)  # fmt: skip
def test_bad_input_is_said_in_place_and_changes_nothing(
    do: Do, started: int, clock: FixedClock, seen: Callable[[], Board], command: str, data: dict[str, str], status: int,
    words: str,
) -> None:  # fmt: skip
    clock.forward(minutes=2)
    before = seen().number
    sent = do(command, **data, **({"open": "reaction-S01.a"} if command == "observe-more" else {}))
    assert sent.status_code == status
    assert words in sent.text.replace("\N{NARROW NO-BREAK SPACE}", "")
    assert seen().number == before


def test_what_was_typed_is_shown_again(do: Do, started: int) -> None:
    sent = do("add", **ADD | {"title": "", "body": "Un texte long à écrire."}, desk="1", open="add")
    assert sent.status_code == 400
    assert "Un texte long à écrire.</textarea>" in sent.text
    assert 'id="title-wrong"' in sent.text


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"observe", "observe-more", "note", "say"}))
def test_after_the_end_nothing_moves(
    do: Do, started: int, stage: Platform, seen: Callable[[], Board], command: str
) -> None:
    obey(stage, MACHINE, started, End())
    before = seen().number
    data = {"stimulus": "R1", "minutes": "5", "decision": "cut", "option": "yes", **ADD}
    assert do(command, **data).status_code == 409
    assert seen().number == before


def test_after_the_end_what_was_seen_is_still_noted(
    ciso: FlaskClient, do: Do, page: str, started: int, stage: Platform, seen: Callable[[], Board]
) -> None:
    obey(stage, MACHINE, started, Play("S01"))
    obey(stage, MACHINE, started, End())
    assert "L’exercice est terminé" in ciso.get(page).text
    assert do("observe", reaction="S01.a", verdict="missed").status_code == 200
    assert seen().awaited == ()


def test_the_end_is_confirmed_with_what_was_not_played(ciso: FlaskClient, page: str, started: int) -> None:
    assert 'id="do-end"' not in ciso.get(page).text
    text = ciso.get(f"{page}?open=end").text
    assert "5 stimuli n’ont pas été joués" in text
    assert "Titre S05" in text


def test_a_call_shows_what_to_say_until_it_is_said(ciso: FlaskClient, do: Do, page: str, started: int) -> None:
    do("play", stimulus="R1")
    text = ciso.get(page).text
    assert "À dire maintenant" in text
    assert "do-tell-R1" in text
    do("tell", stimulus="R1")
    assert "À dire maintenant" not in ciso.get(page).text


def test_nothing_is_sent_while_nothing_changed_but_the_clock(
    ciso: FlaskClient, page: str, started: int, stage: Platform, clock: FixedClock
) -> None:
    known = remembered(ciso.get(page).text)
    clock.forward(seconds=2)
    quiet = ciso.get(f"{page}/live", query_string={"seen": known}, headers=SCRIPTED)
    assert (quiet.status_code, quiet.text) == (204, "")
    assert json.loads(quiet.headers["HX-Trigger"])["exercise:clock"]["second"] == 2.0
    obey(stage, MACHINE, started, Pause())
    busy = ciso.get(f"{page}/live", query_string={"seen": known}, headers=SCRIPTED).text
    assert 'data-part="strip"' in busy
    assert 'data-part="line"' not in busy
    assert 'id="desk"' not in busy


def remembered(text: str) -> str:
    found = re.search(r'id="seen" name="seen" autocomplete="off" value="([^"]+)"', text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("opened", ["add", "say", "note", "shift", "reaction-S01.a", "cell-ward"])
def test_a_form_is_never_refreshed_while_somebody_types_there(
    ciso: FlaskClient, page: str, started: int, stage: Platform, opened: str
) -> None:
    known = remembered(ciso.get(f"{page}?open={opened}").text)
    obey(stage, MACHINE, started, Play("S01"))
    busy = ciso.get(f"{page}/live", query_string={"seen": known, "open": opened}, headers=SCRIPTED).text
    assert 'data-part="line"' in busy
    assert 'id="desk"' not in busy


def test_a_stimulus_on_the_desk_follows_what_others_do(
    ciso: FlaskClient, page: str, started: int, stage: Platform
) -> None:
    known = remembered(ciso.get(f"{page}?open=stimulus-R1").text)
    obey(stage, MACHINE, started, Play("R1"))
    asked = {"seen": known, "open": "stimulus-R1"}
    busy = ciso.get(f"{page}/live", query_string=asked, headers=SCRIPTED).text
    assert 'id="desk"' in busy


@pytest.mark.parametrize(
    "opened", ["stimulus-S99", "question-12", "cell-x", "fork-x", "reaction-S01.z", "rien", "x" * 500]
)
def test_a_desk_that_means_nothing_is_empty(ciso: FlaskClient, page: str, started: int, opened: str) -> None:
    text = ciso.get(f"{page}?open={opened}&show=nothing&cell=nobody").text
    assert "desk-title" not in text


def test_the_desk_alone_is_sent_to_an_open_page(ciso: FlaskClient, page: str, started: int) -> None:
    sent = ciso.get(f"{page}?open=stimulus-S01", headers=SCRIPTED | {"HX-Target": "desk"})
    assert "Titre S01" in sent.text
    assert "<html" not in sent.text


def test_stimuli_and_reactions_of_one_cell(ciso: FlaskClient, page: str, started: int, stage: Platform) -> None:
    obey(stage, MACHINE, started, Play("S01"))
    text = ciso.get(f"{page}?show=all&cell=it").text
    assert "row-S02" in text
    assert "row-S01" not in text
    assert "awaited-S01.a" not in text


def test_what_is_listed(ciso: FlaskClient, page: str, started: int, stage: Platform) -> None:
    obey(stage, MACHINE, started, Play("S01"))
    assert re.findall('id="row-(...?)"', ciso.get(page).text) == ["S02", "S03", "S04", "S05", "R1"]
    assert re.findall('id="row-(...?)"', ciso.get(f"{page}?show=past").text) == ["S01"]


def test_words_of_players_are_shown_as_typed(ciso: FlaskClient, page: str, started: int, stage: Platform) -> None:
    ask(stage, started, "<script>alert(1)</script>")
    text = ciso.get(page).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


@pytest.mark.parametrize(("who", "status"), [("director", 403), ("visitor", 403), ("stranger", 404)])
def test_who_does_not_conduct_commands_nothing(
    browse: Browse, page: str, started: int, seen: Callable[[], Board], who: str, status: int
) -> None:
    client, before = browse(who), seen().number
    data = {"stimulus": "R1", "minutes": "5", "reaction": "S01.a", "verdict": "seen", "text": "Un mot.", **ADD}
    for command in COMMANDS:
        assert client.post(f"{page}/do/{command}", data=data, headers=SCRIPTED).status_code == status, command
    assert seen().number == before


def test_an_exercise_of_another_hospital_is_not_commanded_through_ours(
    ciso: FlaskClient, here: str, stage: Platform, hospitals: Hospitals
) -> None:
    other = prepare_exercise(with_one_kit(stage), MACHINE, hospitals.far)
    assert ciso.post(f"{here}/exercises/{other}/facilitation/do/start").status_code == 404
    assert ciso.get(f"{here}/exercises/{other}/facilitation").status_code == 404


def test_a_large_exercise_is_one_light_page(
    ciso: FlaskClient, here: str, stage: Platform, hospitals: Hospitals, started: int, page: str
) -> None:
    large = plant_big_exercise(stage, MACHINE, hospitals.valley)
    play_some(stage, MACHINE, large, 40)
    address = f"{here}/exercises/{large}/facilitation"
    ciso.get(address), ciso.get(page)
    with counted(stage.database) as many:
        text = ciso.get(f"{address}?show=all").text
    with counted(stage.database) as few:
        ciso.get(page)
    assert text.count('<li id="row-') == 260
    assert len(many) == len(few)
    assert len(text) < 400_000
