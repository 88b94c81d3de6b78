"""What facts hold, as things one follows: addresses, services, names; and where an audit looked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scanners.exposure.domain_facts import (
    DkimKey,
    DmarcRecord,
    Domain,
    FoundName,
    MailServer,
    MtaSts,
    NameOrigin,
    Policy,
    Signature,
    SpfRecord,
)
from scanners.exposure.facts import Host, Http, Port, Service, Tls
from scanners.exposure.things import things, where_to_look
from scanners.model import Gap, Text
from tests.unit.exposure.specimens import SAFE_SSH, SOUND, facts, host, web


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
        ("domain", "hopital.test"),
    }
    service = found["service", "192.0.2.1:443/tcp"]
    assert (service["title"], service["tls"], service["product"]) == ("Portail patient", "TLS 1.2, TLS 1.3", "nginx")
    assert found["service", "[2001:db8::1]:22/tcp"]["version"] == "9.2p1"


def test_a_service_is_the_product_its_page_betrays_and_never_with_the_version_of_its_server() -> None:
    gateway = web(443, Http(302, location="/remote/login"), product="nginx", version="1.22.1")
    jenkins = web(8080, Http(403, headers=(("x-jenkins", "2.440.3"),)), product="Jetty", version="10.0.18")
    plain = web(80, Http(200, "Accueil"), product="nginx", version="1.22.1")
    found = {one.key: one.traits for one in things(facts(host("192.0.2.1", gateway, jenkins, plain)))}
    told = [
        tuple(found[f"192.0.2.1:{port}/tcp"][name] for name in ("product", "version", "kind"))
        for port in (443, 8080, 80)
    ]
    assert told == [
        ("Fortinet FortiGate", "", "gateway"),
        ("Jenkins", "2.440.3", "console"),
        ("nginx", "1.22.1", "none"),
    ]


def test_an_audit_looked_where_an_address_answered_or_was_filtered_and_the_port_was_tried() -> None:
    seen = replace(
        facts(host("192.0.2.1"), Host("192.0.2.2", filtered=12), Host("192.0.2.3")), ports="1-100", udp_ports="53"
    )
    looked = where_to_look(seen)
    tried = ["192.0.2.1", "192.0.2.1:80/tcp", "192.0.2.1:443/tcp", "192.0.2.2:80/tcp", "192.0.2.3"]
    assert [looked("service", key) for key in tried] == [True, True, False, True, False]
    assert [looked("service", f"192.0.2.1:{port}") for port in ("53/udp", "161/udp", "53/sctp")] == [True, False, False]
    assert not where_to_look(replace(seen, udp_ports=""))("service", "192.0.2.1:53/udp")


def test_an_audit_that_missed_addresses_looked_nowhere() -> None:
    seen = replace(facts(host("192.0.2.1")), gaps=(Gap("hosts", Text("Manque.", "Missing."), truncated=True),))
    assert not where_to_look(seen)("address", "192.0.2.1")


def test_a_name_is_gone_when_dns_says_so_and_a_domain_does_not_go_by_itself() -> None:
    seen = replace(facts(host("192.0.2.1")), absent_names=("old.h.test",))
    assert where_to_look(seen)("name", "old.h.test")
    assert not where_to_look(seen)("name", "other.h.test")
    assert not where_to_look(seen)("domain", "old.h.test")


@pytest.mark.parametrize(
    ("found", "leads"),
    [
        (FoundName("a.h.test", NameOrigin.WORDLIST, ("192.0.2.9",)), "inside"),
        (FoundName("a.h.test", NameOrigin.FILE, outside=("198.51.100.1",)), "outside"),
        (FoundName("a.h.test", NameOrigin.FILE, ("192.0.2.9",), ("198.51.100.1",)), "both"),
        (FoundName("a.h.test", NameOrigin.FILE, alias="gone.azurewebsites.net", gone=True), "dangling"),
        (FoundName("a.h.test", NameOrigin.TARGET, gone=True), "nowhere"),
    ],
)
def test_a_name_found_is_a_thing_that_tells_where_it_leads(found: FoundName, leads: str) -> None:
    (name,) = (one for one in things(replace(facts(), found_names=(found,))) if one.kind == "name")
    assert (name.key, name.traits["leads"], name.proof["origin"]) == ("a.h.test", leads, str(found.source))
    assert name.traits["addresses"] == (", ".join((*found.addresses, *found.outside)) or "none")


def domain(**known: Any) -> dict[str, str]:
    seen = replace(facts(), domains=(Domain("h.test", **known),))
    (one,) = (one for one in things(seen) if one.kind == "domain")
    return dict(one.traits)


@pytest.mark.parametrize(
    ("record", "spf"),
    [("v=spf1 mx -all", "refused"), ("v=spf1 ~all", "doubtful"), ("v=spf1 ?all", "neutral"), ("v=spf1 mx", "neutral"),
     ("v=spf1 +all", "everyone"), ("v=spf1 what:x -all", "invalid")],
)  # fmt: skip
def test_a_domain_is_a_thing_whose_mail_protection_is_followed(record: str, spf: str) -> None:
    assert domain(spf=(SpfRecord("h.test", (record,)),))["spf"] == spf


def test_what_a_domain_does_not_publish_is_missing_and_what_was_not_read_is_neither() -> None:
    bare = domain(signature=Signature.NONE)
    wanted = {"spf": "missing", "dmarc": "missing", "mta_sts": "missing", "tls_rpt": "missing", "caa": "missing",
              "dnssec": "missing", "dkim": "unseen", "mail_servers": "none"}  # fmt: skip
    assert {name: bare[name] for name in wanted} == wanted
    questions = (
        "TXT h.test",
        "TXT _dmarc.h.test",
        "TXT _mta-sts.h.test",
        "TXT _smtp._tls.h.test",
        "CAA h.test",
        "MX h.test",
    )
    mute = domain(unread=questions)
    assert {mute[name] for name in ("spf", "dmarc", "mta_sts", "tls_rpt", "caa", "dnssec", "mail_servers")} == {""}
    full = domain(
        dmarc=DmarcRecord("h.test", ("v=DMARC1; p=quarantine",)),
        dkim=(DkimKey("s1", "rsa", 2048), DkimKey("old", "rsa", revoked=True)),
        mta_sts=MtaSts(("v=STSv1; id=1",), Policy.READ, "version: STSv1\nmode: testing\nmx: mx.h.test"),
        caa=("0 issue x",),
        tls_rpt=("v=TLSRPTv1",),
        signature=Signature.SOUND,
        mail_servers=(MailServer("mx.h.test"),),
    )
    assert {name: full[name] for name in ("dmarc", "dkim", "mta_sts", "caa", "tls_rpt", "dnssec", "mail_servers")} == {
        "dmarc": "quarantine", "dkim": "s1 2048", "mta_sts": "testing", "caa": "present", "tls_rpt": "present",
        "dnssec": "sound", "mail_servers": "mx.h.test",
    }  # fmt: skip


def test_a_domain_that_could_not_be_read_is_no_thing() -> None:
    seen = replace(facts(), domains=(Domain("h.test", unread=("SOA h.test",)),))
    assert [one for one in things(seen) if one.kind == "domain"] == []


def test_what_proves_a_service_is_kept_clean_and_bounded() -> None:
    page = Http(200, headers=(("server", "nginx\x1b[31m"), ("date", "today"), ("location", "x" * 5000)))
    seen = facts(host("192.0.2.1", web(443, page, Tls(("TLS 1.2",), certificate=SOUND, trusted=False))))
    proof = {one.kind: one.proof for one in things(seen)}["service"]
    assert proof["headers"].startswith("server: nginx [31m | location: xxx")
    assert max(map(len, proof.values())) <= 300
    assert (proof["trust"], proof["self_signed"], proof["status"]) == ("untrusted", "no", "200")
    assert proof["certificate_key"] == f"{SOUND.key_type} {SOUND.key_bits}"
