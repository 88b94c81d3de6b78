"""Stubs of devices: one process, standard library only. What controllers and interface engines receive is counted.

`python device_stubs.py CONFIG.json` with `{"ready": …, "received": …, "certificates": {kind: [file, key]}, "tcp":
[[kind, address, port], …], "udp": […]}`.
"""

from __future__ import annotations

import json
import selectors
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_IDLE_SECONDS = 20.0
COUNTED = {"hl7", "chosen", "serial", "modbus", "s7", "bacnet"}
FROM_ELSEWHERE = {"tftp", "ssdp", "ws_discovery"}
"""Servers that answer from a port of their own, as real ones do."""

# ---------------------------------------------------------------- over UDP


def ntp_quiet(question: bytes) -> bytes:
    """The time, for whoever asks as a client."""
    if len(question) < 48 or question[0] & 7 != 3:
        return b""
    return b"\x24\x02\x00\xe8" + bytes(20) + question[40:48] + bytes(16)


def ntp_open(question: bytes) -> bytes:
    """The time, and the variables of the server."""
    if question[:2] != b"\x16\x02":
        return ntp_quiet(question)
    told = b'version="ntpd 4.2.8p12@1.3728-o", processor="x86_64", system="Linux"'
    return b"\x16\x82" + question[2:4] + bytes(6) + struct.pack("!H", len(told)) + told


def ssdp(question: bytes) -> bytes:
    if not question.startswith(b"M-SEARCH"):
        return b""
    return b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nSERVER: Linux/3.10 UPnP/1.0 GTB/2\r\n\r\n"


def tftp(question: bytes) -> bytes:
    return b"\x00\x05\x00\x01File not found\x00" if question[:2] == b"\x00\x01" else b""


def chargen(_question: bytes) -> bytes:
    return bytes(range(0x21, 0x21 + 72)) + b"\r\n"


def qotd(_question: bytes) -> bytes:
    return "« Rien ne sert de courir. »\r\n".encode()


def mdns(question: bytes) -> bytes:
    return question[:2] + b"\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00" + question[12:] + b"\xc0\x0c" + bytes(12)


def cldap(question: bytes) -> bytes:
    if b"supportedCapabilities" not in question:
        return b""
    value = b"\x04\x161.2.840.113556.1.4.800"
    attribute = (
        b"\x30" + bytes((len(value) + 25,)) + b"\x04\x15supportedCapabilities\x31" + bytes((len(value),)) + value
    )
    content = b"\x04\x00\x30" + bytes((len(attribute),)) + attribute
    body = b"\x02\x01\x01\x64" + bytes((len(content),)) + content
    return b"\x30" + bytes((len(body),)) + body


def memcached(question: bytes) -> bytes:
    return question[:8] + b"VERSION 1.6.18\r\n" if question[8:] == b"version\r\n" else b""


def rpcbind(question: bytes) -> bytes:
    return question[:4] + b"\x00\x00\x00\x01" + bytes(16) if len(question) == 40 else b""


def netbios(question: bytes) -> bytes:
    names = b"".join(name.ljust(15).encode() + b"\x00\x04\x00" for name in ("SRV-PACS", "HOPITAL"))
    body = b"\x02" + names + bytes(46)
    head = question[:2] + b"\x84\x00\x00\x00\x00\x01\x00\x00\x00\x00" + question[12:46]
    return head + b"\x00\x21\x00\x01\x00\x00\x00\x00" + struct.pack("!H", len(body)) + body


def ws_discovery(question: bytes) -> bytes:
    if b"Probe" not in question:
        return b""
    return (
        b"<?xml version='1.0'?><s:Envelope><s:Body><d:ProbeMatches><d:ProbeMatch><d:Scopes>"
        b"onvif://www.onvif.org/name/Couloir onvif://www.onvif.org/hardware/IPC-2</d:Scopes>"
        b"</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
    )


