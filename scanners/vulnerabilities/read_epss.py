"""FIRST's EPSS scores: CSV with commas or semicolons, with or without the line of comment and the header."""

from __future__ import annotations

from collections.abc import Iterator

from scanners.vulnerabilities.read_stream import Bounded
from scanners.vulnerabilities.records import EpssRecord, cve_number, share, short


def read(stream: Bounded, head: bytes) -> Iterator[EpssRecord]:
    """Every score; ValueError when a line is none."""
    separator = ";" if head.count(b";") > head.count(b",") else ","
    for number, line in enumerate(stream.text(), start=1):
        stream.rest()
        if line.startswith("#") or not line.strip():
            continue
        fields = line.strip().split(separator)
        cve, score = cve_number(fields[0]), share(fields[1]) if len(fields) > 1 else None
        if not cve and fields[0].strip().lower() == "cve":
            continue
        if not cve or score is None:
            raise ValueError(f"line {number} is not a CVE and its score: {short(line, 60)!r}")
        yield EpssRecord(cve, score)
