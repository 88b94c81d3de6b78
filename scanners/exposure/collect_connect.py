"""Looks for open ports by ordinary connections: when raw sockets are refused, when each host has its own strict rate,
and once more after nmap.

One thread, thousands of calls waiting at once.
Ports are the outer loop and hosts the inner one, so that hosts share the rate and each is called rarely. What did not
answer is always called a second time, and again as long as a new call brings an answer that was missed: at 2 % loss
four passes miss one open port in half a million.
"""

from __future__ import annotations

import errno
import os
import resource
import select
import socket
import time
from collections import deque
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from scanners.exposure.collect_nmap import Follow, Rate, Scan
from scanners.exposure.collect_wire import Pace
from scanners.exposure.read_nmap import Reading, ScannedHost, ScannedPort
from scanners.exposure.targets import Address

_WAITS = (0.6, 0.95, 0.95, 0.95)
"""Seconds an answer is waited for, pass after pass; less than the second after which the kernel calls again by itself,
so that no packet goes uncounted."""
_FEWEST_PASSES = 2
_AT_ONCE = 4000
_SCANS_AT_ONCE = 4
"""Scans that may wait for so many answers side by side: those that follow nmap are slower, and wait for few."""
_SPARE_FILES = 256
_BURST = 200
_UNLIKELY_PORTS = (61237, 62791, 63613)
"""Neither assigned nor given by a system to its own calls."""
_UNLIKELY_SECONDS = 2.5
"""Long enough for a lost packet to be sent again."""
_OUT_OF_MEANS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EAGAIN}
_OPEN = {0, errno.ECONNRESET, errno.EPIPE}
"""Connected, or connected and dropped at once: a refusal before the connection is always ECONNREFUSED."""
_PAUSE_SECONDS = 0.05
_TELL_EVERY = 500
_POLL_SECONDS = 0.005
_BUSY_SECONDS = 0.02


@dataclass(slots=True)
class _HostCalls:
    """One host: the ports of this pass and how many were called, those without answer, and what was learnt.

    `trouble` is the error with which this machine refused to send a call: such a host was not seen.
    """

    address: str
    family: socket.AddressFamily
    ports: Sequence[int]
    called: int = 0
    again: list[int] = field(default_factory=list)
    flying: int = 0
    next_at: float = 0.0
    open: list[int] = field(default_factory=list)
    closed: int = 0
    silent: list[int] = field(default_factory=list)
    trouble: int = 0

    def waits(self) -> bool:
        """Whether ports are still to be called in this pass."""
        return self.called < len(self.ports) or bool(self.again)

    def next_port(self) -> int:
        """The next port to call."""
        if self.again:
            return self.again.pop()
        self.called += 1
        return self.ports[self.called - 1]

    def call_silent_again(self) -> None:
        """A new pass: what has not answered yet."""
        self.ports, self.called, self.silent = self.silent, 0, []

    def give_up(self, trouble: int) -> None:
        """No call can be sent there: none is tried any more."""
        self.trouble, self.ports, self.called, self.again = trouble, (), 0, []

    def ended(self) -> bool:
        """Whether nothing of this pass is left to be called or heard."""
        return not self.waits() and not self.flying

    def seen(self) -> ScannedHost:
        """What was learnt, in the words of nmap's reader."""
        ports = tuple(ScannedPort(number, "tcp") for number in sorted(self.open))
        return ScannedHost(self.address, ports, self.closed, len(self.silent))


@dataclass(frozen=True, slots=True)
class _Call:
    """A connection that has not answered yet."""

    host: _HostCalls
    port: int
    line: socket.socket
    until: float


def find_open(
    addresses: Sequence[Address], ports: Sequence[int], rate: Rate, follow: Follow, waiting_per_host: int = _AT_ONCE
) -> Scan:
    """The open ports of some addresses, at most that many connections of one host waiting at once."""
    wanted = dict.fromkeys(addresses, ports)
    return _scan(wanted, _Calls(wanted, rate, follow, waiting_per_host, _FEWEST_PASSES))


def look_again(wanted: Mapping[Address, Sequence[int]], rate: Rate, follow: Follow) -> Scan:
    """Call once more ports that did not answer; and again, as long as that brings an answer that was missed."""
    return _scan(wanted, _Calls(wanted, rate, follow, _AT_ONCE, 1))


def _scan(wanted: Mapping[Address, Sequence[int]], calls: _Calls) -> Scan:
    seen = calls.run()
    return Scan(tuple(wanted), Reading(seen, len(seen) == len(wanted)), complaint=calls.complaint())


def _is_seen(host: _HostCalls, enough: bool) -> bool:
    return not host.trouble and host.ended() and (enough or not host.silent)


