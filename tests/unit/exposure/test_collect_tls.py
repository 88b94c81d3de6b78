"""What the TLS prober makes of what servers answer, and the limits put on those that answer too much or not at all."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from scanners.errors import FieldError
from scanners.exposure import collect_tls
from scanners.exposure.collect_identify import Identification
from scanners.exposure.collect_mail import dane_matches
from scanners.exposure.collect_starttls import STARTTLS
from scanners.exposure.collect_tls import MAX_SILENCES, Posture, Trust, read_certificate, trust, well_formed
from scanners.exposure.collect_wire import MAX_CONNECTIONS, Pace, Reach
from scanners.tls_hello import TLS12, TLS13, client_hello, read_flight, ssl2_accepted, ssl2_hello, whole_flight
from tests.unit.exposure.test_conversations import server

_NOBODY = Trust(None)


def odd(old: bytes, new: bytes, *extensions: x509.ExtensionType) -> bytes:
    """A certificate whose bytes were changed after it was signed, as a careless appliance would write it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "odd")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    builder = builder.not_valid_before(datetime(2026, 1, 1)).not_valid_after(datetime(2027, 1, 1))  # noqa: DTZ001
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    der = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    assert old in der
    return der.replace(old, new)


ONE, TWO = x509.ObjectIdentifier("1.3.6.1.4.1.1"), x509.ObjectIdentifier("1.3.6.1.4.1.2")
SAN = x509.ObjectIdentifier("2.5.29.17")


@pytest.mark.parametrize(
    "der",
    [
        odd(b"\x2a\x86\x48\xce\x3d\x02\x01", b"\x2a\x86\x48\xce\x3d\x02\x09"),
        odd(
            b"\x2b\x06\x01\x04\x01\x01",
            b"\x2b\x06\x01\x04\x01\x02",
            x509.UnrecognizedExtension(ONE, b"\x05\x00"),
            x509.UnrecognizedExtension(TWO, b"\x05\x00"),
        ),
        odd(b"", b"", x509.UnrecognizedExtension(SAN, b"\x30\x06\xa5\x04\xa1\x02\x0c\x00")),
    ],
    ids=["unknown kind of key", "an extension twice", "an EDI name"],
)
def test_an_odd_certificate_is_not_read_and_ends_nothing(der: bytes) -> None:
    assert read_certificate(der) is None
    assert dane_matches(("3 1 1 00",), der) is False


def test_an_ordinary_certificate_is_read() -> None:
    shown = read_certificate(odd(b"", b""))
    assert shown is not None
    assert (shown.subject, shown.key_type) == ("CN=odd", "EC")


def _sized(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width, "big") + content


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _sized(body, 3)


def _records(messages: bytes, size: int = 16384) -> bytes:
    parts = [messages[at : at + size] for at in range(0, len(messages), size)]
    return b"".join(b"\x16\x03\x03" + _sized(part, 2) for part in parts)


