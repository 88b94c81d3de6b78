"""The zone's name server: zone files, wildcards, transfers, and names that change their mind. One process.

`python zone_dns.py CONFIG.json` with `{"address", "port", "zones": {origin: text}, "changing": {name: [addresses]},
"ready": file}`. A name of `changing` gives its first address to the first question and the last to the next ones: DNS
rebinding. A zone may be transferred when its origin is in `open_transfers`; with `"resolves": true` the server says
that it looks up any name, and answers from its zones.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import dns.flags
import dns.message
import dns.name
import dns.node
import dns.rcode
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.zone


class Server:
    """What is answered to each question."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._zones = [dns.zone.from_text(text, origin, relativize=False) for origin, text in config["zones"].items()]
        self._changing = {dns.name.from_text(name): addresses for name, addresses in config["changing"].items()}
        self._resolves = bool(config.get("resolves"))
        self._open = {dns.name.from_text(origin) for origin in config["open_transfers"]}
        self._asked: Counter[dns.name.Name] = Counter()

    def answer(self, wire: bytes, tcp: bool) -> Iterator[bytes]:
        """The messages that answer one question."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA | (dns.flags.RA if self._resolves else dns.flags.Flag(0))
        if question.rdtype == dns.rdatatype.AXFR:
            yield from self._transfer(response, question.name, tcp)
            return
        self._fill(response, question.name, question.rdtype)
        limit = 65535 if tcp else max(512, query.payload)
        if len(response.to_wire()) > limit:
            response = dns.message.make_response(query)
            response.flags |= dns.flags.TC
        yield response.to_wire()

    def _transfer(self, response: dns.message.Message, origin: dns.name.Name, tcp: bool) -> Iterator[bytes]:
        zone = next((zone for zone in self._zones if zone.origin == origin), None)
        if zone is None or not tcp or origin not in self._open:
            response.set_rcode(dns.rcode.REFUSED)
            yield response.to_wire()
            return
        start = _rrset(origin, zone.find_rdataset(origin, dns.rdatatype.SOA))
        others = [_rrset(name, found) for name, found in zone.iterate_rdatasets()]
        response.answer = [start, *(one for one in others if one.rdtype != dns.rdatatype.SOA), start]
        yield response.to_wire(max_size=65535)

    def _fill(self, response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
        if name in self._changing:
            self._change(response, name, kind)
            return
        zone = next((zone for zone in self._zones if name.is_subdomain(zone.origin or dns.name.root)), None)
        if zone is None:
            response.set_rcode(dns.rcode.REFUSED)
            return
        node = self._node(zone, name)
        if node is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
            origin = zone.origin or dns.name.root
            response.authority.append(_rrset(origin, zone.find_rdataset(origin, dns.rdatatype.SOA)))
            return
        for rdataset in node:
            signs = rdataset.rdtype == dns.rdatatype.RRSIG and rdataset.covers == kind
            if signs or rdataset.rdtype in {kind, dns.rdatatype.CNAME} or kind == dns.rdatatype.ANY:
                response.answer.append(_rrset(name, rdataset))
            if rdataset.rdtype == dns.rdatatype.CNAME and kind != dns.rdatatype.CNAME:
                self._fill(response, rdataset[0].target, kind)

    def _change(self, response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
        if kind != dns.rdatatype.A:
            return
        addresses = self._changing[name]
        response.answer.append(
            dns.rrset.from_text(name, 0, "IN", "A", addresses[min(self._asked[name], len(addresses) - 1)])
        )
        self._asked[name] += 1

    @staticmethod
    def _node(zone: dns.zone.Zone, name: dns.name.Name) -> dns.node.Node | None:
        """The node of a name, or the wildcard that stands for it."""
        node = zone.get_node(name)
        parent = name
        while node is None and parent != zone.origin:
            parent = parent.parent()
            node = zone.get_node(dns.name.from_text("*", parent))
        return node


def _rrset(name: dns.name.Name, found: dns.rdataset.Rdataset) -> dns.rrset.RRset:
    return dns.rrset.from_rdata_list(name, found.ttl, list(found))


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is None:
            return
        for message in self._server.answer(data, tcp=False):
            self._transport.sendto(message, addr)


async def main(config: dict[str, Any]) -> None:
    server = Server(config)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while size := await reader.readexactly(2):
                for message in server.answer(await reader.readexactly(struct.unpack("!H", size)[0]), tcp=True):
                    writer.write(struct.pack("!H", len(message)) + message)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    loop = asyncio.get_running_loop()
    where = (config["address"], config["port"])
    await loop.create_datagram_endpoint(lambda: _Udp(server), local_addr=where)
    tcp = await asyncio.start_server(talk, *where)
    Path(config["ready"]).write_text("")
    await tcp.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
