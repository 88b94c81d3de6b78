"""The questions asked over UDP and what their answers mean: one short question for each protocol. Pure.

Every question is the one that a protocol puts to know who is there, sent from our own address: none of them is the
request by which attackers make a server shout at somebody else (monlist, ANY, the memcached store…), and each asks for
as little as it can. No password nor SNMP community is guessed, nothing is written.

The protocols are those of ANSSI's scans for amplification (DNS, NTP, SNMP, SSDP, TFTP, chargen, mDNS, memcached), those
that CERTs add to it (CLDAP, portmap, NetBIOS, quote of the day, WS-Discovery), and three that open a building or a
network: IKE, IPMI, BACnet. The last one is asked with a permission only.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scanners.exposure.facts import Service, clean

Answers = Sequence[bytes]
MAX_ANSWERS = 4
"""Datagrams kept of what one port answers."""

DNS_PORT, SNMP_PORT, BACNET_PORT = 53, 161, 47808
AMPLIFIERS: tuple[str, ...] = (
    "chargen", "cldap", "mdns", "memcached", "netbios-ns", "qotd", "rpcbind", "ssdp", "tftp", "ws-discovery",
)  # fmt: skip
"""Services that answer to strangers much more than they are asked, by their nature; NTP and DNS by their settings."""

_NUMBER = 0x4341
"""Our number of question, where a protocol has one."""
_COOKIE = b"CaREaudi"
_HEADER = struct.Struct("!6H")
_IS_ANSWER, _RECURSION_OFFERED, _REFUSED = 0x8000, 0x0080, 5
ROOT_SERVERS = bytes.fromhex("4341010000010000000000000000020001")
"""Who serves the root (NS, recursion desired): a question every resolver can answer, about nobody’s zone."""


@dataclass(frozen=True, slots=True)
class Question:
    """What one port is asked: every message is sent, and `enough` answers end the wait. `read` gives the service, None
    when the answers are not its protocol's. `from_elsewhere` when servers answer from another port than the one asked.
    """

    port: int
    messages: tuple[bytes, ...]
    read: Callable[[Answers], Service | None]
    enough: int = 1
    from_elsewhere: bool = False


# ---------------------------------------------------------------- DNS, SNMP


def read_dns(answer: bytes) -> Service | None:
    """A DNS server, when the answer is one to our question.

    Trait `recursion_open` when the servers of the root were looked up for us, `recursion_refused` when the server says
    that it does not do it (or not for us); neither when it tried and failed.
    """
    if len(answer) < _HEADER.size or answer[12 : len(ROOT_SERVERS)] != ROOT_SERVERS[12:]:
        return None
    number, flags, _, answers, _, _ = _HEADER.unpack(answer[: _HEADER.size])
    if number != _NUMBER or not flags & _IS_ANSWER:
        return None
    code, offered = flags & 0xF, bool(flags & _RECURSION_OFFERED)
    traits: tuple[str, ...] = ()
    if offered and code == 0 and answers:
        traits = ("recursion_open",)
    elif not offered or code == _REFUSED:
        traits = ("recursion_refused",)
    return Service("dns", traits=traits)


_DISCOVERY = bytes.fromhex(
    "303a020103300f02024a69020300ffe30401040201030410300e0400020100020100040004000400"
    "301204000400a00c020237f00201000201003000"
)
"""The engine discovery of SNMP version 3 (RFC 3414, section 4), which needs no account."""
_ENGINE = re.compile(rb"\x04([\x05-\x20])(\x80)", re.DOTALL)


def read_report(answer: bytes) -> Service | None:
    """An SNMP agent, when the answer is a version 3 message; its banner is the agent's engine id."""
    if answer[:1] != b"\x30" or b"\x02\x01\x03" not in answer[:8]:
        return None
    found = _ENGINE.search(answer)
    engine = answer[found.start(2) : found.start(2) + found[1][0]].hex() if found else ""
    return Service("snmp", "SNMP", "3", f"engine {engine}".strip())


# ---------------------------------------------------------------- NTP

