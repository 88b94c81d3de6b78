"""What an announced version says: the maker's number, and the distribution that packaged it, if it tells. Pure.

`9.2p1 Debian-2+deb12u10` is OpenSSH 9.2p1 in its build `9.2p1-2+deb12u10` of Debian 12; `1.22.1 (Ubuntu)` is of Ubuntu.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scanners.vulnerabilities.names import RELEASES

_REPLICATION: Final = "5.5.5-"
"""What MariaDB writes before its own number, for old replicas."""
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)*(?:[._-]?(?:p|r|u|rc|alpha|beta|build)\d+)*[a-z]?(?![a-z])", re.IGNORECASE)
_BUILD: Final = re.compile(r"(?P<upstream>\d[\w.+~]*?)\s+Debian[- ](?P<revision>[\w.+~]+)")
_PACKAGE: Final = re.compile(r"(?P<upstream>\d[\w.+~]*)-(?:MariaDB-)?(?P<revision>[\w.]*[+~]deb\d+u\d+)")
_RELEASE: Final = re.compile(r"deb(\d+)u\d+")
_DISTRIBUTION: Final = re.compile(
    r"debian|[+~]deb\d+u\d+|raspbian|ubuntu|red ?hat|centos|rocky|alma|suse|fedora|amazon|oracle linux"
    r"|\.?el\d+(?:_\d+)?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Announced:
    """A version taken apart. `build` is that of a Debian package, without its epoch; `release` Debian's code name."""

    number: str
    distribution: str = ""
    build: str = ""
    release: str = ""


def announced(version: str) -> Announced:
    """What a version says; an empty number when it says none."""
    version = version.removeprefix(_REPLICATION)
    number = _NUMBER.search(version)
    found = _DISTRIBUTION.search(version)
    if number is None or found is None:
        return Announced(number[0] if number else "")
    name = "debian" if "deb" in found[0].lower() else found[0].lower()
    build = _BUILD.search(version) or _PACKAGE.search(version)
    if name != "debian" or build is None:
        return Announced(number[0], name)
    release = _RELEASE.search(build["revision"])
    upstream = build["upstream"]
    return Announced(
        number[0], name, f"{upstream}-{build['revision']}", RELEASES.get(release[1], "") if release else ""
    )
