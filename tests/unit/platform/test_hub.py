"""The hub wakes who listens, when what they listen to changed, and asks nothing while nobody does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from care.services.hub import Hub, Topic
from scanners.errors import SaidError
from tests.support.machine import eventually

ONE, CELL, OTHER = Topic("exercise", 1), Topic("exercise", 1, "direction"), Topic("exercise", 2)
LONG = 20.0


@dataclass
class Source:
    """What a database would answer."""

    marks: dict[Topic, str] = field(default_factory=dict)
    asked: list[frozenset[Topic]] = field(default_factory=list)
    broken: bool = False
    defect: bool = False

    def __call__(self, topics: frozenset[Topic]) -> Mapping[Topic, str]:
        self.asked.append(topics)
        if self.defect:
            raise KeyError("S99")
        if self.broken:
            raise SaidError("La base ne répond pas.", "The database does not answer.")
        return self.marks


def test_whoever_comes_with_nothing_is_told_the_mark_at_once() -> None:
    hub, source = Hub(), Source({ONE: "a"})
    with hub.listening(ONE, source):
        assert hub.wait(ONE, "", LONG) == "a"
    hub.close()


def test_a_mark_that_stays_wakes_nobody_and_one_that_changes_does() -> None:
    hub, source = Hub(), Source({ONE: "a"})
    with hub.listening(ONE, source):
        assert hub.wait(ONE, "", LONG) == "a"
        assert hub.wait(ONE, "a", 0) == "a"
        source.marks = {ONE: "b"}
        hub.stir()
        assert hub.wait(ONE, "a", LONG) == "b"
    hub.close()


def test_all_who_listen_are_woken_by_one_look() -> None:
    hub, source = Hub(), Source()
    heard: list[str] = []

    def listener(topic: Topic) -> None:
        with hub.listening(topic, source):
            heard.append(hub.wait(topic, "", LONG))

    threads = [threading.Thread(target=listener, args=(topic,)) for topic in (ONE, ONE, CELL, OTHER)]
    for thread in threads:
        thread.start()
    eventually(lambda: bool(source.asked) and source.asked[-1] == {ONE, CELL, OTHER}, "all three listened to")
    source.marks = {ONE: "a", CELL: "b", OTHER: "c"}
    for thread in threads:
        thread.join(LONG)
    assert sorted(heard) == ["a", "a", "b", "c"]
    hub.close()


def test_nothing_is_asked_once_nobody_listens_and_asking_begins_again() -> None:
    hub, source = Hub(), Source({ONE: "a"})
    for _ in range(2):
        with hub.listening(ONE, source):
            assert hub.wait(ONE, "", LONG) == "a"
        eventually(lambda: all(one.name != "care-live" for one in threading.enumerate()), "no thread left")
    hub.look_once(source)
    assert source.asked[-1] == frozenset()


def test_what_is_not_listened_to_is_not_remembered() -> None:
    hub, source = Hub(), Source({ONE: "a", OTHER: "z"})
    with hub.listening(ONE, source):
        assert hub.wait(ONE, "", LONG) == "a"
        assert hub.wait(OTHER, "", 0) == ""
    hub.close()


def test_a_database_that_does_not_answer_is_told_once_and_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    hub, source = Hub(), Source({ONE: "a"}, broken=True)
    with caplog.at_level(logging.WARNING), hub.listening(ONE, source):
        eventually(lambda: len(source.asked) >= 3, "asked again")
        source.broken = False
        hub.stir()
        assert hub.wait(ONE, "", LONG) == "a"
        eventually(lambda: len(caplog.records) > 1, "the end is told, after those who waited were answered")
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"], "when it began, when it was over"
    hub.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_ends_one_look_and_who_listens_next_is_served() -> None:
    hub, source = Hub(), Source({ONE: "a"}, defect=True)
    with hub.listening(ONE, source):
        eventually(lambda: all(one.name != "care-live" for one in threading.enumerate()), "the thread ended")
        source.defect = False
        with hub.listening(OTHER, source):
            assert hub.wait(ONE, "", LONG) == "a"
    hub.close()


def test_closing_lets_everyone_go() -> None:
    hub, source = Hub(), Source()
    heard: list[object] = []

    def listener() -> None:
        with hub.listening(ONE, source):
            heard.extend([hub.wait(ONE, "", LONG * 10), hub.rest(LONG * 10)])

    thread = threading.Thread(target=listener)
    thread.start()
    eventually(lambda: bool(source.asked), "asked")
    hub.close()
    thread.join(LONG)
    assert heard == ["", False]
    with hub.listening(ONE, source):
        assert hub.wait(ONE, "", LONG * 10) == ""
