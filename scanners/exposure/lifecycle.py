"""When software stopped receiving security fixes: a small dated table, with its sources. Pure data.

Dates were taken from the endoflife.date project (MIT), which quotes the vendors' pages named below. A version is judged
only when its number tells the truth: distributions (Debian, Ubuntu, Red Hat…) keep old numbers and fix them, so a
banner that names one is judged by the distribution's own end, when it is known, and left alone otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from scanners.exposure.facts import Endpoint
from scanners.lifecycle import LifeCycle

_PHP = "https://www.php.net/supported-versions.php"
_APACHE = "https://httpd.apache.org/"
_OPENSSL = "https://www.openssl.org/policies/releasestrat.html"
_WINDOWS = "https://learn.microsoft.com/lifecycle/products/?terms=Windows%20Server"
_TOMCAT = "https://tomcat.apache.org/whichversion.html"
_MYSQL = "https://www.oracle.com/us/support/library/lifetime-support-technology-069183.pdf"
_DEBIAN = "https://wiki.debian.org/LTS"


@dataclass(frozen=True, slots=True)
class End:
    """The last day of security fixes of the versions of `product` that start with `prefix`."""

    product: str
    prefix: str
    day: date
    source: str


ENDS: tuple[End, ...] = (
    End("php", "5", date(2018, 12, 31), _PHP),
    End("php", "7.0", date(2019, 1, 10), _PHP),
    End("php", "7.1", date(2019, 12, 1), _PHP),
    End("php", "7.2", date(2020, 11, 30), _PHP),
    End("php", "7.3", date(2021, 12, 6), _PHP),
    End("php", "7.4", date(2022, 11, 28), _PHP),
    End("php", "8.0", date(2023, 11, 26), _PHP),
    End("php", "8.1", date(2025, 12, 31), _PHP),
    End("php", "8.2", date(2026, 12, 31), _PHP),
    End("apache", "1.3", date(2010, 2, 3), _APACHE),
    End("apache", "2.0", date(2013, 7, 10), _APACHE),
    End("apache", "2.2", date(2017, 7, 11), _APACHE),
    End("openssl", "1.0.2", date(2019, 12, 31), _OPENSSL),
    End("openssl", "1.1.0", date(2019, 9, 11), _OPENSSL),
    End("openssl", "1.1.1", date(2023, 9, 11), _OPENSSL),
    End("microsoft-iis", "6.0", date(2015, 7, 14), _WINDOWS),
    End("microsoft-iis", "7", date(2020, 1, 14), _WINDOWS),
    End("microsoft-iis", "8", date(2023, 10, 10), _WINDOWS),
    End("tomcat", "5", date(2012, 9, 30), _TOMCAT),
    End("tomcat", "6", date(2016, 12, 31), _TOMCAT),
    End("tomcat", "7", date(2021, 3, 31), _TOMCAT),
    End("mysql", "5.5", date(2018, 12, 31), _MYSQL),
    End("mysql", "5.6", date(2021, 2, 28), _MYSQL),
    End("mysql", "5.7", date(2023, 10, 31), _MYSQL),
    End("mysql", "8.0", date(2026, 4, 30), _MYSQL),
    End("debian", "7", date(2018, 5, 31), _DEBIAN),
    End("debian", "8", date(2020, 6, 30), _DEBIAN),
    End("debian", "9", date(2022, 7, 1), _DEBIAN),
    End("debian", "10", date(2024, 6, 30), _DEBIAN),
    End("debian", "11", date(2026, 8, 31), _DEBIAN),
    End("debian", "12", date(2028, 6, 10), _DEBIAN),
)
"""Debian counts with its long-term support; Windows Server without paid extended updates."""

_TOKEN = re.compile(r"([A-Za-z][A-Za-z-]+)/([0-9][0-9A-Za-z.]*)")
_DISTRIBUTION = re.compile(r"debian|ubuntu|red ?hat|centos|rocky|alma|suse|fedora|\.el[0-9]", re.IGNORECASE)
_DEBIAN_BUILD = re.compile(r"\bdeb([0-9]+)u[0-9]+")


def ends_of(imported: Iterable[LifeCycle]) -> tuple[End, ...]:
    """The table, with the rows of an imported one (`php 8.3`) in place of the same versions, the longest first."""
    known = {(end.product, end.prefix): end for end in ENDS}
    for row in imported:
        product, _space, prefix = row.product.rpartition(" ")
        if product and prefix[:1].isdigit() and not row.build:
            known[product, prefix] = End(product, prefix, row.end, row.source)
    return tuple(sorted(known.values(), key=lambda end: -len(end.prefix)))


def end_of(product: str, version: str, ends: Iterable[End]) -> End | None:
    """The end of one version, None when it is not in the table. `2.2` does not stand for `2.20`."""
    for end in ends:
        rest = version.removeprefix(end.prefix)
        if end.product == product and version.startswith(end.prefix) and not rest[:1].isdigit():
            return end
    return None


def components(endpoint: Endpoint) -> Iterator[tuple[str, str]]:
    """(product, version) of everything a port announces and whose number can be trusted; products in lower case."""
    service, http = endpoint.service, endpoint.port.http
    headers = (http.header("server"), http.header("x-powered-by")) if http else ()
    announced = " ".join((service.banner, service.version, *headers))
    build = _DEBIAN_BUILD.search(announced)
    if build:
        yield "debian", build[1]
    if _DISTRIBUTION.search(announced):
        return
    for product, version in _TOKEN.findall(" ".join(headers)):
        yield product.lower(), version
    if service.name == "mysql" and service.version:
        yield service.product.lower(), service.version
