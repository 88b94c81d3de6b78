"""An audit that is to end hangs up at once, wherever it waits; a host that is slow costs its time and no more."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from scanners.exposure import collect_wire
from scanners.exposure.collect_around import Around
from scanners.exposure.collect_connect import _accepts
from scanners.exposure.collect_dns import Resolver, State
from scanners.exposure.collect_questions import Question
from scanners.exposure.collect_tls import lenient_context
from scanners.exposure.collect_told import Told
from scanners.exposure.collect_wire import ConversationOver, Pace, Reach
from scanners.exposure.facts import Host, Http, Port, Service
from scanners.exposure.mandate import parse_mandate
from scanners.model import Text
from scanners.stopping import Stop
from tests.support.machine import eventually
from tests.unit.exposure.test_collect_connect import full
from tests.unit.exposure.test_collect_questions import questions
from tests.unit.exposure.test_conversations import server
from tests.unit.exposure.test_mandate import WRITTEN

PATIENCE = 10
AT_ONCE = 1.0
"""A second: the waits that are cut here last two to fifteen."""

Wait = Callable[[Pace, str, int], object]


def listen(pace: Pace, address: str, port: int) -> object:
    with Reach(address, port, pace).call() as wire:
        return wire.receive(seconds=PATIENCE)


def shake_hands(pace: Pace, address: str, port: int) -> object:
    with Reach(address, port, pace).call() as wire:
        return wire.start_tls(lenient_context(), "")


def connect(pace: Pace, address: str, port: int) -> object:
    with Reach(address, port, pace).call():
        return None


def unlikely(pace: Pace, address: str, port: int) -> object:
    if not _accepts(address, port, pace):
        raise ConversationOver
    return None


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as found:
        yield found


@pytest.mark.parametrize(("wait", "deaf"), [(listen, False), (shake_hands, False), (connect, True), (unlikely, True)])
def test_a_conversation_is_hung_up_as_soon_as_the_end_is_asked_for(stack: ExitStack, wait: Wait, deaf: bool) -> None:
    """A server that says nothing, and one whose queue is full: the kernel does not even answer the call."""
    if deaf:
        listening, port = full(stack)
        address = listening.getsockname()[0]
    else:
        over = threading.Event()
        stack.callback(over.set)
        address, port = "127.0.0.1", stack.enter_context(server(lambda _caller: bool(over.wait(PATIENCE))))
    stop = Stop()
    pace = Pace(0, stop)
    ended = in_a_thread(lambda: wait(pace, address, port))
    eventually(lambda: bool(pace._lines), "it waits")
    assert isinstance(ended(stop), ConversationOver)


def test_who_waits_for_others_to_end_their_conversation_leaves_too() -> None:
    stop = Stop()
    pace, waiting = Pace(0, stop, 1), threading.Event()

    def take_a_turn() -> None:
        waiting.set()
        with pace.turn():
            pytest.fail("the slot is taken")

    with pace.turn():
        ended = in_a_thread(take_a_turn)
        assert waiting.wait(PATIENCE)
        assert isinstance(ended(stop), ConversationOver)
    with pytest.raises(ConversationOver), pace.turn():
        pass


def test_a_question_to_a_mute_name_server_is_waited_for_no_longer(stack: ExitStack) -> None:
    line = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    line.bind(("127.0.0.1", 0))
    line.settimeout(PATIENCE)
    stop = Stop()
    resolver = Resolver(f"127.0.0.1:{line.getsockname()[1]}", stop)
    ended = in_a_thread(lambda: resolver.ask("hopital.test", "MX").state)
    assert line.recv(4096)
    assert ended(stop) is State.FAILED


def in_a_thread(work: Callable[[], object]) -> Callable[[Stop], object]:
    """Begin some work; the function returned asks for the end, and gives what the work returned or raised, at once."""
    came: list[object] = []

    def run() -> None:
        try:
            came.append(work())
        except ConversationOver as over:
            came.append(over)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def end(stop: Stop) -> object:
        began = time.monotonic()
        stop.ask()
        thread.join(PATIENCE)
        assert time.monotonic() - began < AT_ONCE
        (only,) = came
        return only

    return end


def test_what_a_conversation_understood_while_it_was_hung_up_is_no_answer() -> None:
    stop = Stop()

    def about(_address: str, number: int) -> Question:
        def ask() -> tuple[Port, ...]:
            stop.ask()
            return (Port(number, Service("telnet")),)

        return ask

    talk = questions(["a"], stop, about=about)
    talk.known("a", [23], suspicious=False)
    eventually(stop.asked, "it is asked")
    talk.finish()
    assert talk.ports()["a"] == (Port(23),)


def test_a_stop_among_mute_sites_ends_the_second_look_and_leaves_their_host_for_the_next_audit() -> None:
    stop, asked, over = Stop(), threading.Event(), threading.Event()

    def mute(_caller: socket.socket) -> None:
        asked.set()
        over.wait(PATIENCE)

    with server(mute) as port:
        site = Port(port, Service("http"), http=Http(200))
        hosts = (Host("127.0.0.1", ("a.hopital.test", "b.hopital.test"), (site,)), Host("127.0.0.2"))
        around = Around(parse_mandate(WRITTEN), lambda *_: True, Resolver("127.0.0.1:1", stop))
        paces = {host.address: Pace(0, stop) for host in hosts}
        ended = in_a_thread(lambda: around.after(hosts, paces, lambda *_: None))
        assert asked.wait(PATIENCE)
        assert ended(stop) == hosts
        over.set()
    assert around.unfinished == {"127.0.0.1"}


# ---------------------------------------------------------------- slow hosts


def test_no_conversation_begins_after_the_time_allowed_to_a_host() -> None:
    pace = Pace(0)
    pace.allow(-1)
    with pytest.raises(ConversationOver), pace.turn():
        pass
    assert pace.late
    pace.allow(PATIENCE)
    with pace.turn():
        assert not pace.late


def test_a_host_whose_hundred_sites_are_mute_costs_its_time_and_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_wire, "TALK_SECONDS", 0.2)
    over = threading.Event()
    names = tuple(f"site{number}.hopital.test" for number in range(100))
    with server(lambda _caller: bool(over.wait(PATIENCE))) as port:
        ports = (Port(port, Service("http"), http=Http(200)), Port(1, Service("smtp")))
        slow, quick = Host("127.0.0.1", names, ports), Host("127.0.0.2")
        around = Around(parse_mandate(WRITTEN), lambda *_: True, Resolver("127.0.0.1:1"), seconds=0.5)
        paces = {"127.0.0.1": Pace(0), "127.0.0.2": Pace(0)}
        began = time.monotonic()
        asked = around.after((slow, quick), paces, lambda *_: None)
        assert time.monotonic() - began < 5, "a hundred names of a fifth of a second"
        over.set()
    assert [host.address for host in asked] == ["127.0.0.1", "127.0.0.2"]
    assert asked[0].ports[0].sites == ()
    (gap,) = around.gaps
    assert (gap.section, gap.truncated) == ("http", True)
    assert "127.0.0.1 answers too slowly" in gap.reason.en


# ---------------------------------------------------------------- what is told


def test_a_port_that_answers_while_nothing_may_be_said_is_told_in_the_next_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    now = iter([10.0, 10.1, 10.15, 10.3, 10.6])
    monkeypatch.setattr("scanners.exposure.collect_told.time.monotonic", lambda: next(now))

    def progress(_share: float, text: Text) -> None:
        said.append(text.en)

    told = Told(progress)
    told.say(128, (0, 0, 0), "")
    told.say(128, (1, 0, 0), "192.0.2.1:22")
    told.say(128, (2, 0, 0), "")
    told.say(128, (2, 1, 0), "")
    told.say(128, (2, 2, 0), "")
    assert [sentence.partition(" · ")[0] for sentence in said] == [
        "0 open ports, 0 questioned, 0 addresses of 128 done",
        "192.0.2.1:22 answers",
        "2 open ports, 2 questioned, 0 addresses of 128 done",
    ]
