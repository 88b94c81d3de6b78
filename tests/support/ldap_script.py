"""A directory on loopback that answers what a test wants: for what no real controller can be made to do."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

from scanners.ad.ldap import collect_ber as ber
from scanners.ad.sids import encode_sid
from tests.support.ldap_recorder import BIND, EXTENDED, SEARCH, Asked, requests
from tests.unit.ad.forge import Ace, descriptor

BASE = "DC=hopital,DC=test"
CONFIG = f"CN=Configuration,{BASE}"
SCHEMA = f"CN=Schema,{CONFIG}"
SID = "S-1-5-21-1-2-3"

Attributes = Mapping[str, Sequence[bytes]]
Entry = tuple[str, Attributes]
Answer = bytes | None
"""Bytes to send; None to close the connection there."""
Hook = Callable[[Asked, int], Answer | str]
"""What to answer to a request of this message id; `""` leaves it to the directory."""

ROOT: Attributes = {
    "defaultNamingContext": [BASE.encode()],
    "configurationNamingContext": [CONFIG.encode()],
    "schemaNamingContext": [SCHEMA.encode()],
    "rootDomainNamingContext": [BASE.encode()],
    "namingContexts": [BASE.encode(), CONFIG.encode(), SCHEMA.encode()],
    "dnsHostName": [b"dc1.hopital.test"],
    "domainFunctionality": [b"7"],
    "forestFunctionality": [b"7"],
    "supportedCapabilities": [b"1.2.840.113556.1.4.800"],
    "isSynchronized": [b"TRUE"],
}


def message(message_id: int, tag: int, body: bytes, controls: bytes = b"") -> bytes:
    return ber.tlv(0x30, ber.integer(message_id) + ber.tlv(tag, body) + controls)


def entry(message_id: int, dn: str | bytes, attributes: Attributes) -> bytes:
    listed = b"".join(
        ber.tlv(0x30, ber.tlv(4, name.encode()) + ber.tlv(0x31, b"".join(ber.tlv(4, value) for value in values)))
        for name, values in attributes.items()
    )
    name = dn if isinstance(dn, bytes) else dn.encode()
    return message(message_id, ber.ENTRY, ber.tlv(4, name) + ber.tlv(0x30, listed))


def reference(message_id: int, url: str) -> bytes:
    return message(message_id, ber.REFERENCE, ber.tlv(4, url.encode()))


def result(message_id: int, code: int = 0, diagnostic: str = "", tag: int = ber.DONE, cookie: bytes = b"") -> bytes:
    value = ber.tlv(0x30, ber.integer(0) + ber.tlv(4, cookie))
    controls = ber.tlv(0xA0, ber.tlv(0x30, ber.tlv(4, ber.PAGED_RESULTS) + ber.tlv(4, value)))
    body = ber.integer(code, 0x0A) + ber.tlv(4, b"") + ber.tlv(4, diagnostic.encode())
    return message(message_id, tag, body, controls if tag == ber.DONE else b"")


def user(name: str, rid: int, **more: Sequence[bytes]) -> Entry:
    known: Attributes = {
        "objectClass": [b"top", b"person", b"user"],
        "objectSid": [encode_sid(f"{SID}-{rid}")],
        "sAMAccountName": [name.encode()],
        "userAccountControl": [b"512"],
        "nTSecurityDescriptor": [descriptor("S-1-5-18", [Ace("S-1-5-11", 0x20094)])],
    }
    return f"CN={name},{BASE}", {**known, **more}


def domain(*others: Entry) -> dict[str, list[Entry]]:
    """The smallest domain that can be audited, by naming context, with some objects more."""
    head = BASE, {"objectClass": [b"top", b"domainDNS"], "objectSid": [encode_sid(SID)]}
    settings = CONFIG, {"objectClass": [b"top", b"configuration"]}
    schema = SCHEMA, {"objectClass": [b"top", b"dMD"]}
    return {BASE: [head, user("agent0", 1104), *others, *_always_there()], CONFIG: [settings], SCHEMA: [schema]}


def _always_there() -> tuple[Entry, ...]:
    """A controller, and the two groups that always have a member."""
    group: Attributes = {"objectClass": [b"top", b"group"], "member": [f"CN=agent0,{BASE}".encode()]}
    computer: Attributes = {"objectClass": [b"top", b"person", b"user", b"computer"], "primaryGroupID": [b"516"]}
    return (
        user("Administrators", 544, **group, objectSid=[encode_sid("S-1-5-32-544")]),
        user("Domain Admins", 512, **group),
        user("DC1$", 1000, **computer, userAccountControl=[b"532480"]),
    )


@dataclass
class Directory:
    """The directory that answers. `hook` speaks first; `asked` is what came."""

    contents: Mapping[str, Sequence[Entry]] = field(default_factory=domain)
    root: Attributes = field(default_factory=lambda: ROOT)
    hook: Hook = lambda _asked, _message_id: ""
    page_size: int = 1000
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def answer(self, asked: Asked, message_id: int) -> Answer:
        """What the directory says of itself, unless the hook says something else."""
        special = self.hook(asked, message_id)
        if not isinstance(special, str):
            return special
        if asked.operation == BIND:
            return result(message_id, tag=ber.BIND_RESPONSE)
        if asked.operation == EXTENDED:  # StartTLS: it has no certificate
            return result(message_id, 52, "no certificate", tag=ber.EXTENDED)
        if asked.operation != SEARCH:
            return None
        if asked.base == "":
            return entry(message_id, "", self.root) + result(message_id)
        return self._search(asked, message_id)

    def _search(self, asked: Asked, message_id: int) -> bytes:
        if asked.scope == ber.SCOPE_BASE:
            all_of_it = [one for entries in self.contents.values() for one in entries]
            found = [(dn, values) for dn, values in all_of_it if dn == asked.base]
            wanted = [(dn, {name: values[name] for name in asked.attributes if name in values}) for dn, values in found]
            return b"".join(entry(message_id, *one) for one in wanted) + result(message_id)
        entries = self.contents.get(asked.base, [])
        first = int(asked.cookie or b"0")
        page = entries[first : first + self.page_size]
        cookie = str(first + self.page_size).encode() if first + self.page_size < len(entries) else b""
        return b"".join(entry(message_id, *one) for one in page) + result(message_id, cookie=cookie)


@contextmanager
def serving(directory: Directory) -> Iterator[Directory]:
    """The directory on a port of 127.0.0.1 (`directory.url`), for as long as the block."""
    threads: list[Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        directory.url = f"ldap://127.0.0.1:{listening.getsockname()[1]}"

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threads.append(Thread(target=_serve, args=(client, directory)))
                    threads[-1].start()

        accepting = Thread(target=accept)
        accepting.start()
        try:
            yield directory
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join(10)
            for thread in threads:
                thread.join(10)


def _serve(client: socket.socket, directory: Directory) -> None:
    received = b""
    with client, suppress(OSError):
        while chunk := client.recv(65536):
            received += chunk
            while (header := ber.header(received, 0, len(received))) and header[2] <= len(received):
                whole, received = received[: header[2]], received[header[2] :]
                (asked,) = requests(whole)
                directory.asked.append(asked)
                answer = directory.answer(asked, asked.message_id)
                if answer is None:
                    return
                client.sendall(answer)
