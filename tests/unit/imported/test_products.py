"""The products that reports of other tools name, and whether their silence means that one was not seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanners.exchange import NamedProduct
from scanners.imported.model import Report
from scanners.imported.read_kept import load_report, write_report
from tests.unit.imported.files import TOOLS, changed, read


def named(report: Report) -> set[tuple[str, str, str]]:
    return {(one.product, one.version, one.subject) for one in report.products}


def test_nmap_names_what_it_recognised_by_cpe_else_by_name() -> None:
    report = read("nmap.xml")
    assert named(report) == {
        ("vsftpd:vsftpd", "3.0.3", "192.0.2.20:21/tcp"),
        ("apc pdu/ups devices or windows ce telnetd", "", "192.0.2.20:23/tcp"),
    }
    assert report.names_products


def test_nmap_without_recognition_of_services_looked_for_no_product() -> None:
    assert not read("nmap.xml", changed("nmap.xml", ("-sV", "-v"))).names_products


def test_nmap_keeps_the_build_that_a_distribution_adds() -> None:
    raw = changed(
        "nmap.xml",
        ('product="vsftpd" version="3.0.3"', 'product="vsftpd" version="3.0.3 Debian 4"'),
    )
    assert ("vsftpd:vsftpd", "3.0.3 Debian 4", "192.0.2.20:21/tcp") in named(read("nmap.xml", raw))


def test_nessus_names_the_cpe_of_machines() -> None:
    assert (named(read("nessus.nessus")), read("nessus.nessus").names_products) == (set(), False)
    raw = changed(
        "nessus.nessus",
        (
            '<tag name="host-ip">192.0.2.61</tag>',
            (
                '<tag name="host-ip">192.0.2.61</tag><tag name="cpe">cpe:/o:microsoft:windows_server_2016</tag>'
                '<tag name="cpe-0">cpe:/a:openbsd:openssh:8.0 -&gt; OpenBSD OpenSSH</tag><tag name="cpe-1">x</tag>'
            ),
        ),
    )
    report = read("nessus.nessus", raw)
    assert named(report) == {
        ("microsoft:windows_server_2016", "", "192.0.2.61"),
        ("openbsd:openssh", "8.0", "192.0.2.61"),
    }
    assert report.names_products


def test_openvas_names_its_applications_where_it_found_them() -> None:
    assert (named(read("openvas.xml")), read("openvas.xml").names_products) == (set(), False)
    raw = changed(
        "openvas.xml",
        (
            "<host><ip>192.0.2.70</ip>",
            (
                "<host><ip>192.0.2.70</ip><detail><name>App</name><value>cpe:/a:openbsd:openssh:9.2p1</value></detail>"
                "<detail><name>cpe:/a:openbsd:openssh:9.2p1</name><value>22/tcp</value></detail>"
                "<detail><name>best_os_cpe</name><value>cpe:/o:debian:debian_linux:12</value></detail>"
            ),
        ),
    )
    report = read("openvas.xml", raw)
    assert named(report) == {
        ("openbsd:openssh", "9.2p1", "192.0.2.70:22/tcp"),
        ("debian:debian_linux", "12", "192.0.2.70"),
    }


def test_ssh_audit_names_the_server_and_its_distribution() -> None:
    report = read("ssh_audit.json")
    assert named(report) == {("openbsd:openssh", "9.2p1 Debian 2+deb12u10", "192.0.2.31:2222/tcp")}
    assert not report.names_products


def test_a_generic_file_names_its_components() -> None:
    assert {(one.product, one.version) for one in read("generic.json").products} >= {("log4j-core", "2.14.1")}


@pytest.mark.parametrize("name", TOOLS)
def test_products_are_kept_with_the_report(name: str, tmp_path: Path) -> None:
    report = read(name)
    write_report(tmp_path / "kept", report)
    kept = load_report(tmp_path / "kept")
    assert (kept.products, kept.names_products) == (report.products, report.names_products)
    assert all(isinstance(one, NamedProduct) for one in kept.products)
