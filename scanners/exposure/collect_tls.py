"""The TLS posture of a port: versions and weak suites by hand-made ClientHellos, the certificate by one handshake."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Sequence
from datetime import UTC
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from scanners.exposure.collect_wire import Reach, Wire
from scanners.exposure.crypto import (
    MODERN_TLS_CIPHERS,
    TLS_VERSIONS,
    WEAK_TLS_CIPHERS,
)
from scanners.exposure.facts import MAX_NAMES, Certificate, Tls, clean
from scanners.tls_hello import COMMON_TLS_CIPHERS, TLS12, TLS13, client_hello, server_choice, whole_record

MAX_CERTIFICATE = 64 * 1024
"""Bytes of a certificate: ordinary ones take 1 to 4 kB."""
_MAX_WEAK = 8
"""Weak suites looked for on one port: each takes a connection."""


def posture(reach: Reach, certificate: Certificate | None) -> Tls:
    """Versions and weak suites the port accepts; OSError when it can no longer be reached."""
    accepted = [version for version in TLS_VERSIONS if _accepts(reach, version)]
    weak = _weak_ciphers(reach) if any(version < TLS13 for version in accepted) else []
    return Tls(tuple(TLS_VERSIONS[version] for version in accepted), tuple(weak), certificate)


def speaks_tls(reach: Reach) -> bool:
    """Whether the port answers to a ClientHello in TLS, be it to refuse; OSError when it cannot be reached."""
    with reach.call() as wire:
        answer = wire.ask(client_hello(TLS12, COMMON_TLS_CIPHERS, reach.name))
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


def _accepts(reach: Reach, version: int) -> bool:
    ciphers = MODERN_TLS_CIPHERS if version == TLS13 else (*COMMON_TLS_CIPHERS, *WEAK_TLS_CIPHERS)
    choice = _choice(reach, version, ciphers)
    return choice is not None and choice[0] == version


def _weak_ciphers(reach: Reach) -> list[str]:
    left = dict(WEAK_TLS_CIPHERS)
    found: list[str] = []
    while len(found) < _MAX_WEAK:
        choice = _choice(reach, TLS12, tuple(left))
        if choice is None or choice[1] not in left:
            break
        found.append(left.pop(choice[1]))
    return found


def _choice(reach: Reach, version: int, ciphers: Sequence[int]) -> tuple[int, int] | None:
    with reach.call() as wire:
        return _answered(wire, client_hello(version, ciphers, reach.name))


def _answered(wire: Wire, hello: bytes) -> tuple[int, int] | None:
    try:
        return server_choice(wire.ask(hello, enough=whole_record))
    except (ConnectionResetError, BrokenPipeError):
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
