"""nmap's XML, read as a stream: all CPEs and tunnels kept, truncation seen, entities refused, memory flat."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from scanners.errors import SaidError
from scanners.exposure.read_nmap import read_nmap

HEAD = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<nmaprun scanner="nmap" version="7.93"><scaninfo type="syn" protocol="tcp" numservices="3" services="22,443,4000"/>
"""
HOST = b"""<host><status state="up"/><address addr="192.0.2.1" addrtype="ipv4"/>
<address addr="00:11:22:33:44:55" addrtype="mac"/><ports><extraports state="closed" count="997"/>
<port protocol="tcp" portid="22"><state state="open"/><service name="ssh" product="OpenSSH" version="9.2p1"
 method="probed" conf="10"><cpe>cpe:/a:openbsd:openssh:9.2p1</cpe><cpe>cpe:/o:linux:linux_kernel</cpe></service></port>
<port protocol="tcp" portid="443"><state state="open"/><service name="http" tunnel="ssl" method="probed"/></port>
<port protocol="tcp" portid="4000"><state state="filtered"/></port></ports></host>
"""
TAIL = b'<runstats><finished time="1" exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>'


def test_a_whole_scan_keeps_every_cpe_and_the_tunnel() -> None:
    reading = read_nmap(io.BytesIO(HEAD + HOST + TAIL))
    assert reading.complete
    (host,) = reading.hosts
    assert (host.address, host.closed, host.filtered) == ("192.0.2.1", 997, 1)
    ssh, web = host.ports
    assert ssh.cpes == ("cpe:/a:openbsd:openssh:9.2p1", "cpe:/o:linux:linux_kernel")
    assert (web.tunnel, web.probed, web.number) == ("ssl", True, 443)


@pytest.mark.parametrize(
    "cut", [HEAD + HOST, HEAD + HOST + HOST[:200], HEAD + HOST + TAIL.replace(b"success", b"error")]
)
def test_a_truncated_scan_keeps_its_whole_hosts_and_is_not_complete(cut: bytes) -> None:
    reading = read_nmap(io.BytesIO(cut))
    assert len(reading.hosts) == 1
    assert not reading.complete


@pytest.mark.parametrize("content", [b"", b"<a", b"not xml", HEAD])
def test_rubbish_gives_no_host_and_is_not_complete(content: bytes) -> None:
    reading = read_nmap(io.BytesIO(content))
    assert (reading.hosts, reading.complete) == ((), False)


@pytest.mark.parametrize(
    "declaration",
    [b'<!DOCTYPE nmaprun [<!ENTITY a "b">]>', b'<!DOCTYPE nmaprun [<!ENTITY a SYSTEM "file:///etc/passwd">]>'],
)
def test_entities_are_refused(declaration: bytes) -> None:
    content = (HEAD + HOST + TAIL).replace(b"<!DOCTYPE nmaprun>", declaration)
    with pytest.raises(SaidError, match="entities"):
        read_nmap(io.BytesIO(content))


def test_control_characters_and_long_texts_are_tamed() -> None:
    evil = HOST.replace(b"9.2p1", b"9.2p1 &#x9;x&#xA;y" + b"z" * 5000, 1)
    (host,) = read_nmap(io.BytesIO(HEAD + evil + TAIL)).hosts
    assert host.ports[0].version.startswith("9.2p1 x yz")
    assert len(host.ports[0].version) == 300


def test_memory_does_not_grow_with_the_xml() -> None:
    """The hosts themselves are kept (about 1 kB each); the tree is not (about 12 kB each)."""
    content = io.BytesIO(HEAD + HOST * 3000 + TAIL)
    tracemalloc.start()
    try:
        assert len(read_nmap(content).hosts) == 3000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3000 * 4000


@pytest.mark.parametrize(
    ("before", "after"),
    [(b'addr="192.0.2.1" addrtype="ipv4"', b'addr="" addrtype="ipv4"'), (b"ipv4", b"mac"), (b"UTF-8", b"nope-9")],
)
def test_a_host_without_address_or_an_unknown_encoding_is_an_incomplete_scan(before: bytes, after: bytes) -> None:
    reading = read_nmap(io.BytesIO((HEAD + HOST + TAIL).replace(before, after)))
    assert (reading.hosts, reading.complete) == ((), False)


def test_a_port_that_many_hosts_show_alike_is_kept_once() -> None:
    first, second = read_nmap(io.BytesIO(HEAD + HOST + HOST.replace(b"192.0.2.1", b"192.0.2.2") + TAIL)).hosts
    assert first.ports == second.ports
    assert all(one is other for one, other in zip(first.ports, second.ports, strict=True))


def test_ports_that_all_differ_are_kept_without_a_growing_memory_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanners.exposure.read_nmap._MAX_KNOWN", 1)
    (host,) = read_nmap(io.BytesIO(HEAD + HOST + TAIL)).hosts
    assert [port.number for port in host.ports] == [22, 443]


def test_ports_without_any_answer_are_told_apart_from_refused_ones() -> None:
    said = b"""<extraports state="filtered" count="5"><extrareasons reason="no-response" count="3" ports="1-2,9"/>
<extrareasons reason="admin-prohibited" count="2" ports="5-6"/></extraports>
<port protocol="tcp" portid="23"><state state="filtered" reason="no-response"/></port>"""
    (host,) = read_nmap(io.BytesIO(HEAD + HOST.replace(b"<port protocol", said + b"<port protocol", 1) + TAIL)).hosts
    assert (host.silent, host.filtered) == ("1-2,9,23", 7)
