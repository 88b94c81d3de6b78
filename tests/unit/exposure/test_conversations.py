"""What servers say, and the limits put on those that say too much. Servers are threads on loopback."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from scanners.catalog import rules_of
from scanners.exposure import collect_http, collect_wire
from scanners.exposure.collect_conversations import Conversations
from scanners.exposure.collect_dialogues import read_kexinit
from scanners.exposure.collect_http import (
    MAX_REDIRECTS,
    NOWHERE,
    follow,
    landing,
    parse,
    read_security_text,
    with_doors,
)
from scanners.exposure.collect_identify import Identification
from scanners.exposure.collect_nmap import Nmap
from scanners.exposure.collect_profiles import PROFILES
from scanners.exposure.collect_tls import MAX_CERTIFICATE, Trust, read_certificate
from scanners.exposure.collect_unseen import Unseen
from scanners.exposure.collect_wire import MAX_BYTES, ConversationOver, Pace, Reach, Wire
from scanners.exposure.facts import MAX_BANNER, Cookie, Host, Http, Port, SecurityText, clean
from scanners.exposure.never_written import NeverWritten
from scanners.exposure.read_nmap import ScannedPort
from scanners.exposure.udp_questions import read_dns, read_report
from scanners.runner import run_rule
from scanners.stopping import Stop
from scanners.tls_hello import client_hello, server_choice
from tests.unit.exposure.name_server import Zones, name_server
from tests.unit.exposure.specimens import facts

Talk = Callable[[socket.socket], None]


@contextmanager
def server(talk: Talk) -> Iterator[int]:
    """A server on 127.0.0.1 that holds this conversation with each caller; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    stop = threading.Event()

    def one(caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError):
            talk(caller)

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        thread.join()
        listener.close()


def identify(talk: Talk) -> Port:
    with server(talk) as port:
        return Identification(Reach("127.0.0.1", port, Pace(0))).run()


def says(greeting: bytes, answers: dict[bytes, bytes] | None = None) -> Talk:
    """A server that greets, then answers to each known command."""

    def talk(caller: socket.socket) -> None:
        caller.sendall(greeting)
        while received := caller.recv(4096):
            for command, answer in (answers or {}).items():
                if received.startswith(command):
                    caller.sendall(answer)

    return talk


# ---------------------------------------------------------------- services


@pytest.mark.parametrize(
    ("talk", "name", "open_access", "encrypted"),
    [
        (says(b"220 ftp ready\r\n", {b"FEAT": b"211-F\r\n AUTH TLS\r\n211 End\r\n", b"USER": b"331 ?\r\n",
                                     b"PASS": b"530 no\r\n"}), "ftp", False, True),
        (says(b"220 old FTP\r\n", {b"FEAT": b"500 ?\r\n", b"USER": b"230 in\r\n"}), "ftp", True, False),
        (says(b"220 mx ESMTP\r\n", {b"EHLO": b"250-mx\r\n250 STARTTLS\r\n"}), "smtp", None, True),
        (says(b"220 hello\r\n", {b"FEAT": b"502 ?\r\n", b"EHLO": b"250 mx\r\n"}), "smtp", None, False),
        (says(b"+OK ready\r\n", {b"CAPA": b"+OK\r\nSTLS\r\n.\r\n"}), "pop3", None, True),
        (says(b"* OK ready\r\n", {b"a1": b"* CAPABILITY IMAP4rev1\r\na1 OK\r\n"}), "imap", None, False),
        (says(b"RFB 003.008\n", {b"RFB": b"\x01\x02"}), "vnc", False, None),
        (says(b"RFB 003.003\n", {b"RFB": b"\x00\x00\x00\x01"}), "vnc", True, None),
        (says(b"@RSYNCD: 31.0\n"), "rsync", None, False),
        (says(b"\x4a\x00\x00\x00\x0a8.0.36\x00rest"), "mysql", None, None),
        (says(b"\xff\xfd\x18Router\r\nlogin: "), "telnet", None, False),
        (says(b"Bienvenue\r\nUsername: "), "telnet", None, False),
        (says(b"SSH-1.5-Cisco-1.25\n"), "ssh", None, None),
        (says(b"", {b"GET ": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}), "http", None, False),
    ],
)  # fmt: skip
def test_services_are_named_by_what_they_say(
    talk: Talk, name: str, open_access: bool | None, encrypted: bool | None
) -> None:
    service = identify(talk).service
    assert (service.name, service.open_access, service.encrypted) == (name, open_access, encrypted)


