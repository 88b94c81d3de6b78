"""The TLS posture of a port: hand-made greetings tell versions, suites and known flaws, OpenSSL tells who is trusted.

Every greeting is left unanswered: no flaw is exercised. What OpenSSL can no longer speak is read from the clear part of
the handshake. A dead, mute or endless server is cut by the limits of `collect_wire` and by `MAX_SILENCES`.
"""

from __future__ import annotations

import _ssl
import hashlib
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import cache
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from scanners.errors import FieldError
from scanners.exposure.collect_wire import ANSWER_SECONDS, ConversationOver, Reach
from scanners.exposure.crypto import (
    AEAD_CIPHERS,
    DHE_CIPHERS,
    ECDSA_CIPHERS,
    FORWARD_CIPHERS,
    MODERN_TLS_CIPHERS,
    ORDINARY_TLS_CIPHERS,
    STATIC_TLS_CIPHERS,
    TLS_VERSIONS,
    WEAK_TLS_CIPHERS,
    weakness,
)
from scanners.exposure.facts import MAX_NAMES, Certificate, Tls, clean
from scanners.tls_hello import (
    COMMON_TLS_CIPHERS,
    FALLBACK,
    SECURE_RENEGOTIATION,
    SSL2,
    SSL3,
    TLS10,
    TLS11,
    TLS12,
    TLS13,
    Flight,
    client_hello,
    read_flight,
    ssl2_accepted,
    ssl2_hello,
    whole_flight,
)

