"""What is asked over UDP, and what answers mean: stubs of the zone against readers, and a host on loopback."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.exposure import collect_udp
from scanners.exposure.collect_udp import ask_all
from scanners.exposure.collect_wire import Pace
from scanners.exposure.udp_questions import BACNET_PORT, QUESTIONS, Question
from scanners.stopping import Stop
from tests.lab.exposure import device_stubs
from tests.lab.exposure.zone_devices import BACNET, DEVICES, Device
from tests.unit.exposure.name_server import Zones, name_server

BY_PORT = {question.port: question for question in QUESTIONS}
OVER_UDP = [*(device for device in DEVICES if device.protocol == "udp"), BACNET]
LOOPBACK = "127.0.0.1"


def anyone(_port: int) -> bool:
    return False


@contextmanager
def answering(kind: str) -> Iterator[int]:
    """A device of the zone on loopback; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((LOOPBACK, 0))
        line.settimeout(0.05)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    question, sender = line.recvfrom(4096)
                except TimeoutError:
                    continue
                if answer := device_stubs.DATAGRAMS[kind](question):
                    line.sendto(answer, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield line.getsockname()[1]
        finally:
            stop.set()
            thread.join()


@pytest.mark.parametrize("device", OVER_UDP, ids=lambda device: device.kind)
def test_each_device_is_named_by_its_answer(device: Device) -> None:
    question = BY_PORT[device.port]
    answers = [told for message in question.messages if (told := device_stubs.DATAGRAMS[device.kind](message))]
    service = question.read(answers)
    assert service is not None
    assert (service.name, device.product in service.product) == (device.name, True)


def test_every_question_has_a_device_that_answers_or_a_test_of_its_own() -> None:
    assert {device.port for device in OVER_UDP} | {53, 161} == set(BY_PORT)


@given(st.binary(max_size=300), st.sampled_from(QUESTIONS))
def test_readers_take_anything(received: bytes, question: Question) -> None:
    for answers in ([received or b"x"], [question.messages[0][:12] + received], [received or b"x"] * 4):
        service = question.read(answers)
        assert service is None or service.name


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question.port))
def test_questions_are_small_and_are_not_the_known_attacks(question: Question) -> None:
    sent = b"".join(question.messages)
    assert len(sent) < 800
    assert b"\x17\x00\x03\x2a" not in sent, "monlist"
    assert not any(word in sent for word in (b"stats", b"get ", b"public"))


def test_a_time_server_tells_its_variables_to_strangers_or_not() -> None:
    with answering("ntp_open") as port:
        (seen,) = ask_all(LOOPBACK, [replace(BY_PORT[123], port=port)], Pace(0)).ports
    assert (seen.service.product, seen.service.version) == ("ntpd", "4.2.8p12@1.3728-o")
    assert seen.service.traits == ("control_open",)
    quiet = BY_PORT[123].read([device_stubs.ntp_quiet(BY_PORT[123].messages[0])])
    assert quiet is not None
    assert quiet.traits == ("control_refused",)


def test_both_versions_of_ike_are_asked_and_the_highest_is_told() -> None:
    second, first = BY_PORT[500].messages
    assert (second[17], first[17]) == (0x20, 0x10)
    for message in (second, first):
        assert int.from_bytes(message[24:28], "big") == len(message)
    old = BY_PORT[500].read([first[:8] + bytes(9) + b"\x10" + bytes(20)])
    assert old is not None
    assert old.version == "1"


def test_names_of_a_windows_machine_are_shown_clean() -> None:
    service = BY_PORT[137].read([device_stubs.netbios(BY_PORT[137].messages[0])])
    assert service is not None
    assert service.banner == "SRV-PACS HOPITAL"


def test_silence_names_nothing_and_is_asked_twice_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_udp, "_ANSWER_SECONDS", 0.05)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind((LOOPBACK, 0))
        port = mute.getsockname()[1]
        heard = ask_all(LOOPBACK, [replace(BY_PORT[1900], port=port)], Pace(0))
        mute.settimeout(0.2)
        received = [mute.recv(4096) for _ in range(2)]
        with pytest.raises(TimeoutError):
            mute.recv(4096)
    assert heard.ports == ()
    assert heard.unsent is None
    assert received == list(BY_PORT[1900].messages) * 2


@pytest.mark.parametrize("number", [53, 1900], ids=["connected", "from elsewhere"])
def test_a_refusal_ends_the_wait_at_once(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((LOOPBACK, 0))
        port = line.getsockname()[1]
    monkeypatch.setattr(collect_udp, "_ANSWER_SECONDS", 60.0)
    heard = ask_all(LOOPBACK, [replace(BY_PORT[number], port=port)], Pace(0))
    assert (heard.ports, heard.unsent) == ((), None)


def test_an_answer_that_is_not_its_protocol_is_an_open_port_without_a_name() -> None:
    with answering("qotd") as port:
        (seen,) = ask_all(LOOPBACK, [replace(BY_PORT[53], port=port)], Pace(0)).ports
    assert (seen.service.name, seen.service.banner) == ("", "« Rien ne sert de courir. »")


def test_what_another_machine_says_is_not_heard() -> None:
    question = replace(BY_PORT[1900], port=9)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((LOOPBACK, 0))
        line.setblocking(False)
        one = collect_udp._Talk(question, "127.0.0.2", line)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind((LOOPBACK, 0))
            stranger.sendto(device_stubs.ssdp(b"M-SEARCH"), line.getsockname())
        one.receive()
    assert one.port() is None


def test_no_byte_goes_to_a_port_that_is_forbidden() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((LOOPBACK, 0))
        line.settimeout(0.1)
        port = line.getsockname()[1]
        heard = ask_all(LOOPBACK, [replace(BY_PORT[BACNET_PORT], port=port)], Pace(0, forbids=lambda _port: True))
        assert heard.ports == ()
        with pytest.raises(TimeoutError):
            line.recv(4096)


def test_a_stop_sends_nothing_more() -> None:
    stop = Stop()
    stop.ask()
    assert ask_all(LOOPBACK, QUESTIONS, Pace(0, stop, forbids=anyone)).ports == ()


def test_a_network_out_of_reach_is_told() -> None:
    """A broadcast address is one this machine refuses to write to."""
    heard = ask_all("255.255.255.255", [BY_PORT[53]], Pace(0, forbids=anyone))
    assert heard.unsent is not None


def test_a_real_name_server_on_loopback_resolves_for_strangers() -> None:
    root = "@ 300 IN SOA a. b. 1 2 3 4 5\n@ 300 IN NS a.root.test.\n"
    with name_server(Zones({".": root})) as port:
        (seen,) = ask_all(LOOPBACK, [replace(BY_PORT[53], port=port)], Pace(0)).ports
    assert (seen.protocol, seen.service.traits) == ("udp", ("recursion_open",))


def test_a_gentle_host_is_sent_five_datagrams_a_second_and_each_question_twice_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten times as fast as *gentle*: 0.1 s between calls is 0.02 s between datagrams."""
    monkeypatch.setattr(collect_udp, "_ANSWER_SECONDS", 0.0)
    sent: list[tuple[int, float]] = []
    monkeypatch.setattr(
        collect_udp._Talk, "send", lambda talk, _message: sent.append((talk.question.port, time.monotonic()))
    )
    ask_all(LOOPBACK, QUESTIONS, Pace(0.1, forbids=anyone))
    assert [port for port, _ in sent] == [one.port for one in QUESTIONS for _ in one.messages] * 2
    assert all(later - earlier >= 0.02 for (_, earlier), (_, later) in pairwise(sent))
