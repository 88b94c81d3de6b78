"""The little BER that a directory dump needs: one request, entries as raw values, the end of a page.

A general decoder costs twenty times more (ad-lab.md 3). Lengths are checked against the message at every step: what
a server sends may be broken, or hostile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanners.ad.ldap.collect_errors import BrokenAnswer

BIND_REQUEST = 0x60
BIND_RESPONSE = 0x61
SEARCH_REQUEST = 0x63
ENTRY = 0x64
DONE = 0x65
REFERENCE = 0x73
EXTENDED = 0x78

PAGED_RESULTS = b"1.2.840.113556.1.4.319"
EXTENDED_DN = b"1.2.840.113556.1.4.529"
SD_FLAGS = b"1.2.840.113556.1.4.801"
NO_ATTRIBUTES = ("1.1",)
"""Asks for the names of the entries only (RFC 4511 4.5.1.8)."""
OWNER_GROUP_DACL = 7

SCOPE_BASE, SCOPE_LEVEL, SCOPE_SUBTREE = 0, 1, 2

_SERVER_CREDENTIALS = 0x87

Attribute = tuple[bytes, list[bytes]]


@dataclass(frozen=True, slots=True)
class Done:
    """The end of one page: result code (RFC 4511), diagnostic text, and the cookie of the next page (empty: last)."""

    code: int
    diagnostic: str
    cookie: bytes


@dataclass(frozen=True, slots=True)
class BindResult:
    """The answer to a bind: result code, diagnostic text, and what the mechanism has to say."""

    code: int
    diagnostic: str
    credentials: bytes


def tlv(tag: int, content: bytes) -> bytes:
    """One element."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int, tag: int = 0x02) -> bytes:
    """An INTEGER (or ENUMERATED)."""
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def search_request(
    message_id: int,
    base: str,
    scope: int,
    match: bytes,
    attributes: Sequence[str],
    page_size: int,
    cookie: bytes,
    *,
    names_with_sids: bool = False,
) -> bytes:
    """A search, paged, with the owner, the group and the DACL of descriptors; aliases are not followed.

    `names_with_sids` has SIDs written before distinguished names, by servers that know how to.
    """
    wanted = b"".join(tlv(0x04, name.encode()) for name in attributes)
    search = (
        tlv(0x04, base.encode())
        + integer(scope, 0x0A)
        + integer(0, 0x0A)
        + integer(0)
        + integer(0)
        + tlv(0x01, b"\x00")
        + match
        + tlv(0x30, wanted)
    )
    controls = _control(PAGED_RESULTS, tlv(0x30, integer(page_size) + tlv(0x04, cookie)))
    controls += _control(SD_FLAGS, tlv(0x30, integer(OWNER_GROUP_DACL)))
    if names_with_sids:
        controls += _control(EXTENDED_DN, tlv(0x30, integer(1)), critical=False)
    return tlv(0x30, integer(message_id) + tlv(SEARCH_REQUEST, search) + tlv(0xA0, controls))


def sasl_bind_request(message_id: int, mechanism: str, credentials: bytes | None) -> bytes:
    """One step of a SASL bind; no credentials at all differ from empty ones."""
    sasl = tlv(0x04, mechanism.encode()) + (b"" if credentials is None else tlv(0x04, credentials))
    bind = integer(3) + tlv(0x04, b"") + tlv(0xA3, sasl)
    return tlv(0x30, integer(message_id) + tlv(BIND_REQUEST, bind))


def present(attribute: str) -> bytes:
    """The filter `(attribute=*)`."""
    return tlv(0x87, attribute.encode())


def equals(attribute: str, value: str) -> bytes:
    """The filter `(attribute=value)`."""
    return tlv(0xA3, tlv(0x04, attribute.encode()) + tlv(0x04, value.encode()))


def any_of(*matches: bytes) -> bytes:
    """The filter `(|…)`."""
    return tlv(0xA1, b"".join(matches))


def negation(match: bytes) -> bytes:
    """The filter `(!match)`."""
    return tlv(0xA2, match)


def header(buffer: bytes | bytearray, at: int, end: int) -> tuple[int, int, int] | None:
    """Tag, beginning and end of the element at `at`; None when its header is not whole before `end`.

    The end may lie beyond `end`: the caller decides whether that means “wait for more” or “broken”.
    """
    if at + 2 > end:
        return None
    size, start = buffer[at + 1], at + 2
    if size >= 0x80:
        size, start = _long_length(buffer, start, size)
        if start > end:
            return None
    return buffer[at], start, start + size


