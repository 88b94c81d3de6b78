"""How to ask each protocol to go on over TLS, up to the point where a ClientHello is expected.

Nothing else is said: no name, no mail, no password. Each function may raise OSError when the conversation breaks.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping

from scanners.exposure.collect_wire import Wire

_GREETING_SECONDS = 4.0
_END_OF_REPLY = re.compile(rb"(?:^|\n)[0-9]{3} [^\n]*\n\Z")
_LDAP_STARTTLS = b"1.3.6.1.4.1.1466.20037"


def _smtp(wire: Wire) -> bool:
    return (
        _greeted(wire, b"220") and _code(wire, b"EHLO care-audit.invalid", b"250") and _code(wire, b"STARTTLS", b"220")
    )


def _ftp(wire: Wire) -> bool:
    return _greeted(wire, b"220") and _code(wire, b"AUTH TLS", b"234")


def _pop3(wire: Wire) -> bool:
    return _greeted(wire, b"+OK") and wire.ask(b"STLS\r\n", enough=_line).startswith(b"+OK")


def _imap(wire: Wire) -> bool:
    answer = wire.ask(b"a1 STARTTLS\r\n", enough=lambda got: b"a1 " in got) if _greeted(wire, b"* OK") else b""
    return b"a1 OK" in answer


def _ldap(wire: Wire) -> bool:
    """The extended operation of RFC 4511, 4.14; success is result code 0."""
    name = b"\x80" + bytes([len(_LDAP_STARTTLS)]) + _LDAP_STARTTLS
    body = b"\x02\x01\x01\x77" + bytes([len(name)]) + name
    answer = wire.ask(b"\x30" + bytes([len(body)]) + body)
    return re.match(rb"\x30.{1,5}\x02\x01\x01\x78.{1,5}\x0a\x01\x00", answer, re.DOTALL) is not None


def _postgresql(wire: Wire) -> bool:
    return wire.ask(struct.pack("!II", 8, 80877103)) == b"S"


def _greeted(wire: Wire, start: bytes) -> bool:
    return wire.receive(_line, seconds=_GREETING_SECONDS, limit=4096).startswith(start)


def _code(wire: Wire, command: bytes, code: bytes) -> bool:
    reply = wire.ask(command + b"\r\n", enough=lambda got: _END_OF_REPLY.search(got) is not None)
    return reply.startswith(code)


def _line(received: bytes) -> bool:
    return received.endswith(b"\n")


STARTTLS: Mapping[str, Callable[[Wire], bool]] = {
    "ftp": _ftp,
    "imap": _imap,
    "ldap": _ldap,
    "pop3": _pop3,
    "postgresql": _postgresql,
    "smtp": _smtp,
}
"""By protocol: asks for TLS and tells whether the server agreed."""
