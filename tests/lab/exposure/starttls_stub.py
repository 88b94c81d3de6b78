"""Servers that go over to TLS when asked in their own protocol, with a real handshake: standard library only.

`python starttls_stub.py CONFIG.json` with `{"certificate": PEM FILE, "servers": [["smtp", address, port], …],
"ready": FILE}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
_IDLE_SECONDS = 20.0

TALKS: Mapping[str, tuple[bytes, Mapping[bytes, bytes], bytes]] = {
    "smtp": (
        b"220 mail.hopital.test ESMTP Postfix\r\n",
        {b"EHLO": b"250-mail.hopital.test\r\n250 STARTTLS\r\n", b"STARTTLS": b"220 2.0.0 Ready\r\n"},
        b"STARTTLS",
    ),
    "imap": (
        b"* OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.\r\n",
        {b"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n%b OK done\r\n", b"STARTTLS": b"%b OK begin\r\n"},
        b"STARTTLS",
    ),
    "pop3": (
        b"+OK Dovecot ready.\r\n",
        {b"CAPA": b"+OK\r\nSTLS\r\n.\r\n", b"STLS": b"+OK begin\r\n"},
        b"STLS",
    ),
    "ftp": (
        b"220 (vsFTPd 3.0.3)\r\n",
        {
            b"FEAT": b"211-Features:\r\n AUTH TLS\r\n211 End\r\n",
            b"USER": b"530 TLS first.\r\n",
            b"AUTH TLS": b"234 go\r\n",
        },
        b"AUTH TLS",
    ),
    "ldap": (
        b"",
        {
            b"\x30\x25": bytes.fromhex("302b020101642604003022302004")
            + b"\x12supportedExtension1\x0a\x04\x16"
            + b"1.3.6.1.4.1.1466.20037",
            b"\x30\x1d": bytes.fromhex("300c02010178070a010004000400"),
        },
        b"\x30\x1d",
    ),
    "postgresql": (b"", {struct.pack("!II", 8, 80877103): b"S"}, struct.pack("!II", 8, 80877103)),
}
"""Protocol -> what is said first, what is answered to each command (`%b`: the tag), and the one TLS begins after."""


async def _serve(kind: str, context: ssl.SSLContext, reader: Reader, writer: Writer) -> None:
    greeting, answers, last = TALKS[kind]
    writer.write(greeting)
    while received := await reader.read(4096):
        tag, _, words = received.upper().partition(b" ") if kind == "imap" else (b"", b"", received.upper())
        command = next((one for one in answers if words.startswith(one.upper())), None)
        if command is None:
            return
        writer.write(answers[command].replace(b"%b", tag.lower()))
        await writer.drain()
        if command == last:
            await writer.start_tls(context)
            await reader.read()
            return


async def main(config: Path) -> None:
    order = json.loads(config.read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(order["certificate"])

    def handler(kind: str) -> object:
        async def serve(reader: Reader, writer: Writer) -> None:
            with contextlib.suppress(OSError, EOFError, TimeoutError):
                await asyncio.wait_for(_serve(kind, context, reader, writer), _IDLE_SECONDS)
            writer.close()

        return serve

    servers = [
        await asyncio.start_server(handler(kind), address, port)  # type: ignore[arg-type]
        for kind, address, port in order["servers"]
    ]
    Path(order["ready"]).write_text("")
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
