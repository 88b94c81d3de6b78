"""Debian's security tracker, in its JSON: packages, their flaws, and what each release did about them.

A flaw that Debian has not looked at yet, or holds for no flaw at all (`unimportant`), is left out: nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cmp_to_key
from typing import Final

import ijson

from scanners.versions import compare
from scanners.vulnerabilities.read_stream import Bounded
from scanners.vulnerabilities.records import DebianRecord, JsonObject, cve_number, short

_OPEN: Final = "open"
_RESOLVED: Final = "resolved"
_UNIMPORTANT: Final = "unimportant"


def read(stream: Bounded, head: bytes) -> Iterator[DebianRecord]:
    """One record a flaw, package and release; ValueError or ijson's errors when the file is damaged."""
    del head
    for package, flaws in ijson.kvitems(stream, "", use_float=True):
        stream.rest()
        if not isinstance(flaws, dict):
            raise ValueError(f"package {short(package, 60)!r} does not hold its flaws")  # noqa: TRY004
        for name, flaw in flaws.items():
            number = cve_number(name)  # flaws without a CVE have a temporary name
            if number and isinstance(flaw, dict):
                yield from _releases(number, short(package, 100), flaw.get("releases"))


def _releases(number: int, package: str, releases: object) -> Iterator[DebianRecord]:
    if not isinstance(releases, dict):
        raise ValueError(f"package {package!r} tells no release")  # noqa: TRY004 - a fault of the file
    for release, told in releases.items():
        if not isinstance(told, dict):
            continue
        status = told.get("status")
        if status == _RESOLVED or (status == _OPEN and told.get("urgency") != _UNIMPORTANT):
            yield DebianRecord(
                cve=number,
                package=package,
                release=short(release, 40),
                fixed=short(told.get("fixed_version"), 100) if status == _RESOLVED else "",
                resolved=status == _RESOLVED,
                shipped=_latest(told),
            )


def _latest(told: JsonObject) -> str:
    """The newest version that a release ships, of its archives."""
    archives = told.get("repositories")
    versions = [short(one, 100) for one in archives.values()] if isinstance(archives, dict) else []
    return max(filter(None, versions), key=cmp_to_key(compare), default="")
