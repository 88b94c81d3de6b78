"""CISA's list of exploited flaws, in JSON or CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import Final

import ijson

from scanners.vulnerabilities.read_stream import Bounded
from scanners.vulnerabilities.records import KevRecord, cve_number, day, short

_KNOWN: Final = "known"


def read(stream: Bounded, head: bytes) -> Iterator[KevRecord]:
    """Every line; ValueError, csv's or ijson's errors when the file is damaged."""
    rows = _json(stream) if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" else _csv(stream)
    for row in rows:
        stream.rest()
        yield _record(row)


def _json(stream: Bounded) -> Iterator[Mapping[str, object]]:
    for item in ijson.items(stream, "vulnerabilities.item", use_float=True):
        if not isinstance(item, dict):
            raise ValueError("an entry that is not an object")  # noqa: TRY004 - a fault of the file
        yield item


def _csv(stream: Bounded) -> Iterator[Mapping[str, object]]:
    return iter(csv.DictReader(stream.text(), strict=True))


def _record(row: Mapping[str, object]) -> KevRecord:
    number, added = cve_number(row.get("cveID")), day(row.get("dateAdded"))
    if not number or not added:
        raise ValueError(f"a line without a CVE name or its date: {short(str(row.get('cveID')), 40)!r}")
    return KevRecord(
        cve=number,
        added=added,
        product=f"{_plain(row.get('vendorProject'))}:{_plain(row.get('product'))}"[:200],
        name=short(row.get("vulnerabilityName")),
        ransomware=short(row.get("knownRansomwareCampaignUse")).lower() == _KNOWN,
    )


def _plain(text: object) -> str:
    return "_".join(short(text).lower().replace(":", " ").split())