_NTP_TIME = b"\x23" + bytes(39) + _COOKIE
"""A client's question (RFC 5905): our transmit timestamp comes back as the origin of the answer."""
_NTP_VARIABLES = b"\x16\x02\x00\x01" + bytes(8)
"""Read variables (RFC 9327): a server for clients only keeps silent."""
_NTP_VERSION = re.compile(rb'version="([^"]{1,80})"')


def _read_ntp(answers: Answers) -> Service | None:
    """A time server. Trait `control_open` when it tells strangers its variables, `control_refused` when it gave the
    time only, though it was asked twice."""
    times = [one for one in answers if len(one) >= 48 and one[0] & 7 == 4 and one[24:32] == _COOKIE]
    told = [one for one in answers if len(one) >= 12 and one[0] & 7 == 6 and one[1] & 0x9F == 0x82]
    if not times and not told:
        return None
    version = _NTP_VERSION.search(told[0]) if told else None
    product, _, number = clean(version[1]).partition(" ") if version else ("NTP", "", "")
    trait = "control_open" if told and not told[0][1] & 0x40 else "control_refused"
    return Service("ntp", product, number, clean(version[0]) if version else "", traits=(trait,))


# ---------------------------------------------------------------- names and discovery

_SSDP = (
    b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: upnp:rootdevice\r\n\r\n'
)
_SSDP_SERVER = re.compile(rb"(?:^|\n)server:[ \t]*([^\r\n]{1,200})", re.IGNORECASE)


def _read_ssdp(answers: Answers) -> Service | None:
    answer = answers[0]
    if not answer.startswith(b"HTTP/1.1 200"):
        return None
    server = _SSDP_SERVER.search(answer)
    return Service("ssdp", "UPnP", banner=clean(server[1]) if server else "")


_WS_DISCOVERY = (
    b'<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    b'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    b'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
    b"<a:MessageID>urn:uuid:43615245-0000-4000-8000-000000000001</a:MessageID>"
    b"<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
    b"<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></s:Header>"
    b"<s:Body><d:Probe/></s:Body></s:Envelope>"
)
_ONVIF_NAME = re.compile(rb"onvif://www\.onvif\.org/(?:name|hardware)/([^\s<]{1,60})")


def _read_ws_discovery(answers: Answers) -> Service | None:
    """A device found by WS-Discovery: printer, or camera when it says ONVIF."""
    answer = answers[0]
    if b"ProbeMatch" not in answer or b"Envelope" not in answer:
        return None
    camera = b"onvif.org" in answer
    named = " ".join(clean(name) for name in _ONVIF_NAME.findall(answer)[:4])
    return Service("ws-discovery", "ONVIF" if camera else "", banner=named, traits=("camera",) if camera else ())


def _labels(name: str) -> bytes:
    return b"".join(bytes((len(word),)) + word.encode() for word in name.split(".")) + b"\x00"


_MDNS = _HEADER.pack(_NUMBER, 0, 1, 0, 0, 0) + _labels("_services._dns-sd._udp.local") + struct.pack("!HH", 12, 1)


def _read_mdns(answers: Answers) -> Service | None:
    answer = answers[0]
    if len(answer) < _HEADER.size:
        return None
    number, flags, _, found, _, _ = _HEADER.unpack(answer[: _HEADER.size])
    return Service("mdns") if number in {0, _NUMBER} and flags & _IS_ANSWER and found else None


_NETBIOS = _HEADER.pack(_NUMBER, 0, 1, 0, 0, 0) + b"\x20CK" + b"A" * 30 + b"\x00" + struct.pack("!HH", 0x21, 1)
"""The node status question (RFC 1002, 4.2.17), about any name."""
_NETBIOS_NAMES, _NETBIOS_ENTRY, _MOST_NAMES = 57, 18, 8


