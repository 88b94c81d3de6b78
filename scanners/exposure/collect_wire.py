"""One bounded TCP conversation: time, bytes and number of connections are limited, and each host is called gently."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType

from scanners.exposure.ports import SILENT_PORTS
from scanners.stopping import Stop

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 2.0
"""How long an answer to a question is waited for."""
TALK_SECONDS = 12.0
"""How long one conversation may last, whatever the server keeps sending."""
MAX_BYTES = 64 * 1024
MAX_CONNECTIONS = 48
"""Connections to one port: at most 3 to identify it, the others for TLS: 15 usually, more for weak suites."""
CALLS_AT_ONCE = 2
_LOOK_SECONDS = 0.1
"""How often one who waits for its turn looks whether the audit is to end."""


class ConversationOver(OSError):  # noqa: N818 - a limit that was reached, not a fault
    """The conversation reached one of its limits."""


class Pace:
    """How often one host may be called: at most two conversations at once, `seconds` apart at least.

    Once `stop` is asked none begins, and those under way are hung up. `allow` bounds the time of those that follow;
    `late` tells that one of them came after it. `forbids` tells the ports of the host that no byte may be sent to:
    whatever is asked, every conversation with them only listens.
    """

    def __init__(
        self,
        seconds: float,
        stop: Stop | None = None,
        at_once: int = CALLS_AT_ONCE,
        forbids: Callable[[int], bool] = SILENT_PORTS.__contains__,
    ) -> None:
        self.seconds = seconds
        self.stop = stop or Stop()
        self.late = False
        self.forbids = forbids
        self._slots = threading.Semaphore(at_once)
        self._lock = threading.Lock()
        self._next = 0.0
        self._until: float | None = None
        self._lines: dict[socket.socket, None] = {}
        self.stop.when_asked(self._hang_up)

    def allow(self, seconds: float) -> None:
        """From now on, no conversation begins after that many seconds."""
        self._until, self.late = time.monotonic() + seconds, False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and hold it for the block."""
        self._take_a_slot()
        try:
            with self._lock:
                start = max(self._next, time.monotonic())
                if self._until is not None and start > self._until:
                    self.late = True
                    raise ConversationOver("the time allowed to this host is over")
                self._next = start + self.seconds
            self.stop.wait(max(0.0, start - time.monotonic()))
            self._go_on()
            yield
        finally:
            self._slots.release()

    def _take_a_slot(self) -> None:
        """Others may talk for long: who waits looks at the stop meanwhile."""
        while not self._slots.acquire(timeout=_LOOK_SECONDS):
            self._go_on()

    def _go_on(self) -> None:
        if self.stop.asked():
            raise ConversationOver("the audit is being stopped")

    @contextmanager
    def hearing(self, line: socket.socket) -> Iterator[None]:
        """Hang a socket up if the end is asked for during the block, so that nobody waits on it any longer."""
        self._lines[line] = None
        try:
            self._go_on()
            yield
        finally:
            del self._lines[line]
            self._go_on()  # rather than what a line that was hung up seemed to say

    def _hang_up(self) -> None:
        """Wake whoever waits on a socket. It may run in a signal handler: no lock, and the list is copied whole."""
        for line in tuple(self._lines):
            with suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)


@dataclass
class Reach:
    """One port to question. `name` is what to ask for in SNI and Host (empty: the address).

    `opening` is said at the beginning of each conversation, and tells whether it may go on (STARTTLS); `heard` tells
    whether any of them brought a byte.
    """

    address: str
    port: int
    pace: Pace
    name: str = ""
    opening: Callable[[Wire], bool] | None = None
    connections: int = field(default=0, init=False)
    heard: bool = field(default=False, init=False)

    @property
    def mute(self) -> bool:
        """Whether no byte may be sent there."""
        return self.pace.forbids(self.port)

    @contextmanager
    def call(self) -> Iterator[Wire]:
        """A new conversation; OSError when it cannot be had."""
        if self.connections >= MAX_CONNECTIONS:
            raise ConversationOver(f"{self.address}:{self.port}: too many connections")
        self.connections += 1
        with self.pace.turn(), Wire(self.address, self.port, self.pace) as wire:
            if self.opening is not None and not self.opening(wire):
                raise ConversationOver(f"{self.address}:{self.port}: the server did not agree to go on")
            try:
                yield wire
            finally:
                self.heard = self.heard or wire.heard


def _something(received: bytes) -> bool:
    return bool(received)


class Wire:
    """A connected socket whose reads are bounded in bytes and in time. Every method may raise OSError.

    With a `pace` it is hung up as soon as the audit is to end, and it never sends a byte where that forbids it.
    """

    def __init__(self, address: str, port: int, pace: Pace | None = None) -> None:
        self.heard = False
        self.place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        self._deadline = time.monotonic() + TALK_SECONDS
        self._pace = pace or Pace(0)
        self._mute = pace is not None and pace.forbids(port)
        self._socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        self._socket.settimeout(CONNECT_SECONDS)
        try:
            with self._pace.hearing(self._socket):
                self._socket.connect((address, port))
        except OSError:
            self._socket.close()
            raise

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, message: bytes) -> None:
        """Send all of it."""
        self._check_may_write()
        self._socket.settimeout(self._left(ANSWER_SECONDS))
        with self._pace.hearing(self._socket):
            self._socket.sendall(message)

    def receive(
        self,
        enough: Callable[[bytes], bool] = _something,
        seconds: float = ANSWER_SECONDS,
        limit: int = MAX_BYTES,
    ) -> bytes:
        """What arrives until `enough` is satisfied, the peer stops, `seconds` pass or `limit` bytes are there."""
        received = b""
        until = time.monotonic() + self._left(seconds)
        while len(received) < limit and not enough(received):
            wait = until - time.monotonic()
            if wait <= 0:
                break
            self._socket.settimeout(wait)
            try:
                with self._pace.hearing(self._socket):
                    chunk = self._socket.recv(min(16384, limit - len(received)))
            except TimeoutError:
                break
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                break
            received += chunk
        self.heard = self.heard or bool(received)
        return received

    def ask(self, message: bytes, enough: Callable[[bytes], bool] = _something) -> bytes:
        """Send a question and return the answer."""
        self.send(message)
        return self.receive(enough)

    def start_tls(self, context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
        """Go on over TLS; the certificate is for the caller to look at."""
        self._check_may_write()
        self._socket.settimeout(self._left(CONNECT_SECONDS))
        wrapped = context.wrap_socket(self._socket, server_hostname=name or None, do_handshake_on_connect=False)
        self._socket = wrapped
        with self._pace.hearing(wrapped):
            wrapped.do_handshake()
        return wrapped

    def _check_may_write(self) -> None:
        if self._mute:
            raise ConversationOver("no byte may be sent to this port")

    def _left(self, seconds: float) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ConversationOver("conversation too long")
        return min(seconds, left)
