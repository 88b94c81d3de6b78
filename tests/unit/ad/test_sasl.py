"""NTLM and Kerberos without a server: names, tokens, settings, and the framing of sealed traffic."""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from types import ModuleType

import pytest
import spnego
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from spnego.exceptions import BadMICError

from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap import collect_sasl as sasl
from scanners.ad.ldap.collect_errors import BrokenAnswer, login_impossible
from scanners.ad.ldap.collect_sasl import Authentication, Login, Protection, SealedChannel
from scanners.errors import CollectError

LOGIN = Login(Authentication.KERBEROS, "HOPITAL\\audit", "secret", "hopital.test", "dc1.hopital.test", "10.0.0.1")
NTLM = replace(LOGIN, mechanism=Authentication.NTLM)


@pytest.mark.parametrize(
    ("user", "principal"),
    [
        ("HOPITAL\\audit", "audit@HOPITAL.TEST"),
        ("audit@hopital.test", "audit@HOPITAL.TEST"),
        ("audit@HOPITAL.TEST", "audit@HOPITAL.TEST"),
        ("audit@chu-exemple.fr", "audit\\@chu-exemple.fr@HOPITAL.TEST"),
    ],
)
def test_kerberos_names(user: str, principal: str) -> None:
    assert sasl.principal(replace(LOGIN, user=user)) == principal


def test_kerberos_asks_the_audited_controller_and_no_dns() -> None:
    settings = sasl.kerberos_settings("HOPITAL.TEST", "10.0.0.1")
    assert "  kdc = 10.0.0.1\n" in settings
    assert "dns_lookup_kdc = false" in settings
    assert "  kdc = [fd00::1]\n" in sasl.kerberos_settings("HOPITAL.TEST", "fd00::1")


def certificate(digest: hashes.HashAlgorithm | None) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()) if digest else ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dc1")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, digest)
    )
    return made.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("digest", "name"), [(hashes.SHA256(), "sha256"), (hashes.SHA384(), "sha384"), (None, "sha256")]
)
def test_the_channel_token_follows_the_signature_of_the_certificate(
    digest: hashes.HashAlgorithm | None, name: str
) -> None:
    der = certificate(digest)
    assert sasl.channel_token(der) == b"tls-server-end-point:" + hashlib.new(name, der).digest()


@pytest.mark.parametrize("absent", ["krb5", "gssapi"])
def test_kerberos_not_installed_is_said(monkeypatch: pytest.MonkeyPatch, absent: str) -> None:
    real: Callable[..., ModuleType] = importlib.import_module

    def find(name: str, *rest: str) -> ModuleType:
        if name in (absent, "krb5"):
            if name == absent:
                raise ImportError(name)
            return ModuleType(name)
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", find)
    with pytest.raises(CollectError, match=r"tools/venv\.sh kerberos"):
        sasl.bind(Wire(b""), LOGIN, Protection(sealed=True), 1)
    assert "KRB5_CONFIG" not in os.environ


def test_a_domain_that_is_no_name_never_reaches_the_settings_of_kerberos() -> None:
    with pytest.raises(CollectError, match="failed"):
        sasl.bind(Wire(b""), replace(LOGIN, domain="x\n[realms]"), Protection(sealed=True), 1)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-1765328347, "5 minutes"),
        (-1765328360, "refuses the password"),
        (-1765328366, "disabled, locked"),
        (-1765328361, "must be changed"),
        (-1765328378, "unknown to Kerberos"),
        (-1765328377, "full DNS name"),
        (-1765328228, "port 88"),
        (0, "detail of the library"),
    ],
)
def test_what_kerberos_says_is_told(code: int, words: str) -> None:
    said = login_impossible("audit", "dc1", "kerberos", {code}, "detail of the library").text
    assert words in said.en
    assert "audit" in said.fr or "dc1" in said.fr


# ── the wire ────────────────────────────────────────────────────────────────────────────────────────────────────


