"""Opens a bound, read-only connection to a domain controller, or says in one sentence why it cannot be.

ldap3 does discovery, TLS, simple binds and errors; the dump then takes its socket. A password never travels in clear
text unless the request says so; NTLM and Kerberos seal what follows when there is no TLS.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPException, LDAPStartTLSError
from pyasn1.error import PyAsn1Error

from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap import collect_errors as errors
from scanners.ad.ldap import collect_sasl as sasl
from scanners.ad.ldap.collect_dump import PagedReader, Search
from scanners.ad.ldap.collect_sasl import Authentication, Login, Protection
from scanners.ad.ldap.collect_wire import Channel
from scanners.ad.naming import ForestDomain
from scanners.ad.sids import decode_sid
from scanners.errors import CollectError, system_reason
from scanners.model import Text

_ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"
_DOMAIN_PARTITION = 2
"""Which crossRef is a domain: this bit of `systemFlags` (MS-ADTS 6.1.1.2.1.1.2)."""
_LIGHTWEIGHT = "1.2.840.113556.1.4.1851"
_PARTIAL_SECRETS = "1.2.840.113556.1.4.1920"
"""Capabilities (MS-ADTS 3.1.1.3.4.3): a domain controller, AD LDS, a read-only controller."""
NOT_LDAP: Final = (LookupError, ValueError, TypeError, PyAsn1Error)
"""What ldap3, and pyasn1 which it decodes with, raise on bytes that are no LDAP besides their own exceptions."""
_GLOBAL_CATALOGUE_PORTS = (3268, 3269)
_NO_TLS = {2, 12, 52, 53}
"""How servers answer to StartTLS without a certificate, or without knowing what it is: protocol error, unavailable
extension, unavailable (Active Directory), unwilling."""
_METHOD_UNKNOWN, STRONGER_AUTH, _CONFIDENTIALITY, _INVALID_CREDENTIALS = 7, 8, 13, 49
BAD_BINDINGS = "80090346"
"""SEC_EBAD_BINDINGS, in the diagnostic of a refused bind."""
_CONTEXTS = ("defaultNamingContext", "configurationNamingContext", "schemaNamingContext")
_ROOT_DSE = (
    *_CONTEXTS,
    "rootDomainNamingContext",
    "namingContexts",
    "dnsHostName",
    "domainFunctionality",
    "forestFunctionality",
    "supportedCapabilities",
    "isSynchronized",
    "currentTime",
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the controller listens; `tls` tells LDAPS from LDAP."""

    host: str
    port: int
    tls: bool


@dataclass(frozen=True, slots=True)
class Access:
    """How to get in. `seconds` bounds each network operation."""

    address: Address
    user: str
    password: str
    ca_pem: str
    start_tls: bool
    clear_text: bool
    seconds: int
    authentication: Authentication = Authentication.SIMPLE

    @property
    def encrypted(self) -> bool:
        """Whether TLS protects the connection."""
        return self.address.tls or self.start_tls


RootDse = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Session:
    """A bound connection: what to read through, and what the root of the server publishes."""

    connection: ldap3.Connection
    channel: Channel
    root: RootDse


def parse_address(server: str) -> Address:
    """The address of an `ldap://` or `ldaps://` URL; FieldError when it is another kind of text."""
    if not server.isprintable():  # urlsplit drops them in silence, and would name another host
        raise errors.malformed_address(server)
    try:
        url = urlsplit(server)
        host, port = url.hostname or "", url.port
    except ValueError as error:
        raise errors.malformed_address(server) from error
    if url.scheme not in ("ldap", "ldaps") or url.username or url.path.strip("/") or url.query or url.fragment:
        raise errors.malformed_address(server)
    if not re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*)|[0-9a-fA-F:]+", host):
        raise errors.malformed_address(server)
    if port in _GLOBAL_CATALOGUE_PORTS:
        raise errors.partial_directory(host)
    tls = url.scheme == "ldaps"
    return Address(host, port or (636 if tls else 389), tls)


def connect(access: Access) -> Session:
    """A bound connection. CollectError with cause and cure when there can be none."""
    address = access.address
    sealed = access.authentication is not Authentication.SIMPLE
    if not (access.encrypted or access.clear_text or sealed):
        raise errors.clear_text_refused(address.host)
    _resolve(address)
    connection = _connection(access)
    try:
        access = _open(connection, access)
        root = _root_dse(connection, address.host)
        channel = _log_in(connection, access, root) if sealed else _bind(connection, access)
    except LDAPException as error:
        close(connection)
        raise explain(address, str(error)) from error
    except errors.BrokenAnswer as error:
        close(connection)
        raise errors.cut_before_anything(address.host, str(error)) from error
    except CollectError:
        close(connection)
        raise
    except NOT_LDAP as error:
        close(connection)
        raise errors.not_ldap(address.host, address.port) from error
    return Session(connection, channel, root)


