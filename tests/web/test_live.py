"""The stream of a live page: what changed, to whom it may be told, and what happens when there are too many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.services.exercises.conducting import obey
from care.services.platform import Platform
from care.web import live
from exercises.decide import Pause, Resume
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.exercises import PlantedExercises, plant_exercises


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> Iterator[PlantedExercises]:
    yield plant_exercises(platform, hospitals.valley)
    platform.hub.close()


@contextmanager
def stream(client: FlaskClient, address: str, since: str | None = None) -> Iterator[Iterator[str]]:
    """The events of a stream, as the browser receives them."""
    headers = {"Last-Event-ID": since} if since else {}
    with client.get(address, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.mimetype == "text/event-stream"
        assert isinstance(answer.response, Iterator)
        yield (part.decode() if isinstance(part, bytes) else part for part in answer.response)


def identifier(event: str) -> str:
    return next(line.removeprefix("id: ") for line in event.splitlines() if line.startswith("id: "))


def test_a_change_is_told(ciso: FlaskClient, here: str, platform: Platform, planted: PlantedExercises) -> None:
    with stream(ciso, f"{here}/exercises/{planted.live}/live") as events:
        assert "event: beat" in next(events)
        first = next(events)
        assert "event: changed" in first, "a page just opened may have missed something"
        obey(platform, MACHINE, planted.live, Pause())
        second = next(events)
        assert "event: changed" in second
        assert identifier(first) != identifier(second)


def test_a_browser_that_comes_back_is_told_only_what_it_missed(
    ciso: FlaskClient, here: str, platform: Platform, planted: PlantedExercises, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{here}/exercises/{planted.live}/live"
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.5)
    with stream(ciso, address) as events:
        next(events)
        seen = identifier(next(events))
    with stream(ciso, address, since=seen) as events:
        next(events)
        assert "event: beat" in next(events)
    obey(platform, MACHINE, planted.live, Pause())
    obey(platform, MACHINE, planted.live, Resume())
    with stream(ciso, address, since=seen) as events:
        next(events)
        assert "event: changed" in next(events)


def test_a_stream_ends_and_gives_its_place_back(
    app: Flask, ciso: FlaskClient, here: str, planted: PlantedExercises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LIFE_SECONDS", 0.0)
    monkeypatch.setattr(live, "MAX_STREAMS", 1)
    live.init_live(app)
    address = f"{here}/exercises/{planted.live}/live"
    for _ in range(3):
        with stream(ciso, address) as events:
            assert len(list(events)) == 1
    with stream(ciso, address), ciso.get(address) as refused:
        assert refused.status_code == 204, "the page then asks by itself"
    with stream(ciso, address) as events:
        assert next(events)


def test_one_browser_does_not_hold_the_streams_of_all(
    app: Flask, browse: Browse, here: str, planted: PlantedExercises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_EACH", 1)
    live.init_live(app)
    address = f"{here}/exercises/{planted.live}/live"
    greedy, other = browse("ciso"), browse("administrator")
    with stream(greedy, address) as events:
        assert next(events)
        assert greedy.get(address).status_code == 204
        with stream(other, address) as others:
            assert next(others)


def test_a_server_that_stops_lets_its_streams_go(
    ciso: FlaskClient, here: str, platform: Platform, planted: PlantedExercises
) -> None:
    with stream(ciso, f"{here}/exercises/{planted.live}/live") as events:
        next(events)
        platform.hub.close()
        assert len(list(events)) <= 2


@pytest.mark.parametrize(("who", "code"), [("stranger", 404), ("anonymous", 302)])
def test_strangers_are_told_nothing(browse: Browse, here: str, planted: PlantedExercises, who: str, code: int) -> None:
    assert browse(who).get(f"{here}/exercises/{planted.live}/live").status_code == code
