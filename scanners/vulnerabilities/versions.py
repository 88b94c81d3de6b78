"""Whether a version is in a range of the NVD, and what the maker calls a version of a Debian package. Pure."""

from __future__ import annotations

import re
from typing import Final

from scanners.versions import compare, cut_short
from scanners.vulnerabilities.model import Range

_REPACKED: Final = re.compile(r"[+~](?:dfsg|ds|really|repack)")


def holds(versions: Range, number: str) -> bool:
    """Whether a version is one of the range."""
    if versions.exact:
        return compare(number, versions.exact) == 0
    if versions.start:
        low = compare(number, versions.start)
        if low < 0 or (low == 0 and not versions.start_included):
            return False
    if versions.end:
        high = compare(number, versions.end)
        return high < 0 or (high == 0 and versions.end_included)
    return True


def too_short(versions: Range, number: str) -> bool:
    """Whether the number seen is only the beginning of a bound: `7.2` before `7.2.5`."""
    return any(bound and cut_short(number, bound) for bound in (versions.start, versions.end))


def debian_upstream(version: str) -> str:
    """What the maker calls a version of a Debian package: `1:9.2p1-2+deb12u3` is `9.2p1`."""
    upstream, dash, revision = version.rpartition(":")[2].rpartition("-")
    return _REPACKED.split(upstream if dash else revision)[0]
