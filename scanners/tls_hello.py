"""ClientHellos made by hand and what servers answer before encryption starts: versions, suites, certificates, flaws.

By hand, because no library of today still knows how to offer SSL 2.0, SSL 3.0, export suites or compression. Nothing is
ever sent after the greeting: the handshake is left there, so nothing is exploited and no session is opened.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SSL2, SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
FALLBACK = 0x5600
"""TLS_FALLBACK_SCSV (RFC 7507): “I come back with an older version on purpose”."""
SECURE_RENEGOTIATION = 0xFF01
"""The extension of RFC 5746."""
_EMPTY_RENEGOTIATION = 0x00FF
_ALERT, _HANDSHAKE = 0x15, 0x16
_SERVER_HELLO, _CERTIFICATE, _KEY_EXCHANGE, _DONE, _STATUS = 2, 11, 12, 14, 22
_SUPPORTED_VERSIONS = 43
_PADDED = 512
_DHE = frozenset(
    {0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x32, 0x33, 0x34, 0x38, 0x39, 0x3A, 0x40, 0x44,
     0x45, 0x46, 0x67, 0x6A, 0x6B, 0x6C, 0x6D, 0x87, 0x88, 0x89, 0x9A, 0x9E, 0x9F, 0xA2, 0xA3, 0xA6, 0xA7, 0xC09E,
     0xC09F, 0xC0A2, 0xC0A3, 0xCCAA}
)  # fmt: skip
"""Suites whose ServerKeyExchange begins with a finite-field prime."""
COMMON_TLS_CIPHERS: tuple[int, ...] = (
    0xC02F, 0xC030, 0xC02B, 0xC02C, 0xCCA8, 0xCCA9, 0xCCAA, 0xC013, 0xC014, 0xC009, 0xC00A, 0xC027, 0xC028, 0xC023,
    0xC024, 0x009C, 0x009D, 0x009E, 0x009F, 0x002F, 0x0035, 0x003C, 0x003D, 0x0033, 0x0039, 0x0067, 0x006B, 0x0041,
    0x0084,
)  # fmt: skip
"""Suites of ordinary servers (ECDHE, DHE and RSA with AES, ChaCha20, Camellia), to ask which versions they accept."""
_SSL2_CIPHERS = bytes.fromhex("010080 020080 030080 040080 050080 060040 0700c0")


@dataclass(frozen=True, slots=True)
class Flight:
    """What a server said in clear: its choices, and in TLS 1.2 and below its certificates and key exchange.

    `certificates` are in DER, in the order sent; `dh_bits` is the size of the group of a DHE suite, 0 otherwise;
    `whole` is False when the answer was cut before its end.
    """

    version: int
    cipher: int
    compressed: bool
    extensions: frozenset[int]
    certificates: tuple[bytes, ...] = ()
    stapled: bool = False
    dh_bits: int = 0
    whole: bool = False


def client_hello(version: int, ciphers: Sequence[int], name: str = "", *, compression: bool = False) -> bytes:
    """A ClientHello that offers exactly one version (up to it, for TLS 1.2 and below) and these suites."""
    suites = (*ciphers, _EMPTY_RENEGOTIATION) if version == SSL3 else tuple(ciphers)
    body = min(version, TLS12).to_bytes(2, "big") + os.urandom(32)
    body += b"\x20" + os.urandom(32) if version == TLS13 else b"\x00"
    body += _sized(b"".join(cipher.to_bytes(2, "big") for cipher in suites), 2)
    body += b"\x02\x01\x00" if compression else b"\x01\x00"
    if version > SSL3:
        extensions = _extensions(version, name)
        body += _sized(extensions + _padding(4 + len(body) + 2 + len(extensions)), 2)
    record_version = 0x0301 if version >= TLS12 else version
    message = b"\x01" + _sized(body, 3)
    return bytes([_HANDSHAKE]) + record_version.to_bytes(2, "big") + _sized(message, 2)


def ssl2_hello() -> bytes:
    """A CLIENT-HELLO of SSL 2.0, with all its suites."""
    challenge = os.urandom(16)
    body = b"\x01\x00\x02" + len(_SSL2_CIPHERS).to_bytes(2, "big") + b"\x00\x00\x00\x10" + _SSL2_CIPHERS + challenge
    return (0x8000 | len(body)).to_bytes(2, "big") + body


def ssl2_accepted(answer: bytes) -> bool:
    """Whether the answer is a SERVER-HELLO of SSL 2.0."""
    return len(answer) >= 11 and answer[0] & 0x80 == 0x80 and answer[2] == 4 and answer[5:7] == b"\x00\x02"


def server_choice(answer: bytes) -> tuple[int, int] | None:
    """The (version, suite) of a ServerHello, None when the server refused or spoke something else."""
    flight = read_flight(answer)
    return (flight.version, flight.cipher) if flight else None


def read_flight(answer: bytes) -> Flight | None:
    """All a server said in clear after our greeting; None when it refused or spoke something else."""
    messages = _messages(answer)
    kind, hello = next(messages, (0, b""))
    if kind != _SERVER_HELLO or len(hello) < 38 or len(hello) < 38 + hello[34]:
        return None
    at = 35 + hello[34]
    version, cipher = int.from_bytes(hello[:2], "big"), int.from_bytes(hello[at : at + 2], "big")
    extensions = dict(_read_extensions(hello[at + 3 :]))
    selected = extensions.get(_SUPPORTED_VERSIONS, b"")
    version = int.from_bytes(selected, "big") if len(selected) == 2 else version
    rest = dict(messages)
    return Flight(
        version,
        cipher,
        compressed=hello[at + 2] != 0,
        extensions=frozenset(extensions),
        certificates=tuple(_certificates(rest.get(_CERTIFICATE, b""))),
        stapled=rest.get(_STATUS, b"")[:1] == b"\x01",
        dh_bits=_prime_bits(rest.get(_KEY_EXCHANGE, b"")) if cipher in _DHE else 0,
        whole=_DONE in rest or version == TLS13,
    )


def whole_record(received: bytes) -> bool:
    """Whether the first record of an answer is there to its end."""
    return len(received) >= 5 and len(received) >= 5 + int.from_bytes(received[3:5], "big")


def whole_flight(received: bytes) -> bool:
    """Whether there is nothing more to wait for: an alert, the end of the server's part, or not TLS at all."""
    if received[:1] not in {b"", bytes([_HANDSHAKE])}:
        return whole_record(received) or received[:1] != bytes([_ALERT])
    flight = read_flight(received)
    ended = whole_record(received) and any(kind == _ALERT for kind, _payload in _records(received))
    return ended or (flight is not None and flight.whole)


