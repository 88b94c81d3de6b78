"""What facts hold, as things one follows: addresses, services, names; and where an audit looked."""

from __future__ import annotations

from dataclasses import replace

from scanners.exposure.facts import Host, Http, Port, Service, Tls
from scanners.exposure.things import things, where_to_look
from scanners.model import Gap, Text
from tests.unit.exposure.specimens import SAFE_SSH, facts, host, web


def test_addresses_services_and_names_are_things_with_their_traits() -> None:
    page = Http(200, title="Portail  patient")
    seen = facts(
        host("192.0.2.1", web(443, page, Tls(("TLS 1.2", "TLS 1.3")), product="nginx"), names=("www.h.test",)),
        host("2001:db8::1", Port(22, Service("ssh", "OpenSSH", "9.2p1"), ssh=SAFE_SSH)),
        Host("192.0.2.9", ("old.h.test",)),
    )
    found = {(one.kind, one.key): one.traits for one in things(seen)}
    assert set(found) == {
        ("address", "192.0.2.1"),
        ("service", "192.0.2.1:443/tcp"),
        ("address", "2001:db8::1"),
        ("service", "[2001:db8::1]:22/tcp"),
        ("name", "www.h.test"),
        ("name", "old.h.test"),
    }
    service = found["service", "192.0.2.1:443/tcp"]
    assert (service["title"], service["tls"], service["product"]) == ("Portail patient", "TLS 1.2, TLS 1.3", "nginx")
    assert found["service", "[2001:db8::1]:22/tcp"]["version"] == "9.2p1"


def test_an_audit_looked_where_an_address_answered_or_was_filtered_and_the_port_was_tried() -> None:
    seen = replace(
        facts(host("192.0.2.1"), Host("192.0.2.2", filtered=12), Host("192.0.2.3")), ports="1-100", udp_ports="53"
    )
    looked = where_to_look(seen)
    tried = ["192.0.2.1", "192.0.2.1:80/tcp", "192.0.2.1:443/tcp", "192.0.2.2:80/tcp", "192.0.2.3"]
    assert [looked(key) for key in tried] == [True, True, False, True, False]
    assert [looked(f"192.0.2.1:{port}") for port in ("53/udp", "161/udp", "53/sctp")] == [True, False, False]
    assert not where_to_look(replace(seen, udp_ports=""))("192.0.2.1:53/udp")


def test_an_audit_that_missed_addresses_looked_nowhere() -> None:
    seen = replace(facts(host("192.0.2.1")), gaps=(Gap("hosts", Text("Manque.", "Missing."), truncated=True),))
    assert not where_to_look(seen)("192.0.2.1")
