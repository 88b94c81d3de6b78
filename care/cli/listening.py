"""The HTTP server of `care serve`, plain or under TLS.

One thread reads and writes for all connections, without waiting for any: a slow client, or one that never ends its
handshake, holds a place among `_CONNECTIONS` and nothing else, until it was silent for `_SILENCE_SECONDS`.

What is too large is refused on its first bytes, in words for people. Without it the server would keep a whole gigabyte
on its disk before the application could say no. The limit holds whatever the browser announces: a length that lies, or
none at all.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

from care.config import Settings
from scanners.model import Text

_CONNECTIONS = 800
"""Open at once: two hundred people with a stream and a few pages each, under the usual limit of 1,024 files."""
_SILENCE_SECONDS = 60
_ENVELOPE = 1 << 20
"""What a form adds around its files: the application then refuses by itself, on one of its own pages."""

_PAGE = """<!doctype html><html lang="fr"><meta charset="utf-8"><title>{title}</title>
<p>{fr}</p><p lang="en">{en}</p></html>"""


WsgiApp = Callable[..., Any]


def listen(app: WsgiApp, settings: Settings, threads: int, context: ssl.SSLContext | None = None) -> Any:  # noqa: ANN401
    """The server bound to its address, under TLS when given a context; OSError when it cannot be bound."""
    server = create_server(app, port=settings.port, threads=threads, **_terms(settings, context))
    return _prepared(server, context)


def listen_beside(server: Any, app: WsgiApp, settings: Settings, port: int) -> Any:  # noqa: ANN401
    """Serve another application, without TLS, on another port of the same address, with the threads of `server`."""
    first = getattr(server, "_servers", [server])[0]
    terms = _terms(settings, None) | {"map": first._map, "_dispatcher": server.task_dispatcher}  # noqa: SLF001
    return _prepared(create_server(app, port=port, **terms), None)


def tls_context(chain: str, key: str) -> ssl.SSLContext:
    """What a server under TLS offers: 1.2 and 1.3, without renegotiation."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(chain, key)
    return context


def _terms(settings: Settings, context: ssl.SSLContext | None) -> dict[str, Any]:
    return {
        "host": settings.bind,
        "ident": "CaRE",
        "url_scheme": "http" if context is None else "https",
        "max_request_body_size": settings.upload_bytes + _ENVELOPE,
        "connection_limit": _CONNECTIONS,
        "channel_timeout": _SILENCE_SECONDS,
        "asyncore_use_poll": True,
        "recv_bytes": 1 << 16,  # a record of TLS is never read by half: 16 KiB at most
    }


def _prepared(server: Any, context: ssl.SSLContext | None) -> Any:  # noqa: ANN401
    for one in getattr(server, "_servers", [server]):  # several when the address has several families
        one.channel_class = _Channel if context is None else partial(_tls_channel, context)
    return server


class _Refusal(ErrorTask):  # type: ignore[misc]
    """An answer of the server itself."""

    def execute(self) -> None:
        """Say a body that is too large in words for people; every other refusal as waitress says it."""
        if isinstance(self.request.error, RequestEntityTooLarge):
            self.request.error = _TooLarge(self.channel.server.adj.max_request_body_size - _ENVELOPE)
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _Refusal


def _tls_channel(
    context: ssl.SSLContext,
    server: Any,  # noqa: ANN401
    sock: socket.socket,
    addr: object,
    adj: object,
    map: object = None,  # noqa: A002 - as waitress calls it
) -> _TlsChannel | None:
    """A connection that has its handshake before it; None when it is already gone. Whatever is raised here would close
    the server itself."""
    sock.setblocking(False)
    try:
        wire = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
    except (OSError, ValueError):
        sock.close()
        return None
    return _TlsChannel(server, wire, addr, adj, map=map)


class _TlsChannel(_Channel):
    """A connection under TLS, read and written without waiting like any other.

    Waitress never reads a connection while a thread answers on it: reading and writing need no lock of ours.
    """

    _shaken = False
    _wants_write = False

    def writable(self) -> bool:
        """Whether there is something to send, of ours or of the handshake."""
        return self._wants_write or bool(super().writable())

    def handle_read(self) -> None:
        """Read what came, once the handshake is done."""
        if not self._shake():
            return
        try:
            data = self.recv(self.adj.recv_bytes)
        except ssl.SSLWantReadError:
            return
        except ssl.SSLWantWriteError:  # new keys to answer first: what came is read once the connection takes them
            self._wants_write = True
            return
        except OSError:
            self.handle_close()
            return
        if data:
            self.last_activity = time.time()
            self.received(data)
        else:
            self.connected = False

    def handle_write(self) -> None:
        """Send what waits, once the handshake is done; close when asked to, handshake or not."""
        if self._shaken and self._wants_write and not self.will_close:
            self._wants_write = False
            self.handle_read()
        elif self.will_close or self._shake():
            super().handle_write()

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send as much as the connection takes now."""
        try:
            return int(super().send(data, do_close))
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0

    def _shake(self) -> bool:
        """Go on with the handshake; whether it is done. Who does not speak TLS is hung up on."""
        if self._shaken:
            return True
        self._wants_write = False
        try:
            self.socket.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLWantWriteError:
            self._wants_write = True
            return False
        except (OSError, ValueError):
            self.handle_close()
            return False
        self._shaken = True
        return True


class _TooLarge(RequestEntityTooLarge):  # type: ignore[misc]
    def __init__(self, limit: int) -> None:
        mebibytes = limit >> 20
        super().__init__(f"over {mebibytes} MiB")
        self._said = Text(
            f"Le fichier envoyé dépasse la limite de {mebibytes} Mio : rien n’a été enregistré. Revenez à la page "
            "précédente et envoyez un fichier plus petit, ou demandez à un administrateur de relever la limite.",
            f"The file sent is over the limit of {mebibytes} MiB: nothing was recorded. Go back to the page before and "
            "send a smaller file, or ask an administrator to raise the limit.",
        )

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers, body."""
        page = _PAGE.format(title="413", fr=self._said.fr, en=self._said.en)
        return f"{self.code} {self.reason}", [("Content-Type", "text/html; charset=utf-8")], page.encode()