def element(buffer: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag, beginning and end of the element at `at`, which must be whole before `end`."""
    found = header(buffer, at, end)
    if found is None or found[2] > end:
        raise BrokenAnswer("element longer than its message")
    return found


def message(buffer: bytes, at: int, end: int) -> tuple[int, int, int, int]:
    """Message id, tag of the operation, and its beginning and end, of the LDAPMessage whose content is given."""
    _, start, stop = element(buffer, at, end)
    tag, body, body_end = element(buffer, stop, end)
    return int.from_bytes(buffer[start:stop], "big"), tag, body, body_end


def entry(buffer: bytes, at: int, end: int) -> tuple[bytes, list[Attribute]]:
    """Distinguished name and attributes of a SearchResultEntry."""
    _, start, stop = element(buffer, at, end)
    dn = buffer[start:stop]
    _, at, end = element(buffer, stop, end)
    try:
        return dn, _attributes(buffer, at, end)
    except IndexError as error:
        raise BrokenAnswer("element longer than its message") from error


def _attributes(buffer: bytes, at: int, end: int) -> list[Attribute]:
    """The inner loop: lengths are read in place, and what they say is compared once with what holds it. A byte read
    beyond what holds it makes something longer than that; one beyond the message is an IndexError."""
    attributes = []
    while at < end:
        size, at = buffer[at + 1], at + 2
        if size >= 0x80:
            size, at = _long_length(buffer, at, size)
        attribute_end = at + size
        size, start = buffer[at + 1], at + 2
        if size >= 0x80:
            size, start = _long_length(buffer, start, size)
        stop = start + size
        name = buffer[start:stop]
        size, at = buffer[stop + 1], stop + 2
        if size >= 0x80:
            size, at = _long_length(buffer, at, size)
        values_end = at + size
        if not values_end <= attribute_end <= end:
            raise BrokenAnswer("element longer than its message")
        values = []
        while at < values_end:
            size, start = buffer[at + 1], at + 2
            if size >= 0x80:
                size, start = _long_length(buffer, start, size)
            at = start + size
            values.append(buffer[start:at])
        if at != values_end:
            raise BrokenAnswer("value longer than its attribute")
        attributes.append((name, values))
        at = attribute_end
    return attributes


def _long_length(buffer: bytes | bytearray, at: int, first: int) -> tuple[int, int]:
    """A length whose first byte, before `at`, says on how many it is written; and where what it measures begins."""
    width = first & 0x7F
    if width == 0 or width > 4:
        raise BrokenAnswer("indefinite or absurd length")
    return int.from_bytes(buffer[at : at + width], "big"), at + width


def done(buffer: bytes, at: int, body_end: int, end: int) -> Done:
    """The end of a search: its result, and the cookie found among the controls between `body_end` and `end`."""
    code, diagnostic, _ = _result(buffer, at, body_end)
    return Done(code, diagnostic, cookie(buffer, body_end, end))


def bind_result(buffer: bytes, at: int, body_end: int) -> BindResult:
    """The answer to one step of a bind."""
    code, diagnostic, at = _result(buffer, at, body_end)
    credentials = b""
    while at < body_end:
        tag, start, at = element(buffer, at, body_end)
        if tag == _SERVER_CREDENTIALS:
            credentials = buffer[start:at]
    return BindResult(code, diagnostic, credentials)


def _result(buffer: bytes, at: int, end: int) -> tuple[int, str, int]:
    """Code and diagnostic of an LDAPResult, and where what follows them begins."""
    _, start, stop = element(buffer, at, end)
    code = int.from_bytes(buffer[start:stop], "big")
    _, _, stop = element(buffer, stop, end)
    _, start, stop = element(buffer, stop, end)
    return code, buffer[start:stop].decode("utf-8", "replace").strip("\x00 "), stop


def cookie(buffer: bytes, at: int, end: int) -> bytes:
    """The cookie of the paged results control among these controls, empty when there is none."""
    if at >= end:
        return b""
    _, at, end = element(buffer, at, end)
    while at < end:
        _, start, stop = element(buffer, at, end)
        _, name, name_end = element(buffer, start, stop)
        if buffer[name:name_end] == PAGED_RESULTS:
            return _paged_cookie(buffer, name_end, stop)
        at = stop
    return b""


def _paged_cookie(buffer: bytes, at: int, end: int) -> bytes:
    tag, start, stop = element(buffer, at, end)
    if tag == 0x01:  # criticality, optional
        _, start, stop = element(buffer, stop, end)
    _, start, stop = element(buffer, start, stop)
    _, _, size_end = element(buffer, start, stop)
    _, start, stop = element(buffer, size_end, stop)
    return buffer[start:stop]


def _control(oid: bytes, value: bytes, *, critical: bool = True) -> bytes:
    return tlv(0x30, tlv(0x04, oid) + tlv(0x01, b"\xff" if critical else b"\x00") + tlv(0x04, value))