def login_of(access: Access, root: RootDse, mechanism: Authentication) -> Login:
    """Who logs in by NTLM or Kerberos.

    The service is called by the name a person gave: what the server says of itself is believed only when an address
    was given, for whoever answers in its place would say its own name.
    """
    host = access.address.host
    named = re.search("[A-Za-z]", host) and ":" not in host
    return Login(
        mechanism=mechanism,
        user=access.user,
        password=access.password,
        domain=domain_as_written(root),
        service_host=host if named else (root["dnsHostName"] or (host,))[0],
        kdc=host,
    )


def domain_as_written(root: RootDse) -> str:
    """The DNS name of the domain, in the letters the server uses."""
    return ".".join(part.partition("=")[2] for part in root["defaultNamingContext"][0].split(","))


def peer(connection: ldap3.Connection, host: str) -> str:
    """The address of the very machine that answers; CollectError when it has already cut the connection."""
    try:
        address: str = connection.socket.getpeername()[0]
    except OSError as error:
        raise errors.cut_before_anything(host, str(error)) from error
    return address


def certificate_token(connection: ldap3.Connection) -> bytes:
    """The channel token of the certificate presented; empty without TLS."""
    channel = connection.socket
    certificate = channel.getpeercert(binary_form=True) if isinstance(channel, ssl.SSLSocket) else None
    return sasl.channel_token(certificate) if certificate else b""


def close(connection: ldap3.Connection) -> None:
    """Close without a word more: ldap3 leaves the socket open when the connection failed half-way."""
    opened = connection.socket
    connection.strategy.close()
    if opened is not None:
        opened.close()


def domain_sid(reader: PagedReader, root: RootDse) -> tuple[str, ber.Done]:
    """SID of the domain, empty when not readable, and how its search ended. BrokenAnswer when it cannot be one."""
    search = Search(root["defaultNamingContext"][0], ber.present("objectClass"), ["objectSid"], ber.SCOPE_BASE)
    entries, done = _found(reader, search)
    raw = [values[0] for found in entries for values in found.values() if values]
    try:
        return decode_sid(raw[0]) if raw else "", done
    except ValueError as error:
        raise errors.BrokenAnswer("the identifier of the domain is malformed") from error


def partitions(root: RootDse) -> str:
    """Where the directory lists the domains of its forest."""
    return f"CN=Partitions,{root['configurationNamingContext'][0]}"


def forest_domains(reader: PagedReader, root: RootDse) -> tuple[tuple[ForestDomain, ...], ber.Done]:
    """The domains of the forest, by one small search of its partitions; the controller adds SIDs to their names.

    How the search ended comes with them: without its end, some may be missing.
    """
    search = Search(
        partitions(root),
        ber.equals("objectClass", "crossRef"),
        ["nCName", "nETBIOSName", "systemFlags"],
        ber.SCOPE_LEVEL,
        names_with_sids=True,
    )
    entries, done = _found(reader, search)
    found = [{name: values[0].decode("utf-8", "replace") for name, values in one.items() if values} for one in entries]
    return tuple(_forest_domain(one) for one in found if _is_domain(one.get("systemFlags", "0"))), done


def _is_domain(flags: str) -> bool:
    return flags.lstrip("-").isdigit() and bool(int(flags) & _DOMAIN_PARTITION)


def _forest_domain(attributes: Mapping[str, str]) -> ForestDomain:
    parts = attributes.get("nCName", "").split(";")
    sid = next((part[5:-1] for part in parts if part.startswith("<SID=S-") and part.endswith(">")), "")
    return ForestDomain(parts[-1], attributes.get("nETBIOSName", ""), sid)


def explain(address: Address, detail: str) -> CollectError:
    """What a failure of ldap3 means for a person. ldap3 gives texts only, with those of OpenSSL inside."""
    host = address.host
    if "expired" in detail or "not yet valid" in detail:
        return errors.expired_certificate(host)
    if weak := re.search(r"(?:key|md|digest) too weak|too (?:small|weak)", detail):
        return errors.weak_certificate(host, weak[0])
    if "CERTIFICATE_VERIFY_FAILED" in detail or "certificate verify failed" in detail:
        reason = re.search(r"verify failed: ([^('\]]+)", detail)
        return errors.untrusted(host, reason[1].strip() if reason else "certificate verify failed")
    if "doesn't match" in detail or "hostname" in detail.lower():
        return errors.name_mismatch(host)
    if re.search(r"ssl|tls", detail, re.IGNORECASE):
        return errors.tls_failed(host, _short(detail))
    return errors.unreachable(host, address.port, _silence(detail))


def _silence(detail: str) -> Text:
    number = re.search(r"\[Errno (-?\d+)\]", detail)
    if number or "timed out" in detail:
        return system_reason(OSError(int(number[1]), _short(detail)) if number else TimeoutError())
    return Text(_short(detail), _short(detail))


def _resolve(address: Address) -> None:
    try:
        socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise errors.unknown_host(address.host) from error


