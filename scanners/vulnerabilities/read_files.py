"""Which source a file is of, told by how it begins, and the day its publisher made it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from scanners.vulnerabilities import read_certfr, read_debian, read_epss, read_kev, read_nvd
from scanners.vulnerabilities.model import Source
from scanners.vulnerabilities.read_stream import Bounded
from scanners.vulnerabilities.records import Record, moment

READERS: Final[Mapping[Source, Callable[[Bounded, bytes], Iterator[Record]]]] = {
    Source.NVD: read_nvd.read,
    Source.KEV: read_kev.read,
    Source.EPSS: read_epss.read,
    Source.DEBIAN: read_debian.read,
    Source.CERTFR: read_certfr.read,
}
_MARKS: Final[tuple[tuple[Source, re.Pattern[bytes]], ...]] = (
    (Source.KEV, re.compile(rb'"?cveID"?\s*[:,]|"catalogVersion"')),
    (Source.CERTFR, re.compile(rb'"reference"\s*:\s*"CERTFR-|"\$ref"\s*:\s*"https://www\.cert\.ssi\.gouv\.fr')),
    (Source.NVD, re.compile(rb'"NVD_CVE"|"cve_items"|"vulnStatus"|"sourceIdentifier"|"vulnerabilities"\s*:\s*\[')),
    (Source.DEBIAN, re.compile(rb'\{\s*"[a-z0-9][a-z0-9+.-]+"\s*:\s*\{\s*"(?:CVE|TEMP)-')),
    (Source.EPSS, re.compile(rb"^#model_version|^cve[,;]epss|^CVE-\d{4}-\d+[,;]\s*[01]?\.?\d", re.IGNORECASE)),
)
_DATES: Final[Mapping[Source, re.Pattern[bytes]]] = {
    Source.NVD: re.compile(rb'"timestamp"\s*:\s*"([^"]{10,40})"'),
    Source.KEV: re.compile(rb'"dateReleased"\s*:\s*"([^"]{10,40})"'),
    Source.EPSS: re.compile(rb"^#.*score_date:([0-9T:+-]{10,30})"),
}


def recognised(head: bytes) -> Source | None:
    """The source of a file that begins so, None when it is of none."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return next((source for source, mark in _MARKS if mark.search(start)), None)


def told_date(source: Source, head: bytes) -> datetime | None:
    """The day that a file gives itself where it begins, None when it does not."""
    pattern = _DATES.get(source)
    found = pattern.search(head.lstrip(b"\xef\xbb\xbf")) if pattern else None
    return moment(found[1].decode("ascii", "replace").replace("Z", "+00:00")) if found else None
