"""Binds by NTLM or Kerberos (SASL GSS-SPNEGO, RFC 4178), and the sealed traffic that follows when there is no TLS.

Active Directory refuses a seal inside TLS: over `ldaps://` the login is tied to the certificate instead (channel
binding, RFC 5929), without TLS everything that follows is signed and encrypted with the keys of the login. Kerberos
needs the system's GSSAPI, an optional extra.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any, Final

import spnego
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from spnego._context import GSSMech
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap import collect_errors as errors
from scanners.ad.ldap.collect_wire import SECONDS, Channel, Messages

_IN_PROGRESS: Final = 14
_MAX_STEPS = 6
"""NTLM takes two, Kerberos one or two."""
MAX_SEALED_BYTES: Final = 16 << 20
"""One sealed buffer: Windows and Samba send some 64 kB at a time."""
ACCOUNT: Final = re.compile(r"[^\\@=]+\\[^\\@]+|[^\\@=]+@[^\\@=]+")
"""`NETBIOS\\name` or `name@domain`: NTLM and Kerberos know no distinguished names."""
_KEY_EXCHANGE: Final = 0x40000000
_UNSEALED = spnego.ContextReq.none
_SEALED = (
    spnego.ContextReq.mutual_auth
    | spnego.ContextReq.replay_detect
    | spnego.ContextReq.sequence_detect
    | spnego.ContextReq.integrity
    | spnego.ContextReq.confidentiality
)


class Authentication(StrEnum):
    """How the audit account proves who it is."""

    SIMPLE = "simple"
    NTLM = "ntlm"
    KERBEROS = "kerberos"


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in, how, and to whom: `service_host` is the name in the service principal `ldap/…`, `kdc` its address,
    `domain` the DNS name of the domain."""

    mechanism: Authentication
    user: str
    password: str
    domain: str
    service_host: str
    kdc: str


@dataclass(frozen=True, slots=True)
class Protection:
    """What ties the login to the connection: a seal, or the token of the TLS channel, or nothing (to see whether the
    server minds)."""

    sealed: bool = False
    token: bytes = b""


def channel_token(certificate: bytes) -> bytes:
    """The token `tls-server-end-point` of a server certificate (RFC 5929 4.1)."""
    try:
        algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    name = algorithm.name if algorithm is not None and algorithm.name not in ("md5", "sha1") else "sha256"
    return b"tls-server-end-point:" + hashlib.new(name, certificate).digest()


def bind(channel: Channel, login: Login, protection: Protection, seconds: float) -> tuple[ber.BindResult, Channel]:
    """Log in; the result is the server's last word, with the channel to go on with when it accepts.

    CollectError when the login cannot even be tried; BrokenAnswer when the server closes or speaks something else.
    """
    messages, ids = Messages(channel, seconds), count(900)
    with _kerberos_settings(login):
        try:
            context = _context(login, protection)
            token = context.step()
            for _ in range(_MAX_STEPS):
                result = _exchange(messages, next(ids), token)
                if result.code not in (0, _IN_PROGRESS):
                    return result, channel
                token = _step(context, result.credentials)
                if result.code == 0:
                    break
        except SpnegoError as error:
            mechanism = str(login.mechanism)
            raise errors.login_impossible(login.user, login.kdc, mechanism, _codes(error), str(error)) from error
    if not context.complete or result.code != 0:
        raise errors.BrokenAnswer("the server ended the login half-way")
    return result, SealedChannel(channel, context, seconds) if protection.sealed else channel


