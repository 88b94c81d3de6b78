"""Texts, names and dates of strangers made fit to be kept and shown."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from scanners.imported.model import ForeignRef
from scanners.model import Severity, Text

MAX_TITLE = 300
MAX_DETAIL = 300
"""Characters of one value of evidence."""
MAX_PROSE = 4000
"""Characters of a description or a remediation."""
MAX_REFS = 100
MAX_HOST = 253
"""Characters of a DNS name (RFC 1035)."""

_HIDDEN = "[…]"
_SECRETS = (
    re.compile(
        r"(?i)(\b(?:pass(?:word|wd|phrase)?|pwd|mot de passe|mdp|secret|token|api[ _-]?key|community(?: string)?|"
        r"authorization|(?:set-)?cookie)\b['\"]?\s*(?:[:=]|is\b|est\b)\s*)(?:(?:bearer|basic)\s+)?\S+"
    ),
    re.compile(r"(://)[^/\s@]{1,200}@"),
    re.compile(r"()\b[0-9a-fA-F]{32}:[0-9a-fA-F]{32}\b"),
    re.compile(r"()\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*"),
    re.compile(r"()-----BEGIN [A-Z ]*PRIVATE KEY-----.*", re.DOTALL),
)
_PLACE = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?:[^/?#@]*@)?(?P<host>\[[^\]/]*\]|[^/:?#]*)(?::(?P<port>[0-9]{0,5}))?"
    r"(?P<path>(?:/[^?#]*)?)"
)
_UNFIT_HOST = re.compile(r"[^\w.-]+")
_CVE = re.compile(r"CVE-(\d{4})-(\d{4,19})", re.IGNORECASE)
_CWE = re.compile(r"(?:CWE-)?(\d{1,6})", re.IGNORECASE)
_OLDEST, _NEWEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

# CVSS v3.1 specification, section 5: qualitative severity rating scale.
_CVSS_BANDS = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))


def plain(raw: object, limit: int = MAX_DETAIL) -> str:
    """One line: signs that do not print (controls, bidirectional marks) become spaces, the length is bounded.

    "" for what is neither a text nor a number.
    """
    if isinstance(raw, (int, float, Decimal)) and not isinstance(raw, bool):
        return str(raw)[:limit]
    if not isinstance(raw, str):
        return ""
    shown = raw[: 8 * limit]
    if not shown.isprintable():
        shown = "".join(sign if sign.isprintable() else " " for sign in shown)
    return " ".join(shown.split())[:limit].rstrip()


def prose(raw: object, limit: int = MAX_PROSE) -> str:
    """A text of several lines, each as `plain`; secrets it may quote are hidden. Empty lines are kept one at a time."""
    if not isinstance(raw, str):
        return ""
    lines = (plain(line, limit) for line in raw[: 2 * limit].splitlines())
    return redacted(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())[:limit].rstrip()


def redacted(text: str) -> str:
    """The text with what looks like a password, a key or a token hidden."""
    for pattern in _SECRETS:
        text = pattern.sub(rf"\1{_HIDDEN}", text)
    return text


def foreign(raw: object, limit: int = MAX_PROSE) -> Text:
    """A text of the tool, the same in both languages because the file has one only."""
    text = prose(raw, limit)
    return Text(text, text)


def title(raw: object, fallback: str) -> Text:
    """A title of the tool on one line, `fallback` when it has none."""
    text = plain(raw, MAX_TITLE) or fallback
    return Text(text, text)


def host(raw: object) -> str:
    """An address compressed, or a name in lower case without its final dot; `unknown` when nothing is left of it."""
    text = plain(raw, 4 * MAX_HOST).strip("[]").split("%")[0]
    try:
        return ipaddress.ip_address(text).compressed
    except ValueError:
        return _UNFIT_HOST.sub("_", text.lower())[:MAX_HOST].strip("._") or "unknown"


def place(raw: object) -> tuple[str, int | None, str]:
    """Host, port and path of an address as tools write it: `host`, `host:port`, `[::1]:22`, an http address.

    Query and fragment are dropped: they carry tokens and names. The port of http and https is told when not written.
    """
    text = plain(raw, 2000)
    if _is_address(text):
        return host(text), None, ""
    match = _PLACE.match(text)
    if match is None:
        return host(text), None, ""
    usual = {"http": 80, "https": 443}.get((match["scheme"] or "").lower())
    return host(match["host"]), port_of(match["port"]) or usual, plain(match["path"].rstrip("/"), 200)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def port_of(raw: object) -> int | None:
    """A port from 1 to 65535; None for anything else."""
    text = plain(raw, 8)
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 65536 else None


def number(raw: object) -> float | None:
    """A finite number, written as one or as text; None for anything else."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal, str)):
        return None
    try:
        value = float(raw)
    except (ValueError, OverflowError):
        return None
    return value if abs(value) < 1e15 else None  # false for NaN and infinities as well


def of_cvss(score: float) -> Severity:
    """The severity of a CVSS score; nothing at all is information."""
    return next((severity for least, severity in _CVSS_BANDS if score >= least), Severity.INFO)


def moment(raw: object) -> datetime | None:
    """An ISO date and time as UTC; without a zone it is taken as UTC. None when it is no date of 1990 to 2100."""
    try:
        read = datetime.fromisoformat(plain(raw, 64))
        return _sensible(read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def epoch(raw: object) -> datetime | None:
    """Seconds since 1970 as UTC; None when they make no date of 1990 to 2100."""
    seconds = number(raw)
    if seconds is None or not _OLDEST.timestamp() <= seconds < _NEWEST.timestamp():
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _sensible(when: datetime) -> datetime | None:
    return when if _OLDEST <= when < _NEWEST else None


def cves(*texts: object) -> tuple[ForeignRef, ...]:
    """The CVE ids written anywhere in `texts`."""
    found = (match for text in texts if isinstance(text, str) for match in _CVE.finditer(text[:20_000]))
    return tuple(sorted({ForeignRef("cve", f"CVE-{match[1]}-{match[2]}") for match in found}))[:MAX_REFS]


def cwe(raw: object) -> tuple[ForeignRef, ...]:
    """The reference to a CWE written `79` or `CWE-79`; none for 0 or anything else."""
    match = _CWE.fullmatch(plain(raw, 12))
    return (ForeignRef("cwe", f"CWE-{int(match[1])}"),) if match and int(match[1]) else ()


def urls(texts: Iterable[object]) -> tuple[ForeignRef, ...]:
    """The http and https addresses among `texts`, without what follows a `#`."""
    found = set()
    for raw in texts:
        text = plain(raw, 1000)
        if text.lower().startswith(("https://", "http://")) and " " not in text and "@" not in text:
            found.add(ForeignRef("url", text.partition("#")[0]))
    return tuple(sorted(found))[:MAX_REFS]