def test_a_database_gets_one_question() -> None:
    received: list[bytes] = []

    def talk(caller: socket.socket) -> None:
        while question := caller.recv(4096):
            received.append(question)
            caller.sendall(b"+PONG\r\n" if b"PING" in question else b"$21\r\nredis_version:7.0.15\r\n")

    with server(talk) as number:
        port = Identification(Reach("127.0.0.1", number, Pace(0))).ask("redis")
    assert port is not None
    assert (port.service.open_access, port.service.banner) == (True, "+PONG")
    assert received == [b"*1\r\n$4\r\nPING\r\n"]


def test_a_server_that_goes_mute_did_not_tell() -> None:
    service = identify(says(b"220 old FTP\r\n")).service
    assert (service.name, service.open_access, service.encrypted) == ("ftp", None, None)


def test_an_smb_server_that_knows_version_1_only_is_seen() -> None:
    def old(caller: socket.socket) -> None:
        if caller.recv(4096)[4:8] == b"\xffSMB":
            message = b"\xffSMBr" + bytes(27) + b"\x11" + bytes(34)
            caller.sendall(len(message).to_bytes(4, "big") + message)

    with server(old) as number:
        port = Identification(Reach("127.0.0.1", number, Pace(0))).ask("smb")
    assert port is not None
    assert (port.service.version, port.service.traits) == ("1", ("smb1",))


def test_an_unknown_greeting_is_kept_and_not_named() -> None:
    service = identify(says(b"HELLO \x1b[31mworld\x00\r\n")).service
    assert (service.name, service.banner) == ("", "HELLO [31mworld")


def test_no_one_can_read_more_than_the_algorithms_of_an_ssh_server() -> None:
    lists = [
        b"curve25519-sha256",
        b"ssh-ed25519",
        b"aes256-ctr",
        b"aes128-ctr",
        b"hmac-sha2-256",
        b"",
        b"none",
        b"none",
    ]
    payload = b"\x14" + bytes(16) + b"".join(len(item).to_bytes(4, "big") + item for item in lists)
    packet = (len(payload) + 5).to_bytes(4, "big") + b"\x04" + payload + bytes(4)
    offer = read_kexinit(packet, "2.0")
    assert offer is not None
    assert (offer.key_exchanges, offer.ciphers) == (("curve25519-sha256",), ("aes256-ctr", "aes128-ctr"))
    assert (offer.host_keys, offer.macs) == (("ssh-ed25519",), ("hmac-sha2-256",))
    assert read_kexinit(packet[:40], "2.0") is None


@given(st.binary(max_size=200))
def test_readers_of_foreign_bytes_never_break(received: bytes) -> None:
    read_report(received)
    read_dns(received)
    server_choice(received)
    server_choice(b"\x16\x03\x03\x00\x40\x02" + received)
    read_kexinit(received, "2.0")
    read_kexinit(bytes(5) + b"\x14" + received, "2.0")
    read_certificate(received)
    parse(received)
    parse(b"HTTP/1.1 200 OK\r\n" + received)
    parse(b"HTTP/1.1 200 OK\r\nSet-Cookie: " + received)
    read_security_text(b"HTTP/1.1 200 OK\r\n\r\n" + received)
    assert len(clean(received)) <= MAX_BANNER


def test_an_snmp_agent_is_known_by_its_report() -> None:
    report = bytes.fromhex("305a020103300f02024a69020300ffe304010002010304203020040d80001f888059dc486145a26322")
    agent = read_report(report + bytes(40))
    assert agent is not None
    assert (agent.name, agent.banner) == ("snmp", "engine 80001f888059dc486145a26322")
    assert read_report(b"\x30\x29\x02\x01\x01") is None


_ROOT = bytes.fromhex("0000020001")