class SealedChannel:
    """The channel after a sealed login: every buffer carries its length in 4 bytes and is signed and encrypted.

    A buffer may take `seconds` to arrive whole: a server that drips its bytes is not waited for.
    """

    def __init__(
        self,
        channel: Channel,
        context: spnego.ContextProxy,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = channel
        self._context = context
        self._seconds = seconds
        self._clock = clock
        self._received = bytearray()

    def sendall(self, data: bytes, /) -> None:
        """Seal and send."""
        sealed = self._context.wrap(data).data
        self._channel.sendall(len(sealed).to_bytes(4, "big") + sealed)

    def recv(self, size: int, /) -> bytes:
        """The content of the next buffer, whatever its size; nothing when the server closed between two."""
        deadline = self._clock() + self._seconds
        if not self._fill(4, size, deadline):
            return b""
        length = int.from_bytes(self._received[:4], "big")
        if length > MAX_SEALED_BYTES:
            raise errors.BrokenAnswer("sealed buffer of absurd size")
        if not self._fill(4 + length, size, deadline):
            raise errors.BrokenAnswer("the server closed in the middle of a sealed buffer")
        sealed = bytes(self._received[4 : 4 + length])
        del self._received[: 4 + length]
        try:
            return self._context.unwrap(sealed).data
        except SpnegoError as error:
            raise errors.BrokenAnswer("the seal of an answer is wrong") from error

    def _fill(self, wanted: int, size: int, deadline: float) -> bool:
        while len(self._received) < wanted:
            if self._clock() > deadline:
                raise errors.BrokenAnswer(f"no whole sealed buffer in {self._seconds:g} s")
            chunk = self._channel.recv(size)
            if not chunk:
                if self._received:
                    raise errors.BrokenAnswer("the server closed in the middle of a sealed buffer")
                return False
            self._received += chunk
        return True


def _step(context: spnego.ContextProxy, credentials: bytes) -> bytes | None:
    """Our answer to what the server says; pyspnego meets a token that makes no sense with any of these errors."""
    if context.complete or not credentials:
        return None
    try:
        return context.step(credentials)
    except (ValueError, LookupError, TypeError, AttributeError, NotImplementedError, struct.error) as error:
        raise errors.BrokenAnswer("a token of the login makes no sense") from error


def _exchange(messages: Messages, message_id: int, token: bytes | None) -> ber.BindResult:
    messages.send(ber.sasl_bind_request(message_id, "GSS-SPNEGO", token))
    raw = messages.next()
    answered, tag, body, body_end = ber.message(raw, 0, len(raw))
    if tag != ber.BIND_RESPONSE or answered != message_id:
        raise errors.BrokenAnswer("not an answer to the login")
    return ber.bind_result(raw, body, body_end)


def _context(login: Login, protection: Protection) -> spnego.ContextProxy:
    """A negotiation that offers one mechanism only: whoever asks for Kerberos does not want NTLM behind his back."""
    wanted = _SEALED if protection.sealed else _UNSEALED
    if login.mechanism is Authentication.KERBEROS and not protection.sealed:
        wanted = spnego.ContextReq.mutual_auth | spnego.ContextReq.no_integrity
    shared: dict[str, Any] = {
        "hostname": login.service_host,
        "service": "ldap",
        "context_req": wanted,
        "channel_bindings": GssChannelBindings(application_data=protection.token) if protection.token else None,
    }
    inner = _kerberos(login, shared) if login.mechanism is Authentication.KERBEROS else _ntlm(login, shared, protection)
    mechanism = GSSMech.kerberos if login.mechanism is Authentication.KERBEROS else GSSMech.ntlm
    return spnego.client(
        login.user,
        login.password,
        protocol="negotiate",
        options=spnego.NegotiateOptions.use_negotiate,
        _negotiate_contexts={mechanism: inner},
        **shared,
    )


def _ntlm(login: Login, shared: dict[str, Any], protection: Protection) -> spnego.ContextProxy:
    options = spnego.NegotiateOptions.use_ntlm
    context = spnego.client(login.user, login.password, protocol="ntlm", options=options, **shared)
    if not protection.sealed:
        # pyspnego then sends a session key of one byte, which Samba refuses: let it ask for no key exchange at all
        context._context_req &= ~_KEY_EXCHANGE  # noqa: SLF001
    return context


def _kerberos(login: Login, shared: dict[str, Any]) -> spnego.ContextProxy:
    try:
        krb5 = importlib.import_module("krb5")
        importlib.import_module("gssapi")
    except ImportError as error:
        raise errors.kerberos_not_installed() from error
    try:
        return spnego.client(principal(login), login.password, protocol="kerberos", **shared)
    except krb5.Krb5Error as error:
        raise errors.login_impossible(login.user, login.kdc, "kerberos", _codes(error), str(error)) from error


def principal(login: Login) -> str:
    """The Kerberos name of the account; a UPN whose suffix is not the domain stays whole before the realm."""
    realm = login.domain.upper()
    name = login.user.rpartition("\\")[2]
    account, _, suffix = name.partition("@")
    if suffix and suffix.lower() != login.domain.lower():
        return f"{account}\\@{suffix}@{realm}"
    return f"{account}@{realm}"


@contextmanager
def _kerberos_settings(login: Login) -> Iterator[None]:
    """Point the system's Kerberos to the audited controller, for the time of the login: no DNS, no setting to make."""
    if login.mechanism is not Authentication.KERBEROS:
        yield
        return
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", login.domain):
        raise errors.login_impossible(login.user, login.kdc, "kerberos", frozenset(), f"domain {login.domain!a}")
    before = os.environ.get("KRB5_CONFIG")
    with tempfile.TemporaryDirectory(prefix="care-krb5-") as folder:
        settings = Path(folder) / "krb5.conf"
        settings.write_text(kerberos_settings(login.domain.upper(), login.kdc), encoding="utf-8")
        os.environ["KRB5_CONFIG"] = str(settings)
        try:
            yield
        finally:
            if before is None:
                del os.environ["KRB5_CONFIG"]
            else:
                os.environ["KRB5_CONFIG"] = before


def kerberos_settings(realm: str, kdc: str) -> str:
    """A krb5.conf for one realm and one controller."""
    address = f"[{kdc}]" if ":" in kdc else kdc
    return f"""[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 {realm} = {{
  kdc = {address}
 }}
[domain_realm]
 .{realm.lower()} = {realm}
 {realm.lower()} = {realm}
"""


def _codes(error: BaseException) -> frozenset[int]:
    """The numbers MIT Kerberos gives to what went wrong, from the error and those it wraps."""
    found: set[int] = set()
    inner: BaseException | None = error
    while inner is not None:
        for name in ("err_code", "min_code"):
            code = getattr(inner, name, None)
            if isinstance(code, int):
                found.add(code - (1 << 32) if code >= 1 << 31 else code)
        inner = getattr(inner, "base_error", None)
    return frozenset(found)
