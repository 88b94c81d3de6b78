"""Several names on one address, relaying, DANE: asked on loopback, at the address that was checked."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanners.exposure import collect_http, collect_mail, collect_sites
from scanners.exposure.collect_identify import Identification
from scanners.exposure.collect_mail import asked_to_relay, dane_matches, with_dane
from scanners.exposure.collect_sites import SiteQuestions
from scanners.exposure.collect_tls import Trust, certificate_fault, machine_trust, trust
from scanners.exposure.collect_wire import ANSWER_SECONDS, Pace, Reach
from scanners.exposure.domain_facts import Domain, MailServer
from scanners.exposure.facts import Host, Http, Port, SecurityText, Service, Tls
from scanners.exposure.looked_at import looked_at
from scanners.model import Gap
from tests.unit.exposure.specimens import MODERN, facts
from tests.unit.exposure.test_conversations import server

NAMES = ("a.hopital.test", "b.hopital.test")


def certificate(folder: Path, name: str, until: timedelta = timedelta(1)) -> tuple[Path, bytes]:
    """A self-signed pair on disk, and its certificate in DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(2)).not_valid_after(now + until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file, made.public_bytes(serialization.Encoding.DER)


def answering(pages: dict[str, bytes], heard: list[str]) -> Callable[[socket.socket], None]:
    """A web server that answers by name and path (`host path`), and keeps what it heard."""

    def talk(caller: socket.socket) -> None:
        request = caller.recv(4096).decode()
        path = request.split(" ")[1]
        name = request.partition("Host: ")[2].split("\r\n")[0].split(":")[0]
        heard.append(f"{name} {path}")
        caller.sendall(b"HTTP/1.1 " + pages.get(f"{name} {path}", b"404 Not Found\r\n\r\n"))

    return talk


def web_host(port: int, page: Http, names: tuple[str, ...], tls: Tls | None = None) -> Host:
    return Host("127.0.0.1", names, (Port(port, Service("http"), tls=tls, http=page),))


def test_each_name_of_an_address_is_asked() -> None:
    heard: list[str] = []
    pages = {
        "b.hopital.test /": b"302 Found\r\nLocation: /accueil\r\n\r\n",
        "b.hopital.test /accueil": b"200 OK\r\nSet-Cookie: sid=1\r\n\r\n<title>B</title>",
    }
    with server(answering(pages, heard)) as port:
        questions = SiteQuestions(web_host(port, Http(200, "A"), NAMES), Pace(0))
        (asked,) = questions.run().ports
    assert [(site.name, site.http.title, site.http.redirects) for site in asked.sites] == [
        ("b.hopital.test", "B", ("/accueil",))
    ]
    assert asked.http == Http(200, "A")
    assert heard == ["b.hopital.test /", "b.hopital.test /accueil"], "the first name was asked before"
    assert questions.gaps == []


def test_a_host_asked_without_a_name_is_asked_under_all_those_found_since() -> None:
    heard: list[str] = []
    with server(answering({}, heard)) as port:
        SiteQuestions(web_host(port, Http(200, "A"), NAMES), Pace(0), own="").run()
    assert heard == ["a.hopital.test /", "b.hopital.test /"]


def test_a_redirection_over_tls_does_not_wait_for_its_own_turn(tmp_path: Path) -> None:
    """Two ports of one host that redirect once held both of its turns, and each waited for ever for another."""
    file, _ = certificate(tmp_path, NAMES[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    pages = {
        "127.0.0.1 /": b"302 Found\r\nLocation: /owa/\r\n\r\n",
        "127.0.0.1 /owa/": b"200 OK\r\n\r\n<title>Outlook</title>",
    }
    inside = answering(pages, [])

    def talk(caller: socket.socket) -> None:
        with context.wrap_socket(caller, server_side=True) as session:
            inside(session)

    found: list[Port] = []
    with server(talk) as number:
        identification = Identification(Reach("127.0.0.1", number, Pace(0, at_once=1)))
        thread = threading.Thread(target=lambda: found.append(identification.run()), daemon=True)
        thread.start()
        thread.join(30)
    assert [(port.http.title, port.service.encrypted) for port in found if port.http] == [("Outlook", True)]


def over_tls(folder: Path, patience: float, *pages: bytes) -> tuple[Port, list[Gap]]:
    """What is made of an HTTPS server whose pages come, in turn, after `patience`; and what could not be read."""
    file, _ = certificate(folder, NAMES[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    left, over = list(pages), threading.Event()

    def talk(caller: socket.socket) -> None:
        with context.wrap_socket(caller, server_side=True) as session:
            if session.recv(4096).startswith(b"GET") and left:
                over.wait(patience)
                session.sendall(left.pop(0))
            else:
                over.wait(30)

    with server(talk) as number:
        identification = Identification(Reach("127.0.0.1", number, Pace(0)))
        try:
            return identification.run(), identification.gaps
        finally:
            over.set()


def test_a_page_over_tls_that_is_slow_to_come_is_read(tmp_path: Path) -> None:
    """Past the time of other answers: the page of an administration console is often made on demand."""
    moved = b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n<title>Console</title>"
    found, gaps = over_tls(tmp_path, ANSWER_SECONDS + 0.2, moved, page)
    assert found.http is not None
    assert (found.service.name, found.http.title, [gap for gap in gaps if gap.section == "http"]) == (
        "http", "Console", [],
    )  # fmt: skip


@pytest.mark.parametrize("pages", [(), (b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n",)])
def test_a_page_over_tls_that_never_comes_is_a_gap_about_its_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(collect_http, "PAGE_SECONDS", 0.3)
    found, gaps = over_tls(tmp_path, 0, *pages)
    (unread,) = (gap for gap in gaps if gap.section == "http")
    assert (unread.subject, unread.truncated) == (f"127.0.0.1:{found.number}/tcp", True)
    seen = facts(Host("127.0.0.1", ports=(found,), closed=1))
    assert not looked_at(replace(seen, gaps=tuple(gaps)))(f"127.0.0.1:{found.number}/tcp")


def test_each_name_shows_its_certificate_and_its_contact(tmp_path: Path) -> None:
    first, _ = certificate(tmp_path, NAMES[0])
    second, second_der = certificate(tmp_path, NAMES[1])
    contexts = {name: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for name in NAMES}
    contexts[NAMES[0]].load_cert_chain(first)
    contexts[NAMES[1]].load_cert_chain(second)

    def choose(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = contexts.get(name or "", contexts[NAMES[0]])

    contexts[NAMES[0]].sni_callback = choose
    heard: list[str] = []
    contact = b"200 OK\r\nContent-Type: text/plain\r\n\r\nContact: mailto:ssi@hopital.test\n"
    pages = {
        "b.hopital.test /": b"200 OK\r\n\r\n<title>B</title>",
        "b.hopital.test /.well-known/security.txt": contact,
    }
    inside = answering(pages, heard)

    def talk(caller: socket.socket) -> None:
        with contexts[NAMES[0]].wrap_socket(caller, server_side=True) as session:
            inside(session)

    with server(talk) as port:
        host = SiteQuestions(web_host(port, Http(200, "A"), NAMES, Tls(MODERN)), Pace(0)).run()
    (asked,) = host.ports
    assert asked.http is not None
    assert asked.http.security_text == SecurityText()
    (site,) = asked.sites
    assert site.certificate is not None
    assert site.certificate.sha256 == hashlib.sha256(second_der).hexdigest()
    assert site.http.security_text == SecurityText(True, ("mailto:ssi@hopital.test",))


def test_a_page_that_redirects_is_asked_under_an_invented_name() -> None:
    heard: list[str] = []
    pages = {"care-audit.invalid /": b"301 Moved\r\nLocation: https://care-audit.invalid/\r\n\r\n"}
    page = Http(301, redirects=("https://a.hopital.test/",))
    with server(answering(pages, heard)) as port:
        (asked,) = SiteQuestions(web_host(port, page, NAMES[:1]), Pace(0)).run().ports
    assert asked.http is not None
    assert asked.http.invented == "https://care-audit.invalid/"
    assert heard == ["care-audit.invalid /"]


def test_a_name_that_gets_no_answer_is_a_gap() -> None:
    with server(lambda _caller: None) as port:
        questions = SiteQuestions(web_host(port, Http(200), NAMES), Pace(0))
        (asked,) = questions.run().ports
    assert asked.sites == ()
    assert [(gap.section, gap.truncated) for gap in questions.gaps] == [("http", True)]
    assert "b.hopital.test" in questions.gaps[0].reason.fr
    assert questions.gaps[0].subject == f"127.0.0.1:{port}/tcp (b.hopital.test)"


def test_names_beyond_the_limit_are_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_sites, "MAX_SITES", 1)
    questions = SiteQuestions(web_host(9, Http(200), NAMES), Pace(0))
    (asked,) = questions.run().ports
    assert asked.sites == ()
    assert [(gap.section, gap.subject) for gap in questions.gaps] == [("http", "127.0.0.1")]


def test_a_host_without_a_site_is_not_called() -> None:
    host = Host("127.0.0.1", NAMES, (Port(1, Service("ssh")),))
    assert SiteQuestions(host, Pace(0)).run() is host


def test_a_page_of_a_gigabyte_costs_its_limit() -> None:
    def flood(caller: socket.socket) -> None:
        caller.recv(4096)
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n<title>B</title>")
        while True:
            caller.sendall(b"<p>" * 20000)

    with server(flood) as port:
        (asked,) = SiteQuestions(web_host(port, Http(200), NAMES), Pace(0)).run().ports
    assert asked.sites[0].http.title == "B"
    assert len(asked.sites[0].http.text) <= 2000


# ---------------------------------------------------------------- mail


def smtp(answers: dict[bytes, bytes], heard: list[bytes]) -> Callable[[socket.socket], None]:
    def talk(caller: socket.socket) -> None:
        caller.sendall(b"220 mx ESMTP\r\n")
        while received := caller.recv(4096):
            heard.append(received)
            for line in received.splitlines():
                word = line.split(b":")[0].split(b" ")[0].upper()
                caller.sendall(answers.get(word, b"250 OK\r\n"))

    return talk


@pytest.mark.parametrize(
    ("answers", "traits"),
    [
        ({}, ("relay_open",)),
        ({b"RCPT": b"251 will forward\r\n"}, ("relay_open",)),
        ({b"RCPT": b"554 5.7.1 <care-audit@example.net>: Relay access denied\r\n"}, ("relay_refused",)),
        ({b"RCPT": b"550 5.7.54 SMTP; Unable to relay recipient\r\n"}, ("relay_refused",)),
        ({b"RCPT": b"530 5.7.0 Authentication required\r\n"}, ("relay_refused",)),
        ({b"RCPT": b"554 5.7.1 Service unavailable; client blocked using zen.spamhaus.org\r\n"}, ()),
        ({b"RCPT": b"550 5.7.1 <care-audit.invalid>: Helo command rejected: Host not found\r\n"}, ()),
        ({b"RCPT": b"554 5.7.1 <unknown>: Client host rejected: Access denied\r\n"}, ()),
        ({b"RCPT": b"450 4.2.0 Greylisted\r\n"}, ()),
        ({b"RCPT": b"550 5.1.10 Recipient domain has a null MX\r\n"}, ()),
        ({b"MAIL": b"530 5.7.1 Client was not authenticated\r\n"}, ("relay_refused",)),
        ({b"EHLO": b"421 busy\r\n"}, ()),
    ],
)
def test_relaying_is_asked_and_no_message_exists(answers: dict[bytes, bytes], traits: tuple[str, ...]) -> None:
    heard: list[bytes] = []
    with server(smtp(answers, heard)) as port:
        host = Host("127.0.0.1", (), (Port(port, Service("smtp")), Port(2, Service("ssh"))))
        found = asked_to_relay(host, Pace(0))
    said = b"".join(heard).upper()
    assert found.ports[0].service.traits == traits
    assert found.ports[1] == host.ports[1]
    assert b"DATA" not in said
    assert b"BDAT" not in said


def test_a_mail_server_that_is_gone_told_nothing() -> None:
    host = Host("127.0.0.1", (), (Port(1, Service("smtp")),))
    assert asked_to_relay(host, Pace(0)) == host


def test_dane_is_compared_with_the_certificate_behind_starttls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, der = certificate(tmp_path, "mx.hopital.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def talk(caller: socket.socket) -> None:
        caller.sendall(b"220 mx\r\n")
        caller.recv(4096)
        caller.sendall(b"250-mx\r\n250 STARTTLS\r\n")
        caller.recv(4096)
        caller.sendall(b"220 go\r\n")
        with context.wrap_socket(caller, server_side=True) as session:
            session.recv(1)

    good = f"3 0 1 {hashlib.sha256(der).hexdigest()}"
    servers = (
        MailServer("mx.hopital.test", tlsa=(good,)),
        MailServer("mx.hopital.test", tlsa=("3 0 1 00",)),
        MailServer("mx.hopital.test"),
        MailServer("mx.ailleurs.test", tlsa=(good,)),
    )
    with server(talk) as port:
        monkeypatch.setattr(collect_mail, "MAIL_PORT", port)
        (domain,) = with_dane(
            (Domain("hopital.test", mail_servers=servers),), {"mx.hopital.test": "127.0.0.1"}, {"127.0.0.1": Pace(0)}
        )
    assert [server.dane_matches for server in domain.mail_servers] == [True, False, None, None]


@pytest.mark.parametrize(
    ("records", "matches"),
    [
        (("{3 1 1}",), True),
        (("{3 1 2}",), True),
        (("{3 0 0}",), True),
        (("3 1 1 00", "{3 1 1}"), True),
        (("3 1 1 00",), False),
        (("2 1 1 00",), None),
        (("2 1 1 00", "{3 1 1}"), True),
        (("2 1 1 00", "3 1 1 00"), None),
        (("nonsense", "3 1"), None),
    ],
)
def test_tlsa_records(tmp_path: Path, records: tuple[str, ...], matches: bool | None) -> None:
    _, der = certificate(tmp_path, "mx.hopital.test")
    key = x509.load_der_x509_certificate(der).public_key()
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    right = {
        "{3 1 1}": f"3 1 1 {hashlib.sha256(spki).hexdigest()}",
        "{3 1 2}": f"3 1 2 {hashlib.sha512(spki).hexdigest()}",
        "{3 0 0}": f"3 0 0 {der.hex()}",
    }
    assert dane_matches([right.get(record, record) for record in records], der) is matches


def test_what_was_asked_of_a_host_is_kept_beside_what_was_known() -> None:
    known = Port(25, Service("smtp", encrypted=True, traits=("other",)))
    heard: list[bytes] = []
    with server(smtp({}, heard)) as port:
        found = asked_to_relay(Host("127.0.0.1", (), (replace(known, number=port),)), Pace(0))
    assert found.ports[0].service == replace(known.service, traits=("other", "relay_open"))


# ---------------------------------------------------------------- the server of an MTA-STS policy


@pytest.mark.parametrize(
    ("name", "until", "trusted", "fault"),
    [
        (NAMES[0], timedelta(1), True, ""),
        (NAMES[0], timedelta(1), False, "untrusted"),
        (NAMES[1], timedelta(1), True, "name"),
        (NAMES[0], -timedelta(1), True, "dates"),
    ],
)
def test_why_senders_refuse_a_certificate(
    tmp_path: Path, name: str, until: timedelta, trusted: bool, fault: str
) -> None:
    pair, _ = certificate(tmp_path, name, until)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    other, _ = certificate(tmp_path, "autre.test")
    authority = _public(pair if trusted else other)

    def talk(caller: socket.socket) -> None:
        with contextlib.suppress(ssl.SSLError), context.wrap_socket(caller, server_side=True):
            pass

    with server(talk) as port:
        assert certificate_fault(Reach("127.0.0.1", port, Pace(0), NAMES[0]), trust(authority)) == fault


def _public(pair: Path) -> str:
    text = pair.read_text()
    return text[text.index("-----BEGIN CERTIFICATE") :]


def test_a_certificate_that_cannot_be_checked_is_not_sound() -> None:
    nobody = Reach("127.0.0.1", 9, Pace(0), NAMES[0])
    assert certificate_fault(nobody, machine_trust()) is None
    assert certificate_fault(nobody, Trust(None)) is None
