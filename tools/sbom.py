"""Writes the list of what CaRE is made of, in CycloneDX 1.6: `python -m tools.sbom [FILE]`.

The same sources give the same bytes; `SOURCE_DATE_EPOCH`, when it is set, dates the list.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tomllib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.licences import ROOT, Package, licence, locked

VENDORED = ROOT / "care" / "web" / "static" / "vendor" / "VENDOR.json"
_NOT_SPDX = {"BSD", "GPL-3.0", "LGPL-3.0", "LGPL-2.1", "Public-Domain"}
"""Told by name: a package that says no more than this has no identifier of today's SPDX list."""


def sbom(seconds: int | None = None) -> dict[str, Any]:
    """The whole list; `seconds` since 1970 date it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    ours = {
        "type": "application",
        "bom-ref": "care",
        "name": project["name"],
        "version": project["version"],
        "licenses": [{"license": {"id": project["license"]}}],
    }
    packages = [_package(one) for one in locked()]
    vendored = [_vendored(one) for one in json.loads(VENDORED.read_text("utf-8"))]
    components = [*packages, *vendored]
    metadata: dict[str, Any] = {"component": ours}
    if seconds is not None:
        metadata["timestamp"] = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    needs = [{"ref": "care", "dependsOn": [one["bom-ref"] for one in components]}]
    body = {"version": 1, "metadata": metadata, "components": components, "dependencies": needs}
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": _serial(body)} | body


def written(seconds: int | None = None) -> str:
    """The list as it is filed."""
    return json.dumps(sbom(seconds), indent=2, ensure_ascii=False) + "\n"


def _package(one: Package) -> dict[str, Any]:
    """A package of the lock: one digest for each file that may be installed, of which a machine takes one."""
    address = f"pkg:pypi/{one.name}@{one.version}"
    return _component(address, one.name, one.version, licence(one.name)) | {
        "hashes": [_digest(it) for it in one.sha256]
    }


def _vendored(one: Mapping[str, Any]) -> dict[str, Any]:
    address = f"pkg:npm/{one['name']}@{one['version']}"
    files = [
        {"type": "file", "bom-ref": f"{address}#{name}", "name": name, "hashes": [_digest(digest)]}
        for name, digest in sorted(one["files"].items())
    ]
    return _component(address, one["name"], one["version"], one["licence"]) | {"components": files}


def _component(address: str, name: str, version: str, under: str) -> dict[str, Any]:
    made = {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address}
    return made | {"licenses": _licences(under)}


def _licences(under: str) -> list[dict[str, Any]]:
    if _NOT_SPDX & set(under.split()):
        return [{"license": {"name": under}}]
    return [{"expression": under}] if " " in under else [{"license": {"id": under}}]


def _digest(sha256: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": sha256}


def _serial(body: Mapping[str, Any]) -> str:
    """A number drawn from the content: the same list keeps its number."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
    return f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=5)}"


def main() -> None:
    """Write the list to a file, or show it."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    text = written(int(said) if said else None)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, "utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
