"""The short conversations that name a service: what each protocol is asked, and what its answer means.

Two kinds: those where the server speaks first (`by_greeting`), and those where we do (`OPENINGS`).
No password is tried (`anonymous` is the public account of FTP), nothing is written, databases get one question.
Every function may raise OSError when the conversation breaks.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scanners.exposure.collect_devices import OPENINGS as DEVICES
from scanners.exposure.collect_wire import Wire
from scanners.exposure.facts import MAX_NAMES, Service, clean
from scanners.exposure.udp_questions import ROOT_SERVERS, read_dns
from scanners.ssh_offer import Ssh

CALLING_AE = "CARE-AUDIT"
"""The DICOM application name we give: no imaging system knows it, so being accepted means that anyone is."""
_HELLO_NAME = b"care-audit.invalid"
_LENGTH = 2
"""Bytes of the length before each message of DNS over TCP."""
_PRODUCT = re.compile(
    r"(?P<product>vsFTPd|ProFTPD|Pure-FTPd|FileZilla Server|Microsoft FTP Service|Postfix|Exim|Sendmail|Dovecot"
    r"|Microsoft ESMTP MAIL Service|Microsoft Exchange|MDaemon|Kerio Connect|Serv-U(?= FTP Server))"
    r"(?: FTP Server)?[ /(]*(?:version )?v?(?P<version>[0-9][0-9A-Za-z.\-+]*)?",
    re.IGNORECASE,
)
_SSH_BANNER = re.compile(r"SSH-(?P<protocol>[0-9]\.[0-9]+)-(?P<software>\S+)(?: (?P<comment>.*))?")
_SSH_PRODUCT = re.compile(r"(?P<product>[A-Za-z]+)[_-]?(?P<version>[0-9][\w.]*)?")
_END_OF_REPLY = re.compile(rb"(?:^|\n)[0-9]{3} [^\n]*\n\Z")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a conversation taught: the service and, for SSH, what the server offers."""

    service: Service
    ssh: Ssh | None = None


Opening = Callable[[Wire], Service | None]


# ---------------------------------------------------------------- the server speaks first


def by_greeting(wire: Wire, greeting: bytes) -> Answer | None:
    """The service whose server said `greeting`, questioned further on the same connection; None when unknown."""
    for marker, talk in _GREETINGS:
        if marker.match(greeting):
            return talk(wire, greeting)
    return None


def _ssh(wire: Wire, greeting: bytes) -> Answer:
    line = clean(greeting.split(b"\n")[0])
    match = _SSH_BANNER.match(line)
    protocol, software = (match["protocol"], match["software"]) if match else ("", line)
    product = _SSH_PRODUCT.match(software)
    service = Service(
        name="ssh",
        product=product["product"] if product else software,
        version=" ".join(filter(None, (product["version"] if product else "", match["comment"] if match else ""))),
        banner=line,
    )
    if protocol not in {"2.0", "1.99"}:
        return Answer(service, Ssh(protocol))
    wire.send(b"SSH-2.0-CaRE_audit\r\n")
    rest = greeting.partition(b"\n")[2]
    packet = rest + wire.receive(enough=lambda more: _whole_packet(rest + more))
    return Answer(service, read_kexinit(packet, protocol))


def read_kexinit(packet: bytes, protocol: str) -> Ssh | None:
    """The algorithms of the first packet of an SSH server (RFC 4253, 7.1); None when it is something else."""
    if len(packet) < 22 or packet[5] != 20:
        return None
    at, lists = 22, []
    for _ in range(8):
        size = int.from_bytes(packet[at : at + 4], "big")
        names = packet[at + 4 : at + 4 + size]
        if len(names) < size:
            return None
        lists.append(tuple(clean(name) for name in names.split(b",") if name)[:MAX_NAMES])
        at += 4 + size
    return Ssh(protocol, lists[0], lists[1], _unique(lists[2] + lists[3]), _unique(lists[4] + lists[5]))


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _whole_packet(received: bytes) -> bool:
    return len(received) >= 4 and len(received) >= 4 + int.from_bytes(received[:4], "big")


def _reply(wire: Wire, command: bytes) -> bytes:
    """The whole reply, of one or several lines, to a command of the FTP and SMTP family."""
    return wire.ask(command + b"\r\n", enough=lambda received: _END_OF_REPLY.search(received) is not None)


