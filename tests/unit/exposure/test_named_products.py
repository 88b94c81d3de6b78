"""The products that an exposure audit names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scanners.ad.facts import DirectoryFacts
from scanners.archive import Archive, Manifest
from scanners.exchange import NamedProduct
from scanners.exposure.facts import Http, Port, Service, Site
from scanners.exposure.named_products import seen_products
from scanners.known_products import read_cpe
from scanners.named_products import MAX_PRODUCTS, products_of
from scanners.systems_seen import Running, systems
from tests.unit.ad import specimens as ad
from tests.unit.exposure.specimens import BROKEN, HEALTHY, facts, host, web
from tests.unit.workstations import specimens as workstations


@pytest.mark.parametrize(
    ("cpe", "read"),
    [
        ("cpe:/a:openbsd:openssh:9.2p1", ("openbsd:openssh", "9.2p1", "a")),
        ("cpe:/o:linux:linux_kernel", ("linux:linux_kernel", "", "o")),
        ("cpe:2.3:a:F5:NGINX:1.18.0:*:*:*:*:*:*:*", ("f5:nginx", "1.18.0", "a")),
        (r"cpe:2.3:a:veeam:backup_\&_replication:12.1:*", ("veeam:backup_&_replication", "12.1", "a")),
        (r"cpe:2.3:a:x:a\:b:1:*", ("x:a:b", "1", "a")),
        ("cpe:2.3:o:fortinet:fortios:*:*", ("fortinet:fortios", "", "o")),
        ("cpe:/a:", ("", "", "")),
        ("not a cpe", ("", "", "")),
    ],
)
def test_cpe_of_both_forms(cpe: str, read: tuple[str, str, str]) -> None:
    assert read_cpe(cpe) == read


def products(*ports: Port) -> set[tuple[str, str]]:
    return {(one.product, one.version) for one in seen_products(facts(host("192.0.2.7", *ports)))}


def test_a_cpe_is_preferred_and_keeps_the_build_the_banner_adds() -> None:
    ssh = Service("ssh", "OpenSSH", "9.2p1 Debian 2+deb12u3", cpes=("cpe:/a:openbsd:openssh:9.2p1", "cpe:/o:linux:linux_kernel"))  # fmt: skip  # noqa: E501
    assert products(Port(22, ssh)) == {
        ("openbsd:openssh", "9.2p1 Debian 2+deb12u3"),
        ("linux:linux_kernel", ""),
    }


def test_without_a_cpe_known_names_are_brought_to_it_and_others_stay() -> None:
    assert products(Port(22, Service("ssh", "OpenSSH", "8.9p1")), Port(21, Service("ftp", "vsFTPd", "3.0.3"))) == {
        ("openbsd:openssh", "8.9p1"),
        ("vsftpd", "3.0.3"),
    }


def test_headers_name_several_products_and_say_the_distribution() -> None:
    page = Http(200, headers=(("server", "Apache/2.4.52 (Ubuntu) OpenSSL/3.0.2"), ("x-powered-by", "PHP/8.1.2")))
    assert products(web(80, page)) == {
        ("apache:http_server", "2.4.52 (Ubuntu)"),
        ("openssl:openssl", "3.0.2 (Ubuntu)"),
        ("php:php", "8.1.2 (Ubuntu)"),
    }


def test_a_gateway_is_known_by_its_page_and_a_protocol_is_no_product() -> None:
    gateway = Http(302, location="/remote/login?lang=fr")
    assert products(web(443, gateway), Port(445, Service("smb", "SMB", "3.1.1"))) == {("fortinet:fortios", "")}


def test_a_page_gives_the_version_it_tells_when_lists_of_flaws_count_the_same_way() -> None:
    jira = Http(200, text='<meta name="application-name" content="JIRA" data-name="jira" data-version="9.4.14">')
    exchange = Http(302, location="/owa/", headers=(("x-owa-version", "15.2.1544.4"),))
    assert products(web(443, jira), web(8443, exchange)) == {
        ("atlassian:jira_server", "9.4.14"),
        ("microsoft:exchange_server", ""),
    }


def test_generic_pages_and_devices_without_a_maker_are_no_product() -> None:
    assert products(web(80, Http(200, "Admin Panel")), web(81, Http(200, "Network Camera"))) == set()


def test_products_behind_further_names_are_named_where_they_are() -> None:
    default = web(443, Http(200, "Portail"), product="nginx")
    glpi = Site("glpi.h.test", Http(302, location="/glpi/index.php"))
    same = Site("autre.h.test", Http(200, "Portail"))
    seen = seen_products(facts(host("192.0.2.7", replace(default, sites=(glpi, same)))))
    assert {(one.product, one.subject) for one in seen} == {
        ("nginx", "192.0.2.7:443/tcp"),
        ("glpi", "192.0.2.7:443/tcp (glpi.h.test)"),
    }


def test_a_further_name_of_a_port_names_what_the_port_does_not() -> None:
    def page(server: str) -> Http:
        return Http(200, headers=(("server", server),))

    old, same = Site("old.h.fr", page("nginx/1.18.0 PHP/5.6.40")), Site("same.h.fr", page("nginx/1.18.0"))
    port = replace(
        web(443, page("nginx/1.18.0")), sites=(old, same, Site("vpn.h.fr", Http(302, location="/remote/login")))
    )
    seen = {(one.product, one.version, one.subject) for one in seen_products(facts(host("192.0.2.7", port)))}
    assert seen == {
        ("nginx", "1.18.0", "192.0.2.7:443/tcp"),
        ("php:php", "5.6.40", "192.0.2.7:443/tcp (old.h.fr)"),
        ("fortinet:fortios", "", "192.0.2.7:443/tcp (vpn.h.fr)"),
    }


def test_where_it_was_seen_is_the_subject_of_findings() -> None:
    (one,) = seen_products(facts(host("2001:db8::1", Port(22, Service("ssh", "OpenSSH", "9.9")))))
    assert one == NamedProduct("openbsd:openssh", "9.9", "", "[2001:db8::1]:22/tcp")


def test_systems_are_counted_by_version_and_name_a_few_machines() -> None:
    machines = [Running("Windows Server 2016 Standard", "10.0 (14393)", f"SRV{number:02}") for number in range(10)]
    found = list(systems([*machines, Running("Debian 12", "12.5", "linux1")]))
    assert found == [
        NamedProduct("debian 12", "12.5", "", "linux1"),
        NamedProduct(
            "microsoft:windows_server_2016", "10.0.14393", "", ", ".join(f"SRV{n:02}" for n in range(8)) + " (+2)"
        ),
    ]


@pytest.mark.parametrize(
    ("system", "product"),
    [
        ("Windows Server® 2008 R2 Entreprise", "microsoft:windows_server_2008_r2"),
        ("Windows 11 Professionnel", "microsoft:windows_11"),
        ("Windows 8.1 Pro", "microsoft:windows_8.1"),
        ("macOS  14", "macos 14"),
    ],
)
def test_names_of_systems(system: str, product: str) -> None:
    assert [one.product for one in systems([Running(system, "", "m")])] == [product]


def archive(scanner: str, content: object) -> Archive[object]:
    at = datetime(2026, 6, 15, tzinfo=UTC).isoformat()
    return Archive(Manifest(scanner, 1, "x", at, at, "tests"), content, "0" * 64)


@pytest.mark.parametrize(
    ("scanner", "content"),
    [("exposure", HEALTHY), ("exposure", BROKEN), ("ad", ad.BROKEN), ("workstations", workstations.BROKEN)],
)
def test_specimens_name_products_once_each(scanner: str, content: object) -> None:
    found = products_of(archive(scanner, content))
    assert found
    assert len(set(found)) == len(found)
    assert all(one.product == one.product.lower() for one in found)


def test_other_scanners_name_none() -> None:
    assert products_of(archive("yet_to_come", None)) == ()


def test_what_is_kept_is_bounded() -> None:
    many = tuple(Port(1 + number % 60_000, Service("x", f"product {number}")) for number in range(MAX_PRODUCTS + 5))
    long = Port(1, Service("ssh", "O" * 300, "1" * 300))
    assert len(products_of(archive("exposure", facts(host("192.0.2.1", *many))))) == MAX_PRODUCTS
    (one,) = products_of(archive("exposure", facts(host("192.0.2.1", long))))
    assert (len(one.product), len(one.version)) == (200, 100)


def test_a_computer_without_a_system_names_none() -> None:
    assert isinstance(ad.BROKEN, DirectoryFacts)
    objects = ad.BROKEN.objects
    without = replace(objects, text_columns={**objects.text_columns, "operatingSystem": {}})
    assert products_of(archive("ad", replace(ad.BROKEN, objects=without))) == ()


def test_protocols_of_devices_are_no_product() -> None:
    told = ("NTP", "UPnP", "NetBIOS", "ONVIF", "IPsec", "IPMI", "ASF", "SNMP")
    asked = [Port(number, Service("x", product, "2"), protocol="udp") for number, product in enumerate(told, 1)]
    assert products(*asked, Port(4000, Service("ntp", "ntpd", "4.2.8p12"), protocol="udp")) == {("ntpd", "4.2.8p12")}
