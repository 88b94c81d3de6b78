"""The TLS posture of a port: versions and weak suites by hand-made ClientHellos, the certificate by one handshake.

Hand-made, because no library of today still knows how to offer SSL 3.0, RC4 or export suites.
"""

from __future__ import annotations

import hashlib
import os
import ssl
from collections.abc import Sequence
from datetime import UTC
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from scanners.exposure.collect_wire import Reach, Wire
from scanners.exposure.crypto import (
    COMMON_TLS_CIPHERS,
    MODERN_TLS_CIPHERS,
    TLS_VERSIONS,
    WEAK_TLS_CIPHERS,
)
from scanners.exposure.facts import MAX_NAMES, Certificate, Tls, clean

MAX_CERTIFICATE = 64 * 1024
"""Bytes of a certificate: ordinary ones take 1 to 4 kB."""
_MAX_WEAK = 8
"""Weak suites looked for on one port: each takes a connection."""
_HANDSHAKE, _SERVER_HELLO = 0x16, 0x02
_SSL3, _TLS12, _TLS13 = 0x0300, 0x0303, 0x0304
_SUPPORTED_VERSIONS = 43


def posture(reach: Reach, certificate: Certificate | None) -> Tls:
    """Versions and weak suites the port accepts; OSError when it can no longer be reached."""
    accepted = [version for version in TLS_VERSIONS if _accepts(reach, version)]
    weak = _weak_ciphers(reach) if any(version < _TLS13 for version in accepted) else []
    return Tls(tuple(TLS_VERSIONS[version] for version in accepted), tuple(weak), certificate)


def speaks_tls(reach: Reach) -> bool:
    """Whether the port answers to a ClientHello in TLS, be it to refuse; OSError when it cannot be reached."""
    with reach.call() as wire:
        answer = wire.ask(client_hello(_TLS12, COMMON_TLS_CIPHERS, reach.name))
    return answer[:2] in {b"\x15\x03", b"\x16\x03"}


