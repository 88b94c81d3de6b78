"""Two more questions to the mail servers of the perimeter: would they relay for a stranger, and does DANE match?

Relaying is asked without sending anything: an empty sender, one recipient of a foreign domain reserved for examples,
then RSET and QUIT. DATA is never said, so no message exists; the server logs one refused (or accepted) recipient.
A refusal for another reason than relaying (greylisting, a block list, a domain without mail) leaves the question open.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners.exposure.collect_tls import UNREADABLE, lenient_context
from scanners.exposure.collect_wire import Pace, Reach, Wire
from scanners.exposure.domain_facts import Domain, MailServer
from scanners.exposure.facts import Host, Port

_OPEN, _REFUSES = "relay_open", "relay_refused"
TLS_AT_ONCE = 465
MAIL_PORT = 25
_STRANGER = b"care-audit@example.net"
_HELLO = b"EHLO care-audit.invalid\r\n"
_LAST_LINE = re.compile(rb"(?:\A|\n)([0-9]{3})(?: [^\n]*)?\r?\n\Z")
_OTHER_REASON = re.compile(rb"block|spam|helo|client host", re.IGNORECASE)
"""A refusal of who we are says nothing of what a stranger in favour would get."""
_REFUSED = re.compile(rb"5\.7\.[01]\b|relay|auth", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tlsa:
    """One TLSA record: usage, selector, matching type, data."""

    usage: int
    selector: int
    matching: int
    data: bytes


def asked_to_relay(host: Host, pace: Pace) -> Host:
    """The host with what each of its mail servers answered: trait `relay_open` or `relay_refused`, or neither."""
    return replace(host, ports=tuple(_asked(host, port, pace) for port in host.ports))


def _asked(host: Host, port: Port, pace: Pace) -> Port:
    if port.service.name != "smtp" or port.protocol != "tcp" or {_OPEN, _REFUSES}.intersection(port.service.traits):
        return port
    try:
        with Reach(host.address, port.number, pace, host.names[0] if host.names else "").call() as wire:
            if port.number == TLS_AT_ONCE:
                wire.start_tls(lenient_context(), "")
            accepted = relays(wire)
    except OSError:
        return port
    if accepted is None:
        return port
    trait = _OPEN if accepted else _REFUSES
    return replace(port, service=replace(port.service, traits=(*port.service.traits, trait)))


def relays(wire: Wire) -> bool | None:
    """Whether a server accepts a foreign recipient from a stranger; None when its answer does not tell."""
    if _code(wire.receive(_whole)) != b"220" or _code(wire.ask(_HELLO, _whole)) != b"250":
        return None
    sender = wire.ask(b"MAIL FROM:<>\r\n", _whole)
    answer = wire.ask(b"RCPT TO:<" + _STRANGER + b">\r\n", _whole) if _code(sender) == b"250" else sender
    wire.send(b"RSET\r\nQUIT\r\n")
    code = _code(answer)
    if code in {b"250", b"251"}:
        return True
    about_relaying = _REFUSED.search(answer) and not _OTHER_REASON.search(answer)
    return False if code[:1] == b"5" and about_relaying else None


def with_dane(
    domains: Sequence[Domain], reachable: Mapping[str, str], pace_of: Mapping[str, Pace]
) -> tuple[Domain, ...]:
    """The domains with, for each mail server that has TLSA records, whether its certificate matches one of them.

    `reachable` gives the addresses of the perimeter, by name of server.
    """
    return tuple(
        replace(
            domain,
            mail_servers=tuple(
                _compared(server, reachable.get(server.name, ""), pace_of) for server in domain.mail_servers
            ),
        )
        for domain in domains
    )


def _compared(server: MailServer, address: str, pace_of: Mapping[str, Pace]) -> MailServer:
    if not server.tlsa or not address:
        return server
    shown = certificate_behind_starttls(Reach(address, MAIL_PORT, pace_of[address], server.name))
    return replace(server, dane_matches=dane_matches(server.tlsa, shown)) if shown else server


def certificate_behind_starttls(reach: Reach) -> bytes:
    """The certificate (DER) a mail server shows after STARTTLS; empty when it cannot be had."""
    try:
        with reach.call() as wire:
            ready = _code(wire.receive(_whole)) == b"220" and _code(wire.ask(_HELLO, _whole)) == b"250"
            if not ready or _code(wire.ask(b"STARTTLS\r\n", _whole)) != b"220":
                return b""
            return wire.start_tls(lenient_context(), reach.name).getpeercert(binary_form=True) or b""
    except OSError:
        return b""


def dane_matches(written: Sequence[str], certificate: bytes) -> bool | None:
    """Whether a certificate matches one of the records; None when none of them is about the server’s own certificate.

    Usage 3 is the server’s certificate; usage 2, an authority of its chain, is not judged here.
    """
    records = [found for text in written if (found := read_tlsa(text)) is not None]
    own = [record for record in records if record.usage == _OWN_CERTIFICATE]
    if not own or len(own) < len(records):
        return True if any(_matches(record, certificate) for record in own) else None
    return any(_matches(record, certificate) for record in own)


_OWN_CERTIFICATE = 3
_DIGESTS = {1: "sha256", 2: "sha512"}


def read_tlsa(text: str) -> Tlsa | None:
    """One record in its written form; None when it is not one."""
    words = text.split()
    if len(words) < 4 or not all(word.isdecimal() and len(word) <= 3 for word in words[:3]):
        return None
    try:
        return Tlsa(int(words[0]), int(words[1]), int(words[2]), bytes.fromhex("".join(words[3:])))
    except ValueError:
        return None


def _matches(record: Tlsa, certificate: bytes) -> bool:
    shown = _public_key(certificate) if record.selector == 1 else certificate
    digest = _DIGESTS.get(record.matching)
    seen = hashlib.new(digest, shown).digest() if digest else shown
    return bool(shown) and hmac.compare_digest(seen, record.data)


def _public_key(certificate: bytes) -> bytes:
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except UNREADABLE:
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _whole(received: bytes) -> bool:
    return _LAST_LINE.search(received) is not None


def _code(answer: bytes) -> bytes:
    match = _LAST_LINE.search(answer)
    return match[1] if match else b""