def _ftp_or_smtp(wire: Wire, greeting: bytes) -> Answer:
    if re.search(rb"smtp|postfix|exim|sendmail", greeting, re.IGNORECASE):
        return Answer(_smtp(wire, greeting))
    features = _reply(wire, b"FEAT")
    if b"ftp" in greeting.lower() or features[:3] in {b"211", b"530"}:
        return Answer(_ftp(wire, greeting, features))
    return Answer(_smtp(wire, greeting))


def _offers(abilities: bytes, *words: bytes) -> bool | None:
    """Whether a list of abilities holds one of these words; None when the server gave no list."""
    return any(word in abilities.upper() for word in words) if abilities else None


def _ftp(wire: Wire, greeting: bytes, features: bytes) -> Service:
    product, version = _named(greeting)
    answer = _reply(wire, b"USER anonymous")
    if answer.startswith(b"331"):
        answer = _reply(wire, b"PASS care-audit@invalid")
    anonymous = answer.startswith(b"230") if answer else None
    wire.send(b"QUIT\r\n")
    encrypted = _offers(features, b"AUTH TLS", b"AUTH SSL")
    return Service("ftp", product, version, clean(greeting), open_access=anonymous, encrypted=encrypted)


def _smtp(wire: Wire, greeting: bytes) -> Service:
    product, version = _named(greeting)
    abilities = _reply(wire, b"EHLO " + _HELLO_NAME)
    wire.send(b"QUIT\r\n")
    if not abilities.startswith(b"250"):
        return Service(banner=clean(greeting))
    return Service("smtp", product, version, clean(greeting), encrypted=_offers(abilities, b"STARTTLS"))


def _pop3(wire: Wire, greeting: bytes) -> Answer:
    product, version = _named(greeting)
    abilities = wire.ask(b"CAPA\r\n", enough=lambda received: received.endswith(b".\r\n") or received[:1] == b"-")
    wire.send(b"QUIT\r\n")
    return Answer(Service("pop3", product, version, clean(greeting), encrypted=_offers(abilities, b"STLS")))


def _imap(wire: Wire, greeting: bytes) -> Answer:
    product, version = _named(greeting)
    abilities = wire.ask(b"a1 CAPABILITY\r\n", enough=lambda received: b"a1 " in received)
    wire.send(b"a2 LOGOUT\r\n")
    return Answer(Service("imap", product, version, clean(greeting), encrypted=_offers(abilities, b"STARTTLS")))


def _vnc(wire: Wire, greeting: bytes) -> Answer:
    version = clean(greeting[4:11])
    kinds = wire.ask(greeting[:12])
    types = kinds[3:4] if version == "003.003" else kinds[1 : 1 + (kinds or b"\0")[0]]
    return Answer(Service("vnc", "RFB", version, clean(greeting), open_access=(1 in types) if types else None))


def _mysql(_wire: Wire, greeting: bytes) -> Answer:
    version = clean(greeting[5:].split(b"\x00")[0])
    product = "MariaDB" if "mariadb" in version.lower() else "MySQL"
    return Answer(Service("mysql", product, version.removeprefix("5.5.5-"), version))


def _telnet(_wire: Wire, greeting: bytes) -> Answer:
    text = re.sub(rb"\xff[\xfb-\xfe].|\xff\xfa.*?\xff\xf0", b"", greeting, flags=re.DOTALL)
    return Answer(Service("telnet", banner=clean(text), encrypted=False))


def _rsync(_wire: Wire, greeting: bytes) -> Answer:
    return Answer(Service("rsync", "rsync", banner=clean(greeting), encrypted=False))


def _named(greeting: bytes) -> tuple[str, str]:
    match = _PRODUCT.search(clean(greeting))
    return (match["product"], match["version"] or "") if match else ("", "")


def _vmware(_wire: Wire, greeting: bytes) -> Answer:
    """The console door of an ESXi host (902): it is left after its greeting."""
    return Answer(Service("vmware-auth", "VMware ESXi", banner=clean(greeting), encrypted=b"SSL Required" in greeting))


