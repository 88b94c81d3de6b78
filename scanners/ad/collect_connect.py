"""Opens a bound, read-only connection to a domain controller, or says in one sentence why it cannot be.

ldap3 does discovery, TLS, bind and errors; the dump then takes its socket. A password never travels in clear text
unless the request says so.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPException
from ldap3.protocol.microsoft import extended_dn_control

from scanners.ad import collect_errors as errors
from scanners.ad.naming import ForestDomain
from scanners.ad.sids import decode_sid
from scanners.errors import CollectError, system_reason
from scanners.model import Text

_ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"
_ALL_BITS, _DOMAIN_PARTITION = "1.2.840.113556.1.4.803", 2
"""Which crossRef is a domain: bit 2 of `systemFlags` (MS-ADTS 6.1.1.2.1.1.2), found by the matching rule of bits."""
_STRONGER_AUTH, _CONFIDENTIALITY, _INVALID_CREDENTIALS = 8, 13, 49
_ROOT_DSE = (
    "defaultNamingContext",
    "configurationNamingContext",
    "schemaNamingContext",
    "rootDomainNamingContext",
    "namingContexts",
    "dnsHostName",
    "domainFunctionality",
    "forestFunctionality",
    "supportedCapabilities",
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


RootDse = Mapping[str, tuple[str, ...]]


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
    tls = url.scheme == "ldaps"
    return Address(host, port or (636 if tls else 389), tls)


def connect(access: Access) -> tuple[ldap3.Connection, RootDse]:
    """A bound connection and what the root of the server publishes. CollectError with cause and cure otherwise."""
    address = access.address
    if not (address.tls or access.start_tls or access.clear_text):
        raise errors.clear_text_refused(address.host)
    _resolve(address)
    connection = _connection(access)
    try:
        _open(connection, access)
        root = _root_dse(connection, address.host)
        _bind(connection, access)
    except LDAPException as error:
        close(connection)
        raise explain(address, str(error)) from error
    except CollectError:
        close(connection)
        raise
    return connection, root


def close(connection: ldap3.Connection) -> None:
    """Close without a word more: ldap3 leaves the socket open when the connection failed half-way."""
    opened = connection.socket
    connection.strategy.close()
    if opened is not None:
        opened.close()


def domain_sid(connection: ldap3.Connection, root: RootDse) -> str:
    """SID of the domain, empty when not readable."""
    connection.search(root["defaultNamingContext"][0], "(objectClass=*)", ldap3.BASE, attributes=["objectSid"])
    found = _attributes(connection)
    raw = found[0].get("objectSid", []) if found else []
    return decode_sid(raw[0]) if raw else ""


def forest_domains(connection: ldap3.Connection, root: RootDse) -> tuple[ForestDomain, ...]:
    """The domains of the forest, by one small search of its partitions; the controller adds SIDs to their names."""
    partitions = f"CN=Partitions,{root['configurationNamingContext'][0]}"
    match = f"(&(objectClass=crossRef)(systemFlags:{_ALL_BITS}:={_DOMAIN_PARTITION}))"
    with_sids = extended_dn_control(criticality=False, hex_format=False)
    connection.search(partitions, match, ldap3.LEVEL, attributes=["nCName", "nETBIOSName"], controls=[with_sids])
    return tuple(_forest_domain(attributes) for attributes in _attributes(connection))


def _forest_domain(attributes: Mapping[str, list[bytes]]) -> ForestDomain:
    name, netbios = ((attributes.get(key) or [b""])[0].decode("utf-8", "replace") for key in ("nCName", "nETBIOSName"))
    parts = name.split(";")
    sid = next((part[5:-1] for part in parts if part.startswith("<SID=S-") and part.endswith(">")), "")
    return ForestDomain(parts[-1], netbios, sid)


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


def _open(connection: ldap3.Connection, access: Access) -> None:
    connection.open(read_server_info=False)
    if access.start_tls and not access.address.tls and not connection.start_tls(read_server_info=False):
        raise errors.tls_failed(access.address.host, str(connection.result.get("description", "StartTLS")))


def _bind(connection: ldap3.Connection, access: Access) -> None:
    if connection.bind(read_server_info=False):
        return
    code, diagnostic = connection.result["result"], connection.result["message"]
    if code in (_STRONGER_AUTH, _CONFIDENTIALITY):
        raise errors.server_wants_encryption(access.address.host)
    if code == _INVALID_CREDENTIALS:
        raise errors.bind_refused(access.user, diagnostic)
    raise errors.search_refused(access.address.host, diagnostic or connection.result["description"])


def _root_dse(connection: ldap3.Connection, host: str) -> RootDse:
    connection.search("", "(objectClass=*)", ldap3.BASE, attributes=list(_ROOT_DSE))
    entries = connection.response or []
    raw: dict[str, list[bytes]] = entries[0].get("raw_attributes", {}) if entries else {}
    root = {name: tuple(value.decode("utf-8", "replace") for value in raw.get(name, [])) for name in _ROOT_DSE}
    if _ACTIVE_DIRECTORY not in root["supportedCapabilities"] or not root["defaultNamingContext"]:
        raise errors.not_active_directory(host)
    return root


def _attributes(connection: ldap3.Connection) -> list[dict[str, list[bytes]]]:
    """The attributes of the entries that the last search found."""
    found: list[dict[str, Any]] = connection.response or []
    return [item["raw_attributes"] for item in found if "raw_attributes" in item]


def _short(detail: str) -> str:
    """The words of OpenSSL without the tuples and quotes ldap3 wraps them in."""
    inner = re.search(r"\[SSL[^\]]*\] ([^(\]]+)", detail)
    return (inner[1] if inner else detail.replace("\n", " "))[:200].strip()
