"""LDAP messages cut out of what a channel receives: bounded in size, and in the time a whole message may take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_errors import BrokenAnswer

MAX_MESSAGE_BYTES = 64 << 20
"""No entry comes near: a group of 5,000 members is about 500 kB, and servers cut longer lists in ranges."""
SECONDS = 60.0
"""How long one message may take to arrive whole: a server that drips its bytes is not waited for."""
_CHUNK = 262_144


class Channel(Protocol):
    """What is needed of a socket, in clear, under TLS or under a seal, with its time limit already set."""

    def recv(self, size: int, /) -> bytes:
        """Some bytes, none at the end; OSError when the time limit passes."""

    def sendall(self, data: bytes, /) -> None:
        """Send it all."""


class Messages:
    """The messages of one channel. It is spoilt after a `BrokenAnswer`."""

    def __init__(
        self,
        channel: Channel,
        seconds: float,
        max_message: int = MAX_MESSAGE_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = channel
        self._seconds = seconds
        self._max_message = max_message
        self._clock = clock
        self._received = bytearray()
        self._at = 0

    def send(self, message: bytes) -> None:
        """Send one message; BrokenAnswer when it cannot be."""
        try:
            self._channel.sendall(message)
        except OSError as error:
            raise BrokenAnswer(f"the request could not be sent: {error}") from error

    def next(self) -> bytes:
        """The content of the next message; what follows it stays for the next call."""
        deadline = 0.0
        while True:
            found = ber.header(self._received, self._at, len(self._received))
            if found is not None:
                tag, start, stop = found
                if tag != 0x30 or stop - start > self._max_message:
                    raise BrokenAnswer("not an LDAP message, or one of absurd size")
                if stop <= len(self._received):
                    self._at = stop
                    return bytes(self._received[start:stop])
            now = self._clock()
            deadline = deadline or now + self._seconds
            if now > deadline:
                raise BrokenAnswer(f"no whole answer in {self._seconds:g} s")
            self._receive()

    def _receive(self) -> None:
        del self._received[: self._at]
        self._at = 0
        try:
            chunk = self._channel.recv(_CHUNK)
        except OSError as error:
            raise BrokenAnswer(f"no answer in time: {error}") from error
        if not chunk:
            raise BrokenAnswer("the server closed the connection")
        self._received += chunk
