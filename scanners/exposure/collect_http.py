"""One polite `GET /`, and one redirection at most, never to another host or port."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from scanners.exposure.collect_wire import Wire
from scanners.exposure.facts import MAX_HEADERS, MAX_PAGE, Http, clean

_TITLE = re.compile(r"<title[^>]*>(.{0,500}?)</title", re.IGNORECASE | re.DOTALL)
_PASSWORD = re.compile(r"<input[^>]{0,300}type\s*=\s*[\"']?password", re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: |\r|\n)")
_MAX_PATH = 500
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
    headers = tuple((clean(key).lower(), clean(value)) for key, _, value in (line.partition(":") for line in lines))
    page = body.decode("utf-8", "replace")
    title = _TITLE.search(page)
    return Http(
        status=int(status[1]),
        title=clean(title[1]) if title else "",
        location=next((value for key, value in headers if key == "location"), ""),
        headers=headers,
        text=clean(page, MAX_PAGE),
        password_field=_PASSWORD.search(page) is not None,
    )


def follow(first: Http, origin: str, fetch: Callable[[str], bytes]) -> Http:
    """The page behind a redirection that stays at `origin` (`https://host:port`), keeping the first `location`."""
    path = _inside(first.location, origin) if first.status in range(300, 400) else ""
    page = parse(fetch(path)) if path else None
    if page is None:
        return first
    return Http(page.status, page.title, first.location, page.headers, page.text, page.password_field)


def get(wire: Wire, host: str, path: str = "/") -> bytes:
    """The raw answer to one GET."""
    return wire.ask(request(host, path), enough=whole)


def _inside(location: str, origin: str) -> str:
    """The path and query of a redirection that stays at `origin`; empty when it leaves it or is malformed."""
    try:
        target, home = urlsplit(urljoin(f"{origin}/", location)), urlsplit(origin)
    except ValueError:
        return ""
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    same = (target.scheme, target.netloc) == (home.scheme, home.netloc)
    harmless = path.isascii() and path.isprintable() and " " not in path and len(path) <= _MAX_PATH
    return path if same and harmless else ""