@pytest.mark.parametrize(
    ("header", "traits"),
    [
        ("4341 8180 0001 000d 0000 0000", ("recursion_open",)),
        ("4341 8185 0001 0000 0000 0000", ("recursion_refused",)),
        ("4341 8105 0001 0000 0000 0000", ("recursion_refused",)),
        ("4341 8100 0001 0000 000d 0000", ("recursion_refused",)),
        ("4341 8182 0001 0000 0000 0000", ()),
    ],
)
def test_a_name_server_says_whether_it_resolves_for_strangers(header: str, traits: tuple[str, ...]) -> None:
    found = read_dns(bytes.fromhex(header) + _ROOT + bytes(40))
    assert found is not None
    assert (found.name, found.traits) == ("dns", traits)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"x" * 60,
        bytes.fromhex("434101000001000000000000") + _ROOT,
        bytes.fromhex("999981800001000d00000000") + _ROOT,
    ],
)
def test_what_is_no_answer_of_dns_names_no_server(answer: bytes) -> None:
    assert read_dns(answer) is None


def test_a_name_server_is_known_over_tcp_too() -> None:
    with name_server(Zones({})) as port:
        found = Identification(Reach("127.0.0.1", port, Pace(0))).ask("dns")
    assert found is not None
    assert (found.service.name, found.protocol) == ("dns", "tcp")


# ---------------------------------------------------------------- TLS


def test_a_client_hello_offers_one_version_and_these_suites() -> None:
    hello = client_hello(0x0300, [0x0005, 0x000A], "www.hopital.test")
    assert hello[:3] == b"\x16\x03\x00"
    assert hello[9:11] == b"\x03\x00"
    assert hello.endswith(b"\x00\x06\x00\x05\x00\x0a\x00\xff\x01\x00"), (
        "SSL 3.0 knows no extension, so no name is given"
    )
    assert b"www.hopital.test" in client_hello(0x0303, [0xC02F], "www.hopital.test")


def _server_hello(version: int, cipher: int, selected: int | None = None) -> bytes:
    extensions = b"" if selected is None else b"\x00\x06\x00\x2b\x00\x02" + selected.to_bytes(2, "big")
    body = version.to_bytes(2, "big") + bytes(32) + b"\x00" + cipher.to_bytes(2, "big") + b"\x00" + extensions
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message


@pytest.mark.parametrize(
    ("answer", "choice"),
    [
        (_server_hello(0x0300, 0x0005), (0x0300, 0x0005)),
        (_server_hello(0x0303, 0xC02F), (0x0303, 0xC02F)),
        (_server_hello(0x0303, 0x1301, 0x0304), (0x0304, 0x1301)),
        (b"\x15\x03\x03\x00\x02\x02\x28", None),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", None),
        (b"", None),
    ],
)
def test_server_choices(answer: bytes, choice: tuple[int, int] | None) -> None:
    assert server_choice(answer) == choice


def test_an_old_server_is_read_by_hand_made_greetings() -> None:
    """SSL 3.0 with RC4, which no library of today can offer any more."""

    def ssl3(caller: socket.socket) -> None:
        hello = caller.recv(4096)
        rc4 = b"\x00\x05" in hello[44:]
        old = hello[9:11] == b"\x03\x00" or hello[9:11] == b"\x03\x03"
        caller.sendall(_server_hello(0x0300, 0x0005) if rc4 and old else b"\x15\x03\x00\x00\x02\x02\x28")

    with server(ssl3) as number:
        identification = Identification(Reach("127.0.0.1", number, Pace(0)))
        port = identification.run()
    assert [gap.section for gap in identification.gaps] == ["tls"], "its certificate was not read: not a pass"
    assert [gap.subject for gap in identification.gaps] == [f"127.0.0.1:{number}/tcp"], "of that port only"
    assert port.tls is not None
    assert port.tls.versions == ("SSL 3.0",)
    assert port.tls.weak_ciphers == ("TLS_RSA_WITH_RC4_128_SHA",)
    assert port.service.name == "tls"


def test_an_oversized_certificate_is_not_read() -> None:
    assert read_certificate(b"\x30" * (MAX_CERTIFICATE + 1)) is None


# ---------------------------------------------------------------- web