def lenient_context() -> ssl.SSLContext:
    """A context that accepts whatever OpenSSL still can: it looks, it trusts nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.options |= 0x4  # SSL_OP_LEGACY_SERVER_CONNECT: servers without secure renegotiation
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def read_certificate(der: bytes | None) -> Certificate | None:
    """The certificate of a handshake; None when absent, oversized or unreadable."""
    if not der or len(der) > MAX_CERTIFICATE:
        return None
    try:
        return _certificate(x509.load_der_x509_certificate(der), der)
    except ValueError:
        return None


def client_hello(version: int, ciphers: Sequence[int], name: str = "") -> bytes:
    """A ClientHello that offers exactly one version (up to it, for TLS 1.2 and below) and these suites."""
    body = min(version, _TLS12).to_bytes(2, "big") + os.urandom(32)
    body += b"\x20" + os.urandom(32) if version == _TLS13 else b"\x00"
    body += _sized(b"".join(cipher.to_bytes(2, "big") for cipher in ciphers), 2) + b"\x01\x00"
    if version > _SSL3:
        body += _sized(_extensions(version, name), 2)
    record_version = 0x0301 if version >= _TLS12 else version
    message = b"\x01" + _sized(body, 3)
    return bytes([_HANDSHAKE]) + record_version.to_bytes(2, "big") + _sized(message, 2)


def server_choice(answer: bytes) -> tuple[int, int] | None:
    """The (version, suite) of a ServerHello, None when the server refused or spoke something else."""
    if len(answer) < 9 or answer[0] != _HANDSHAKE or answer[5] != _SERVER_HELLO:
        return None
    hello = answer[9:]
    if len(hello) < 35 or len(hello) < 38 + hello[34]:
        return None
    at = 35 + hello[34]
    version, cipher = int.from_bytes(hello[:2], "big"), int.from_bytes(hello[at : at + 2], "big")
    return _selected_version(hello[at + 3 :]) or version, cipher


def _accepts(reach: Reach, version: int) -> bool:
    ciphers = MODERN_TLS_CIPHERS if version == _TLS13 else (*COMMON_TLS_CIPHERS, *WEAK_TLS_CIPHERS)
    choice = _choice(reach, version, ciphers)
    return choice is not None and choice[0] == version


def _weak_ciphers(reach: Reach) -> list[str]:
    left = dict(WEAK_TLS_CIPHERS)
    found: list[str] = []
    while len(found) < _MAX_WEAK:
        choice = _choice(reach, _TLS12, tuple(left))
        if choice is None or choice[1] not in left:
            break
        found.append(left.pop(choice[1]))
    return found


def _choice(reach: Reach, version: int, ciphers: Sequence[int]) -> tuple[int, int] | None:
    with reach.call() as wire:
        return _answered(wire, client_hello(version, ciphers, reach.name))


def _answered(wire: Wire, hello: bytes) -> tuple[int, int] | None:
    try:
        return server_choice(wire.ask(hello, enough=_whole_record))
    except (ConnectionResetError, BrokenPipeError):
        return None


def _whole_record(received: bytes) -> bool:
    return len(received) >= 5 and len(received) >= 5 + int.from_bytes(received[3:5], "big")


def _extensions(version: int, name: str) -> bytes:
    extensions = b""
    if name:
        host = b"\x00" + _sized(name.encode("ascii"), 2)
        extensions += _extension(0, _sized(host, 2))
    groups = b"\x00\x1d\x00\x17\x00\x18\x00\x19\x01\x00"
    extensions += _extension(10, _sized(groups, 2)) + _extension(11, b"\x01\x00")
    signatures = b"\x04\x03\x05\x03\x06\x03\x08\x07\x08\x04\x08\x05\x08\x06\x04\x01\x05\x01\x06\x01\x02\x01\x02\x03"
    if version >= _TLS12:
        extensions += _extension(13, _sized(signatures, 2))
    if version == _TLS13:
        extensions += _extension(_SUPPORTED_VERSIONS, b"\x02\x03\x04") + _extension(51, b"\x00\x00")
    return extensions


def _extension(number: int, content: bytes) -> bytes:
    return number.to_bytes(2, "big") + _sized(content, 2)


def _sized(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width, "big") + content


def _selected_version(rest: bytes) -> int | None:
    """The version in the `supported_versions` extension of a ServerHello, which TLS 1.3 uses."""
    at = 2
    while at + 4 <= len(rest):
        number, size = int.from_bytes(rest[at : at + 2], "big"), int.from_bytes(rest[at + 2 : at + 4], "big")
        if number == _SUPPORTED_VERSIONS and size == 2:
            return int.from_bytes(rest[at + 4 : at + 6], "big")
        at += 4 + size
    return None


def _certificate(found: x509.Certificate, der: bytes) -> Certificate:
    kind, bits = _key(found)
    digest = found.signature_hash_algorithm
    return Certificate(
        subject=clean(found.subject.rfc4514_string()),
        issuer=clean(found.issuer.rfc4514_string()),
        names=_names(found),
        not_before=found.not_valid_before_utc.astimezone(UTC),
        not_after=found.not_valid_after_utc.astimezone(UTC),
        key_type=kind,
        key_bits=bits,
        signature_hash=digest.name if digest is not None else "",
        self_signed=found.subject == found.issuer,
        sha256=hashlib.sha256(der).hexdigest(),
    )


def _key(found: x509.Certificate) -> tuple[str, int]:
    key = found.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.key_size
    if isinstance(key, dsa.DSAPublicKey):
        return "DSA", key.key_size
    return type(key).__name__.removesuffix("PublicKey"), 0


def _names(found: x509.Certificate) -> tuple[str, ...]:
    """DNS names and addresses of the certificate; its common name when it has none."""
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        common = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return tuple(clean(str(entry.value)).lower() for entry in common)
    names = [clean(name).lower() for name in extension.get_values_for_type(x509.DNSName)]
    addresses = [str(ip_address(str(entry))) for entry in extension.get_values_for_type(x509.IPAddress)]
    return tuple((names + addresses)[:MAX_NAMES])
