"""Peers that misbehave: they answer everywhere, never end, or send far too much. One process, standard library only.

`python bad_peers.py CONFIG.json` with `{"ready": file, "certificate": file, "key": file, "servers": [[kind, address,
port], …]}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Handler = Callable[[Reader, Writer], Awaitable[None]]

HUGE_PAGE_BYTES = 1 << 30
_CHUNK = b"<p>" + b"A" * 65532 + b"\n"


async def tarpit(_reader: Reader, writer: Writer) -> None:
    """Every port leads here: one byte from time to time, for ever."""
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(1)


async def endless_web(reader: Reader, writer: Writer) -> None:
    """A page without a length and without an end."""
    await reader.read(4096)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><title>Sans fin</title>")
    while True:
        writer.write(_CHUNK)
        await writer.drain()


async def endless_headers(reader: Reader, writer: Writer) -> None:
    await reader.read(4096)
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Encore: " + b"a" * 4000 + b"\r\n")
        await writer.drain()


async def endless_greeting(_reader: Reader, writer: Writer) -> None:
    """A server that never stops presenting itself (what `endlessh` does to SSH clients, without its patience)."""
    while True:
        writer.write(b"220-bienvenue " * 4000)
        await writer.drain()


async def huge_page(reader: Reader, writer: Writer) -> None:
    """One page of 1 GiB, announced as such."""
    await reader.read(4096)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {HUGE_PAGE_BYTES}\r\n\r\n"
    writer.write(head.encode() + b"<html><title>Un gibioctet</title>")
    for _ in range(HUGE_PAGE_BYTES // len(_CHUNK)):
        writer.write(_CHUNK)
        await writer.drain()


async def slow_page(reader: Reader, writer: Writer) -> None:
    """One byte every 200 ms, so that no wait for silence ever ends."""
    await reader.read(4096)
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Lent: " + b"a" * 100_000:
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0.2)


async def late_page(reader: Reader, writer: Writer) -> None:
    """A page made on demand: nothing for three seconds, then all of it."""
    await reader.read(4096)
    await asyncio.sleep(3)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n<title>Tardif</title>")


async def redirect_loop(reader: Reader, writer: Writer) -> None:
    """Every page leads to another."""
    path = (await reader.readline()).split()[1:2] or [b"/"]
    writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + path[0][:200] + b"x\r\n\r\n")


async def closes(_reader: Reader, _writer: Writer) -> None:
    """Accepts and hangs up at once."""


async def hostile_words(reader: Reader, writer: Writer) -> None:
    """Text made to break what shows it."""
    await reader.read(4096)
    title = "<script>alert(1)</script>\x1b[31m; rm -rf / `id` $(id) --option \u202e\x00" + "é" * 3000
    body = f"<html><title>{title}</title></html>".encode()
    head = b"HTTP/1.1 200 OK\r\nServer: \x1b]0;titre\x07nginx/\xff\xfe\r\n"
    writer.write(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


HANDLERS: dict[str, Handler] = {
    "tarpit": tarpit,
    "endless_web": endless_web,
    "endless_headers": endless_headers,
    "endless_greeting": endless_greeting,
    "huge_page": huge_page,
    "slow_page": slow_page,
    "late_page": late_page,
    "redirect_loop": redirect_loop,
    "closes": closes,
    "hostile_words": hostile_words,
    "huge_certificate": closes,
}


def guarded(handler: Handler) -> Handler:
    """A handler that never prints the peer's departure."""

    async def serve(reader: Reader, writer: Writer) -> None:
        with contextlib.suppress(OSError, ValueError):
            await handler(reader, writer)
        with contextlib.suppress(OSError):
            writer.close()

    return serve


async def main(config: Path) -> None:
    order = json.loads(config.read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(order["certificate"], order["key"])
    servers = [
        await asyncio.start_server(
            guarded(HANDLERS[kind]), address, port, ssl=context if kind == "huge_certificate" else None, limit=1 << 16
        )
        for kind, address, port in order["servers"]
    ]
    Path(order["ready"]).write_text("")
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