@pytest.mark.parametrize(
    ("location", "followed"),
    [
        ("/login", "/login"),
        ("login?x=1#y", "/login?x=1"),
        ("http://h.test/a", "/a"),
        ("https://h.test/a", ""),
        ("http://h.test:81/a", ""),
        ("http://autre.test/a", ""),
        ("//autre.test/a", ""),
        ("/a b", ""),
        ("/a\r\nX: y", ""),
        ("/" + "a" * 600, ""),
        ("http://[", ""),
        ("file:///etc/passwd", ""),
    ],
)
def test_redirections_never_leave_the_port(location: str, followed: str) -> None:
    asked: list[str] = []

    def fetch(path: str) -> bytes:
        asked.append(path)
        return b"HTTP/1.1 200 OK\r\n\r\n<title>Fin</title>"

    page = follow(Http(302, location=location, redirects=(location,)), "http://h.test", fetch)
    assert "".join(asked) == followed
    assert (page.location, page.redirects, page.loops) == (location, (location,), False)


@pytest.mark.parametrize(
    ("answers", "walked", "loops", "last"),
    [
        ({"/a": "b", "/b": "/c"}, ("/a", "b", "/c"), False, 200),
        ({"/a": "/b", "/b": "/a"}, ("/a", "/b", "/a"), True, 302),
        ({"/a": "/"}, ("/a", "/"), True, 302),
        ({"/a": "https://autre.test/"}, ("/a", "https://autre.test/"), False, 302),
        ({f"/{'a' * turn}": f"/{'a' * (turn + 1)}" for turn in range(1, 50)},
         tuple(f"/{'a' * turn}" for turn in range(1, 7)), True, 302),
    ],
)  # fmt: skip
def test_redirections_are_followed_and_cut(
    answers: dict[str, str], walked: tuple[str, ...], loops: bool, last: int
) -> None:
    def fetch(path: str) -> bytes:
        moved = f"302 Found\r\nLocation: {answers[path]}" if path in answers else "200 OK"
        return f"HTTP/1.1 {moved}\r\nSet-Cookie: at{path.count('a')}=secret; HttpOnly\r\n\r\n".encode()

    page = follow(Http(302, location="/a", redirects=("/a",)), "http://h.test", fetch)
    assert (page.location, page.redirects, page.loops, page.status) == ("/a", walked, loops, last)
    assert page.cookies, "cookies set on the way count"


def test_cookies_are_kept_without_their_values() -> None:
    page = parse(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=s3cr3t; Path=/; secure; HTTPONLY; SameSite = Lax\r\nSet-Cookie: x\r\n\r\n"
    )
    assert page is not None
    assert page.cookies == (Cookie("sid", True, True, "Lax"), Cookie("x", False, False))
    assert "s3cr3t" not in repr(page)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"200 OK\r\nContent-Type: text/plain\r\n\r\nContact: mailto:a@b.test\nExpires: 2027-01-01T00:00:00Z\n",
         SecurityText(True, ("mailto:a@b.test",), datetime(2027, 1, 1, tzinfo=UTC))),
        (b"200 OK\r\n\r\nCONTACT: mailto:a@b.test\nExpires: demain", SecurityText(True, ("mailto:a@b.test",))),
        (b"200 OK\r\n\r\nContact: x\nExpires: 2027-01-01T00:00:00", SecurityText(True, ("x",))),
        (b"200 OK\r\nContent-Type: text/html\r\n\r\n<p>Contact: mailto:a@b.test", SecurityText()),
        (b"404 Not Found\r\n\r\nContact: mailto:a@b.test", SecurityText()),
        (b"301 Moved\r\nLocation: https://www.h.test/.well-known/security.txt\r\n\r\n", None),
        (b"200 OK\r\n\r\nExpires: 2027-01-01T00:00:00Z", SecurityText(expires=datetime(2027, 1, 1, tzinfo=UTC))),
    ],
)  # fmt: skip
def test_security_contacts(answer: bytes, expected: SecurityText | None) -> None:
    assert read_security_text(b"HTTP/1.1 " + answer) == expected


@pytest.mark.parametrize(
    ("location", "asked", "found"),
    [
        ("/securite.txt", ["/.well-known/security.txt", "/securite.txt"], True),
        ("https://autre.test/security.txt", ["/.well-known/security.txt"], None),
        ("/", ["/.well-known/security.txt", "/"], False),
    ],
)
def test_a_security_contact_is_looked_for_behind_redirections_that_stay(
    location: str, asked: list[str], found: bool | None
) -> None:
    heard: list[str] = []
    pages = {
        "/.well-known/security.txt": f"301 Moved\r\nLocation: {location}\r\n\r\n",
        "/securite.txt": "200 OK\r\nContent-Type: text/plain\r\n\r\nContact: mailto:ssi@h.test",
        "/": "200 OK\r\nContent-Type: text/html\r\n\r\n<title>Accueil</title>",
    }

    def fetch(path: str) -> bytes:
        heard.append(path)
        return f"HTTP/1.1 {pages[path]}".encode()

    read = read_security_text(landing("/.well-known/security.txt", "https://h.test", fetch))
    assert heard == asked
    assert (read.found if read is not None else None) is found


