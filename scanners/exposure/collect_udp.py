"""The one question asked over UDP: does an SNMP agent answer? No community is guessed."""

from __future__ import annotations

import re
import socket
import struct

from scanners.exposure.collect_wire import Pace
from scanners.exposure.facts import Port, Service

SNMP_PORT = 161
DNS_PORT = 53
_QUESTION_NUMBER = 0x4341
ROOT_SERVERS = bytes.fromhex("4341010000010000000000000000020001")
"""Who serves the root (NS, recursion desired): a question every resolver can answer, about nobody’s zone."""
_HEADER = struct.Struct("!6H")
_IS_ANSWER, _RECURSION_OFFERED, _REFUSED = 0x8000, 0x0080, 5
_TRIES = 2
_ANSWER_SECONDS = 1.0
_DISCOVERY = bytes.fromhex(
    "303a020103300f02024a69020300ffe30401040201030410300e0400020100020100040004000400"
    "301204000400a00c020237f00201000201003000"
)
"""The engine discovery of SNMP version 3 (RFC 3414, section 4), which needs no account."""
_ENGINE = re.compile(rb"\x04([\x05-\x20])(\x80)", re.DOTALL)


def snmp(address: str, pace: Pace) -> Port | None:
    """The SNMP port of a host when an agent answers to the discovery, None when nothing does."""
    answer = _ask(address, SNMP_PORT, _DISCOVERY, pace)
    return read_report(answer) if answer else None


def dns(address: str, pace: Pace) -> Port | None:
    """The DNS port of a host, with whether it resolves for strangers; None when nothing answers."""
    answer = _ask(address, DNS_PORT, ROOT_SERVERS, pace)
    return read_dns(answer) if answer else None


def _ask(address: str, number: int, question: bytes, pace: Pace) -> bytes:
    """What a port answers to a question, asked again once; empty when nothing comes."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with pace.turn(), socket.socket(family, socket.SOCK_DGRAM) as line:
            line.connect((address, number))
            line.settimeout(_ANSWER_SECONDS)
            for _ in range(_TRIES):
                line.send(question)
                try:
                    return line.recv(4096)
                except TimeoutError:
                    continue
    except OSError:
        pass
    return b""


def read_dns(answer: bytes) -> Port | None:
    """The port when the answer is one of DNS to our question.

    Trait `recursion_open` when the servers of the root were looked up for us, `recursion_refused` when the server says
    that it does not do it (or not for us); neither when it tried and failed.
    """
    if len(answer) < _HEADER.size or answer[12 : len(ROOT_SERVERS)] != ROOT_SERVERS[12:]:
        return None
    number, flags, _, answers, _, _ = _HEADER.unpack(answer[: _HEADER.size])
    if number != _QUESTION_NUMBER or not flags & _IS_ANSWER:
        return None
    code, offered = flags & 0xF, bool(flags & _RECURSION_OFFERED)
    traits: tuple[str, ...] = ()
    if offered and code == 0 and answers:
        traits = ("recursion_open",)
    elif not offered or code == _REFUSED:
        traits = ("recursion_refused",)
    return Port(DNS_PORT, Service("dns", traits=traits), protocol="udp")


def read_report(answer: bytes) -> Port | None:
    """The port when the answer is an SNMP version 3 message; its banner is the agent's engine id."""
    if answer[:1] != b"\x30" or b"\x02\x01\x03" not in answer[:8]:
        return None
    found = _ENGINE.search(answer)
    engine = answer[found.start(2) : found.start(2) + found[1][0]].hex() if found else ""
    return Port(SNMP_PORT, Service("snmp", "SNMP", "3", f"engine {engine}".strip()), protocol="udp")
