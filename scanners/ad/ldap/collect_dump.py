"""The dump of a naming context through the channel of a bound connection.

The next page is asked for as soon as the end of a page is seen, before its entries are decoded: the server works
while we do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_errors import BrokenAnswer
from scanners.ad.ldap.collect_pace import at_once
from scanners.ad.ldap.collect_wire import MAX_MESSAGE_BYTES, SECONDS, Channel, Messages


@dataclass(frozen=True, slots=True)
class Search:
    """One paged search below `base`."""

    base: str
    match: bytes
    attributes: Sequence[str]
    scope: int = ber.SCOPE_SUBTREE
    names_with_sids: bool = False


class PagedReader:
    """Runs searches on one connection. The connection is spoilt after a `BrokenAnswer`.

    `may_ask` is called before each request: it may wait, or raise `BrokenAnswer` when no more is to be asked.
    """

    def __init__(
        self,
        channel: Channel,
        page_size: int,
        max_message: int = MAX_MESSAGE_BYTES,
        seconds: float = SECONDS,
        may_ask: Callable[[], None] = at_once,
    ) -> None:
        self._messages = Messages(channel, seconds, max_message)
        self._page_size = page_size
        self._may_ask = may_ask
        self._ids = count(1000)
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
        self._may_ask()
        message_id = next(self._ids)
        self.requests += 1
        request = ber.search_request(
            message_id,
            search.base,
            search.scope,
            search.match,
            search.attributes,
            self._page_size,
            cookie,
            names_with_sids=search.names_with_sids,
        )
        self._messages.send(request)
        return message_id

    def _page(self, expected: int) -> tuple[Iterator[tuple[bytes, list[ber.Attribute]]], ber.Done]:
        """The undecoded entries of one page, and its end."""
        bodies: list[tuple[bytes, int, int]] = []
        while True:
            raw = self._messages.next()
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