class _Calls:
    """All the calls of one scan, in passes."""

    def __init__(
        self,
        wanted: Mapping[Address, Sequence[int]],
        rate: Rate,
        follow: Follow,
        waiting_per_host: int,
        fewest_passes: int,
    ) -> None:
        self._hosts = [_HostCalls(str(address), _family(address), ports) for address, ports in wanted.items()]
        self._rate, self._follow = rate, follow
        self._waiting_per_host, self._fewest_passes = waiting_per_host, fewest_passes
        self._at_once = _most_at_once()
        self._flying: dict[int, _Call] = {}
        self._poll = select.epoll()
        self._deadline = time.monotonic() + follow.seconds
        self._next_call = 0.0
        self._wait = _WAITS[0]
        self._heard = self._made = 0
        self._least = max(1, sum(map(len, wanted.values())))

    def run(self) -> tuple[ScannedHost, ...]:
        """Call everything; the hosts whose ports were all called as often as it takes."""
        try:
            for number, self._wait in enumerate(_WAITS, 1):
                self._heard = 0
                if not self._pass() or number == len(_WAITS) or (number >= self._fewest_passes and not self._heard):
                    break
                for host in self._hosts:
                    host.call_silent_again()
            enough = number >= self._fewest_passes
            return tuple(host.seen() for host in self._hosts if _is_seen(host, enough))
        finally:
            for call in self._flying.values():
                call.line.close()
            self._poll.close()

    def complaint(self) -> str:
        """Why calls could not be sent, in the words of this system; empty when all were."""
        return next((os.strerror(host.trouble) for host in self._hosts if host.trouble), "")

    def _pass(self) -> bool:
        """Call each port of this pass once; False when the time is over or the end was asked for."""
        turn = deque(host for host in self._hosts if host.waits())
        while turn or self._flying:
            if self._follow.stop.asked() or time.monotonic() > self._deadline:
                return False
            self._give_up_late_ones()
            self._call_some(turn)
            for number, _ in self._poll.poll(_POLL_SECONDS, _AT_ONCE):
                call = self._landed(number)
                self._answered(call, call.line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        return True

    def _call_some(self, turn: deque[_HostCalls]) -> None:
        """As many calls as the rates allow now; each host goes to the end of the queue with its next time."""
        now = time.monotonic()
        for _ in range(_BURST):
            if not turn or turn[0].next_at > now or self._next_call > now or len(self._flying) >= self._at_once:
                return
            host = turn.popleft()
            if host.flying >= self._waiting_per_host:
                host.next_at = now + _BUSY_SECONDS
            else:
                host.next_at = now + 1 / self._rate.per_host
                self._next_call = max(self._next_call, now - _BUSY_SECONDS) + 1 / self._rate.total
                self._call(host, host.next_port())
            if host.waits():
                turn.append(host)

    def _call(self, host: _HostCalls, port: int) -> None:
        try:
            line = socket.socket(host.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError:
            self._out_of_means(host, port)
            return
        code = line.connect_ex((host.address, port))
        call = _Call(host, port, line, time.monotonic() + self._wait)
        host.flying += 1
        self._flying[line.fileno()] = call
        if code == errno.EINPROGRESS:
            self._poll.register(line, select.EPOLLOUT | select.EPOLLERR)
        elif code in _OUT_OF_MEANS:
            self._landed(line.fileno()).line.close()
            self._out_of_means(host, port)
        elif code not in _OPEN and code != errno.ECONNREFUSED:
            self._landed(line.fileno()).line.close()
            host.give_up(code)
        else:
            self._answered(self._landed(line.fileno()), code)
        self._made += 1
        if self._made % _TELL_EVERY == 0:
            self._follow.share(min(0.99, self._made / self._least / 2))

    def _out_of_means(self, host: _HostCalls, port: int) -> None:
        """This machine has no more sockets for now: fewer at once, a pause, and the port is called again."""
        host.again.append(port)
        self._at_once = max(_BURST, len(self._flying))
        self._next_call = time.monotonic() + _PAUSE_SECONDS

    def _landed(self, number: int) -> _Call:
        call = self._flying.pop(number)
        call.host.flying -= 1
        return call

    def _answered(self, call: _Call, code: int) -> None:
        """Closing takes the socket out of the poll as well."""
        opened = code in _OPEN and not _to_itself(call.line)
        call.line.close()
        if opened:
            call.host.open.append(call.port)
            self._follow.opened(call.host.address, call.port)
        elif code in _OPEN or code == errno.ECONNREFUSED:
            call.host.closed += 1
        else:
            call.host.silent.append(call.port)
            return
        self._heard += 1

    def _give_up_late_ones(self) -> None:
        """Those that did not answer in time; calls wait for the same time, so the first ones are the oldest."""
        now = time.monotonic()
        late = list(takewhile(lambda item: item[1].until <= now, self._flying.items()))
        for number, call in late:
            self._landed(number).line.close()
            call.host.silent.append(call.port)


def accepts_anything(address: str, tried: Container[int], pace: Pace) -> bool:
    """Whether a host accepts connections on ports that nobody serves, as a SYN proxy and a tarpit do."""
    unlikely = [port for port in _UNLIKELY_PORTS if port not in tried]
    return bool(unlikely) and all(_accepts(address, port, pace) for port in unlikely)


def _accepts(address: str, port: int, pace: Pace) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with pace.turn(), socket.socket(family) as line:
            line.settimeout(_UNLIKELY_SECONDS)
            with pace.hearing(line):
                line.connect((address, port))
            return not _to_itself(line)
    except OSError:
        return False


def _to_itself(line: socket.socket) -> bool:
    """Whether the kernel gave the call the port it was calling on our own machine: nobody listens there."""
    try:
        return bool(line.getsockname()[:2] == line.getpeername()[:2])
    except OSError:
        return False


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET6 if address.version == 6 else socket.AF_INET


def _most_at_once() -> int:
    """How many connections may wait at once: as many files as the system lets this process open, with some to spare."""
    wanted = _SCANS_AT_ONCE * _AT_ONCE + _SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return _AT_ONCE if soft == resource.RLIM_INFINITY else max(_SPARE_FILES, min(_AT_ONCE, soft - _SPARE_FILES))
