"""A real name server of a few lines on loopback, over UDP and TCP, and a zone signed for real when asked."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

from scanners.exposure.ports import SILENT_PORTS

Answering = Callable[[dns.message.Message], dns.message.Message | None]
MAX_UDP = 1232


class Zones:
    """What the server knows: zones by name, the DS records of some, and who may transfer (`open_transfer`)."""

    def __init__(self, zones: Mapping[str, str], open_transfer: bool = False) -> None:
        self.zones = {
            dns.name.from_text(name): dns.zone.from_text(text, origin=name, relativize=False, check_origin=False)
            for name, text in zones.items()
        }
        self.ds: dict[dns.name.Name, dns.rrset.RRset] = {}
        self.open_transfer = open_transfer
        self.asked: list[tuple[str, str]] = []

    def sign(self, name: str, *, until: datetime | None = None, own_ds: bool = True) -> None:
        """Sign a zone with a fresh key; the parent knows it unless `own_ds` is false, and then knows another."""
        origin = dns.name.from_text(name)
        private = ec.generate_private_key(ec.SECP256R1())
        key = dns.dnssec.make_dnskey(private.public_key(), "ECDSAP256SHA256", flags=257)
        end = until or datetime.now(UTC) + timedelta(days=10)
        dns.dnssec.sign_zone(
            self.zones[origin], keys=[(private, key)], inception=end - timedelta(days=30), expiration=end
        )
        other = ec.generate_private_key(ec.SECP256R1())
        known = key if own_ds else dns.dnssec.make_dnskey(other.public_key(), "ECDSAP256SHA256", flags=257)
        ds = dns.dnssec.make_ds(origin, known, "SHA256")
        self.ds[origin] = dns.rrset.from_rdata(origin, 300, ds)

    def answer(self, asked: dns.message.Message) -> dns.message.Message:
        """What a resolver would say: aliases followed, signatures with the answers."""
        told = dns.message.make_response(asked)
        told.flags |= dns.flags.RA
        (question,) = asked.question
        name, kind = question.name, question.rdtype
        self.asked.append((name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(kind)))
        if kind == dns.rdatatype.DS and name in self.ds:
            told.answer.append(self.ds[name])
            return told
        for _ in range(8):
            step = self._step(told, name, kind)
            if step is None:
                return told
            name = step
        return told

    def _step(self, told: dns.message.Message, name: dns.name.Name, kind: int) -> dns.name.Name | None:
        """Add what is known of a name; the next name when it is an alias."""
        zone = next((zone for origin, zone in self.zones.items() if name.is_subdomain(origin)), None)
        node = zone.get_node(name) if zone is not None else None
        if zone is not None and node is None:
            wild = dns.name.Name((b"*", *name.labels[1:]))
            node = zone.get_node(wild)
        if node is None:
            told.set_rcode(dns.rcode.NXDOMAIN)
            return None
        alias = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.CNAME)
        if alias is not None and kind != dns.rdatatype.CNAME:
            told.answer.append(dns.rrset.from_rdata_list(name, 300, list(alias)))
            target: dns.name.Name = alias[0].target
            return target
        found = node.get_rdataset(dns.rdataclass.IN, kind)
        if found is not None:
            told.answer.append(dns.rrset.from_rdata_list(name, 300, list(found)))
            signatures = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.RRSIG, kind)
            if signatures is not None:
                told.answer.append(dns.rrset.from_rdata_list(name, 300, list(signatures)))
        return None

    def transfer(self, asked: dns.message.Message) -> list[dns.message.Message]:
        """The zone whole, or a refusal."""
        (question,) = asked.question
        told = dns.message.make_response(asked)
        zone = self.zones.get(question.name)
        if zone is None or not self.open_transfer:
            told.set_rcode(dns.rcode.REFUSED)
            return [told]
        told.flags |= dns.flags.AA
        start = zone.find_rrset(zone.origin, dns.rdatatype.SOA)
        told.answer.append(start)
        for name, rdataset in zone.iterate_rdatasets():
            if rdataset.rdtype != dns.rdatatype.SOA:
                told.answer.append(dns.rrset.from_rdata_list(name, 300, list(rdataset)))
        last = dns.message.make_response(asked)
        last.answer.append(start)
        return [told, last]


@contextmanager
def name_server(zones: Zones, address: str = "127.0.0.1") -> Iterator[int]:
    """The zones served at `address`; the port, the same for UDP and TCP."""
    stop = threading.Event()
    stream, datagrams = _pair(address)

    def over_udp() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                wire, who = datagrams.recvfrom(4096)
                datagrams.sendto(zones.answer(dns.message.from_wire(wire)).to_wire(max_size=65535), who)

    def over_tcp() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError, OSError):
                caller, _ = stream.accept()
                with caller:
                    caller.settimeout(2)
                    _converse(caller, zones)

    threads = [threading.Thread(target=over_udp), threading.Thread(target=over_tcp)]
    for thread in threads:
        thread.start()
    try:
        yield datagrams.getsockname()[1]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        stream.close()
        datagrams.close()


def _pair(address: str) -> tuple[socket.socket, socket.socket]:
    """A stream listener and a datagram socket with one port."""
    while True:
        stream = socket.create_server((address, 0))
        if stream.getsockname()[1] in SILENT_PORTS:  # a resolver there is refused
            stream.close()
            continue
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            datagrams.bind((address, stream.getsockname()[1]))
        except OSError:
            stream.close()
            datagrams.close()
            continue
        stream.settimeout(0.1)
        datagrams.settimeout(0.1)
        return stream, datagrams


def _converse(caller: socket.socket, zones: Zones) -> None:
    size = caller.recv(2)
    if len(size) < 2:
        return
    asked = dns.message.from_wire(caller.recv(struct.unpack("!H", size)[0]))
    transfer = asked.question[0].rdtype == dns.rdatatype.AXFR
    for told in zones.transfer(asked) if transfer else [zones.answer(asked)]:
        wire = told.to_wire(max_size=65535)
        caller.sendall(struct.pack("!H", len(wire)) + wire)
