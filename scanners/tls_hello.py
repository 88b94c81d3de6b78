"""ClientHellos made by hand and the beginning of what servers answer: which versions of TLS a port accepts.

By hand, because no library of today still knows how to offer SSL 3.0 or export suites.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
_HANDSHAKE, _SERVER_HELLO = 0x16, 0x02
_SUPPORTED_VERSIONS = 43
COMMON_TLS_CIPHERS: tuple[int, ...] = (
    0xC02F, 0xC030, 0xC02B, 0xC02C, 0xCCA8, 0xCCA9, 0xCCAA, 0xC013, 0xC014, 0xC009, 0xC00A, 0xC027, 0xC028, 0xC023,
    0xC024, 0x009C, 0x009D, 0x009E, 0x009F, 0x002F, 0x0035, 0x003C, 0x003D, 0x0033, 0x0039, 0x0067, 0x006B, 0x0041,
    0x0084,
)  # fmt: skip
"""Suites of ordinary servers (ECDHE, DHE and RSA with AES, ChaCha20, Camellia), to ask which versions they accept."""


def client_hello(version: int, ciphers: Sequence[int], name: str = "") -> bytes:
    """A ClientHello that offers exactly one version (up to it, for TLS 1.2 and below) and these suites."""
    body = min(version, TLS12).to_bytes(2, "big") + os.urandom(32)
    body += b"\x20" + os.urandom(32) if version == TLS13 else b"\x00"
    body += _sized(b"".join(cipher.to_bytes(2, "big") for cipher in ciphers), 2) + b"\x01\x00"
    if version > SSL3:
        body += _sized(_extensions(version, name), 2)
    record_version = 0x0301 if version >= TLS12 else version
    message = b"\x01" + _sized(body, 3)
    return bytes([_HANDSHAKE]) + record_version.to_bytes(2, "big") + _sized(message, 2)


def server_choice(answer: bytes) -> tuple[int, int] | None:
    """The (version, suite) of a ServerHello, None when the server refused or spoke something else."""
    if len(answer) < 9 or answer[0] != _HANDSHAKE or answer[5] != _SERVER_HELLO:
        return None
    hello = answer[9:]
    if len(hello) < 35 or len(hello) < 38 + hello[34]:
        return None
    at = 35 + hello[34]
    version, cipher = int.from_bytes(hello[:2], "big"), int.from_bytes(hello[at : at + 2], "big")
    return _selected_version(hello[at + 3 :]) or version, cipher


def whole_record(received: bytes) -> bool:
    """Whether the first record of an answer is there to its end."""
    return len(received) >= 5 and len(received) >= 5 + int.from_bytes(received[3:5], "big")


def _extensions(version: int, name: str) -> bytes:
    extensions = b""
    if name:
        host = b"\x00" + _sized(name.encode("ascii"), 2)
        extensions += _extension(0, _sized(host, 2))
    groups = b"\x00\x1d\x00\x17\x00\x18\x00\x19\x01\x00"
    extensions += _extension(10, _sized(groups, 2)) + _extension(11, b"\x01\x00")
    signatures = b"\x04\x03\x05\x03\x06\x03\x08\x07\x08\x04\x08\x05\x08\x06\x04\x01\x05\x01\x06\x01\x02\x01\x02\x03"
    if version >= TLS12:
        extensions += _extension(13, _sized(signatures, 2))
    if version == TLS13:
        extensions += _extension(_SUPPORTED_VERSIONS, b"\x02\x03\x04") + _extension(51, b"\x00\x00")
    return extensions


def _extension(number: int, content: bytes) -> bytes:
    return number.to_bytes(2, "big") + _sized(content, 2)


def _sized(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width, "big") + content


def _selected_version(rest: bytes) -> int | None:
    """The version in the `supported_versions` extension of a ServerHello, which TLS 1.3 uses."""
    at = 2
    while at + 4 <= len(rest):
        number, size = int.from_bytes(rest[at : at + 2], "big"), int.from_bytes(rest[at + 2 : at + 4], "big")
        if number == _SUPPORTED_VERSIONS and size == 2:
            return int.from_bytes(rest[at + 4 : at + 6], "big")
        at += 4 + size
    return None