_GREETINGS: tuple[tuple[re.Pattern[bytes], Callable[[Wire, bytes], Answer]], ...] = (
    (re.compile(rb"SSH-[0-9]"), _ssh),
    (re.compile(rb"220 VMware Authentication Daemon"), _vmware),
    (re.compile(rb"220[ -]"), _ftp_or_smtp),
    (re.compile(rb"\+OK"), _pop3),
    (re.compile(rb"\* (?:OK|PREAUTH)"), _imap),
    (re.compile(rb"RFB [0-9]{3}\.[0-9]{3}\n"), _vnc),
    (re.compile(rb"...\x00\x0a[0-9]", re.DOTALL), _mysql),
    (re.compile(rb"@RSYNCD:"), _rsync),
    (re.compile(rb"\xff[\xfb-\xfe]"), _telnet),
    (
        re.compile(rb"(?:.{0,200}\n)?\s*(?:\S+ )?(?:login|username|user name) ?: ?\Z", re.IGNORECASE | re.DOTALL),
        _telnet,
    ),
)


# ---------------------------------------------------------------- we speak first


def _redis(wire: Wire) -> Service | None:
    answer = wire.ask(b"*1\r\n$4\r\nPING\r\n")
    if answer.startswith(b"+PONG"):
        return Service("redis", "Redis", banner="+PONG", open_access=True)
    if re.match(rb"-(?:NOAUTH|DENIED|WRONGPASS)", answer):
        return Service("redis", "Redis", banner=clean(answer), open_access=False)
    return None


def _dns(wire: Wire) -> Service | None:
    """The question of `udp_questions`, as DNS asks it over TCP: its length first."""
    answer = wire.ask(
        struct.pack("!H", len(ROOT_SERVERS)) + ROOT_SERVERS, enough=lambda received: len(received) > _LENGTH
    )
    return read_dns(answer[_LENGTH:])


def _memcached(wire: Wire) -> Service | None:
    answer = wire.ask(b"version\r\n")
    if not answer.startswith(b"VERSION "):
        return None
    return Service("memcached", "memcached", clean(answer[8:]), clean(answer), open_access=True)


def _postgresql(wire: Wire) -> Service | None:
    answer = wire.ask(struct.pack("!II", 8, 80877103))
    if answer not in {b"S", b"N"}:
        return None
    return Service("postgresql", "PostgreSQL", banner=f"SSLRequest: {answer.decode()}", encrypted=answer == b"S")


def _rdp(wire: Wire) -> Service | None:
    """Offer TLS without NLA: a server that takes it lets strangers reach its logon screen."""
    answer = wire.ask(bytes.fromhex("03000013 0ee00000000000 0100080001000000"))
    if len(answer) < 11 or answer[:2] != b"\x03\x00" or answer[5] != 0xD0:
        return None
    refused = len(answer) >= 19 and answer[11] == 3
    required = refused and int.from_bytes(answer[15:19], "little") == 5
    chosen = int.from_bytes(answer[15:19], "little") if len(answer) >= 19 and not refused else 0
    traits = ("nla_required",) if required else ("nla_not_required",)
    return Service("rdp", "Remote Desktop", banner=clean(answer.hex()), encrypted=required or chosen > 0, traits=traits)


def _smb(wire: Wire) -> Service | None:
    """Negotiate SMB 2 and 3, to learn whether signing is required."""
    dialects = struct.pack("<4H", 0x0202, 0x0210, 0x0300, 0x0302)
    header = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16x", 64, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
    body = struct.pack("<HHHHI16sQ", 36, 4, 1, 0, 0, bytes(16), 0) + dialects
    answer = wire.ask(struct.pack("!I", len(header + body)) + header + body)
    if len(answer) < 76 or answer[4:8] != b"\xfeSMB":
        return None
    required = int.from_bytes(answer[70:72], "little") & 2
    version = f"{answer[73]}.{answer[72] >> 4}"
    traits = ("signing_required",) if required else ("signing_not_required",)
    return Service("smb", "SMB", version, traits=traits)


def smb1(wire: Wire) -> bool:
    """Whether the server still accepts SMB 1 (`NT LM 0.12`)."""
    header = b"\xffSMBr" + bytes(4) + b"\x18\x01\x28" + bytes(12) + struct.pack("<HHHH", 0, 1, 0, 1)
    body = b"\x00" + struct.pack("<H", 12) + b"\x02NT LM 0.12\x00"
    answer = wire.ask(struct.pack("!I", len(header + body)) + header + body)
    return len(answer) > 40 and answer[4:8] == b"\xffSMB" and answer[37:39] not in {b"\xff\xff", b""}


