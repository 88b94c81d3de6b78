"""The NVD's records, as its 2.0 interface and the mirrors of it write them: a page (`vulnerabilities`), a feed
(`cve_items`), a list, or one record alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import ijson

from scanners.vulnerabilities.model import Range
from scanners.vulnerabilities.read_stream import Bounded
from scanners.vulnerabilities.records import JsonObject, NvdRecord, cve_number, day, short

_SCORES: Final = ("cvssMetricV31", "cvssMetricV40", "cvssMetricV30", "cvssMetricV2")
_SEPARATOR: Final = re.compile(r"(?<!\\):")
_ESCAPED: Final = re.compile(r"\\(.)")
_ANY: Final = ("*", "-", "")
_CWE: Final = re.compile(r"CWE-[0-9]{1,5}\Z")
_WITHDRAWN: Final = "Rejected"
_MAX_RANGES: Final = 5000
"""Ranges kept of one flaw: the widest of the NVD has about two thousand."""


def read(stream: Bounded, head: bytes) -> Iterator[NvdRecord]:
    """Every record; ValueError or ijson's errors when the file is damaged."""
    for item in ijson.items(stream, _place(head), use_float=True):
        stream.rest()
        record = item.get("cve", item) if isinstance(item, dict) else None
        if not isinstance(record, dict):
            raise ValueError("an entry that is not a CVE record")  # noqa: TRY004 - a fault of the file
        yield _record(record)


def _place(head: bytes) -> str:
    if b'"cve_items"' in head:
        return "cve_items.item"
    if b'"vulnerabilities"' in head:
        return "vulnerabilities.item"
    return "item" if head.lstrip()[:1] == b"[" else ""


def _record(record: JsonObject) -> NvdRecord:
    number = cve_number(record.get("id"))
    if not number:
        raise ValueError(f"a record without a CVE name: {short(str(record.get('id')), 40)!r}")
    modified = short(record.get("lastModified"), 23)
    if record.get("vulnStatus") == _WITHDRAWN:
        return NvdRecord(number, modified)
    return NvdRecord(
        cve=number,
        modified=modified,
        score=_score(record.get("metrics")),
        summary=_summary(record.get("descriptions")),
        exploited_since=day(record["cisaExploitAdd"]) if "cisaExploitAdd" in record else "",
        products=_products(record.get("configurations")),
        weakness=_weakness(record.get("weaknesses")),
    )


def _score(metrics: object) -> float | None:
    """The NVD's own score when it has one, else the first; CVSS 3.1, 4.0, 3.0 then 2."""
    if not isinstance(metrics, dict):
        return None
    for version in _SCORES:
        rated = [one for one in _objects(metrics.get(version)) if isinstance(one.get("cvssData"), dict)]
        if rated:
            chosen = next((one for one in rated if one.get("type") == "Primary"), rated[0])
            value = chosen["cvssData"].get("baseScore")
            if isinstance(value, int | float) and 0 <= value <= 10:
                return float(value)
    return None


def _weakness(weaknesses: object) -> str:
    """The NVD's own CWE when it has one, else the first; `NVD-CWE-noinfo` and the like are none."""
    rated = sorted(_objects(weaknesses), key=lambda one: one.get("type") != "Primary")
    told = (str(text.get("value")) for one in rated for text in _objects(one.get("description")))
    return next((one for one in told if _CWE.match(one)), "")


def _summary(descriptions: object) -> str:
    return next((short(one.get("value")) for one in _objects(descriptions) if one.get("lang") == "en"), "")


def _products(configurations: object) -> tuple[tuple[str, tuple[Range, ...]], ...]:
    found: dict[str, dict[Range, None]] = {}
    count = 0
    for one in _objects(configurations):
        nodes = [node for node in _objects(one.get("nodes")) if not node.get("negate")]
        together = one.get("operator") == "AND" and len(nodes) > 1
        for node in nodes:
            matches = _objects(node.get("cpeMatch"))
            conditional = together or (node.get("operator") == "AND" and len(matches) > 1)
            for match in matches:
                if match.get("vulnerable") is True and count < _MAX_RANGES:
                    product, versions = _range(match, conditional)
                    if product and versions:
                        found.setdefault(product, {})[versions] = None
                        count += 1
    return tuple((product, tuple(ranges)) for product, ranges in found.items())


def _range(match: JsonObject, conditional: bool) -> tuple[str, Range | None]:
    """The product and the versions of one criterion; nothing for “no version”, which no version seen can be."""
    fields = _fields(match.get("criteria"))
    if len(fields) < 6 or not fields[3] or not fields[4] or fields[5] == "-":
        return "", None
    version, update = fields[5], fields[6] if len(fields) > 6 else "*"
    exact = "" if version in _ANY else version + (update if update not in _ANY else "")
    limited = len(fields) > 10 and fields[10] not in _ANY
    start, start_included = _bound(match, "versionStart")
    end, end_included = _bound(match, "versionEnd")
    product = f"{fields[3]}:{fields[4]}"[:200]
    return product, Range(exact[:60], start, start_included, end, end_included, conditional or limited)


def _fields(criteria: object) -> list[str]:
    if not isinstance(criteria, str) or not criteria.startswith("cpe:2.3:"):
        return []
    text = criteria[:600].lower()
    if "\\" not in text:
        return text.split(":")
    return [_ESCAPED.sub(r"\1", field) for field in _SEPARATOR.split(text)]


def _bound(match: JsonObject, name: str) -> tuple[str, bool]:
    including = match.get(f"{name}Including")
    if isinstance(including, str):
        return including[:60], True
    excluding = match.get(f"{name}Excluding")
    return (excluding[:60], False) if isinstance(excluding, str) else ("", name == "versionStart")


def _objects(value: object) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
