"""The dump of a naming context through the socket of a bound connection.

The next page is asked for as soon as the end of a page is seen, before its entries are decoded: the server works
while we do. Every read has a time limit, every message a maximum size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from scanners.ad import collect_ber as ber
from scanners.ad.collect_errors import BrokenAnswer

MAX_MESSAGE_BYTES = 64 << 20
"""No entry comes near: a group of 5,000 members is about 500 kB, and servers cut longer lists in ranges."""
_CHUNK = 262_144


class Channel(Protocol):
    """What is needed of a socket, in clear or under TLS, with its timeout already set."""

    def recv(self, size: int, /) -> bytes:
        """Some bytes, none at the end; OSError when the time limit passes."""

    def sendall(self, data: bytes, /) -> None:
        """Send it all."""


@dataclass(frozen=True, slots=True)
class Search:
    """One paged search below `base`."""

    base: str
    match: bytes
    attributes: Sequence[str]
    scope: int = ber.SCOPE_SUBTREE


class PagedReader:
    """Runs searches on one connection. The connection is spoilt after a `BrokenAnswer`."""

    def __init__(self, channel: Channel, page_size: int, max_message: int = MAX_MESSAGE_BYTES) -> None:
        self._channel = channel
        self._page_size = page_size
        self._max_message = max_message
        self._ids = count(1000)
        self._received = bytearray()
        self._at = 0
        self.requests = 0

    def dump(self, search: Search, entry: Callable[[bytes, list[ber.Attribute]], None]) -> ber.Done:
        """Give every entry to `entry`; the result tells how the search ended.

        BrokenAnswer when the server sends something else, closes, or keeps silent longer than the time limit.
        """
        expected = self._ask(search, b"")
        while True:
            page, done = self._page(expected)
            if done.cookie and done.code == 0:
                expected = self._ask(search, done.cookie)
            for dn, attributes in page:
                entry(dn, attributes)
            if not done.cookie or done.code != 0:
                return done

    def _ask(self, search: Search, cookie: bytes) -> int:
        message_id = next(self._ids)
        self.requests += 1
        request = ber.search_request(
            message_id, search.base, search.scope, search.match, search.attributes, self._page_size, cookie
        )
        try:
            self._channel.sendall(request)
        except OSError as error:
            raise BrokenAnswer(f"the request could not be sent: {error}") from error
        return message_id

    def _page(self, expected: int) -> tuple[Iterator[tuple[bytes, list[ber.Attribute]]], ber.Done]:
        """The undecoded entries of one page, and its end."""
        bodies: list[tuple[bytes, int, int]] = []
        while True:
            raw = self._next_message()
            message_id, tag, body, body_end = ber.message(raw, 0, len(raw))
            if tag == ber.EXTENDED:
                raise BrokenAnswer("the server announced that it disconnects")
            if message_id != expected:
                raise BrokenAnswer("answer to another request")
            if tag == ber.ENTRY:
                bodies.append((raw, body, body_end))
            elif tag == ber.DONE:
                return (ber.entry(*body_at) for body_at in bodies), ber.done(raw, body, body_end, len(raw))
            elif tag != ber.REFERENCE:
                raise BrokenAnswer(f"unexpected operation {tag:#x}")

    def _next_message(self) -> bytes:
        """The content of the next LDAPMessage; what follows it stays for the next call."""
        while True:
            found = ber.header(self._received, self._at, len(self._received))
            if found is not None:
                tag, start, stop = found
                if tag != 0x30 or stop - start > self._max_message:
                    raise BrokenAnswer("not an LDAP message, or one of absurd size")
                if stop <= len(self._received):
                    self._at = stop
                    return bytes(self._received[start:stop])
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