MAX_CERTIFICATE = 64 * 1024
"""Bytes of a certificate: ordinary ones take 1 to 4 kB."""
MAX_CHAIN = 10
MAX_SILENCES = 6
"""Greetings to one port that may stay without any answer: some filters drop what they refuse, a dead host drops all."""
_PER_WEAKNESS = 3
"""Suites looked for of each kind of weakness: each takes a connection, and one is enough to judge."""
_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: dates are judged by their own rules, from the facts."""
_ISSUER_UNKNOWN, _SELF_SIGNED, _ROOT_UNKNOWN = frozenset({2, 20, 21}), 18, 19
_REFUSED_FOR = {9: "dates", 10: "dates", 62: "name", 64: "name"}
_ALL = (*ORDINARY_TLS_CIPHERS, *WEAK_TLS_CIPHERS)
_BEFORE_13 = (TLS12, TLS11, TLS10, SSL3)


@dataclass(frozen=True, slots=True)
class Trust:
    """The authorities certificates are checked against; `context` is None when there is none to check with.

    `pem` are those given beside the ones this machine knows.
    """

    context: ssl.SSLContext | None
    pem: str = ""


def trust(authorities: str = "") -> Trust:
    """The authorities this machine knows, with those of a PEM text; FieldError when that text holds none."""
    context = lenient_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= _NO_CHECK_TIME
    context.load_default_certs()
    if authorities:
        try:
            context.load_verify_locations(cadata=authorities)
        except (ssl.SSLError, ValueError) as error:
            raise FieldError(
                "Les autorités de confiance données ne se lisent pas : donnez un ou plusieurs certificats en PEM.",
                "The trusted authorities given cannot be read: give one or several certificates in PEM.",
            ) from error
    return Trust(context if authorities or _machine_knows_authorities() else None, authorities)


def well_formed(authorities: str) -> str:
    """The same authorities; FieldError when they cannot be read."""
    if authorities.strip():
        trust(authorities)
    return authorities.strip()


@cache
def machine_trust() -> Trust:
    """The authorities of this machine alone."""
    return trust()


def _machine_knows_authorities() -> bool:
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or bool(paths.capath and any(Path(paths.capath).glob("*.0")))


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


def certificate_fault(reach: Reach, authorities: Trust) -> str | None:
    """Why a careful client refuses the certificate of a port: `dates`, `name` or `untrusted`.

    Empty when it takes it, None when that could not be found out.
    """
    if authorities.context is None:
        return None
    context = ssl.create_default_context()
    if authorities.pem:
        context.load_verify_locations(cadata=authorities.pem)
    try:
        with reach.call() as wire:
            wire.start_tls(context, reach.name)
    except ssl.SSLCertVerificationError as error:
        return _REFUSED_FOR.get(error.verify_code, "untrusted")
    except OSError:
        return None
    return ""


def shown_chain(session: ssl.SSLSocket) -> tuple[bytes, ...]:
    """The certificates a server showed during a handshake, in DER, in its order."""
    public = getattr(session, "get_unverified_chain", None)
    if public is not None:  # Python 3.13
        return tuple(public())[:MAX_CHAIN]
    inner = session._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - the same, before it was made public
    return tuple(one.public_bytes(_ssl.ENCODING_DER) for one in inner.get_unverified_chain() or ())[:MAX_CHAIN]


def handshake_chain(reach: Reach) -> tuple[bytes, ...]:
    """The chain shown by one handshake, empty when OpenSSL cannot speak with that server."""
    try:
        with reach.call() as wire:
            return shown_chain(wire.start_tls(lenient_context(), reach.name))
    except ConversationOver:
        raise
    except OSError:
        return ()


class Posture:
    """One port whose TLS is being read. `tls` holds what is known so far, `broken` whether reading stopped half-way."""

    def __init__(self, reach: Reach, chain: Sequence[bytes], authorities: Trust, started_by: str = "") -> None:
        self._reach = reach
        self._chain = tuple(chain)
        self._trust = authorities
        self._silences = 0
        self._dh_bits: set[int] = set()
        self._flights: dict[int, Flight] = {}
        self._last_issuer = ""
        self.tls = Tls((), started_by=started_by)
        self.broken = False

    def read(self) -> Tls:
        """All that can be learnt; what was read stays when the port can no longer be reached."""
        try:
            self._versions()
            for step in (self._certificates, self._verify, self._suites, self._flaws):
                step()
        except OSError:
            self.broken = True
        self._note(dh_bits=min(self._dh_bits, default=0))
        return self.tls

    def _note(self, **changes: object) -> None:
        self.tls = replace(self.tls, **changes)  # type: ignore[arg-type]

    # ------------------------------------------------------------ questions

    def _ask(self, question: bytes) -> bytes:
        with self._reach.call() as wire:
            began = time.monotonic()
            try:
                answer = wire.ask(question, enough=whole_flight)
            except (ConnectionResetError, BrokenPipeError):
                return b""
            if not answer and time.monotonic() - began >= ANSWER_SECONDS:
                self._silences += 1
        if self._silences > MAX_SILENCES:
            raise ConversationOver("no answer to greetings")
        return answer

    def _hello(self, version: int, ciphers: Sequence[int], *, compression: bool = False) -> Flight | None:
        """What the server chose of these; None when it refused this version or all of them."""
        if not ciphers:
            return None
        flight = read_flight(self._ask(client_hello(version, ciphers, self._reach.name, compression=compression)))
        if flight is None or flight.version != version or flight.cipher not in ciphers:
            return None
        if flight.dh_bits:
            self._dh_bits.add(flight.dh_bits)
        return flight

    # ------------------------------------------------------------ steps

    def _versions(self) -> None:
        accepted = [TLS13] if self._hello(TLS13, MODERN_TLS_CIPHERS) else []
        for version in _BEFORE_13:
            flight = self._hello(version, _ALL, compression=True)
            if flight is not None:
                self._flights[version] = flight
                accepted.append(version)
        if ssl2_accepted(self._ask(ssl2_hello())):
            accepted.append(SSL2)
        self._note(versions=tuple(TLS_VERSIONS[version] for version in sorted(accepted)))

    def _certificates(self) -> None:
        flights = [flight for flight in self._flights.values() if flight.certificates]
        sent = self._chain or (flights[0].certificates[:MAX_CHAIN] if flights else ())
        chain = [read_certificate(der) for der in sent]
        read = [one for one in chain if one is not None]
        if not chain or chain[0] is None:
            return
        stapled = any(flight.stapled for flight in flights) if flights else None
        ordered = all(one.issuer == above.subject for one, above in pairwise(read))
        whole = len(read) == len(chain)
        subjects = tuple(one.subject for one in read)
        self._note(certificate=chain[0], chain=subjects, chain_ordered=ordered if whole else None, stapled=stapled)
        self._last_issuer = "" if read[-1].self_signed else read[-1].issuer
        self._second(chain[0])

    def _second(self, first: Certificate) -> None:
        """The certificate shown to clients that know only the other kind of key, before TLS 1.3."""
        if not self._flights:
            return
        others = [suite for suite in ORDINARY_TLS_CIPHERS if (suite in ECDSA_CIPHERS) != (first.key_type == "EC")]
        flight = self._hello(next(iter(self._flights)), others)
        shown = read_certificate(flight.certificates[0]) if flight and flight.certificates else None
        if shown is not None and shown.sha256 != first.sha256:
            self._note(second=shown)

    def _verify(self) -> None:
        """Whether the chain leads to an authority we know, as OpenSSL sees it; dates and names are judged apart."""
        if self._trust.context is None or self.tls.certificate is None:
            return
        with self._reach.call() as wire:
            try:
                wire.start_tls(self._trust.context, self._reach.name)
            except ssl.SSLCertVerificationError as error:
                self._distrust(error.verify_code, error.verify_message)
            except (ssl.SSLError, TimeoutError, ConnectionError):
                return
            else:
                self._note(trusted=True)

    def _distrust(self, code: int, message: str) -> None:
        words = {_SELF_SIGNED: "self_signed", _ROOT_UNKNOWN: "unknown_root"}
        missing = code in _ISSUER_UNKNOWN
        word = "issuer_missing" if missing else words.get(code, clean(message))
        self._note(trusted=False, trust_error=word, missing_issuer=self._last_issuer if missing else "")

    def _suites(self) -> None:
        weak: list[str] = []
        for version in dict.fromkeys((*list(self._flights)[:1], *list(self._flights)[-1:])):
            weak += self._weak(version, weak)
        self._note(weak_ciphers=tuple(weak))
        modern = TLS_VERSIONS[TLS13] in self.tls.versions
        if not self._flights:
            self._note(forward_secrecy=modern or None, authenticated_modes=modern or None)
            return
        top = next(iter(self._flights))
        static = self._hello(top, tuple(STATIC_TLS_CIPHERS))
        self._note(
            static_ciphers=(STATIC_TLS_CIPHERS[static.cipher],) if static else (),
            forward_secrecy=modern or self._takes(top, FORWARD_CIPHERS),
            authenticated_modes=modern or (top == TLS12 and self._takes(top, AEAD_CIPHERS)),
            server_order=self._server_order(top),
        )
        self._hello(top, DHE_CIPHERS)

    def _takes(self, version: int, ciphers: Sequence[int]) -> bool:
        if self._flights[version].cipher in ciphers:
            return True
        return self._hello(version, ciphers) is not None

    def _weak(self, version: int, known: Sequence[str]) -> list[str]:
        """Weak suites accepted, a few of each kind, found by offering those left."""
        found: list[str] = []
        left = {suite: name for suite, name in WEAK_TLS_CIPHERS.items() if name not in known}
        while left:
            flight = self._hello(version, tuple(left))
            if flight is None:
                break
            found.append(left.pop(flight.cipher))
            kinds = [weakness(name) for name in (*known, *found)]
            left = {suite: name for suite, name in left.items() if kinds.count(weakness(name)) < _PER_WEAKNESS}
        return found

    def _server_order(self, version: int) -> bool | None:
        """Whether the server chooses the same suite whatever our order; None when it takes only one."""
        chosen = self._flights[version].cipher
        turned = self._hello(version, tuple(reversed(_ALL)))
        if turned is None:
            return None
        if turned.cipher != chosen:
            return False
        return True if self._hello(version, tuple(suite for suite in _ALL if suite != chosen)) else None

    def _flaws(self) -> None:
        if not self._flights:
            return
        best = next(iter(self._flights.values()))
        self._note(
            secure_renegotiation=SECURE_RENEGOTIATION in best.extensions,
            compression=any(flight.compressed for flight in self._flights.values()),
        )
        older = list(self._flights)[1:]
        if older:
            self._note(fallback_refused=self._hello(older[0], (*_ALL, FALLBACK)) is None)


UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises for a certificate or a key that a stranger made oddly: these are no ValueError."""


def read_certificate(der: bytes | None) -> Certificate | None:
    """The certificate of a handshake; None when absent, oversized or unreadable."""
    if not der or len(der) > MAX_CERTIFICATE:
        return None
    try:
        return _certificate(x509.load_der_x509_certificate(der), der)
    except UNREADABLE:
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
        must_staple=_must_staple(found),
    )


def _must_staple(found: x509.Certificate) -> bool:
    try:
        features = found.extensions.get_extension_for_class(x509.TLSFeature).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return x509.TLSFeatureType.status_request in features


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
