"""Known vulnerabilities of the lab: invented lists, whole and of the day, that name what its servers announce.

The stub of an old web server announces Apache 2.2.15 and PHP 5.3.3 on Windows, vsftpd its number without its
distribution, a portal nothing but its name. The real sshd announces the build of a corrected Debian: not a word on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanners.vulnerabilities.importing import FEWEST_OF_A_YEAR, FIRST_YEAR, Asked, import_file

PLANTED: tuple[tuple[str, str, str, float, str], ...] = (
    ("CVE-2024-0001", "apache:http_server", "2.2.16", 7.5, "2024-02-01"),
    ("CVE-2024-0002", "php:php", "5.3.4", 9.8, ""),
    ("CVE-2024-0003", "apache:http_server", "2.2.16", 5.3, ""),
    ("CVE-2024-0004", "vsftpd_project:vsftpd", "9", 9.8, "2024-03-01"),
    ("CVE-2024-0005", "vsftpd_project:vsftpd", "9", 7.5, ""),
    ("CVE-2024-0007", "vsftpd_project:vsftpd", "9", 9.1, ""),
    ("CVE-2024-0006", "fortinet:fortios", "7.0", 9.8, "2024-04-01"),
    ("CVE-2024-6387", "openbsd:openssh", "9.8", 8.1, "2024-05-01"),
)
"""(flaw, product, first sound version, CVSS, exploited since)."""
NAMED: tuple[tuple[str, str, str], ...] = (
    ("exploited_vulnerability", "old_web", "apache:http_server CVE-2024-0001"),
    ("critical_vulnerability", "old_web", "php:php CVE-2024-0002"),
    ("known_vulnerability", "old_web", "apache:http_server"),
    ("exploited_vulnerability_to_confirm", "vsftpd", "vsftpd CVE-2024-0004"),
    ("critical_vulnerability_to_confirm", "vsftpd", "vsftpd"),
    ("vulnerability_to_confirm", "vsftpd", "vsftpd"),
    ("exploited_product_version_unknown", "fortinet", "fortinet:fortios"),
)
"""(rule, server, what follows the place in the subject of its finding)."""
_TRACKER = {
    "openssh": {
        "CVE-2024-6387": {
            "releases": {
                "bookworm": {
                    "status": "resolved",
                    "repositories": {"bookworm": "1:9.2p1-2+deb12u3"},
                    "fixed_version": "1:9.2p1-2+deb12u3",
                }
            }
        }
    }
}


def expected(at: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Rule -> the subjects it must name, where `at` tells the places (as rules write them) of each server."""
    return {f"exposure.{rule}": sorted(f"{place} {rest}" for place in at[server]) for rule, server, rest in NAMED}


def store(folder: Path) -> Path:
    """The lists, imported into a file of that folder."""
    place, now = folder / "vulnerabilities.sqlite3", datetime.now(UTC)
    kev = [
        {"cveID": name, "vendorProject": "x", "product": "y", "dateAdded": since}
        for name, _product, _end, _score, since in PLANTED
        if since
    ]
    for title, content in (
        ("nvd.json", {"format": "NVD_CVE", "timestamp": now.isoformat(), "cve_items": list(_records())}),
        ("kev.json", {"catalogVersion": "lab", "dateReleased": now.isoformat(), "vulnerabilities": kev}),
        ("debian.json", _TRACKER),
    ):
        file = folder / title
        file.write_text(json.dumps(content))
        import_file(place, file, Asked(now, dated=now))
    return place


def _records() -> Iterator[dict[str, Any]]:
    for year in range(FIRST_YEAR, 2024):
        for number in range(FEWEST_OF_A_YEAR):
            yield _record(f"CVE-{year}-{number:04}", "unheard:of", "1", 5.0)
    for name, product, end, score, _since in PLANTED:
        yield _record(name, product, end, score)


def _record(name: str, product: str, end: str, score: float) -> dict[str, Any]:
    criteria = f"cpe:2.3:a:{product}:*:*:*:*:*:*:*:*"
    match = {"vulnerable": True, "criteria": criteria, "versionEndExcluding": end}
    return {
        "id": name,
        "lastModified": "2024-06-01T00:00:00.000",
        "metrics": {"cvssMetricV31": [{"type": "Primary", "cvssData": {"baseScore": score}}]},
        "configurations": [{"nodes": [{"operator": "OR", "negate": False, "cpeMatch": [match]}]}],
    }