def ipmi(question: bytes) -> bytes:
    if question[:8] != b"\x06\x00\xff\x06\x00\x00\x11\xbe":
        return b""
    return b"\x06\x00\xff\x06\x00\x00\x11\xbe\x40\x00\x00\x10" + bytes.fromhex("000011be0000000081") + bytes(7)


def ike(question: bytes) -> bytes:
    """Version 2 only: nothing acceptable was proposed."""
    if len(question) < 28 or question[17] != 0x20:
        return b""
    notify = struct.pack("!BBHBBH", 0, 0, 8, 1, 0, 14)
    return question[:8] + b"gateway!" + b"\x29\x20\x22\x20" + bytes(4) + struct.pack("!I", 28 + len(notify)) + notify


def bacnet(question: bytes) -> bytes:
    if question[:2] != b"\x81\x0a":
        return b""
    value = b"\x75\x08\x00ECB-600"
    body = b"\x01\x00\x30\x01\x0c\x0c\x02\x00\x00\x01\x19\x46\x3e" + value + b"\x3f"
    return b"\x81\x0a" + struct.pack("!H", 4 + len(body)) + body


DATAGRAMS: dict[str, Callable[[bytes], bytes]] = {
    answer.__name__: answer
    for answer in (
        ntp_quiet, ntp_open, ssdp, tftp, chargen, qotd, mdns, cldap, memcached, rpcbind, netbios, ws_discovery, ipmi,
        ike, bacnet,
    )
}  # fmt: skip
"""What each kind answers to a datagram; nothing when it does not know its question."""

# ---------------------------------------------------------------- over TCP


def rtsp(server: str, described: str) -> Callable[[bytes], bytes]:
    """A video server: DESCRIBE gets this status."""

    def answer(question: bytes) -> bytes:
        verb, _, rest = question.partition(b" ")
        number = rest.partition(b"CSeq: ")[2].partition(b"\r\n")[0].decode()
        head = f"CSeq: {number}\r\nServer: {server}\r\n"
        if verb == b"OPTIONS":
            return f"RTSP/1.0 200 OK\r\n{head}Public: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n".encode()
        body = "v=0\r\nm=video 0 RTP/AVP 96\r\n" if described.startswith("200") else ""
        return f"RTSP/1.0 {described}\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    return answer


def ipp(question: bytes) -> bytes:
    """A printer that tells its model, and a page for people."""
    if question.startswith(b"GET "):
        page = b"<html><title>LaserJet</title></html>"
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page)
    if not question.startswith(b"POST /ipp/print "):
        return b""
    model = b"HP LaserJet M404"
    told = b"\x01\x01\x00\x00\x00\x00\x00\x01\x04\x41\x00\x16printer-make-and-model"
    body = told + struct.pack("!H", len(model)) + model + b"\x03"
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def modbus(question: bytes) -> bytes:
    if question[7:10] != b"\x2b\x0e\x01":
        return b""
    parts = (b"Schneider Electric", b"TM221", b"V1.5")
    objects = b"".join(bytes((number, len(text))) + text for number, text in enumerate(parts))
    body = question[6:7] + b"\x2b\x0e\x01\x01\x00\x00\x03" + objects
    return question[:4] + struct.pack("!H", len(body)) + body


def s7(question: bytes) -> bytes:
    """Connect, agree, tell the names of the module."""
    if question[5:6] == b"\xe0":
        return bytes.fromhex("03000016 11d00001000100 c0010a c1020100 c2020102".replace(" ", ""))
    if question[8:9] == b"\x01":
        return bytes.fromhex("0300001b02f080320300000000000800000000f0000001000100f0")
    records = b"".join(
        struct.pack("!H", number) + name.ljust(32, b"\x00")
        for number, name in ((1, b"GTC-BLOC"), (7, b"CPU 315-2 PN/DP"))
    )
    head = bytes.fromhex("02f080 32070000000000080000 000112081284010100000000".replace(" ", ""))
    data = (
        b"\xff\x09"
        + struct.pack("!H", 8 + len(records))
        + bytes.fromhex("001c0000002200 02".replace(" ", ""))
        + records
    )
    return b"\x03\x00" + struct.pack("!H", 4 + len(head + data)) + head + data