def _records(received: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 5 <= len(received):
        size = int.from_bytes(received[at + 3 : at + 5], "big")
        yield received[at], received[at + 5 : at + 5 + size]
        at += 5 + size


def _messages(received: bytes) -> Iterator[tuple[int, bytes]]:
    """The handshake messages that are there to their end, up to the first thing that is not one."""
    clear = b""
    for kind, payload in _records(received):
        if kind != _HANDSHAKE:
            break
        clear += payload
    at = 0
    while at + 4 <= len(clear):
        size = int.from_bytes(clear[at + 1 : at + 4], "big")
        if at + 4 + size > len(clear):
            return
        yield clear[at], clear[at + 4 : at + 4 + size]
        at += 4 + size


def _certificates(message: bytes) -> Iterator[bytes]:
    at = 3
    while at + 3 <= len(message):
        size = int.from_bytes(message[at : at + 3], "big")
        yield message[at + 3 : at + 3 + size]
        at += 3 + size


def _prime_bits(key_exchange: bytes) -> int:
    """The size of the prime of a finite-field key exchange: the first field of the message (RFC 5246, 7.4.3)."""
    size = int.from_bytes(key_exchange[:2], "big")
    return int.from_bytes(key_exchange[2 : 2 + size], "big").bit_length()


def _read_extensions(rest: bytes) -> Iterator[tuple[int, bytes]]:
    at = 2
    while at + 4 <= len(rest):
        number, size = int.from_bytes(rest[at : at + 2], "big"), int.from_bytes(rest[at + 2 : at + 4], "big")
        yield number, rest[at + 4 : at + 4 + size]
        at += 4 + size


def _extensions(version: int, name: str) -> bytes:
    extensions = b""
    if name:
        host = b"\x00" + _sized(name.encode("ascii"), 2)
        extensions += _extension(0, _sized(host, 2))
    groups = b"\x00\x1d\x00\x17\x00\x18\x00\x19\x01\x00\x01\x01"
    extensions += _extension(10, _sized(groups, 2)) + _extension(11, b"\x01\x00")
    extensions += _extension(5, b"\x01\x00\x00\x00\x00") + _extension(SECURE_RENEGOTIATION, b"\x00")
    signatures = (
        b"\x04\x03\x05\x03\x06\x03\x08\x07\x08\x04\x08\x05\x08\x06\x04\x01\x05\x01\x06\x01\x02\x01\x02\x03\x02\x02"
    )
    if version >= TLS12:
        extensions += _extension(13, _sized(signatures, 2))
    if version == TLS13:
        extensions += _extension(_SUPPORTED_VERSIONS, b"\x02\x03\x04") + _extension(51, b"\x00\x00")
    return extensions


def _padding(size: int) -> bytes:
    """Fill up to 512 bytes: greetings of 256 to 511 bytes hang some old load balancers (RFC 7685)."""
    return _extension(21, bytes(max(0, _PADDED - size - 4))) if 255 < size < _PADDED else b""


def _extension(number: int, content: bytes) -> bytes:
    return number.to_bytes(2, "big") + _sized(content, 2)


def _sized(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width, "big") + content
