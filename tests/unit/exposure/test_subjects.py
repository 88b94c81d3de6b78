"""Subjects of exposure: what they name, and whether an audit looked there."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanners.catalog import rules_of
from scanners.exposure.domain_facts import FoundName, NameOrigin
from scanners.exposure.facts import Exclusion, Host, Http, Port, Service, Site
from scanners.exposure.looked_at import led_to, looked_at, mute
from scanners.exposure.subjects import Subject, host_of, place_of, read_subject, written
from scanners.model import Gap, Text
from scanners.runner import run_rules
from tests.unit.exposure.specimens import BROKEN, facts, host, web

V4, V6 = ip_address("192.0.2.7"), ip_address("2001:db8::1")


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ("192.0.2.7", Subject("192.0.2.7", V4)),
        ("2001:DB8::1", Subject("2001:db8::1", V6)),
        ("192.0.2.7:443/tcp", Subject("192.0.2.7:443/tcp", V4, 443, "tcp")),
        ("[2001:db8::1]:53/udp", Subject("[2001:db8::1]:53/udp", V6, 53, "udp")),
        ("192.0.2.7:443/tcp (agenda.h.fr)", Subject("192.0.2.7:443/tcp", V4, 443, "tcp", "agenda.h.fr")),
        ("192.0.2.7:443/tcp x:y CVE-2026-1", Subject("192.0.2.7:443/tcp", V4, 443, "tcp", detail="x:y cve-2026-1")),
        ("192.0.2.7:443/tcp veeam:backup (x)", Subject("192.0.2.7:443/tcp", V4, 443, "tcp", detail="veeam:backup (x)")),
        (
            "192.0.2.7:443/tcp (agenda.h.fr) f5:nginx",
            Subject("192.0.2.7:443/tcp", V4, 443, "tcp", "agenda.h.fr", "f5:nginx"),
        ),
        ("Portail.Hopital.fr", Subject("portail.hopital.fr", "portail.hopital.fr")),
        ("", Subject("", "")),
        ("a:b:c", Subject("a:b:c", "a:b:c")),
    ],
)
def test_what_a_subject_names(subject: str, read: Subject) -> None:
    assert read_subject(subject) == read
    assert (host_of(subject), place_of(subject)) == (read.host, read.place)


def test_what_is_written_is_read_again() -> None:
    for address, site in (("192.0.2.7", ""), ("2001:db8::1", "agenda.h.fr")):
        read = read_subject(written(address, 443, "tcp", site))
        assert (str(read.host), read.number, read.protocol, read.site) == (address, 443, "tcp", site)


def test_whatever_is_named_can_be_seen_to_be_gone() -> None:
    """A subject that a rule names must be one of which silence says something once its ports are closed."""
    closed = tuple(replace(one, ports=(), closed=1000) for one in BROKEN.hosts)
    looked = looked_at(replace(BROKEN, hosts=closed, udp_ports="1-65535"))
    subjects = {one.subject for outcome in run_rules(rules_of("exposure"), BROKEN) for one in outcome.findings}
    assert subjects
    assert [subject for subject in sorted(subjects) if not looked(subject)] == []


def found(name: str, *addresses: str, outside: tuple[str, ...] = (), gone: bool = False) -> FoundName:
    return FoundName(name, NameOrigin.WORDLIST, addresses, outside, alias="x.test" if gone else "", gone=gone)


def test_silence_counts_where_the_audit_looked_and_nowhere_else() -> None:
    seen = replace(
        facts(
            host("192.0.2.1", Port(443, Service("http", "nginx", "1.0")), names=("www.h.fr", "agenda.h.fr")),
            Host("192.0.2.2", filtered=1000),
            Host("192.0.2.3", closed=5),
            names=(found("out.h.fr", outside=("203.0.113.9",)), found("gone.h.fr", gone=True)),
        ),
        ports="80,443",
        udp_ports="161",
        unfinished=("192.0.2.3",),
        absent_names=("old.h.fr",),
        gaps=(Gap("hosts", Text("", ""), truncated=True, subject="lost.h.fr"),),
    )
    looked = looked_at(seen)
    at = "192.0.2.1:443/tcp"
    yes = ("192.0.2.1", at, "192.0.2.2:80/tcp CVE-2026-1", "192.0.2.1:161/udp", "hopital.test", "out.h.fr", "old.h.fr")
    assert [one for one in yes if not looked(one)] == []
    served = (f"{at} (agenda.h.fr)", f"{at} (old.h.fr) f5:nginx", f"{at} (gone.h.fr)")
    assert [one for one in served if not looked(one)] == []
    no = ("192.0.2.3:80/tcp", "192.0.2.4", "192.0.2.1:8443/tcp", "192.0.2.1:53/udp", "lost.h.fr", "other.test")
    assert [one for one in (*no, f"{at} (out.h.fr)", f"{at} (lost.h.fr)") if looked(one)] == []


def test_what_an_exclusion_spares_was_not_looked_at_under_any_of_its_names() -> None:
    excluded = Exclusion("*.h.fr", "no_scan", "Bloc", "2026-12-31")
    reported = Exclusion("192.0.2.1", "no_report", "Leurre", "2026-12-31")
    seen = replace(facts(host("192.0.2.1", names=("www.h.fr",))), exclusions=(excluded, reported))
    looked = looked_at(seen)
    assert [looked(one) for one in ("192.0.2.1", "www.h.fr", "192.0.2.1:443/tcp (www.h.fr)")] == [True, False, False]


@pytest.mark.parametrize(
    ("subject", "product"),
    [
        ("192.0.2.7:443/tcp", ""),
        ("192.0.2.7:443/tcp f5:nginx", "f5:nginx"),
        ("192.0.2.7:443/tcp (agenda.h.fr) Check Point CVE-2026-12345", "check point"),
        ("192.0.2.7:443/tcp CVE-2026-1", ""),
    ],
)
def test_the_product_that_a_vulnerability_is_about(subject: str, product: str) -> None:
    assert read_subject(subject).product == product


def test_a_product_is_looked_at_where_it_tells_its_version_under_any_of_its_names() -> None:
    page = Http(200, headers=(("server", "nginx/1.26"), ("x-powered-by", "PHP")))
    looked = looked_at(facts(host("192.0.2.1", web(80, page))))
    told = [looked(f"192.0.2.1:80/tcp {product} CVE-2026-1") for product in ("nginx", "F5:nginx", "php:php", "apache")]
    assert told == [True, True, False, False]
    assert looked("192.0.2.1:8080/tcp php:php CVE-2026-1"), "a closed port has no product any more"


@pytest.mark.parametrize("order", [1, -1])
def test_a_product_is_looked_at_under_the_name_that_tells_its_version(order: int) -> None:
    """One port, three sites: what one tells of PHP says nothing of the PHP of another."""

    def looked(*told: str) -> list[str]:
        """The sites where the audit looked at PHP; the port's own answer, then the three sites, tell `told`."""
        own, *pages = [Http(200, headers=(("x-powered-by", f"PHP/{one}" if one else "PHP"),)) for one in told]
        sites = [Site(f"{name}.h.fr", page) for name, page in zip("abc", pages, strict=True)]
        names = ("www.h.fr", *(site.name for site in sites))
        port = replace(web(443, own), sites=tuple(sites[::order]))
        seen = looked_at(replace(facts(host("192.0.2.1", port, names=names)), absent_names=("old.h.fr",)))
        asked = {"own": "", "www": " (www.h.fr)", "a": " (A.h.fr)", "b": " (b.h.fr)", "c": " (c.h.fr)"}
        asked |= {"old": " (old.h.fr)", "other": " (other.h.fr)"}
        return [name for name, site in asked.items() if seen(f"192.0.2.1:443/tcp{site} php:php CVE-2024-1")]

    assert looked("", "", "", "") == ["old"], "a name that leads nowhere is served by nobody"
    assert looked("", "8.4", "", "5.3") == ["a", "c", "old"]
    assert looked("", "", "8.4", "") == ["b", "old"]
    assert looked("8.4", "", "", "") == ["own", "www", "old"], "the port answers under its first name"
    assert looked("8.4", "8.4", "", "") == ["own", "www", "a", "old"], "the same as the port's own is told too"