def radmin(question: bytes) -> bytes:
    told = bytes.fromhex("0100000025000002120802000 00a".replace(" ", "")) + bytes(40)
    return told if question.startswith(b"\x01\x00\x00\x00\x01") else b""


def _nothing(_question: bytes) -> bytes:
    return b""


STREAMS: dict[str, Callable[[bytes], bytes]] = {
    "rtsp_open": rtsp("Dahua Rtsp Server", "200 OK"),
    "rtsp_password": rtsp("Hikvision", "401 Unauthorized"),
    "ipp": ipp,
    "modbus": modbus,
    "s7": s7,
    "radmin": radmin,
    "vmware": _nothing,
    "anydesk": _nothing,
    "veeam": _nothing,
    "hl7": _nothing,
    "chosen": _nothing,
    "serial": _nothing,
}
"""What each kind answers to what it receives."""
GREETINGS = {"vmware": b"220 VMware Authentication Daemon Version 1.10: SSL Required, MKSDisplayProtocol:VNC\r\n"}


class Counter:
    """Counts connections and bytes of what must not be written to."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._seen = {kind: {"connections": 0, "bytes": 0} for kind in COUNTED}
        self.add("hl7", "bytes", 0)

    def add(self, kind: str, what: str, number: int) -> None:
        """Some more of what a kind received; nothing for those that are not counted."""
        if kind not in COUNTED:
            return
        with self._lock:
            self._seen[kind][what] += number
            draft = self._file.with_suffix(".draft")
            draft.write_text(json.dumps(self._seen))
            draft.replace(self._file)


def talk(kind: str, caller: socket.socket, context: ssl.SSLContext | None, counter: Counter) -> None:
    """One connection."""
    caller.settimeout(_IDLE_SECONDS)
    with suppress(OSError), caller:
        line = context.wrap_socket(caller, server_side=True) if context else caller
        counter.add(kind, "connections", 1)
        line.sendall(GREETINGS.get(kind, b""))
        while received := line.recv(4096):
            counter.add(kind, "bytes", len(received))
            if answer := STREAMS[kind](received):
                line.sendall(answer)


def datagram(kind: str, line: socket.socket, counter: Counter) -> None:
    """One datagram."""
    question, sender = line.recvfrom(4096)
    counter.add(kind, "bytes", len(question))
    if not (answer := DATAGRAMS[kind](question)):
        return
    if kind not in FROM_ELSEWHERE:
        line.sendto(answer, sender)
        return
    with socket.socket(line.family, socket.SOCK_DGRAM) as other:
        other.bind((line.getsockname()[0], 0))
        other.sendto(answer, sender)


def main(config: Path) -> None:
    order = json.loads(config.read_text())
    contexts: dict[str, ssl.SSLContext] = {}
    for kind, pair in order["certificates"].items():
        contexts[kind] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[kind].load_cert_chain(*pair)
    counter = Counter(Path(order["received"]))
    with selectors.DefaultSelector() as selector:
        for kind, address, port in order["tcp"]:
            selector.register(socket.create_server((address, port)), selectors.EVENT_READ, ("tcp", kind))
        for kind, address, port in order["udp"]:
            line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            line.bind((address, port))
            selector.register(line, selectors.EVENT_READ, ("udp", kind))
        Path(order["ready"]).write_text("")
        while True:
            for key, _ in selector.select():
                (protocol, kind), line = key.data, key.fileobj
                if protocol == "udp":
                    datagram(kind, line, counter)  # type: ignore[arg-type]
                else:
                    caller = line.accept()[0]  # type: ignore[union-attr]
                    words = (kind, caller, contexts.get(kind), counter)
                    threading.Thread(target=talk, args=words, daemon=True).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
