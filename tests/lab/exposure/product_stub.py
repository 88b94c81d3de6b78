"""Plays the web pages of products: one process, standard library only.

`python product_stub.py CONFIG.json` with `{"servers": [{"address": …, "port": …, "tls": …, "answers": {path: text}}],
"certificate": [file, key], "user": …, "ready": FILE}`. Ports are bound, then privileges dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import socket
import ssl
import sys
from pathlib import Path

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
_IDLE_SECONDS = 20.0
_NOT_FOUND = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Player:
    """Answers each path of one product with its text."""

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = answers

    async def serve(self, reader: Reader, writer: Writer) -> None:
        """One request, one answer; the peer's bad manners are never printed."""
        with contextlib.suppress(OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _IDLE_SECONDS)
            words = request.split(b" ")
            path = words[1].decode("latin-1") if len(words) > 1 else ""
            writer.write(self._answers.get(path, _NOT_FOUND).encode("latin-1"))
            await writer.drain()
        writer.close()


async def main(config: Path) -> None:
    order = json.loads(config.read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*order["certificate"])
    bound = [(one, socket.create_server((one["address"], one["port"]))) for one in order["servers"]]
    Path(order["ready"]).write_text("")
    account = pwd.getpwnam(order["user"])
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    servers = [
        await asyncio.start_server(Player(one["answers"]).serve, sock=sock, ssl=context if one["tls"] else None)
        for one, sock in bound
    ]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
