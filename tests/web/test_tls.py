"""The server under TLS: the same pages and limits as without, and nobody who dawdles keeps the others waiting."""

from __future__ import annotations

import http.client
import plistlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.cli import listening
from care.cli.listening import listen, listen_beside, tls_context
from care.cli.own_tls import only_trust, settings_in_clear, settings_under_tls, under_tls
from care.config import ConfigError
from care.services.platform import OwnAuthority, Platform
from tests.support.people import Hospitals
from tests.web.exercises import plant_exercises
from tests.web.people import People

MIB = 1 << 20
PATIENCE = 30


@dataclass(frozen=True)
class Served:
    port: int
    trust_port: int
    trusting: ssl.SSLContext

    def ask(self, method: str, path: str, body: bytes = b"", cookie: str = "") -> tuple[int, bytes]:
        asking = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.trusting, timeout=PATIENCE)
        asking.request(method, path, body, {"Cookie": cookie} if cookie else {})
        answer = asking.getresponse()
        content = answer.read()
        asking.close()
        return answer.status, content

    def wire(self) -> ssl.SSLSocket:
        joined = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        return self.trusting.wrap_socket(joined, server_hostname="127.0.0.1")

    def plain(self, path: str) -> http.client.HTTPResponse:
        asking = http.client.HTTPConnection("127.0.0.1", self.trust_port, timeout=PATIENCE)
        asking.request("GET", path)
        answer = asking.getresponse()
        answer.read()
        asking.close()
        return answer


@pytest.fixture
def secured(platform: Platform, app: Flask) -> Platform:
    """The platform of the tests, with its own authority."""
    settings = replace(platform.settings, bind="127.0.0.1", port=0, upload_mb=1, base_url="https://127.0.0.1:8000")
    one, _context = under_tls(replace(platform, settings=settings))
    app.extensions["care"] = replace(one, settings=platform.settings)
    return one


@pytest.fixture
def served(app: Flask, secured: Platform) -> Iterator[Served]:
    with serving(app, secured) as one:
        yield one


