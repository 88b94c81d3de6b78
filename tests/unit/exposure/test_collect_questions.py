"""Conversations side by side: a slow host delays nobody, a tarpit is left alone, an end is an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from scanners.exposure.collect_questions import SUSPICIOUS_PORTS, Question, Questions, Ways
from scanners.exposure.facts import Port, Service
from scanners.stopping import Stop

PATIENCE = 10


def named(number: int) -> Port:
    return Port(number, Service("ssh"))


def ways(**changes: Any) -> Ways:
    """A host answers at once and has nothing to hide."""

    def about(_address: str, number: int) -> Question:
        return lambda: (named(number),)

    usual: dict[str, Any] = {
        "about": about,
        "besides": lambda _address: (),
        "everywhere": lambda *_: False,
        "unnamed": lambda _address, ports: [port for port in ports if not port.service.name],
        "name": lambda _address, ports: ports,
        "late": lambda *_: None,
        "seconds": 60.0,
        "at_once": 2,
    }
    return Ways(**(usual | changes))


def questions(addresses: Sequence[str], stop: Stop | None = None, **changes: Any) -> Questions:
    return Questions(addresses, ways(**changes), stop or Stop(), lambda: None)


def test_a_port_is_asked_once_as_soon_as_it_is_open() -> None:
    asked: list[int] = []
    answered = threading.Event()

    def about(_address: str, number: int) -> Question:
        def ask() -> tuple[Port, ...]:
            asked.append(number)
            answered.set()
            return (named(number),)

        return ask

    talk = questions(["a"], about=about)
    talk.opened("a", 22)
    assert answered.wait(PATIENCE)
    assert talk.unfinished() == {"a"}
    talk.opened("a", 22)
    talk.known("a", [22, 80], suspicious=False)
    talk.finish()
    assert sorted(asked) == [22, 80]
    assert talk.ports()["a"] == (named(22), named(80))
    assert talk.unfinished() == frozenset()


def test_a_host_to_be_left_in_peace_is_asked_once_its_ports_are_known() -> None:
    asked: list[int] = []

    def about(_address: str, number: int) -> Question:
        return lambda: asked.append(number) or ()  # type: ignore[func-returns-value]

    talk = questions(["a", "b"], about=about, at_the_end=True)
    talk.opened("a", 22)
    talk.known("b", [], suspicious=False)
    assert asked == []
    talk.known("a", [22], suspicious=False)
    talk.finish()
    assert asked == [22]


def test_no_more_than_two_conversations_with_a_host_and_others_go_on() -> None:
    gate, quick, both = threading.Event(), threading.Event(), threading.Event()
    together: list[int] = []
    lock, now = threading.Lock(), 0

    def about(address: str, number: int) -> Question:
        def ask() -> tuple[Port, ...]:
            nonlocal now
            if address == "quick":
                quick.set()
                return (named(number),)
            with lock:
                now += 1
                together.append(now)
                if now == 2:
                    both.set()
            assert gate.wait(PATIENCE)
            with lock:
                now -= 1
            return (named(number),)

        return ask

    talk = questions(["slow", "quick"], about=about)
    talk.known("slow", range(1, 15), suspicious=False)
    talk.known("quick", [22], suspicious=False)
    assert quick.wait(PATIENCE), "a slow host held the others"
    assert both.wait(PATIENCE)
    gate.set()
    talk.finish()
    assert max(together) == 2
    assert len(talk.ports()["slow"]) == 14


def test_a_stubborn_service_delays_no_other_host() -> None:
    gate, other = threading.Event(), threading.Event()

    def about(_address: str, number: int) -> Question:
        return lambda: (Port(number),)

    def name(address: str, ports: Sequence[Port]) -> Sequence[Port]:
        if address == "other":
            other.set()
        else:
            assert gate.wait(PATIENCE)
        return [named(port.number) for port in ports]

    talk = questions(["stubborn", "other"], about=about, name=name)
    talk.known("stubborn", [1], suspicious=False)
    talk.known("other", [2], suspicious=False)
    assert other.wait(PATIENCE)
    gate.set()
    talk.finish()
    assert talk.ports() == {"stubborn": (named(1),), "other": (named(2),)}


def test_a_service_is_named_before_all_ports_are_known_and_delays_not_even_its_own_host() -> None:
    gate, naming, asked = threading.Event(), threading.Event(), threading.Event()
    given: list[list[int]] = []

    def about(_address: str, number: int) -> Question:
        def ask() -> tuple[Port, ...]:
            if number == 3:
                asked.set()
            return (Port(number),)

        return ask

    def name(_address: str, ports: Sequence[Port]) -> Sequence[Port]:
        given.append(sorted(port.number for port in ports))
        naming.set()
        assert gate.wait(PATIENCE)
        return [named(port.number) for port in ports if port.number != 2]

    talk = questions(["a"], about=about, name=name)
    talk.opened("a", 1)
    assert naming.wait(PATIENCE), "it waited for the other ports"
    talk.known("a", [1, 2, 3], suspicious=False)
    assert asked.wait(PATIENCE), "others wait for it"
    gate.set()
    talk.finish()
    assert given == [[1], [2, 3]], "each port is given once"
    assert talk.ports()["a"] == (named(1), Port(2), named(3))
    assert talk.unfinished() == frozenset()


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_suspicious_host_is_asked_about_few_ports_until_it_is_cleared(everywhere: bool) -> None:
    asked: list[int] = []

    def about(_address: str, number: int) -> Question:
        def ask() -> tuple[Port, ...]:
            asked.append(number)
            return (named(number),)

        return ask

    talk = questions(["a"], about=about, everywhere=lambda *_: everywhere)
    for number in range(1, 101):
        talk.opened("a", number)
    talk.known("a", range(1, 101), suspicious=True)
    talk.finish()
    assert len(asked) <= (SUSPICIOUS_PORTS if everywhere else 100)
    assert len(talk.ports()["a"]) == (0 if everywhere else 100)
    assert talk.answering_everywhere() == ({"a"} if everywhere else frozenset())
    assert talk.unfinished() == frozenset()


def test_a_host_that_takes_too_long_is_left_and_its_ports_are_told() -> None:
    left: list[tuple[str, list[int]]] = []
    talk = questions(["a"], seconds=-1.0, late=lambda address, numbers: left.append((address, list(numbers))))
    talk.known("a", [22, 80], suspicious=False)
    talk.finish()
    assert left == [("a", [22, 80])]
    assert talk.ports()["a"] == (Port(22), Port(80))


def test_an_end_does_not_wait_for_those_who_talk() -> None:
    stop, gate, talking = Stop(), threading.Event(), threading.Event()

    def about(_address: str, number: int) -> Question:
        def ask() -> tuple[Port, ...]:
            if number == 80:
                return (named(80),)
            talking.set()
            gate.wait(PATIENCE)
            return ()

        return ask

    talk = questions(["a", "b"], stop, about=about)
    talk.known("b", [80], suspicious=False)
    talk.known("a", [22, 23, 24], suspicious=False)
    assert talking.wait(PATIENCE)
    ended = threading.Thread(target=talk.finish)
    began = time.monotonic()
    stop.ask()
    ended.start()
    ended.join(PATIENCE)
    assert time.monotonic() - began < 1
    assert "a" in talk.unfinished()
    assert talk.ports()["a"] == (Port(22), Port(23), Port(24)), "open ports stay known"
    gate.set()


def test_questions_besides_those_of_ports_are_asked_too() -> None:
    agent = Port(161, Service("snmp"), protocol="udp")

    def besides(_address: str) -> Iterable[Question]:
        return (lambda: (agent,), tuple)

    talk = questions(["a"], besides=besides)
    talk.known("a", [443], suspicious=False)
    talk.finish()
    assert talk.ports()["a"] == (named(443), agent)


def test_a_defect_in_a_conversation_is_not_swallowed() -> None:
    def about(_address: str, _number: int) -> Callable[[], Iterable[Port]]:
        def ask() -> Iterable[Port]:
            raise RuntimeError("a defect")

        return ask

    talk = questions(["a"], about=about)
    talk.known("a", [22], suspicious=False)
    with pytest.raises(RuntimeError, match="a defect"):
        talk.finish()