def test_a_contact_behind_endless_redirections_is_not_known() -> None:
    heard: list[str] = []

    def fetch(path: str) -> bytes:
        heard.append(path)
        return f"HTTP/1.1 302 Found\r\nLocation: {path}a\r\n\r\n".encode()

    assert read_security_text(landing("/x", "https://h.test", fetch)) is None
    assert len(heard) == 1 + MAX_REDIRECTS


_IIS = (("server", "Microsoft-IIS/10.0"),)


@pytest.mark.parametrize(
    ("page", "answers", "doors"),
    [
        (Http(200, "IIS Windows Server", headers=_IIS), {"/RDWeb/": 302, "/owa/": 404}, ("/RDWeb/",)),
        (Http(403, headers=_IIS), {"/owa/": 302}, ("/owa/",)),
        (Http(200, "Apache2 Debian Default Page: It works"), {"/glpi/": 200, "/zabbix/": 403}, ("/glpi/",)),
        (Http(200, "Apache Tomcat/9.0.65"), {"/manager/html": 401}, ("/manager/html",)),
        (Http(200, "Welcome to nginx!"), {}, ()),
        (Http(200, "Welcome to nginx!"), {NOWHERE: 200, "/glpi/": 200}, ()),
        (Http(200, "Welcome to nginx!"), {NOWHERE: 302, "/glpi/": 302}, ()),
    ],
)
def test_usual_paths_are_asked_behind_a_page_that_shows_nothing(
    page: Http, answers: dict[str, int], doors: tuple[str, ...]
) -> None:
    assert with_doors(page, lambda path: b"HTTP/1.1 %d X\r\n\r\n" % answers.get(path, 404)).doors == doors


@pytest.mark.parametrize("page", [Http(200, "Accueil"), Http(403, "Interdit"), Http(200, "Connexion", headers=_IIS)])
def test_no_path_is_guessed_behind_a_page_that_shows_something(page: Http) -> None:
    heard: list[str] = []

    def fetch(path: str) -> bytes:
        heard.append(path)
        return b""

    assert (with_doors(page, fetch), heard) == (page, [])


def test_a_server_that_no_longer_answers_has_no_doors() -> None:
    page = Http(200, "Welcome to nginx!")
    assert with_doors(page, lambda _path: b"") == page


def test_a_page_is_bounded_and_its_password_field_seen_wherever_it_is() -> None:
    page = parse(
        b"HTTP/1.1 200 OK\r\n"
        + b"X: y\r\n" * 500
        + b"\r\n<title>a\x00b</title>"
        + b"x" * 60000
        + b"<input type=password>"
    )
    assert page is not None
    assert (page.title, page.password_field) == ("a b", True)
    assert len(page.headers) == 40
    assert len(page.text) <= 2000


# ---------------------------------------------------------------- limits


def test_a_server_that_streams_for_ever_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    def flood(caller: socket.socket) -> None:
        caller.recv(4096)
        while True:
            caller.sendall(b"x" * 65536)

    with server(flood) as port, Wire("127.0.0.1", port) as wire:
        assert len(wire.ask(b"GET", enough=lambda _: False)) == MAX_BYTES


def test_a_server_that_drips_is_cut_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_wire, "TALK_SECONDS", 0.5)
    ended = threading.Event()

    def drip(caller: socket.socket) -> None:
        while not ended.wait(0.02):
            caller.sendall(b".")

    began = time.monotonic()
    with server(drip) as port, Wire("127.0.0.1", port) as wire:
        wire.receive(enough=lambda _: False, seconds=60)
        with pytest.raises(ConversationOver):
            wire.receive(enough=lambda _: False, seconds=60)
        ended.set()
    assert time.monotonic() - began < 5


def test_a_port_is_called_a_bounded_number_of_times() -> None:
    with server(lambda _caller: None) as port:
        reach = Reach("127.0.0.1", port, Pace(0))
        for _ in range(collect_wire.MAX_CONNECTIONS):
            with reach.call():
                pass
        with pytest.raises(ConversationOver), reach.call():
            pass