@contextmanager
def serving(app: Flask, secured: Platform) -> Iterator[Served]:
    settings, folder = secured.settings, secured.settings.data_dir / "tls"
    server = listen(app, settings, 4, tls_context(str(folder / "server.crt"), str(folder / "server.key")))
    beside = listen_beside(server, only_trust(app, settings.base_url), settings, 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    assert secured.authority is not None
    trusting = ssl.create_default_context(cadata=secured.authority.certificate)
    try:
        yield Served(server.effective_port, beside.effective_port, trusting)
    finally:
        secured.hub.close()
        server.task_dispatcher.shutdown()
        beside.close()
        server.close()
        thread.join(10)
        assert not thread.is_alive()


def test_pages_are_served_to_who_trusts_the_authority_and_to_nobody_else(served: Served) -> None:
    assert served.ask("GET", "/sign-in")[0] == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        http.client.HTTPSConnection("127.0.0.1", served.port, context=ssl.create_default_context()).connect()


def test_old_versions_of_tls_are_refused(served: Served) -> None:
    old = ssl.create_default_context()
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", served.port)) as wire, pytest.raises(ssl.SSLError):
        old.wrap_socket(wire)


def test_a_large_page_and_a_large_body_go_through_whole(served: Served, app: Flask) -> None:
    status, content = served.ask("GET", "/static/vendor/bootstrap.min.css")
    assert (status, len(content)) == (200, (Path(str(app.static_folder)) / "vendor/bootstrap.min.css").stat().st_size)
    assert served.ask("POST", "/sign-in", b"login=" + b"x" * (MIB // 2))[0] in {400, 401}


def test_what_is_too_large_is_refused_in_words(served: Served) -> None:
    with served.wire() as wire:
        wire.sendall(f"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: {3 * MIB}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: wire.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.1 413")
    assert "limite de 1 Mio" in answer


def test_who_never_ends_a_handshake_keeps_nobody_waiting(served: Served) -> None:
    with ExitStack() as dawdlers:
        for begun in (b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n") * 10:
            wire = dawdlers.enter_context(socket.create_connection(("127.0.0.1", served.port)))
            wire.sendall(begun)
        assert served.ask("GET", "/sign-in")[0] == 200


def test_what_is_read_once_something_is_sent_is_not_forgotten(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """New keys asked for in the middle of a connection: TLS answers them before it hands out what came."""
    recv, kept = listening._TlsChannel.recv, list[bytes]()

    def first_to_send(channel: listening._TlsChannel, size: int) -> bytes:
        if kept:
            return kept.pop()
        kept.append(recv(channel, size))
        raise ssl.SSLWantWriteError

    monkeypatch.setattr(listening._TlsChannel, "recv", first_to_send)
    assert served.ask("GET", "/sign-in")[0] == 200


def test_who_speaks_plain_http_is_hung_up_on(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        with suppress(ConnectionResetError):
            answer = wire.recv(4096)
    assert answer[:4] != b"HTTP"


def test_a_stream_and_pages_go_on_together(
    served: Served, secured: Platform, people: People, hospitals: Hospitals, here: str
) -> None:
    exercise = plant_exercises(secured, hospitals.valley).live
    cookie = f"care_session={people.token('ciso')}"
    asking = http.client.HTTPSConnection("127.0.0.1", served.port, context=served.trusting, timeout=PATIENCE)
    asking.request("GET", f"{here}/exercises/{exercise}/live", headers={"Cookie": cookie})
    answer = asking.getresponse()
    assert answer.readline() == b"retry: 1000\n"
    assert served.ask("GET", f"{here}/exercises", cookie=cookie)[0] == 200
    lines = iter(answer.readline, b"")
    assert next(line for line in lines if line.startswith(b"event: changed"))
    asking.close()


def test_without_tls_only_the_page_of_trust_is_served(served: Served, secured: Platform) -> None:
    assert served.plain("/trust").status == 200
    assert served.plain("/static/care.css").status == 200
    assert served.plain("/").getheader("Location") == "/trust"
    for path in ("/sign-in", "/establishments/1", "/trusted", "/x/abc"):
        answer = served.plain(path)
        assert (answer.status, answer.getheader("Location")) == (302, "https://127.0.0.1:8000/")


def test_the_page_of_trust_shows_the_fingerprint_and_gives_the_certificate(
    client: FlaskClient, secured: Platform
) -> None:
    page = client.get("/trust")
    assert "<svg" in page.text
    assert "viewBox" in page.text, "the QR is drawn whole at any size"
    assert "Strict-Transport-Security" not in page.headers
    assert isinstance(secured.authority, OwnAuthority)
    assert client.get("/trust/care.crt").data == secured.authority.certificate
    profile = plistlib.loads(client.get("/trust/care.mobileconfig").data)
    assert profile["PayloadContent"][0]["PayloadContent"] == secured.authority.certificate


def test_without_an_authority_the_page_says_so(client: FlaskClient) -> None:
    assert "rien à installer" in client.get("/trust").text
    assert client.get("/trust/care.crt").location == "/trust"


def test_the_address_told_is_https(platform: Platform) -> None:
    settings = replace(platform.settings, bind="127.0.0.1", port=8443, base_url="http://127.0.0.1:8443")
    told = settings_under_tls(settings)
    assert told.base_url == "https://127.0.0.1:8443"
    assert told.secure
    assert settings_under_tls(replace(settings, base_url="https://care.test")).base_url == "https://care.test"
    everywhere = settings_in_clear(replace(settings, bind="0.0.0.0", base_url="http://0.0.0.0:8443"))
    assert everywhere.base_url != "http://0.0.0.0:8443", "no phone could follow it"
    assert settings_in_clear(replace(settings, base_url="http://care.test")).base_url == "http://care.test"
    with pytest.raises(ConfigError, match="without TLS"):
        settings_under_tls(replace(settings, base_url="http://care.test"))
