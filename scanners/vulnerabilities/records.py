"""What readers take from files, before the store keeps it. Frozen, bounded. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from scanners.vulnerabilities.model import Range

_CVE: Final = re.compile(r"CVE-(\d{4})-(\d{4,7})", re.IGNORECASE)
_DIGITS: Final = 10_000_000
MAX_TEXT: Final = 240
"""Characters kept of a title or a description."""


def cve_number(name: object) -> int:
    """A CVE as one number that sorts like its name: 2024 0006387; 0 when it is none."""
    found = _CVE.fullmatch(name.strip()) if isinstance(name, str) else None
    return int(found[1]) * _DIGITS + int(found[2]) if found else 0


def cve_name(number: int) -> str:
    """The name of a CVE kept as a number."""
    year, rest = divmod(number, _DIGITS)
    return f"CVE-{year}-{rest:04}"


def cve_year(number: int) -> int:
    """The year of a CVE kept as a number."""
    return number // _DIGITS


def short(text: object, limit: int = MAX_TEXT) -> str:
    """Words of strangers on one line, bounded; empty when they are no text."""
    if not isinstance(text, str):
        return ""
    start = text[: 2 * limit]
    if not start.isprintable():
        start = "".join(sign if sign.isprintable() else " " for sign in start)
    return " ".join(start.split())[:limit]


def moment(text: object) -> datetime | None:
    """A date or a date and time of ISO 8601, in UTC; None when it is none, or not of our time."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found.astimezone(UTC) if 1999 <= found.year < 2200 else None


def day(text: object) -> str:
    """A day of ISO 8601, empty when it is none."""
    found = moment(text)
    return found.date().isoformat() if found else ""


def share(text: object) -> float | None:
    """A probability, None when it is none."""
    try:
        found = float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return found if 0.0 <= found <= 1.0 else None


@dataclass(frozen=True, slots=True)
class NvdRecord:
    """One flaw of the NVD. `products` holds the ranges of each `vendor:product`; a rejected flaw has none.

    `exploited_since` is the day CISA added it, as the NVD repeats it; `weakness` its kind, as a CWE (`CWE-787`).
    """

    cve: int
    modified: str
    score: float | None = None
    summary: str = ""
    exploited_since: str = ""
    products: tuple[tuple[str, tuple[Range, ...]], ...] = ()
    weakness: str = ""


@dataclass(frozen=True, slots=True)
class KevRecord:
    """One line of CISA's list of exploited flaws; `product` is `vendor:product` as CISA names them."""

    cve: int
    added: str
    product: str
    name: str
    ransomware: bool


@dataclass(frozen=True, slots=True)
class EpssRecord:
    """The probability that a flaw is exploited within thirty days."""

    cve: int
    score: float


@dataclass(frozen=True, slots=True)
class DebianRecord:
    """What Debian's tracker says of a flaw in a package of a release; `fixed` is empty while it is open."""

    cve: int
    package: str
    release: str
    fixed: str
    resolved: bool
    shipped: str


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """A notice or an alert of CERT-FR, with the flaws it names."""

    reference: str
    title: str
    day: str
    cves: tuple[int, ...]


Record = NvdRecord | KevRecord | EpssRecord | DebianRecord | NoticeRecord
JsonObject = dict[str, Any]
