"""Small files of every source, in the shapes their publishers give them; invented, but for names and ranges."""

from __future__ import annotations

import gzip
import json
import lzma
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanners.vulnerabilities.importing import Asked, Imported, import_file

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def match(product: str, version: str = "*", part: str = "a", **bounds: str) -> dict[str, Any]:
    return {"vulnerable": True, "criteria": f"cpe:2.3:{part}:{product}:{version}:*:*:*:*:*:*:*", **bounds}


def nvd_record(name: str, *matches: dict[str, Any], score: float = 7.5, modified: str = "2026-06-01T10:00:00.000",
               **more: Any) -> dict[str, Any]:  # fmt: skip
    return {
        "id": name,
        "sourceIdentifier": "cve@mitre.org",
        "published": "2024-07-01T13:15:06.467",
        "lastModified": modified,
        "vulnStatus": "Analyzed",
        "descriptions": [{"lang": "fr", "value": "…"}, {"lang": "en", "value": f"What {name} is."}],
        "metrics": {
            "cvssMetricV2": [{"type": "Primary", "cvssData": {"baseScore": 4.0}}],
            "cvssMetricV31": [
                {"type": "Secondary", "cvssData": {"baseScore": 1.0}},
                {"type": "Primary", "cvssData": {"baseScore": score}},
            ],
        },
        "configurations": [{"nodes": [{"operator": "OR", "negate": False, "cpeMatch": list(matches)}]}],
        **more,
    }


NVD = (
    nvd_record("CVE-2024-6387", match("openbsd:openssh", versionStartIncluding="8.6", versionEndExcluding="9.8"),
               score=8.1),
    nvd_record("CVE-2022-41741", match("f5:nginx", versionStartIncluding="1.1.3", versionEndIncluding="1.22.0")),
    nvd_record("CVE-2024-21762", match("fortinet:fortios", part="o", versionStartIncluding="7.4.0",
               versionEndExcluding="7.4.3"), score=9.8, cisaExploitAdd="2024-02-09"),
    nvd_record("CVE-2021-41773", match("apache:http_server", "2.4.49"), score=9.8),
    nvd_record("CVE-2017-9999", match("grafana:grafana")),
)  # fmt: skip
KEV = (("CVE-2024-21762", "Fortinet", "FortiOS", "2024-02-09", "Known"), ("CVE-2021-41773", "Apache", "HTTP Server", "2021-11-03", "Unknown"))  # fmt: skip  # noqa: E501
TRACKER = {
    "openssh": {
        "CVE-2024-6387": {
            "releases": {
                "bookworm": {
                    "status": "resolved",
                    "repositories": {"bookworm": "1:9.2p1-2+deb12u7", "bookworm-security": "1:9.2p1-2+deb12u10"},
                    "fixed_version": "1:9.2p1-2+deb12u3",
                    "urgency": "not yet assigned",
                },
                "bullseye": {
                    "status": "resolved",
                    "repositories": {"bullseye": "1:8.4p1-5+deb11u3"},
                    "fixed_version": "0",
                    "urgency": "not yet assigned",
                },
            }
        },
        "TEMP-0000000-ABCDEF": {"releases": {}},
    },
    "nginx": {
        "CVE-2022-41741": {
            "releases": {
                "bookworm": {"status": "open", "repositories": {"bookworm": "1.22.0-1"}, "urgency": "medium"},
                "sid": {"status": "open", "repositories": {"sid": "1.28.0-1"}, "urgency": "unimportant"},
            }
        }
    },
}
NOTICE = {
    "$ref": "https://www.cert.ssi.gouv.fr/openapi.json",
    "affected_systems": [],
    "cves": [{"name": "CVE-2024-6387", "url": "https://www.cve.org/CVERecord?id=CVE-2024-6387"}, "CVE-2024-21762"],
    "initial_release_date": "2024-07-01T00:00:00",
    "last_revision_date": None,
    "reference": "CERTFR-2024-ALE-009",
    "title": "Vulnérabilité dans OpenSSH",
}


def api_page(*records: dict[str, Any]) -> dict[str, Any]:
    return {
        "resultsPerPage": len(records),
        "startIndex": 0,
        "totalResults": len(records),
        "format": "NVD_CVE",
        "version": "2.0",
        "timestamp": "2026-06-14T08:00:00.000",
        "vulnerabilities": [{"cve": one} for one in records],
    }


def kev_document(
    rows: tuple[tuple[str, ...], ...] = KEV, released: str = "2026-06-14T12:00:00.1234Z"
) -> dict[str, Any]:
    names = ("cveID", "vendorProject", "product", "dateAdded", "knownRansomwareCampaignUse")
    lines = [{**dict(zip(names, row, strict=True)), "vulnerabilityName": f"{row[1]} flaw"} for row in rows]
    return {
        "title": "CISA Catalog of Known Exploited Vulnerabilities",
        "catalogVersion": "2026.06.14",
        "dateReleased": released,
        "count": len(rows),
        "vulnerabilities": lines,
    }


EPSS = "#model_version:v2025.03.14,score_date:2026-06-14T12:00:00Z\ncve,epss,percentile\nCVE-2024-6387,0.41,0.97\nCVE-2024-21762,0.93,0.99\n"  # noqa: E501


def written(folder: Path, name: str, content: object) -> Path:
    """A file of that content; packed as its name ends."""
    text = content if isinstance(content, str) else json.dumps(content)
    raw = text.encode()
    packed = gzip.compress(raw) if name.endswith(".gz") else lzma.compress(raw) if name.endswith(".xz") else raw
    path = folder / name
    path.write_bytes(packed)
    return path


def imported(folder: Path, name: str, content: object, **asked: Any) -> Imported:
    """What importing such a file into the store of a folder does."""
    return import_file(folder / "store.sqlite3", written(folder, name, content), Asked(NOW, **asked))


def everything(folder: Path) -> Path:
    """The store of a folder, with every source."""
    imported(folder, "nvd.json", api_page(*NVD))
    imported(folder, "kev.json", kev_document())
    imported(folder, "epss.csv", EPSS)
    imported(folder, "debian.json", TRACKER, dated=NOW)
    imported(folder, "certfr.json", NOTICE)
    return folder / "store.sqlite3"
