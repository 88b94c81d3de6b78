"""Notices and alerts of CERT-FR, in the JSON of its site: one notice, or a list of them.

Written from the published shape; no real file could be obtained to try it on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import ijson

from scanners.vulnerabilities.read_stream import Bounded
from scanners.vulnerabilities.records import NoticeRecord, cve_number, day, short

_REFERENCE: Final = re.compile(r"CERTFR-\d{4}-(?:ALE|AVI|ACT|CTI)-\d{3,5}")
_DATES: Final = ("last_revision_date", "initial_release_date")


def read(stream: Bounded, head: bytes) -> Iterator[NoticeRecord]:
    """Every notice; ValueError or ijson's errors when the file is damaged."""
    for item in ijson.items(stream, "item" if head.lstrip()[:1] == b"[" else "", use_float=True):
        stream.rest()
        yield _record(item)


def _record(item: Any) -> NoticeRecord:  # noqa: ANN401 - whatever the file holds
    reference = short(item.get("reference"), 40) if isinstance(item, dict) else ""
    if not _REFERENCE.fullmatch(reference):
        raise ValueError(f"an entry without a reference of CERT-FR: {reference!r}")
    listed = item.get("cves")
    cves = {cve_number(one.get("name") if isinstance(one, dict) else one) for one in listed or ()}
    return NoticeRecord(
        reference=reference,
        title=short(item.get("title")),
        day=next(filter(None, (day(item.get(name)) for name in _DATES)), ""),
        cves=tuple(sorted(cves - {0})),
    )
