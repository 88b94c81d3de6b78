"""Which product a web answer betrays, and what kind of page it is. Pure.

The marks of products are data: `known_gateways.py`, `known_applications.py`, `known_consoles.py`. A page that only
quotes a product's name betrays nothing, and a redirection to another server betrays nothing of this one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scanners.exposure.facts import Endpoint, ExposureFacts, Http
from scanners.exposure.known_applications import APPLICATIONS, IMAGING, WEBMAILS
from scanners.exposure.known_consoles import CONSOLES
from scanners.exposure.known_gateways import GATEWAYS
from scanners.exposure.product_marks import Kind, Product
from scanners.known_products import known_as
from scanners.model import Finding, Verdict, judged
from scanners.vulnerabilities.names import family

PRODUCTS: tuple[Product, ...] = (*GATEWAYS, *WEBMAILS, *APPLICATIONS, *IMAGING, *CONSOLES)
"""In the order they are tried: the first that an answer betrays is what it is."""

_LINK = re.compile(r"""\b(?:href|src|action)\s*=\s*["']?\s*([^"'\s>]+)""", re.IGNORECASE)
_LEADS = re.compile(
    r"""\blocation(?:\.href)?\s*=\s*["']([^"']+)|\blocation\.(?:replace|assign)\(\s*["']([^"']+)"""
    r"""|;\s*url\s*=\s*["']?([^"'\s>]+)""",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_SERVER = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//(?:[^/@?#]*@)?(\[[^/\]]*\]|[^/:?#]*)[^/?#]*", re.IGNORECASE)
_CODE = re.compile(r"<script\b[^>]*>.*?(?:</script|$)|<[^>]*>", re.IGNORECASE | re.DOTALL)
_REMEMBERED = 4096
"""Answers kept with what they betray: rules, things and comparisons ask about each of them in turn."""

_ATTACKED = frozenset(known_as(product.name) for product in PRODUCTS)
"""The same under the names that lists of flaws use."""

_DEFAULT_TITLE = re.compile(
    r"welcome to (?:nginx|openresty|centos|xampp)\b.{0,40}|apache2 (?:debian|ubuntu) default page.{0,20}|it works!?"
    r"|iis windows(?: server)?|iis\d|microsoft internet information services \d+"
    r"|(?:http server )?test page (?:for|powered by) (?:the )?(?:apache|nginx|http server|centos).{0,60}"
    r"|apache http server test page.{0,60}|http server test page.{0,60}|apache tomcat(?:/[0-9.]+)?"
    r"|domain default page|web server's default page|default web site page|glassfish server - server running"
    r"|welcome to (?:jboss|wildfly).{0,40}|caddy works!",
    re.IGNORECASE,
)
_BARE_DEFAULT = re.compile(r"\s*<html><body><h1>it works!</h1>", re.IGNORECASE)
_LISTING = re.compile(r"(?:index of /|directory listing (?:for|of)|répertoire de)", re.IGNORECASE)
_IIS_LISTING = re.compile(r"<h1>[\w.:-]+ - /[^<]*</h1><hr> ?<pre>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A product that an answer betrays, and the version it tells (empty when it tells none)."""

    product: Product
    version: str = ""

    @property
    def name(self) -> str:
        """The name of the product."""
        return self.product.name


def recognised(end: Endpoint) -> Recognised | None:
    """The product that the answer of a port betrays, None when it betrays none."""
    http, tls = end.port.http, end.port.tls
    if http is None:
        return None
    certificate = tls.certificate if tls is not None else None
    shown = certificate.names if certificate is not None else ()
    own = frozenset(name.lower() for name in (end.host.address, *end.host.names, *shown))
    return _recognised(http, own, certificate.subject if certificate is not None else "")


def among_products(facts: ExposureFacts, kind: Kind, evidence: str) -> Verdict:
    """A finding for each web answer that betrays a product of a kind, named in the evidence; of all web answers."""
    web = facts.web()
    found = ((end, one) for end, _http in web if (one := recognised(end)) and one.product.kind is kind)
    return judged(
        len(web),
        (Finding(end.subject, end.evidence() | {evidence: f"{one.name} {one.version}".strip()}) for end, one in found),
    )


def is_recognised_by_pages(product: str) -> bool:
    """Whether a product, by the name that lists of flaws use, is one of those that pages betray."""
    return not _ATTACKED.isdisjoint(family(product))


@lru_cache(maxsize=_REMEMBERED)
def _recognised(http: Http, own: frozenset[str], subject: str) -> Recognised | None:
    answer = _Answer(http, own, subject)
    found = next((product for product in PRODUCTS if answer.betrays(product)), None)
    return Recognised(found, answer.version_of(found)) if found is not None else None


class _Answer:
    """A web answer, laid out so that marks are looked for where they mean something."""

    def __init__(self, http: Http, own: frozenset[str], subject: str) -> None:
        self._title = " ".join(html.unescape(http.title).split())
        self._paths = tuple(_paths(http, own))
        self._said = [f"{name}: {_without_value(name, value)}" for name, value in http.headers]
        self._said += [f"set-cookie: {cookie.name}" for cookie in http.cookies]
        self._code = "\n".join(_CODE.findall(http.text))
        self._subject, self._text = subject, http.text
        self._asks = http.password_field or http.status == 401

    def betrays(self, product: Product) -> bool:
        """Whether one of the marks of a product is there."""
        if product.asks and not self._asks:
            return False
        return bool(
            (product.title and product.title.fullmatch(self._title))
            or (product.path and any(product.path.match(path) for path in self._paths))
            or (product.header and any(product.header.match(line) for line in self._said))
            or (product.code and product.code.search(self._code))
            or (product.certificate and product.certificate.search(self._subject))
        )

    def version_of(self, product: Product) -> str:
        """The version that the product tells here, empty when it tells none."""
        everything = "\n".join((*self._said, *self._paths, self._title, self._text))
        found = product.version.search(everything) if product.version else None
        return _dotted(next(filter(None, found.groups()), "")) if found else ""


def _without_value(name: str, value: str) -> str:
    """A header as marks read it: of a cookie, its name only."""
    return value.partition("=")[0].strip() if name == "set-cookie" else value


def _dotted(version: str) -> str:
    """The usual writing of a version that a page gives as one number: 10605 is 1.6.5."""
    if not version.isdecimal() or len(version) < len("10000"):
        return version
    number = int(version)
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def _paths(http: Http, own: frozenset[str]) -> Iterator[str]:
    """Without their first slash, the paths on this server that an answer leads to or that its page calls."""
    leads = (http.location, *http.redirects, *("".join(found) for found in _LEADS.findall(http.text)))
    calls = (one for one in _LINK.findall(http.text) if not _ELSEWHERE.match(one))
    for path in (*(one for one in leads if _is_here(one, own)), *http.doors, *calls):
        yield _SERVER.sub("", path, count=1).removeprefix("./").lstrip("/")


def _is_here(location: str, own: frozenset[str]) -> bool:
    """Whether a redirection stays on this server: under a name it was asked by, or that its certificate bears."""
    server = _SERVER.match(location)
    return server is None or server[1].strip("[]").lower() in own


def is_default_page(http: Http) -> bool:
    """Whether the page is the one a server shows before anyone configured it."""
    return bool(_DEFAULT_TITLE.fullmatch(http.title) or _BARE_DEFAULT.match(http.text))


def is_listing(http: Http) -> bool:
    """Whether the page lists the files of a folder."""
    return http.status == 200 and bool(_LISTING.match(http.title) or _IIS_LISTING.search(http.text))


def is_page(http: Http) -> bool:
    """Whether the answer is a page for people: served with success, and HTML by its type or by its look."""
    kind = http.header("content-type").lower()
    looks = "<html" in http.text.lower() or bool(http.title)
    return http.status in range(200, 300) and ("html" in kind or (not kind and looks))


def is_docker(http: Http) -> bool:
    """Whether the answer is that of the Docker engine's interface."""
    return bool(http.header("docker-experimental")) or http.header("server").startswith("Docker/")


def is_elasticsearch(http: Http) -> bool:
    """Whether an Elasticsearch or OpenSearch node served its summary to a stranger."""
    return http.status == 200 and '"cluster_name"' in http.text and '"version"' in http.text


def is_kubernetes(endpoint: Endpoint, http: Http) -> bool:
    """Whether the answer is that of a Kubernetes API server, or of a kubelet on its own ports."""
    api = '"kind":"Status"' in http.text.replace(" ", "") and '"apiVersion"' in http.text
    kubelet = endpoint.port.number in {10250, 10255} and http.status in {401, 403, 404}
    return api or kubelet