def _connection(access: Access) -> ldap3.Connection:
    tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_data=access.ca_pem or None)
    server = ldap3.Server(
        access.address.host,
        port=access.address.port,
        use_ssl=access.address.tls,
        tls=tls,
        get_info=ldap3.NONE,
        connect_timeout=access.seconds,
    )
    return ldap3.Connection(
        server,
        user=access.user,
        password=access.password,
        authentication=ldap3.SIMPLE,
        auto_referrals=False,
        read_only=True,
        raise_exceptions=False,
        receive_timeout=access.seconds,
    )


def _open(connection: ldap3.Connection, access: Access) -> Access:
    """Open, and tell how the connection is protected now.

    Clear text, where a person accepts it, is for a server that has no TLS to offer: never for one whose certificate is
    wrong.
    """
    connection.open(read_server_info=False)
    if access.address.tls or not access.start_tls:
        return access
    try:
        started = connection.start_tls(read_server_info=False)
    except LDAPStartTLSError:
        if access.clear_text and connection.result["result"] in _NO_TLS:
            return replace(access, start_tls=False)
        raise
    if not started:
        raise errors.tls_failed(access.address.host, str(connection.result.get("description", "StartTLS")))
    return access


def open_socket(access: Access) -> ldap3.Connection:
    """A connection under TLS when it ought to be, on which nobody has logged in. LDAPException when there is none."""
    connection = _connection(access)
    try:
        _open(connection, access)
    except LDAPException:
        close(connection)
        raise
    except NOT_LDAP as error:
        close(connection)
        raise LDAPException("not an LDAP server") from error
    connection.socket.settimeout(access.seconds)
    return connection


def _bind(connection: ldap3.Connection, access: Access) -> Channel:
    if not connection.bind(read_server_info=False):
        code, diagnostic = connection.result["result"], connection.result["message"]
        raise _refused(access, code, diagnostic or connection.result["description"])
    connection.socket.settimeout(access.seconds)
    channel: Channel = connection.socket
    return channel


def _log_in(connection: ldap3.Connection, access: Access, root: RootDse) -> Channel:
    protection = Protection(sealed=not access.encrypted, token=certificate_token(connection))
    connection.socket.settimeout(access.seconds)
    login = login_of(access, root, access.authentication)
    answer, channel = sasl.bind(connection.socket, login, protection, access.seconds)
    if answer.code:
        raise _refused(access, answer.code, answer.diagnostic)
    return channel


def _refused(access: Access, code: int, diagnostic: str) -> CollectError:
    host = access.address.host
    if BAD_BINDINGS in diagnostic:
        return errors.channel_token_refused(host)
    if code in (STRONGER_AUTH, _CONFIDENTIALITY):
        return errors.server_wants_encryption(host)
    if code == _METHOD_UNKNOWN:
        return errors.mechanism_refused(host, str(access.authentication))
    if code == _INVALID_CREDENTIALS:
        return errors.bind_refused(access.user, diagnostic)
    return errors.search_refused(host, diagnostic or str(code))


def _root_dse(connection: ldap3.Connection, host: str) -> RootDse:
    connection.search("", "(objectClass=*)", ldap3.BASE, attributes=list(_ROOT_DSE))
    entries = connection.response or []
    raw: dict[str, list[bytes] | None] = entries[0].get("raw_attributes", {}) if entries else {}
    root = {name: tuple(value.decode("utf-8", "replace") for value in raw.get(name) or ()) for name in _ROOT_DSE}
    _require_controller(root, host)
    return root


def _require_controller(root: RootDse, host: str) -> None:
    """CollectError unless the root is that of a writable domain controller that knows all of its directory."""
    capabilities = root["supportedCapabilities"]
    if _ACTIVE_DIRECTORY not in capabilities and _LIGHTWEIGHT in capabilities:
        raise errors.lightweight_directory(host)
    if _ACTIVE_DIRECTORY not in capabilities or not all(root[name] for name in _CONTEXTS):
        raise errors.not_active_directory(host)
    if _PARTIAL_SECRETS in capabilities:
        raise errors.read_only_controller(host)
    if root["isSynchronized"] == ("FALSE",):
        raise errors.unsynchronised_controller(host)


def _found(reader: PagedReader, search: Search) -> tuple[list[dict[str, list[bytes]]], ber.Done]:
    """The attributes of the entries that a small search finds, and how it ended."""
    found: list[dict[str, list[bytes]]] = []

    def keep(_dn: bytes, attributes: list[ber.Attribute]) -> None:
        found.append({name.decode("ascii", "replace"): values for name, values in attributes})

    return found, reader.dump(search, keep)


def _short(detail: str) -> str:
    """The words of OpenSSL without the tuples and quotes ldap3 wraps them in."""
    inner = re.search(r"\[SSL[^\]]*\] ([^(\]]+)", detail)
    return (inner[1] if inner else detail.replace("\n", " "))[:200].strip()