def _ldap(wire: Wire) -> Service | None:
    """Read the root DSE, which the protocol leaves open to all."""
    answer = wire.ask(
        bytes.fromhex("30250201016320040" + "00a01000a0100020100020100010100870b6f626a656374636c6173733000")
    )
    if not (answer[:1] == b"\x30" and re.search(rb"\x02\x01\x01[\x64\x65]", answer[:16])):
        return None
    active_directory = b"rootDomainNamingContext" in answer or b"supportedLDAPPolicies" in answer
    product = "Active Directory" if active_directory else ""
    return Service("ldap", product, encrypted=b"1.3.6.1.4.1.1466.20037" in answer or None)


def _mongodb(wire: Wire) -> Service | None:
    document = b"\x10isMaster\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00"
    bson = struct.pack("<I", len(document) + 5) + document + b"\x00"
    answer = wire.ask(struct.pack("<IIIIIB", 21 + len(bson), 1, 0, 2013, 0, 0) + bson)
    return Service("mongodb", "MongoDB") if b"maxWireVersion" in answer else None


def _mssql(wire: Wire) -> Service | None:
    answer = wire.ask(bytes.fromhex("1201001a00000100 00000b0006 0100110001 ff 000000000000 00"))
    if len(answer) < 20 or answer[0] != 0x04:
        return None
    return Service("mssql", "Microsoft SQL Server")


def _dicom(wire: Wire) -> Service | None:
    """Ask for a verification association under a name nobody declared."""
    answer = wire.ask(_associate(), enough=_whole_pdu)
    if len(answer) < 10 or answer[0] not in {2, 3, 7} or answer[1] != 0:
        return None
    implementation = re.search(rb"\x55\x00..([\x20-\x7e]{1,16})", answer, re.DOTALL)
    product = clean(implementation[1]) if implementation else ""
    if answer[0] == 2:
        wire.send(b"\x07\x00" + struct.pack("!I", 4) + bytes(4))
    accepted = answer[0] == 2
    return Service("dicom", product, banner=_DICOM_ANSWERS[answer[0]], open_access=accepted)


_DICOM_ANSWERS = {2: "A-ASSOCIATE-AC", 3: "A-ASSOCIATE-RJ", 7: "A-ABORT"}


def _whole_pdu(received: bytes) -> bool:
    return len(received) >= 6 and len(received) >= 6 + int.from_bytes(received[2:6], "big")


def _associate() -> bytes:
    """An A-ASSOCIATE-RQ for the verification class (DICOM PS3.8, 9.3.2)."""
    presentation = b"\x01\x00\x00\x00" + _item(0x30, b"1.2.840.10008.1.1") + _item(0x40, b"1.2.840.10008.1.2")
    user = _item(0x51, struct.pack("!I", 16384)) + _item(0x52, b"1.2.826.0.1.3680043.8.498.1")
    items = _item(0x10, b"1.2.840.10008.3.1.1.1") + _item(0x20, presentation) + _item(0x50, user)
    names = b"ANY-SCP".ljust(16) + CALLING_AE.encode().ljust(16)
    body = b"\x00\x01\x00\x00" + names + bytes(32) + items
    return b"\x01\x00" + struct.pack("!I", len(body)) + body


def _item(kind: int, content: bytes) -> bytes:
    return struct.pack("!BBH", kind, 0, len(content)) + content


def _mqtt(wire: Wire) -> Service | None:
    """Connect without a user name; the broker's answer says whether it would have us."""
    answer = wire.ask(bytes.fromhex("101600044d5154540402003c000a") + b"care-audit")
    if len(answer) < 4 or answer[:2] != b"\x20\x02":
        return None
    return Service("mqtt", "MQTT", open_access=answer[3] == 0, encrypted=False)


OPENINGS: Mapping[str, Opening] = {
    **DEVICES,
    "dicom": _dicom,
    "dns": _dns,
    "ldap": _ldap,
    "memcached": _memcached,
    "mongodb": _mongodb,
    "mqtt": _mqtt,
    "mssql": _mssql,
    "postgresql": _postgresql,
    "rdp": _rdp,
    "redis": _redis,
    "smb": _smb,
}
"""What to ask first, by protocol."""