def _read_netbios(answers: Answers) -> Service | None:
    answer = answers[0]
    if len(answer) < _NETBIOS_NAMES or answer[:2] != _NETBIOS[:2] or not answer[2] & 0x80:
        return None
    count = min(answer[_NETBIOS_NAMES - 1], _MOST_NAMES)
    places = range(_NETBIOS_NAMES, _NETBIOS_NAMES + count * _NETBIOS_ENTRY, _NETBIOS_ENTRY)
    names = dict.fromkeys(clean(answer[at : at + 15]) for at in places if len(answer) >= at + _NETBIOS_ENTRY)
    return Service("netbios-ns", "NetBIOS", banner=" ".join(name for name in names if name))


def _ber(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return bytes((tag, len(content))) + content


_CLDAP = _ber(
    0x30,
    b"\x02\x01\x01",
    _ber(
        0x63,
        b"\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00",
        _ber(0x87, b"objectclass"),
        _ber(0x30, _ber(0x04, b"supportedCapabilities")),
    ),
)
"""One attribute of the root entry, the one that tells Active Directory: all of them would make a long answer."""


def _read_cldap(answers: Answers) -> Service | None:
    answer = answers[0]
    if answer[:1] != b"\x30" or not re.search(rb"\x02\x01\x01[\x64\x65]", answer[:20]):
        return None
    return Service("cldap", "Active Directory" if b"1.2.840.113556.1.4.800" in answer else "")


# ---------------------------------------------------------------- old services

_PORTMAP = struct.pack("!10I", 0x43615245, 0, 2, 100000, 2, 0, 0, 0, 0, 0)
"""The call that does nothing (RFC 1833, NULLPROC)."""


def _read_portmap(answers: Answers) -> Service | None:
    answer = answers[0]
    return Service("rpcbind") if len(answer) >= 12 and answer[:8] == _PORTMAP[:4] + b"\x00\x00\x00\x01" else None


_TFTP = b"\x00\x01care-audit.invalid\x00octet\x00"
"""A file nobody has: the error tells that a server is there."""


def _read_tftp(answers: Answers) -> Service | None:
    return Service("tftp") if answers[0][:2] in {b"\x00\x03", b"\x00\x05", b"\x00\x06"} else None


_RUN = 20
_SIGNS = bytes(range(0x20, 0x7F)) * 2


def _read_chargen(answers: Answers) -> Service | None:
    """A character generator: a row of signs in the order of their table (RFC 864)."""
    answer = answers[0]
    return Service("chargen") if len(answer) >= _RUN and answer[1 : 1 + _RUN] in _SIGNS else None


def _read_quote(answers: Answers) -> Service | None:
    said = clean(answers[0])
    return Service("qotd", banner=said) if len(said) > 1 else None


_MEMCACHED_FRAME = struct.pack("!4H", _NUMBER, 0, 1, 0)


def _read_memcached(answers: Answers) -> Service | None:
    answer = answers[0]
    if answer[:2] != _MEMCACHED_FRAME[:2] or answer[8:16] != b"VERSION ":
        return None
    return Service("memcached", "memcached", clean(answer[16:40]), open_access=True)


# ---------------------------------------------------------------- gateways, boards, controllers


def _payload(following: int, content: bytes) -> bytes:
    return struct.pack("!BBH", following, 0, len(content) + 4) + content


def _ike_header(first: int, version: int, exchange: int, flags: int, rest: bytes) -> bytes:
    return _COOKIE + bytes(8) + struct.pack("!4B2I", first, version, exchange, flags, 0, 28 + len(rest)) + rest


def _ike_2() -> bytes:
    """An IKE_SA_INIT (RFC 7296): AES-256, SHA-256, group 14. The half-open association dies by itself."""
    key_length = struct.pack("!HH", 0x800E, 256)
    wanted = ((1, 12, key_length), (2, 5, b""), (3, 12, b""), (4, 14, b""))
    transforms = b"".join(
        struct.pack("!BBHBBH", 3 if kind < len(wanted) else 0, 0, 8 + len(more), kind, 0, number) + more
        for kind, number, more in wanted
    )
    proposal = struct.pack("!BBHBBBB", 0, 0, 8 + len(transforms), 1, 1, 0, len(wanted)) + transforms
    key = struct.pack("!HH", 14, 0) + bytes(range(1, 256)) + b"\x01"
    rest = _payload(34, proposal) + _payload(40, key) + _payload(0, _COOKIE * 4)
    return _ike_header(33, 0x20, 34, 0x08, rest)


def _ike_1() -> bytes:
    """The first message of IKE version 1 in main mode (RFC 2409): AES-256, SHA-1, group 14, shared key."""
    attributes = struct.pack("!10H", 0x8001, 7, 0x800E, 256, 0x8002, 2, 0x8003, 1, 0x8004, 14)
    transform = struct.pack("!BBHBBH", 0, 0, 8 + len(attributes), 1, 1, 0) + attributes
    proposal = struct.pack("!BBHBBBB", 0, 0, 8 + len(transform), 1, 1, 0, 1) + transform
    return _ike_header(1, 0x10, 2, 0, _payload(0, struct.pack("!II", 1, 1) + proposal))


def _read_ike(answers: Answers) -> Service | None:
    """A VPN gateway that negotiates: the highest version of IKE that it answered."""
    versions = [one[17] >> 4 for one in answers if len(one) >= 28 and one[:8] == _COOKIE]
    return Service("ike", "IPsec", str(max(versions))) if versions else None


_PRESENCE = bytes.fromhex("0600ff06 000011be 80000000")
"""The presence ping of ASF (RMCP), which opens no session."""


def _read_ipmi(answers: Answers) -> Service | None:
    answer = answers[0]
    if len(answer) < 12 or answer[:3] != b"\x06\x00\xff" or answer[4:9] != b"\x00\x00\x11\xbe\x40":
        return None
    return Service("ipmi", "IPMI" if len(answer) > 20 and answer[20] & 0x80 else "ASF")


_BACNET = bytes.fromhex("810a0011 0104 0005010c 0c023fffff 1946")
"""Read the model name of whatever device is there (ASHRAE 135: ReadProperty, instance 4194303)."""
_BACNET_TEXT = re.compile(rb"\x3e\x75(.)\x00(.*)\x3f", re.DOTALL)
_BACNET_SHORT = re.compile(rb"\x3e[\x72-\x74]\x00(.*)\x3f", re.DOTALL)


def _read_bacnet(answers: Answers) -> Service | None:
    """A BACnet device; its banner is its model, when it says it in plain characters."""
    answer = answers[0]
    if len(answer) < 7 or answer[0] != 0x81 or answer[4] != 0x01:
        return None
    told = _BACNET_TEXT.search(answer)
    short = _BACNET_SHORT.search(answer)
    model = clean(told[2][: told[1][0] - 1]) if told else clean(short[1]) if short else ""
    return Service("bacnet", model, banner=model)


def _only(read: Callable[[bytes], Service | None]) -> Callable[[Answers], Service | None]:
    return lambda answers: read(answers[0])


QUESTIONS: tuple[Question, ...] = (
    Question(17, (b"\n",), _read_quote),
    Question(19, (b"\n",), _read_chargen),
    Question(DNS_PORT, (ROOT_SERVERS,), _only(read_dns)),
    Question(69, (_TFTP,), _read_tftp, from_elsewhere=True),
    Question(111, (_PORTMAP,), _read_portmap),
    Question(123, (_NTP_TIME, _NTP_VARIABLES), _read_ntp, enough=2),
    Question(137, (_NETBIOS,), _read_netbios),
    Question(SNMP_PORT, (_DISCOVERY,), _only(read_report)),
    Question(389, (_CLDAP,), _read_cldap),
    Question(500, (_ike_2(), _ike_1()), _read_ike),
    Question(623, (_PRESENCE,), _read_ipmi),
    Question(1900, (_SSDP,), _read_ssdp, from_elsewhere=True),
    Question(3702, (_WS_DISCOVERY,), _read_ws_discovery, from_elsewhere=True),
    Question(5353, (_MDNS,), _read_mdns),
    Question(11211, (_MEMCACHED_FRAME + b"version\r\n",), _read_memcached),
    Question(BACNET_PORT, (_BACNET,), _read_bacnet),
)
"""In the order of ports."""
