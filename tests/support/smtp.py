"""A mail relay of sixty lines on a loopback port, polite or not, as the test asks."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

HELD_SECONDS = 60.0


@dataclass
class SmtpServer:
    """What the relay received. `at_recipient` and `after_content` are its answers; None hangs up without a word.

    With `tls` it offers STARTTLS. While `held` is not set, it keeps who sent a content waiting for its answer.
    """

    port: int = 0
    received: list[Message] = field(default_factory=list)
    at_recipient: str | None = "250 ok"
    after_content: str | None = "250 queued"
    tls: ssl.SSLContext | None = None
    held: threading.Event | None = None
    encrypted: int = 0


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say("220 relay.hopital.test")
        while line := self.rfile.readline():
            answer = self.answer(line[:4].upper().strip())
            if answer is None:
                return
            self.say(answer)
            if line.upper().startswith(b"STARTTLS"):
                self.encrypt()

    def answer(self, verb: bytes) -> str | None:
        if verb == b"DATA":
            return self.content()
        if verb == b"EHLO" and self.relay.tls:
            return "250-relay.hopital.test\r\n250 STARTTLS"
        return self.relay.at_recipient if verb == b"RCPT" else "220 go on" if verb == b"STAR" else "250 ok"

    def encrypt(self) -> None:
        assert self.relay.tls is not None
        self.connection = self.relay.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.relay.encrypted += 1

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def content(self) -> str | None:
        self.say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        self.relay.received.append(message_from_bytes(b"".join(lines)))
        if self.relay.held is not None:
            self.relay.held.wait(HELD_SECONDS)
        return self.relay.after_content

    def say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())

    @property
    def relay(self) -> SmtpServer:
        assert isinstance(self.server, _Server)
        return self.server.relay


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    relay: SmtpServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no matter."""


@contextmanager
def smtp_server(tls: ssl.SSLContext | None = None) -> Iterator[SmtpServer]:
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.relay = SmtpServer(server.server_address[1], tls=tls)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.relay
        finally:
            server.shutdown()
            thread.join()
