"""The conversations with devices: printers, cameras and, with a permission only, controllers.

One question each about who is there. No job is printed, no stream is opened (DESCRIBE is refused by a camera that asks
for a password, and shows nothing by itself), no controller is read beyond its own name. Every function may raise
OSError.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping

from scanners.exposure import collect_http as web
from scanners.exposure.collect_wire import Wire
from scanners.exposure.facts import Service, clean

Opening = Callable[[Wire], Service | None]
_MAX_OBJECTS = 8


# ---------------------------------------------------------------- printers


def _ipp(wire: Wire) -> Service | None:
    """Ask a printer its make and model (RFC 8011, Get-Printer-Attributes of one attribute)."""
    body = b"\x01\x01\x00\x0b\x00\x00\x00\x01\x01"
    body += _attribute(0x47, b"attributes-charset", b"utf-8") + _attribute(0x48, b"attributes-natural-language", b"en")
    body += _attribute(0x45, b"printer-uri", f"ipp://{wire.place}/ipp/print".encode())
    body += _attribute(0x44, b"requested-attributes", b"printer-make-and-model") + b"\x03"
    head = (
        f"POST /ipp/print HTTP/1.1\r\nHost: {wire.place}\r\nUser-Agent: {web.AGENT}\r\n"
        f"Content-Type: application/ipp\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    answer = wire.ask(head.encode("ascii") + body, enough=web.whole)
    header, _, told = answer.partition(b"\r\n\r\n")
    if not re.search(rb"\r\ncontent-type:[ \t]*application/ipp\b", header, re.IGNORECASE) or len(told) < 8:
        return None
    served = int.from_bytes(told[2:4], "big") < 0x0100
    model = re.search(rb"printer-make-and-model(..)", told, re.DOTALL)
    size = int.from_bytes(model[1], "big") if model else 0
    product = clean(told[model.end() : model.end() + size]) if model else ""
    return Service("ipp", product, banner=product, open_access=served, encrypted=False)


def _attribute(kind: int, name: bytes, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(name)) + name + struct.pack("!H", len(value)) + value


# ---------------------------------------------------------------- cameras

_RTSP = re.compile(rb"RTSP/1\.0 ([0-9]{3})[ \r\n]")
_RTSP_SERVER = re.compile(rb"\r\nserver:[ \t]*([^\r\n]{1,200})", re.IGNORECASE)
_DESCRIBED, _NEEDS_PASSWORD = b"200", {b"401", b"403"}


def _rtsp(wire: Wire) -> Service | None:
    """What a camera or a recorder can do, then whether it describes its picture to a stranger.

    Only the root is described: no path is guessed, and an unknown one (404) tells nothing.
    """
    able = wire.ask(_rtsp_line("OPTIONS", "*", 1), enough=_rtsp_whole)
    first = _RTSP.match(able)
    if first is None:
        return None
    server = _RTSP_SERVER.search(able)
    banner = clean(server[1]) if server else ""
    if first[1] in _NEEDS_PASSWORD:
        return Service("rtsp", banner, banner=banner, open_access=False)
    described = _RTSP.match(wire.ask(_rtsp_line("DESCRIBE", f"rtsp://{wire.place}/", 2), enough=_rtsp_whole))
    status = described[1] if described else b""
    opened = True if status == _DESCRIBED else False if status in _NEEDS_PASSWORD else None
    return Service("rtsp", banner, banner=banner, open_access=opened)


def _rtsp_line(verb: str, what: str, number: int) -> bytes:
    more = "Accept: application/sdp\r\n" if verb == "DESCRIBE" else ""
    return f"{verb} {what} RTSP/1.0\r\nCSeq: {number}\r\nUser-Agent: {web.AGENT}\r\n{more}\r\n".encode("ascii")


def _rtsp_whole(received: bytes) -> bool:
    """The head and what it announces; a head without a length ends the answer."""
    return web.whole(received) or (b"\r\n\r\n" in received and b"content-length" not in received.lower())


# ---------------------------------------------------------------- controllers, with a permission


def _modbus(wire: Wire) -> Service | None:
    """Read the device identification (function 43, type 14, basic), which every unit may refuse."""
    answer = wire.ask(bytes.fromhex("4341 0000 0005 ff 2b 0e 01 00"), enough=lambda got: _whole(got, 4, 6))
    if len(answer) < 8 or answer[:4] != b"\x43\x41\x00\x00" or answer[7] & 0x7F != 0x2B:
        return None
    told: dict[int, str] = {}
    at = 14
    while answer[7] == 0x2B and at + 2 <= len(answer) and len(told) < _MAX_OBJECTS:
        told[answer[at]] = clean(answer[at + 2 : at + 2 + answer[at + 1]])
        at += 2 + answer[at + 1]
    product = " ".join(filter(None, (told.get(0), told.get(1))))
    return Service("modbus", product, told.get(2, ""), product)


def _s7(wire: Wire) -> Service | None:
    """Connect as a programming station that only asks for the names of the module (SZL 001C)."""
    confirmed = wire.ask(bytes.fromhex("03000016 11e00000000100 c1020100 c2020102 c0010a"), enough=_whole_tpkt)
    if len(confirmed) < 6 or confirmed[:2] != b"\x03\x00" or confirmed[5] != 0xD0:
        return None
    agreed = wire.ask(bytes.fromhex("03000019 02f080 32010000000000080000 f0000001000101e0"), enough=_whole_tpkt)
    if len(agreed) < 8 or agreed[7] != 0x32:
        return None
    names = wire.ask(
        bytes.fromhex("03000021 02f080 32070000000000080008 0001120411440100 ff090004001c0000"), enough=_whole_tpkt
    )
    told: list[str] = []
    for at in range(_SZL_RECORDS, min(len(names), _SZL_RECORDS + _MAX_OBJECTS * _SZL_RECORD), _SZL_RECORD):
        told.append(clean(names[at + 2 : at + _SZL_RECORD]))
    shown = [name for name in dict.fromkeys(told) if name]
    return Service("s7", shown[-1] if shown else "", banner=clean(" · ".join(shown)))


_SZL_RECORDS, _SZL_RECORD = 41, 34
"""Where the records begin in the answer, and how long each is: an index of two bytes, then a text."""


def _whole(received: bytes, at: int, head: int) -> bool:
    return len(received) >= head and len(received) >= head + int.from_bytes(received[at : at + 2], "big")


def _whole_tpkt(received: bytes) -> bool:
    return len(received) >= 4 and len(received) >= int.from_bytes(received[2:4], "big")


OPENINGS: Mapping[str, Opening] = {"ipp": _ipp, "modbus": _modbus, "rtsp": _rtsp, "s7": _s7}
"""What to ask first, by protocol."""
