"""TLS servers that nobody can build any more, played up to the end of their first answer: standard library only.

`python tls_stub.py CONFIG.json` with `{"servers": [{"address": …, "port": …, "versions": [769], "suites": [5],
"chain": [DER in hexadecimal, …], …}, …], "ready": FILE}`. OpenSSL 3 knows neither SSL 2.0 and 3.0, nor RC4, DES and
export suites, nor compression, and always announces secure renegotiation: these servers say that they do, then stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
_ALERT = b"\x15\x03\x01\x00\x02\x02"
_HANDSHAKE_FAILURE, _PROTOCOL_VERSION, _INAPPROPRIATE_FALLBACK = 40, 70, 86
_FALLBACK_SCSV = 0x5600
_DHE = {0x14, 0x15, 0x16, 0x33, 0x39}
_IDLE_SECONDS = 20.0


def answer(server: dict[str, Any], hello: bytes) -> bytes:
    """What this server says to a ClientHello: its first flight, or an alert."""
    if hello[0] & 0x80:
        return _ssl2(server) if 2 in server["versions"] else b""
    version, offered, compressions = _read(hello)
    known = [one for one in server["versions"] if 0x0300 <= one <= version]
    if not known:
        return _ALERT + bytes([_PROTOCOL_VERSION])
    if _FALLBACK_SCSV in offered and server.get("refuses_fallback") and max(known) < max(server["versions"]):
        return _ALERT + bytes([_INAPPROPRIATE_FALLBACK])
    common = [suite for suite in server["suites"] if suite in offered]
    if not common:
        return _ALERT + bytes([_HANDSHAKE_FAILURE])
    chosen, packed = common[0], bool(server.get("compression")) and 1 in compressions
    return _flight(server, max(known), chosen, packed)


def _read(hello: bytes) -> tuple[int, set[int], set[int]]:
    body = hello[9:]
    at = 35 + body[34]
    size = int.from_bytes(body[at : at + 2], "big")
    suites = {int.from_bytes(body[i : i + 2], "big") for i in range(at + 2, at + 2 + size, 2)}
    at += 2 + size
    return int.from_bytes(body[:2], "big"), suites, set(body[at + 1 : at + 1 + body[at]])


def _flight(server: dict[str, Any], version: int, suite: int, packed: bool) -> bytes:
    body = version.to_bytes(2, "big") + os.urandom(32) + b"\x00" + suite.to_bytes(2, "big") + bytes([packed])
    if server.get("renegotiation", True):
        body += b"\x00\x05\xff\x01\x00\x01\x00"
    messages = _message(2, body)
    chain = b"".join(_sized(bytes.fromhex(der), 3) for der in server["chain"])
    messages += _message(11, _sized(chain, 3))
    if suite in _DHE:
        prime = ((1 << server["dh_bits"]) - 1).to_bytes(server["dh_bits"] // 8, "big")
        messages += _message(12, _sized(prime, 2) + _sized(b"\x02", 2) + _sized(prime, 2) + _sized(bytes(64), 2))
    messages += _message(14, b"")
    records = [messages[at : at + 16384] for at in range(0, len(messages), 16384)]
    return b"".join(b"\x16" + version.to_bytes(2, "big") + _sized(record, 2) for record in records)


def _ssl2(server: dict[str, Any]) -> bytes:
    der, specs, connection = bytes.fromhex(server["chain"][0]), bytes.fromhex("010080 0700c0"), os.urandom(16)
    sizes = b"".join(len(part).to_bytes(2, "big") for part in (der, specs, connection))
    body = b"\x04\x00\x01\x00\x02" + sizes + der + specs + connection
    return (0x8000 | len(body)).to_bytes(2, "big") + body


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _sized(body, 3)


def _sized(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width, "big") + content


async def _serve(server: dict[str, Any], reader: Reader, writer: Writer) -> None:
    hello = await reader.read(4096)
    if len(hello) > 11:
        writer.write(answer(server, hello))
        await writer.drain()


async def main(config: Path) -> None:
    order = json.loads(config.read_text())

    def handler(server: dict[str, Any]) -> Any:
        async def serve(reader: Reader, writer: Writer) -> None:
            with contextlib.suppress(OSError, EOFError, TimeoutError, IndexError):
                await asyncio.wait_for(_serve(server, reader, writer), _IDLE_SECONDS)
            writer.close()

        return serve

    servers = [await asyncio.start_server(handler(one), one["address"], one["port"]) for one in order["servers"]]
    Path(order["ready"]).write_text("")
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
