"""One polite `GET /`, and a few redirections at most, never to another host or port.

A page is read as far as `collect_wire.MAX_BYTES` and for as long as its conversation may last, however large it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from scanners.exposure.collect_wire import ANSWER_SECONDS, MAX_BYTES, Wire
from scanners.exposure.facts import MAX_BANNER, MAX_HEADERS, MAX_PAGE, Cookie, Http, SecurityText, clean
from scanners.exposure.products import is_default_page

_TITLE = re.compile(r"<title[^>]*>(.{0,500}?)</title", re.IGNORECASE | re.DOTALL)
_PASSWORD = re.compile(r"<input[^>]{0,300}type\s*=\s*[\"']?password", re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: |\r|\n)")
_MAX_PATH = 500
_MOVED = frozenset({301, 302, 303, 307, 308})
_OK, _NOT_FOUND = 200, 404
_MAX_CONTACTS = 10
_LONG_HEADERS = frozenset({"content-security-policy"})
PAGE_SECONDS = 8.0
"""How long the page that a site shows may take to begin: some make it on demand, for several seconds."""
MAX_REDIRECTS = 5
"""Redirections followed on one port; browsers follow twenty."""
SECURITY_PATH = "/.well-known/security.txt"
NOWHERE = "/care-audit-invalid/"
"""A path nobody has: a server that answers there answers everywhere."""
_IIS_DOORS = ("/RDWeb/", "/owa/", "/adfs/ls/idpinitiatedsignon.aspx")
_OTHER_DOORS = (
    "/glpi/", "/zabbix/", "/centreon/", "/ocsreports/", "/phpmyadmin/", "/guacamole/", "/manager/html",
)  # fmt: skip
_OPEN = frozenset({200, 401}) | _MOVED
AGENT = "CaRE-exposure-audit (authorised by the establishment)"


def request(host: str, path: str = "/") -> bytes:
    """The bytes of one GET."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {AGENT}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    ).encode("ascii")


def whole(received: bytes) -> bool:
    """Whether an answer with a declared length is all there (others end with the connection)."""
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return False
    length = re.search(rb"\r\ncontent-length:\s*([0-9]{1,9})\b", head, re.IGNORECASE)
    return length is not None and len(body) >= int(length[1])


def parse(received: bytes) -> Http | None:
    """The answer, None when it is not HTTP."""
    status = _STATUS.match(received)
    if status is None:
        return None
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")[1 : MAX_HEADERS + 1]
    pairs = [(clean(key).lower(), value) for key, _, value in (line.partition(":") for line in lines)]
    page = body.decode("utf-8", "replace")
    title = _TITLE.search(page)
    location = next((clean(value) for key, value in pairs if key == "location"), "")
    return Http(
        status=int(status[1]),
        title=clean(title[1]) if title else "",
        location=location,
        headers=tuple((key, _kept(key, value)) for key, value in pairs),
        text=clean(page, MAX_PAGE),
        password_field=_PASSWORD.search(page) is not None,
        cookies=tuple(_cookie(value) for key, value in pairs if key == "set-cookie"),
        redirects=(location,) if location and int(status[1]) in _MOVED else (),
    )


def status_of(received: bytes) -> int:
    """The status of an answer, 0 when it is not HTTP."""
    status = _STATUS.match(received)
    return int(status[1]) if status is not None else 0


def _kept(key: str, value: str) -> str:
    """A header as it is kept: long where its length matters, a cookie without its value."""
    if key == "set-cookie":
        pair, semicolon, rest = value.partition(";")
        return clean(f"{pair.partition('=')[0]}=…{semicolon}{rest}")
    return clean(value, MAX_PAGE if key in _LONG_HEADERS else MAX_BANNER)


def _cookie(value: str) -> Cookie:
    pair, *attributes = value.split(";")
    said = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in attributes)}
    return Cookie(
        clean(pair.partition("=")[0], 100), "secure" in said, "httponly" in said, clean(said.get("samesite", ""), 20)
    )


def read_security_text(received: bytes) -> SecurityText | None:
    """The security.txt an answer holds: a text with a contact. A page served for every path is none (RFC 9116).

    None when it lies elsewhere: redirections that leave the port are not followed.
    """
    page = parse(received)
    if page is not None and page.redirects:
        return None
    if page is None or page.status != _OK or "html" in page.header("content-type").lower():
        return SecurityText()
    text = received.partition(b"\r\n\r\n")[2].decode("utf-8", "replace")
    fields = [
        (key.strip().lower(), value.strip()) for key, _, value in (line.partition(":") for line in text.splitlines())
    ]
    contacts = tuple(clean(value) for key, value in fields if key == "contact" and value)[:_MAX_CONTACTS]
    return SecurityText(
        bool(contacts), contacts, _moment(next((value for key, value in fields if key == "expires"), ""))
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None


def follow(first: Http, origin: str, fetch: Callable[[str], bytes]) -> Http:
    """The page behind redirections that stay at `origin` (`https://host:port`), keeping the first `location`.

    `redirects` lists them all, the one that leaves included; `loops` tells that they come back or never end.
    """
    page, walked, visited, path = first, list(first.redirects), {"/"}, "/"
    cookies = list(first.cookies)
    while page.status in _MOVED and (path := _inside(page.location, origin, path)):
        if path in visited or len(walked) > MAX_REDIRECTS:
            page = replace(page, loops=True)
            break
        visited.add(path)
        found = parse(fetch(path))
        if found is None:
            break
        page = found
        walked += page.redirects
        cookies += page.cookies
    return replace(page, location=first.location, redirects=tuple(walked), cookies=tuple(dict.fromkeys(cookies)))


def landing(path: str, origin: str, fetch: Callable[[str], bytes]) -> bytes:
    """The raw answer behind the redirections of a path that stay at `origin`."""
    answer = fetch(path)
    for _ in range(MAX_REDIRECTS):
        page = parse(answer)
        if page is None or page.status not in _MOVED or not (path := _inside(page.location, origin, path)):
            break
        answer = fetch(path)
    return answer


def with_doors(page: Http, fetch: Callable[[str], bytes]) -> Http:
    """The page with the usual paths of products that answer, when it is one a server shows before being configured.

    Webmail and portals often stand behind such a page. Nothing is believed of a server that answers everywhere.
    """
    iis = page.header("server").lower().startswith("microsoft-iis")
    if not is_default_page(page) and not (iis and page.status in {403, 404}):
        return page
    if status_of(fetch(NOWHERE)) != _NOT_FOUND:
        return page
    usual = _IIS_DOORS if iis else _OTHER_DOORS
    return replace(page, doors=tuple(path for path in usual if status_of(fetch(path)) in _OPEN))


def get(wire: Wire, host: str, path: str = "/", patience: float = ANSWER_SECONDS) -> bytes:
    """The raw answer to one GET, whose first byte may take `patience` seconds to come."""
    wire.send(request(host, path))
    begun = wire.receive(seconds=patience)
    if not begun or whole(begun):
        return begun
    return begun + wire.receive(lambda rest: whole(begun + rest), limit=MAX_BYTES - len(begun))


def _inside(location: str, origin: str, path: str) -> str:
    """Path and query of a redirection from `path` that stays at `origin`; empty when it leaves it or is malformed."""
    try:
        target, home = urlsplit(urljoin(f"{origin}{path}", location)), urlsplit(origin)
    except ValueError:
        return ""
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    same = (target.scheme, target.netloc) == (home.scheme, home.netloc)
    harmless = path.isascii() and path.isprintable() and " " not in path and len(path) <= _MAX_PATH
    return path if same and harmless else ""