def test_a_port_asked_by_its_address_or_by_a_further_name_says_nothing_of_the_first() -> None:
    page, mute_page = Http(200, headers=(("x-powered-by", "PHP/8.4"),)), Http(200)
    by_address = replace(web(443, page), sites=(Site("www.h.fr", mute_page),))
    by_name = replace(web(443, page), sites=(Site("www.h.fr", mute_page),), asked_as="a.h.fr")
    for port, told in ((by_address, []), (by_name, ["a.h.fr"])):
        looked = looked_at(facts(host("192.0.2.1", port, names=("www.h.fr", "a.h.fr"))))
        assert looked("192.0.2.1:443/tcp php:php CVE-2024-1")
        sites = ("www.h.fr", "a.h.fr")
        assert [site for site in sites if looked(f"192.0.2.1:443/tcp ({site}) php:php CVE-2024-1")] == told


def test_what_heard_nothing_at_all() -> None:
    agent = Port(161, Service("snmp"), protocol="udp")
    seen = facts(host("192.0.2.1", agent), Host("192.0.2.2", filtered=1000), host("192.0.2.3"))
    silent = mute(seen)
    subjects = ("192.0.2.2", "192.0.2.2:443/tcp nginx CVE-2026-1", "192.0.2.1:53/udp", "192.0.2.3:161/udp")
    assert [one for one in subjects if not silent(one)] == []
    answered = ("192.0.2.1", "192.0.2.1:161/udp", "192.0.2.1:80/tcp", "192.0.2.3", "192.0.2.3:80/tcp", "www.h.fr")
    assert [one for one in answered if silent(one)] == []


