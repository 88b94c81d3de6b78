"""Open ports by ordinary connections, on loopback: all of them, twice at least, at the rate that is asked."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from typing import Any

import pytest

from scanners.exposure import collect_connect
from scanners.exposure.collect_connect import accepts_anything, find_open, look_again
from scanners.exposure.collect_nmap import Follow, Rate
from scanners.exposure.collect_wire import Pace
from scanners.stopping import Stop

FAST = Rate(5000, 8000)
A, B = ip_address("127.91.0.1"), ip_address("127.91.0.2")


def server(address: str, stack: ExitStack, backlog: int = 16) -> tuple[socket.socket, int]:
    listening = stack.enter_context(socket.socket())
    listening.bind((address, 0))
    listening.listen(backlog)
    return listening, listening.getsockname()[1]


def full(stack: ExitStack) -> tuple[socket.socket, int]:
    """A port whose queue is full: the kernel drops further calls, as a filter does."""
    listening, port = server(str(A), stack, 0)
    for _ in range(8):
        caller = stack.enter_context(socket.socket())
        caller.setblocking(False)
        caller.connect_ex((str(A), port))
    return listening, port


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as found:
        yield found


def test_open_and_closed_ports_of_every_host(stack: ExitStack) -> None:
    _, first = server(str(A), stack)
    _, second = server(str(B), stack)
    told: list[tuple[str, int]] = []
    ports = sorted({first, second, *range(20000, 20200)})
    scan = find_open([A, B], ports, FAST, Follow(Stop(), 30, lambda *found: told.append(found)))
    seen = {
        host.address: ([port.number for port in host.ports], host.closed, host.filtered) for host in scan.reading.hosts
    }
    assert seen == {str(A): ([first], len(ports) - 1, 0), str(B): ([second], len(ports) - 1, 0)}
    assert sorted(told) == [(str(A), first), (str(B), second)]
    assert scan.reading.complete
    assert scan.missing() == ()


def test_ipv6_as_well() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        port = listening.getsockname()[1]
        scan = find_open([ip_address("::1")], [port], FAST, Follow(Stop(), 30))
    assert [found.number for host in scan.reading.hosts for found in host.ports] == [port]


def test_a_host_this_machine_has_no_route_to_is_missing_and_not_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    class NoRoute(socket.socket):
        def connect_ex(self, address: Any) -> int:
            called.append(address[0])
            return errno.ENETUNREACH if address[0] == str(B) else super().connect_ex(address)

    monkeypatch.setattr(socket, "socket", NoRoute)
    scan = find_open([A, B], [20001, 20002], FAST, Follow(Stop(), 30))
    assert [host.address for host in scan.reading.hosts] == [str(A)]
    assert (scan.missing(), scan.reading.complete) == ((B,), False)
    assert scan.complaint == "Network is unreachable"
    assert called.count(str(B)) == 1


def test_a_port_without_answer_is_called_again_and_counted_as_filtered(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, port = full(stack)
    called: list[int] = []
    real = collect_connect._Calls._call
    monkeypatch.setattr(collect_connect, "_WAITS", (0.05, 0.05, 0.05, 0.05))
    monkeypatch.setattr(
        collect_connect._Calls, "_call", lambda self, host, number: (called.append(number), real(self, host, number))[1]
    )
    (host,) = find_open([A], [port], FAST, Follow(Stop(), 30)).reading.hosts
    assert (host.ports, host.closed, host.filtered) == ((), 0, 1)
    assert called == [port, port]


def test_a_call_that_was_lost_is_made_up_for(stack: ExitStack) -> None:
    """The first call is dropped by a full queue, which is emptied meanwhile."""
    listening, port = full(stack)
    taken: list[socket.socket] = []

    def empty() -> None:
        listening.settimeout(0.2)
        try:
            while True:
                taken.append(listening.accept()[0])
        except TimeoutError:
            return

    emptier = threading.Timer(0.2, empty)
    emptier.start()
    (host,) = find_open([A], [port], FAST, Follow(Stop(), 30)).reading.hosts
    emptier.join()
    for line in taken:
        line.close()
    assert [found.number for found in host.ports] == [port]


@pytest.mark.parametrize(("answers_at", "passes"), [(1, 2), (2, 3), (3, 4), (4, 4)])
def test_calls_go_on_as_long_as_they_bring_something(
    monkeypatch: pytest.MonkeyPatch, answers_at: int, passes: int
) -> None:
    """Answers come up to a given pass: one more is made, two at least and four at most."""
    made = 0

    def one_pass(self: Any) -> bool:
        nonlocal made
        made += 1
        for host in self._hosts:
            host.called = len(host.ports)
            host.silent = list(host.ports)
        self._heard = int(made <= answers_at)
        return True

    monkeypatch.setattr(collect_connect._Calls, "_pass", one_pass)
    find_open([A], [1, 2], FAST, Follow(Stop(), 30))
    assert made == passes


def test_a_second_look_is_one_pass_unless_it_finds_something(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    _, lost = full(stack)
    _, found = server(str(B), stack)
    called: list[int] = []
    real = collect_connect._Calls._call

    def watched(self: Any, host: Any, port: int) -> None:
        called.append(port)
        real(self, host, port)

    monkeypatch.setattr(collect_connect, "_WAITS", (0.05, 0.05, 0.05))
    monkeypatch.setattr(collect_connect._Calls, "_call", watched)
    assert look_again({A: [lost]}, FAST, Follow(Stop(), 30)).reading.complete
    assert called == [lost]
    scan = look_again({A: [lost], B: [found]}, FAST, Follow(Stop(), 30))
    assert sorted(called[1:]) == sorted([lost, lost, found])
    assert [len(host.ports) for host in scan.reading.hosts] == [0, 1]


def test_the_rate_of_each_host_is_kept() -> None:
    began = time.monotonic()
    find_open([A, B], range(20000, 20010), Rate(50, 8000), Follow(Stop(), 30))
    assert time.monotonic() - began >= 9 / 50


def test_the_rate_of_all_hosts_is_kept() -> None:
    began = time.monotonic()
    find_open([A, B], range(20000, 20010), Rate(5000, 100), Follow(Stop(), 30))
    assert time.monotonic() - began >= 19 / 100 - 2 * collect_connect._BUSY_SECONDS


def test_a_fragile_device_never_has_two_calls_at_once(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[int] = []
    ports = [full(stack)[1] for _ in range(3)]
    real = collect_connect._Calls._call

    def watched(self: Any, host: Any, port: int) -> None:
        real(self, host, port)
        waiting.append(host.flying)

    monkeypatch.setattr(collect_connect, "_WAITS", (0.05, 0.05))
    monkeypatch.setattr(collect_connect._Calls, "_call", watched)
    find_open([A], ports, FAST, Follow(Stop(), 30), waiting_per_host=1)
    assert waiting == [1] * 6


def test_ports_are_the_outer_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[str, int]] = []
    real = collect_connect._Calls._call

    def watched(self: Any, host: Any, port: int) -> None:
        called.append((host.address, port))
        real(self, host, port)

    monkeypatch.setattr(collect_connect._Calls, "_call", watched)
    find_open([A, B], [20000, 20001], FAST, Follow(Stop(), 30))
    assert called[:4] == [(str(A), 20000), (str(B), 20000), (str(A), 20001), (str(B), 20001)]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOBUFS])
def test_a_machine_out_of_means_pauses_and_loses_nothing(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    _, port = server(str(A), stack)
    real, refusals = socket.socket, iter([True, False, True])

    def scarce(*arguments: Any) -> socket.socket:
        if next(refusals, False):
            raise OSError(number, "scarce")
        return real(*arguments)

    monkeypatch.setattr(collect_connect.socket, "socket", scarce)
    (host,) = find_open([A], [20000, port], FAST, Follow(Stop(), 30)).reading.hosts
    assert ([found.number for found in host.ports], host.closed) == ([port], 1)


def test_a_scan_that_is_stopped_tells_which_hosts_it_did_not_end_with(stack: ExitStack) -> None:
    _, port = server(str(A), stack)
    stop = Stop()
    follow = Follow(stop, 30, lambda *_: stop.ask())
    scan = find_open([A, B], [port, *range(20000, 21000)], Rate(100, 100), follow)
    assert (scan.reading.hosts, scan.missing()) == ((), (A, B))


def test_a_scan_over_its_time_is_cut_short() -> None:
    began = time.monotonic()
    scan = find_open([A], range(20000, 21000), Rate(10, 10), Follow(Stop(), 0.2))
    assert time.monotonic() - began < 5
    assert not scan.reading.complete


def test_only_a_host_that_accepts_unlikely_ports_accepts_anything(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = tuple(server(str(A), stack)[1] for _ in range(3))
    monkeypatch.setattr(collect_connect, "_UNLIKELY_PORTS", ports)
    assert accepts_anything(str(A), (), Pace(0))
    assert not accepts_anything(str(B), (), Pace(0))
    assert not accepts_anything(str(A), ports, Pace(0)), "ports that were tried prove nothing"
    monkeypatch.setattr(collect_connect, "_UNLIKELY_PORTS", (*ports[:2], 20000))
    assert not accepts_anything(str(A), (), Pace(0))
