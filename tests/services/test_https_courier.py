"""What speaks to a region: only over verified TLS, only where it was told, in a bounded time, a bounded answer."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from care.adapters.https_courier import HttpsCourier
from care.services.couriers import MAX_ANSWER_BYTES, NoCourier, Question, UnreachedError
from tests.support.tls import Authority

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers every connection by `play`, which gets what was asked; over TLS unless `context` is none."""

    def __init__(self, play: Callable[[socket.socket], None], context: ssl.SSLContext | None) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked: list[bytes] = []
        self._play, self._context = play, context
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def url(self, path: str = "/federation/bundles") -> str:
        return f"https://127.0.0.1:{self.port}{path}"

    def _serve(self) -> None:
        while True:
            try:
                wire, _address = self.socket.accept()
            except OSError:
                return
            with suppress(OSError):
                spoken = self._context.wrap_socket(wire, server_side=True) if self._context else wire
                spoken.settimeout(5)
                with spoken:
                    self.asked.append(read_request(spoken))
                    self._play(spoken)
            wire.close()

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self._thread.join(10)


def read_request(wire: socket.socket) -> bytes:
    """The head of the request, and its body as long as it says."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += wire.recv(65536) or b"\r\n\r\n"
    head, _, body = got.partition(b"\r\n\r\n")
    told = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    length = int(told[0].split(b":")[1]) if told else 0
    while len(body) < length:
        body += wire.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@contextmanager
def serving(play: Callable[[socket.socket], None], context: ssl.SSLContext | None) -> Iterator[Server]:
    server = Server(play, context)
    try:
        yield server
    finally:
        server.close()


def saying(*parts: bytes) -> Callable[[socket.socket], None]:
    return lambda wire: wire.sendall(b"".join(parts))


def refused(courier: HttpsCourier, question: Question) -> str:
    with pytest.raises(UnreachedError) as said:
        courier.ask(question)
    assert said.value.text.en != said.value.text.fr
    return said.value.text.fr


def test_a_question_and_its_answer_over_the_authority_given(authority: Authority) -> None:
    with serving(saying(OK), authority.context) as server:
        answer = HttpsCourier().ask(Question(server.url(), b"lot", "application/json", authority.pem))
        assert (answer.status, answer.body) == (200, b"ok")
        HttpsCourier().ask(Question(server.url("/federation/alerts?since=1"), trusted_pem=authority.pem))
    first, second = server.asked
    assert first.startswith(b"POST /federation/bundles HTTP/1.1\r\n")
    assert first.endswith(b"\r\n\r\nlot")
    assert second.startswith(b"GET /federation/alerts?since=1 HTTP/1.1\r\n")
    assert b"Cookie" not in first
    assert b"Authorization" not in first


def test_a_certificate_of_nobody_known_gets_nothing(authority: Authority) -> None:
    with serving(saying(OK), authority.context) as server:
        assert "certificat" in refused(HttpsCourier(), Question(server.url(), b"secret"))
        assert server.asked == []


def test_a_certificate_for_another_address_gets_nothing(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "127.0.0.2")
    with serving(saying(OK), authority.context) as server:
        assert "certificat" in refused(HttpsCourier(), Question(server.url(), b"secret", trusted_pem=authority.pem))
        assert server.asked == []


def test_nothing_is_sent_in_clear(authority: Authority) -> None:
    with serving(saying(OK), None) as server:
        assert "https" in refused(HttpsCourier(), Question(f"http://127.0.0.1:{server.port}/", b"secret"))
        assert server.asked == []


def test_a_redirection_is_not_followed(authority: Authority) -> None:
    elsewhere = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with serving(saying(elsewhere), authority.context) as server:
        assert "redirections" in refused(HttpsCourier(), Question(server.url(), b"lot", trusted_pem=authority.pem))


def test_proxies_of_the_environment_are_not_used(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(saying(OK), authority.context) as server:
        assert HttpsCourier().ask(Question(server.url(), trusted_pem=authority.pem)).status == 200


def test_the_proxy_of_the_setting_is(authority: Authority) -> None:
    def tunnel(wire: socket.socket) -> None:
        wire.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        inner = authority.context.wrap_socket(wire, server_side=True)
        read_request(inner)
        inner.sendall(OK)
        inner.close()

    with serving(tunnel, None) as proxy:
        courier = HttpsCourier(f"http://127.0.0.1:{proxy.port}")
        answer = courier.ask(Question("https://127.0.0.1:4433/x", trusted_pem=authority.pem))
        assert answer.body == b"ok"
    assert proxy.asked[0].startswith(b"CONNECT 127.0.0.1:4433 HTTP/1.")


def test_an_endless_answer_is_not_read(authority: Authority) -> None:
    def endless(wire: socket.socket) -> None:
        wire.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            wire.sendall(b"x" * 65536)

    with serving(endless, authority.context) as server:
        assert "illisible" in refused(HttpsCourier(), Question(server.url(), trusted_pem=authority.pem))


def test_the_longest_answer_is_read_whole(authority: Authority) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MAX_ANSWER_BYTES
    with serving(saying(head, b"y" * MAX_ANSWER_BYTES), authority.context) as server:
        assert HttpsCourier().ask(Question(server.url(), trusted_pem=authority.pem)).body == b"y" * MAX_ANSWER_BYTES


def test_an_answer_that_drips_is_cut_off(authority: Authority) -> None:
    over = threading.Event()

    def drip(wire: socket.socket) -> None:
        wire.sendall(b"HTTP/1.1 200 OK\r\n")
        while not over.wait(0.05):
            wire.sendall(b"X: y\r\n" if not over.is_set() else b"")

    with serving(drip, authority.context) as server:
        begun = time.monotonic()
        said = refused(HttpsCourier(seconds=0.6), Question(server.url(), trusted_pem=authority.pem))
        over.set()
    assert "temps" in said or "illisible" in said  # a hundred lines of head are too many as well
    assert time.monotonic() - begun < 30


def test_silence_is_cut_off(authority: Authority) -> None:
    over = threading.Event()
    with serving(lambda wire: bool(over.wait(20)) and None, authority.context) as server:
        said = refused(HttpsCourier(connect_seconds=0.3), Question(server.url(), trusted_pem=authority.pem))
        over.set()
    assert "à temps" in said


def test_nobody_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "connexion refusée" in refused(HttpsCourier(), Question(f"https://127.0.0.1:{port}/"))


def test_rubbish_is_said(authority: Authority) -> None:
    with serving(saying(b"\x00\x01rubbish\r\n\r\n"), authority.context) as server:
        assert "illisible" in refused(HttpsCourier(), Question(server.url(), trusted_pem=authority.pem))


def test_an_authority_that_is_none_is_said(authority: Authority) -> None:
    with serving(saying(OK), authority.context) as server:
        refused(HttpsCourier(), Question(server.url(), trusted_pem="-----BEGIN CERTIFICATE-----\nAAAA\n"))
        assert server.asked == []


def test_without_a_network_nothing_leaves() -> None:
    with pytest.raises(UnreachedError):
        NoCourier().ask(Question("https://127.0.0.1/"))