def test_an_unknown_service_is_identified_in_three_connections() -> None:
    calls: list[int] = []

    def mute(caller: socket.socket) -> None:
        calls.append(1)
        caller.recv(4096)

    with server(mute) as port:
        Identification(Reach("127.0.0.1", port, Pace(0))).run()
    assert len(calls) <= 3


def test_a_connect_only_audit_sends_nothing() -> None:
    heard: list[bytes] = []

    def listen(caller: socket.socket) -> None:
        caller.sendall(b"hello\n")
        heard.append(caller.recv(4096))

    with server(listen) as port:
        found = Identification(Reach("127.0.0.1", port, Pace(0)), connect_only=True).run()
    assert found.service.banner == "hello"
    assert b"".join(heard) == b""


def test_a_host_is_called_at_its_own_pace() -> None:
    pace = Pace(0.1)
    began = time.monotonic()
    for _ in range(3):
        with pace.turn():
            pass
    assert 0.2 <= time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("greeting", "name", "product", "version"),
    [
        (b"220 Serv-U FTP Server v15.4.2 ready...\r\n", "ftp", "Serv-U", "15.4.2"),
        (b"220-FileZilla Server 1.7.0\r\n220 FTP\r\n", "ftp", "FileZilla Server", "1.7.0"),
        (b"220 mail.h.test ESMTP MDaemon 23.5.1; Mon, 01 Jun 2026\r\n", "smtp", "MDaemon", "23.5.1"),
        (b"220 mail.h.test Kerio Connect 9.4.2 ESMTP ready\r\n", "smtp", "Kerio Connect", "9.4.2"),
        (b"* OK The Microsoft Exchange IMAP4 service is ready.\r\n", "imap", "Microsoft Exchange", ""),
        (b"220 ftp.h.test FTP ready, for versions 3.0 and up\r\n", "ftp", "", ""),
    ],
)
def test_products_that_their_greeting_names(greeting: bytes, name: str, product: str, version: str) -> None:
    answers = {b"EHLO": b"250 mail\r\n", b"FEAT": b"211 End\r\n", b"USER": b"530 No\r\n", b"a1": b"a1 OK\r\n"}
    service = identify(says(greeting, answers)).service
    assert (service.name, service.product, service.version) == (name, product, version)


def _named_by_nmap(talk: Talk, seen: Callable[[int], ScannedPort]) -> tuple[Port, Unseen]:
    """A port left unnamed, once nmap said what it is."""
    unseen, stop = Unseen(Stop()), Stop()
    host = Host("127.0.0.1")
    talks = Conversations(
        Nmap(), PROFILES["standard"], (), True, stop, Trust(None), NeverWritten.of(()), {host.address: host}, unseen
    )
    with server(talk) as number:
        return talks._named(host, Port(number), seen(number)), unseen


def test_a_page_that_was_slow_to_come_is_asked_once_more_with_more_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    usual = collect_http.get

    def get(wire: Wire, host: str, path: str = "/", patience: float = collect_wire.ANSWER_SECONDS) -> bytes:
        waited.append(patience)
        return usual(wire, host, path, patience)

    monkeypatch.setattr(collect_http, "get", get)
    answer = b"HTTP/1.1 200 OK\r\nServer: Lent/1.0\r\nContent-Length: 19\r\n\r\n<title>Lent</title>"
    found, unseen = _named_by_nmap(
        says(b"", {b"GET": answer}), lambda number: ScannedPort(number, "tcp", "http", probed=True)
    )
    assert found.http is not None
    assert (found.http.title, found.service.name, found.service.product) == ("Lent", "http", "Lent")
    assert waited[0] == collect_http.PAGE_SECONDS > collect_wire.ANSWER_SECONDS
    assert unseen.gaps == []


def test_a_page_that_does_not_come_even_so_is_a_gap() -> None:
    found, unseen = _named_by_nmap(
        says(b"SSH-2.0-x\r\n"), lambda number: ScannedPort(number, "tcp", "http", probed=True)
    )
    assert (found.service.name, found.http) == ("http", None)
    assert [gap.section for gap in unseen.gaps] == ["http"]


