"""A proxy on loopback that ends TLS, passes everything on to a controller, and writes down what it was asked."""

from __future__ import annotations

import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from scanners.ad.ldap import collect_ber as ber
from tests.lab.ad import tls

BIND, UNBIND, SEARCH, EXTENDED, ABANDON = 0x60, 0x42, 0x63, 0x77, 0x50
READING = {BIND, UNBIND, SEARCH, EXTENDED, ABANDON}
"""What leaves a directory as it was. Modify is 0x66, add 0x68, delete 0x4A, rename 0x6C, compare 0x6E."""


@dataclass(frozen=True)
class Asked:
    """One request: its operation and, for a search, where, with which filter, and for what."""

    operation: int
    message_id: int
    raw: bytes
    base: str = ""
    scope: int = 0
    match: bytes = b""
    attributes: tuple[str, ...] = ()
    cookie: bytes = b""


def requests(stream: bytes) -> list[Asked]:
    """Every whole message of a stream; AssertionError when something else is left."""
    found, at = [], 0
    while at < len(stream):
        header = ber.header(stream, at, len(stream))
        assert header is not None, stream[at:]
        assert header[2] <= len(stream), stream[at:]
        found.append(_asked(stream[header[1] : header[2]]))
        at = header[2]
    return found


def _asked(raw: bytes) -> Asked:
    message_id, tag, at, end = ber.message(raw, 0, len(raw))
    if tag != SEARCH:
        return Asked(tag, message_id, raw)
    _, start, at = ber.element(raw, at, end)
    base = raw[start:at].decode()
    _, scope, at = ber.element(raw, at, end)
    for _ in range(4):  # aliases, size, time, types only
        _, _, at = ber.element(raw, at, end)
    _, start, at = ber.element(raw, at, end)
    match = raw[start:at]
    _, at, _ = ber.element(raw, at, end)
    names = []
    while at < end:
        _, start, at = ber.element(raw, at, end)
        names.append(raw[start:at].decode())
    return Asked(tag, message_id, raw, base, raw[scope], match, tuple(names), ber.cookie(raw, end, len(raw)))


@dataclass
class Recorder:
    """What was asked on each connection, as bytes without TLS."""

    url: str
    ca_pem: str
    streams: list[bytearray] = field(default_factory=list)

    @property
    def asked(self) -> list[Asked]:
        """Everything, connection by connection."""
        return [one for stream in self.streams for one in requests(bytes(stream))]

    @property
    def operations(self) -> Counter[int]:
        """How many times each operation was asked."""
        return Counter(one.operation for one in self.asked)


@contextmanager
def recorder(controller: str, ca: str, folder: Path, *, start_tls: bool = False) -> Iterator[Recorder]:
    """Stands on 127.0.0.1, for as long as the block, before the LDAPS port of `controller`.

    With `start_tls` it speaks LDAP, and begins TLS when it is asked to.
    """
    tls.make_authority(folder, "recorder.test", "127.0.0.1")
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(folder / "server.pem", folder / "server.key")
    theirs = ssl.create_default_context(cafile=ca)
    threads: list[Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        scheme = "ldap" if start_tls else "ldaps"
        record = Recorder(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}", (folder / "ca.pem").read_text())
        lock = Lock()

        def serve(raw: socket.socket) -> None:
            first = _begin_tls(raw) if start_tls else b""
            with (
                suppress(OSError),
                ours.wrap_socket(raw, server_side=True) as client,
                socket.create_connection((controller, 636)) as bare,
                theirs.wrap_socket(bare, server_hostname=controller) as server,
            ):
                stream = bytearray(first)
                with lock:
                    record.streams.append(stream)
                back = Thread(target=_copy, args=(server, client, bytearray()))
                back.start()
                _copy(client, server, stream)
                with suppress(OSError):
                    server.shutdown(socket.SHUT_RDWR)
                back.join(10)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    raw, _ = listening.accept()
                    threads.append(Thread(target=serve, args=(raw,)))
                    threads[-1].start()

        accepting = Thread(target=accept)
        accepting.start()
        try:
            yield record
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join(10)
            for thread in threads:
                thread.join(10)


def _begin_tls(raw: socket.socket) -> bytes:
    """The first message of a connection, which must be the request of StartTLS (RFC 4511 4.14.1), once granted."""
    first = raw.recv(65536)
    (asked,) = requests(first)
    assert asked.operation == EXTENDED
    assert b"1.3.6.1.4.1.1466.20037" in asked.raw
    granted = ber.integer(0, 0x0A) + ber.tlv(4, b"") + ber.tlv(4, b"")
    raw.sendall(ber.tlv(0x30, ber.integer(asked.message_id) + ber.tlv(ber.EXTENDED, granted)))
    return first


def _copy(source: Any, target: Any, kept: bytearray) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            kept += chunk
            target.sendall(chunk)
