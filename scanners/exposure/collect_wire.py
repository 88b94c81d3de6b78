"""One bounded TCP conversation: time, bytes and number of connections are limited, and each host is called gently."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType

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


class ConversationOver(OSError):  # noqa: N818 - a limit that was reached, not a fault
    """The conversation reached one of its limits."""


class Pace:
    """How often one host may be called: at most two conversations at once, `seconds` apart at least.

    None begins once `stop` is asked.
    """

    def __init__(self, seconds: float, stop: Stop | None = None, at_once: int = CALLS_AT_ONCE) -> None:
        self.seconds = seconds
        self.stop = stop or Stop()
        self._slots = threading.Semaphore(at_once)
        self._lock = threading.Lock()
        self._next = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and hold it for the block."""
        with self._slots:
            with self._lock:
                start = max(self._next, time.monotonic())
                self._next = start + self.seconds
            if self.stop.wait(max(0.0, start - time.monotonic())):
                raise ConversationOver("the audit is being stopped")
            yield


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

    @contextmanager
    def call(self) -> Iterator[Wire]:
        """A new conversation; OSError when it cannot be had."""
        if self.connections >= MAX_CONNECTIONS:
            raise ConversationOver(f"{self.address}:{self.port}: too many connections")
        self.connections += 1
        with self.pace.turn(), Wire(self.address, self.port) as wire:
            if self.opening is not None and not self.opening(wire):
                raise ConversationOver(f"{self.address}:{self.port}: the server did not agree to go on")
            try:
                yield wire
            finally:
                self.heard = self.heard or wire.heard


def _something(received: bytes) -> bool:
    return bool(received)


class Wire:
    """A connected socket whose reads are bounded in bytes and in time. Every method may raise OSError."""

    def __init__(self, address: str, port: int) -> None:
        self.heard = False
        self._deadline = time.monotonic() + TALK_SECONDS
        self._socket: socket.socket = socket.create_connection((address, port), timeout=CONNECT_SECONDS)

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, message: bytes) -> None:
        """Send all of it."""
        self._socket.settimeout(self._left(ANSWER_SECONDS))
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
        self._socket.settimeout(self._left(CONNECT_SECONDS))
        wrapped = context.wrap_socket(self._socket, server_hostname=name or None)
        self._socket = wrapped
        return wrapped

    def _left(self, seconds: float) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ConversationOver("conversation too long")
        return min(seconds, left)