@pytest.mark.parametrize(("name", "said"), [("", "sans nom"), ("a.test", "sous le nom a.test")])
def test_a_relay_that_wants_a_name_it_knows_is_told_with_its_cure(name: str, said: str) -> None:
    """Strict SNI: an alert to every greeting (nginx’s `ssl_reject_handshake`), and neither version nor certificate."""

    def strict(caller: socket.socket) -> None:
        caller.recv(4096)
        caller.sendall(b"\x15\x03\x03\x00\x02\x02\x70")

    with server(strict) as number:
        identification = Identification(Reach("127.0.0.1", number, Pace(0), name))
        port = identification.run()
    assert port.service.name == "tls"
    assert port.tls is not None
    assert (port.tls.versions, port.tls.certificate, port.http) == ((), None, None)
    assert [gap.section for gap in identification.gaps] == ["tls", "http"]
    assert {gap.subject for gap in identification.gaps} == {f"127.0.0.1:{number}/tcp"}
    assert all(
        said in gap.reason.fr and "ajoutez à la cible un nom qu’il sert" in gap.reason.fr for gap in identification.gaps
    )


def test_a_web_port_that_said_nothing_is_asked_for_its_page_before_nmap(monkeypatch: pytest.MonkeyPatch) -> None:
    """nmap would spend twenty seconds on it, and names no page without a `Server`."""

    def late(caller: socket.socket) -> None:
        if caller.recv(4096).startswith(b"GET"):
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n<title>Tardif</title>")

    host, nmap = Host("127.0.0.1"), Nmap()
    monkeypatch.setattr(nmap, "name_services", lambda *_: pytest.fail("nmap was asked"))
    talks = Conversations(
        nmap, PROFILES["standard"], (), True, Stop(), Trust(None), NeverWritten.of(()), {host.address: host},
        Unseen(Stop()),
    )  # fmt: skip
    with server(late) as number:
        monkeypatch.setattr("scanners.exposure.collect_conversations.WEB_PORTS", frozenset({number}))
        talks._mute.add((host.address, number))
        (found,) = talks._name(host.address, [Port(number)])
    assert found.http is not None
    assert found.http.title == "Tardif"


def _relay(folder: Path, known: str) -> Talk:
    """A relay that only takes connections under one name, where it shows a page."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, known)]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(90))
    made = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(known)]), False).sign(key, hashes.SHA256())
    form = serialization.PrivateFormat.PKCS8
    pem = serialization.Encoding.PEM
    (folder / "relay.pem").write_bytes(
        key.private_bytes(pem, form, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "relay.pem")
    context.sni_callback = lambda _line, asked, _context: (
        None if asked == known else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    )

    def talk(caller: socket.socket) -> None:
        with contextlib.suppress(ssl.SSLError), context.wrap_socket(caller, server_side=True) as line:
            line.recv(4096)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n<title>Relais</title>")

    return talk


@pytest.mark.parametrize(
    ("names", "asked_as", "sections"),
    [
        (("a.h.fr", "b.h.fr", "site.h.fr"), "site.h.fr", []),
        (("site.h.fr", "z.h.fr"), "", []),
        (("a.h.fr", "b.h.fr"), "", ["tls", "http"]),
    ],
)
def test_a_relay_is_asked_under_the_other_names_of_its_address(
    tmp_path: Path, names: tuple[str, ...], asked_as: str, sections: list[str]
) -> None:
    host, unseen = Host("127.0.0.1", names), Unseen(Stop())
    talks = Conversations(
        Nmap(), PROFILES["standard"], (), True, Stop(), Trust(None), NeverWritten.of(()), {host.address: host}, unseen
    )
    with server(_relay(tmp_path, "site.h.fr")) as number:
        (port,) = talks._about(host.address, number)()
    assert port.asked_as == asked_as
    assert [gap.section for gap in unseen.gaps] == sections
    assert (port.http is None) is bool(sections)
    if port.http is not None:
        assert port.tls is not None
        assert port.tls.certificate is not None
        assert (port.http.title, port.tls.certificate.names) == ("Relais", ("site.h.fr",))
        end = Host(host.address, names, (port,))
        rule = next(one for one in rules_of("exposure") if one.id == "exposure.certificate_name_mismatch")
        assert run_rule(rule, facts(end)).findings == (), "judged under the name that was asked"
    else:
        assert "sous le nom a.h.fr" in unseen.gaps[0].reason.fr