def hello_done(cipher: int = 0x0033, certificates: tuple[bytes, ...] = (b"abc",), bits: int = 1024) -> bytes:
    """A first flight of TLS 1.2 with compression, secure renegotiation and a stapled answer."""
    hello = b"\x03\x03" + bytes(32) + b"\x00" + cipher.to_bytes(2, "big") + b"\x01" + b"\x00\x05\xff\x01\x00\x01\x00"
    chain = b"".join(_sized(one, 3) for one in certificates)
    prime = ((1 << bits) - 1).to_bytes(bits // 8, "big")
    status = _message(22, b"\x01" + _sized(b"ocsp", 3))
    messages = _message(2, hello) + _message(11, _sized(chain, 3)) + status
    return messages + _message(12, _sized(prime, 2)) + _message(14, b"")


@pytest.mark.parametrize("size", [16384, 7])
def test_a_flight_is_read_whole_whatever_its_records(size: int) -> None:
    flight = read_flight(_records(hello_done(), size))
    assert flight is not None
    assert (flight.version, flight.cipher, flight.dh_bits) == (TLS12, 0x0033, 1024)
    assert (flight.compressed, flight.stapled, flight.whole) == (True, True, True)
    assert flight.certificates == (b"abc",)
    assert 0xFF01 in flight.extensions


def test_a_cut_flight_is_not_whole() -> None:
    answer = _records(hello_done())
    flight = read_flight(answer[:-4])
    assert flight is not None
    assert not flight.whole
    assert not whole_flight(answer[:-4])
    assert whole_flight(answer)


def test_elliptic_key_exchanges_have_no_prime() -> None:
    flight = read_flight(_records(hello_done(0xC02F)))
    assert flight is not None
    assert flight.dh_bits == 0


@given(st.binary(max_size=300))
def test_what_is_not_a_flight_never_breaks(received: bytes) -> None:
    whole_flight(received)
    read_flight(b"\x16\x03\x03\x01\x00\x02" + received)
    ssl2_accepted(received)


@pytest.mark.parametrize("version", [TLS12, TLS13])
@pytest.mark.parametrize("count", [1, 60, 120, 200])
def test_a_greeting_never_has_the_size_that_hangs_load_balancers(version: int, count: int) -> None:
    size = len(client_hello(version, [0x1301] * count, "service.hopital.test")) - 5
    assert not 255 < size < 512


def test_a_greeting_of_ssl_2_is_one_record() -> None:
    hello = ssl2_hello()
    assert int.from_bytes(hello[:2], "big") & 0x7FFF == len(hello) - 2
    assert ssl2_accepted(b"\x80\x20\x04\x00\x01\x00\x02" + bytes(20))
    assert not ssl2_accepted(b"\x15\x03\x01\x00\x02\x02\x28")


# ---------------------------------------------------------------- bad servers


def test_a_certificate_of_two_megabytes_is_a_gap_and_costs_little() -> None:
    flight = _records(hello_done(0xC02F, (bytes(2_000_000),)))
    sent: list[int] = []

    def talk(caller: socket.socket) -> None:
        caller.recv(4096)
        for at in range(0, len(flight), 16384):
            sent.append(caller.send(flight[at : at + 16384]))

    began = time.monotonic()
    with server(talk) as number:
        identification = Identification(Reach("127.0.0.1", number, Pace(0)), authorities=_NOBODY)
        port = identification.run()
    assert port.tls is not None
    assert port.tls.certificate is None
    assert {gap.section for gap in identification.gaps} == {"tls"}
    assert time.monotonic() - began < 20
    assert sent


def test_a_server_that_answers_without_end_is_cut() -> None:
    asked: list[int] = []

    def talk(caller: socket.socket) -> None:
        asked.append(1)
        caller.recv(4096)
        while True:
            caller.sendall(b"\x16\x03\x03\x40\x00" + bytes(16384))

    with server(talk) as number:
        posture = Posture(Reach("127.0.0.1", number, Pace(0)), (), _NOBODY)
        tls = posture.read()
    assert tls.versions == ()
    assert len(asked) <= MAX_CONNECTIONS


def test_a_server_that_never_answers_is_asked_six_times() -> None:
    asked: list[int] = []

    def talk(caller: socket.socket) -> None:
        asked.append(len(caller.recv(4096)))

    with server(talk) as number:
        assert Posture(Reach("127.0.0.1", number, Pace(0)), (), _NOBODY).read().versions == ()
    assert len(asked) == 6


def test_a_server_that_grows_silent_is_given_up_and_what_was_read_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_tls, "ANSWER_SECONDS", 0.0)
    asked: list[int] = []

    def talk(caller: socket.socket) -> None:
        asked.append(1)
        if caller.recv(4096)[9:11] == b"\x03\x03" and len(asked) == 2:
            caller.sendall(_records(hello_done(0xC02F)))

    with server(talk) as number:
        posture = Posture(Reach("127.0.0.1", number, Pace(0)), (), _NOBODY)
        tls = posture.read()
    assert posture.broken
    assert tls.versions == ("TLS 1.2",)
    assert len(asked) == MAX_SILENCES + 2


def test_a_dead_host_is_told_and_breaks_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
    posture = Posture(Reach("127.0.0.1", number, Pace(0)), (), _NOBODY)
    assert posture.read().versions == ()
    assert posture.broken


# ---------------------------------------------------------------- STARTTLS


_REFUSALS = {
    "ftp": (b"220 ready\r\n", b"500 unknown\r\n"),
    "imap": (b"* OK ready\r\n", b"a1 NO\r\n"),
    "ldap": (b"", bytes.fromhex("300c02010178070a013504000400")),
    "pop3": (b"+OK ready\r\n", b"-ERR\r\n"),
    "postgresql": (b"", b"N"),
    "smtp": (b"220 ready\r\n", b"502 unknown\r\n"),
}


@pytest.mark.parametrize("protocol", sorted(STARTTLS))
def test_a_refused_starttls_is_no_tls(protocol: str) -> None:
    greeting, refusal = _REFUSALS[protocol]

    def talk(caller: socket.socket) -> None:
        caller.sendall(greeting)
        caller.recv(4096)
        caller.sendall(refusal)

    with server(talk) as number:
        reach = Reach("127.0.0.1", number, Pace(0), opening=STARTTLS[protocol])
        with pytest.raises(OSError, match="did not agree"), reach.call():
            pass


# ---------------------------------------------------------------- trust


def test_authorities_that_cannot_be_read_are_refused_in_words() -> None:
    with pytest.raises(FieldError, match="PEM"):
        well_formed("not a certificate")
    assert well_formed(" \n") == ""


def test_an_authority_given_is_enough_to_check_with() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(day).not_valid_after(day + timedelta(1))
    made = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(key, hashes.SHA256())
    assert trust(made.public_bytes(serialization.Encoding.PEM).decode()).context is not None


def test_a_machine_without_authorities_does_not_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_tls, "_machine_knows_authorities", lambda: False)
    assert trust().context is None