def test_where_an_audit_is_no_longer_led_to() -> None:
    excluded = Exclusion("192.0.2.6", "no_scan", "Bloc", "2026-12-31", ("192.0.2.6",))
    seen = replace(
        facts(
            host("192.0.2.1", names=("www.h.fr",)),
            names=(found("agenda.h.fr", "192.0.2.1"), found("out.h.fr", outside=("203.0.113.9",))),
        ),
        unfinished=("192.0.2.3",),
        left_out=("192.0.2.6", "192.0.2.8"),
        exclusions=(excluded,),
        absent_names=("old.h.fr",),
        gaps=(Gap("hosts", Text("", ""), truncated=True, subject="lost.h.fr"),),
    )
    led = led_to(seen, {"192.0.2.7": ["lost.h.fr"], "192.0.2.9": ["www.h.fr"]})
    at = "192.0.2.1:443/tcp"
    still = ("192.0.2.1", at, "192.0.2.3:80/tcp", "192.0.2.6", "192.0.2.7:80/tcp", "old.h.fr", "out.h.fr", "lost.h.fr")
    assert [one for one in (*still, "hopital.test", f"{at} (agenda.h.fr)", f"{at} (old.h.fr)") if not led(one)] == []
    no_more = ("192.0.2.8", "192.0.2.9:80/tcp", "other.test", "other.h.fr", f"{at} (out.h.fr)", f"{at} (other.h.fr)")
    assert [one for one in no_more if led(one)] == []


@pytest.mark.parametrize("section", ["hosts", "names", "dns"])
def test_an_audit_in_trouble_says_of_nothing_that_it_is_no_longer_led_there(section: str) -> None:
    troubled = replace(facts(host("192.0.2.1")), gaps=(Gap(section, Text("", ""), truncated=True),))
    led = led_to(troubled, {})
    assert led("other.test")
    assert led("192.0.2.9") is (section == "hosts")