class Wire:
    """A channel that gives its bytes three at a time; what is sent is kept."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.sent = b""

    def recv(self, size: int, /) -> bytes:
        part, self.content = self.content[: min(3, size)], self.content[min(3, size) :]
        return part

    def sendall(self, data: bytes, /) -> None:
        self.sent += data


class Reversing:
    """The wrapping part of a context: a seal is the word and its bytes backwards."""

    def wrap(self, data: bytes) -> spnego._context.WrapResult:
        return spnego._context.WrapResult(data=b"seal" + data[::-1], encrypted=True)

    def unwrap(self, data: bytes) -> spnego._context.UnwrapResult:
        if not data.startswith(b"seal"):
            raise BadMICError(context_msg="wrong")
        return spnego._context.UnwrapResult(data=data[4:][::-1], encrypted=True, qop=0)


class Dripping(Wire):
    def recv(self, _size: int, /) -> bytes:
        return super().recv(1)


def sealed(*contents: bytes) -> bytes:
    return b"".join((len(content) + 4).to_bytes(4, "big") + b"seal" + content[::-1] for content in contents)


def channel(wire: Wire) -> SealedChannel:
    return SealedChannel(wire, Reversing())  # type: ignore[arg-type]


def test_what_is_sent_is_sealed_and_carries_its_length() -> None:
    wire = Wire(b"")
    channel(wire).sendall(b"question")
    assert wire.sent == sealed(b"question")


def test_a_dripped_buffer_is_not_waited_for() -> None:
    """One byte a second: each arrives in time, the whole does not."""
    ticks = count()
    dripped = SealedChannel(Dripping(sealed(b"x" * 30)), Reversing(), 10, lambda: next(ticks))  # type: ignore[arg-type]
    with pytest.raises(BrokenAnswer, match="no whole sealed buffer in 10 s"):
        dripped.recv(100)
    assert next(ticks) < 14


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_sealed_buffers_are_read_whole_whatever_the_packets(contents: list[bytes]) -> None:
    reading = channel(Wire(sealed(*contents)))
    assert [reading.recv(100) for _ in contents] == contents
    assert reading.recv(100) == b""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (sealed(b"answer")[:-1], "in the middle"),
        (b"\0\0", "in the middle"),
        (b"\x7f\xff\xff\xff", "absurd size"),
        (b"\0\0\0\x06broken", "seal of an answer"),
    ],
)
def test_broken_seals_are_refused(content: bytes, words: str) -> None:
    with pytest.raises(BrokenAnswer, match=words):
        channel(Wire(content)).recv(100)


def response(code: int, token: bytes | None = None, message_id: int = 900, tag: int = ber.BIND_RESPONSE) -> bytes:
    body = ber.integer(code, 0x0A) + ber.tlv(4, b"") + ber.tlv(4, b"why")
    body += ber.tlv(0x87, token) if token is not None else b""
    return ber.tlv(0x30, ber.integer(message_id) + ber.tlv(tag, body))


def test_a_refusal_is_the_servers_last_word() -> None:
    result, _ = sasl.bind(Wire(response(49, b"")), NTLM, Protection(sealed=True), 5)
    assert (result.code, result.diagnostic) == (49, "why")


@pytest.mark.parametrize(
    "answer",
    [b"", response(0), response(0, b""), response(14, message_id=7), response(14, tag=ber.DONE), response(14) * 9],
)
def test_a_login_never_ends_half_way(answer: bytes) -> None:
    """A server that says yes before it has proved that it knows the password is not believed."""
    with pytest.raises((BrokenAnswer, CollectError)):
        sasl.bind(Wire(answer), NTLM, Protection(sealed=True), 5)


@pytest.mark.parametrize("token", [b"x", b"\xa1\x03\x30\x01", b"NTLMSSP\0\x02\0\0\0short"])
def test_a_token_that_makes_no_sense_is_said(token: bytes) -> None:
    with pytest.raises((BrokenAnswer, CollectError)):
        sasl.bind(Wire(response(14, token)), NTLM, Protection(sealed=True), 5)


@given(st.binary(max_size=80))
def test_any_token_is_refused_in_words(token: bytes) -> None:
    with pytest.raises((BrokenAnswer, CollectError)):
        sasl.bind(Wire(response(14, token) + response(0, message_id=901)), NTLM, Protection(sealed=True), 5)


def test_the_password_is_never_sent() -> None:
    wire = Wire(response(49, b""))
    sasl.bind(wire, NTLM, Protection(sealed=True), 5)
    assert b"secret" not in wire.sent
    assert "secret".encode("utf-16-le") not in wire.sent
