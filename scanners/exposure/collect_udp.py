"""The one question asked over UDP: does an SNMP agent answer? No community is guessed."""

from __future__ import annotations

import re
import socket

from scanners.exposure.collect_wire import Pace
from scanners.exposure.facts import Port, Service

SNMP_PORT = 161
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
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with pace.turn(), socket.socket(family, socket.SOCK_DGRAM) as line:
            line.connect((address, SNMP_PORT))
            line.settimeout(_ANSWER_SECONDS)
            return _ask(line)
    except OSError:
        return None


def _ask(line: socket.socket) -> Port | None:
    for _ in range(_TRIES):
        line.send(_DISCOVERY)
        try:
            answer = line.recv(2048)
        except TimeoutError:
            continue
        return read_report(answer)
    return None


def read_report(answer: bytes) -> Port | None:
    """The port when the answer is an SNMP version 3 message; its banner is the agent's engine id."""
    if answer[:1] != b"\x30" or b"\x02\x01\x03" not in answer[:8]:
        return None
    found = _ENGINE.search(answer)
    engine = answer[found.start(2) : found.start(2) + found[1][0]].hex() if found else ""
    return Port(SNMP_PORT, Service("snmp", "SNMP", "3", f"engine {engine}".strip()), protocol="udp")
