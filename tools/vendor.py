"""Brings the browser's libraries in from npm: `.venv/bin/python tools/vendor.py` (needs npm; only to change a version).

What is shipped is committed, so that nothing is fetched when CaRE is installed or used. `VENDOR.json` beside the files
records name, version, licence and SHA-256 of each; a test compares them.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "care/web/static/vendor"
TESTED = ROOT / "tests/browser/vendor"
ICONS = (
    "activity", "arrow-down-up", "arrow-left", "arrow-repeat", "arrow-right", "arrows-angle-expand", "award",
    "bandaid", "bar-chart", "bell", "box-arrow-right", "box-seam", "building", "calendar-check", "calendar3",
    "cash-stack", "chat-dots", "chat-left-text", "check-circle", "check2", "chevron-down", "clipboard-check",
    "clipboard-pulse", "clock", "clock-history", "cloud-arrow-up", "crosshair", "database-check", "diagram-2",
    "diagram-3", "display", "download", "easel", "envelope", "exclamation-octagon", "exclamation-triangle", "eye",
    "eyedropper", "fast-forward-fill", "file-earmark-check", "file-earmark-pdf", "file-earmark-text",
    "file-medical", "files", "flag", "folder", "funnel", "geo-alt", "globe2", "hdd-stack", "heart-pulse",
    "hospital", "hourglass-split", "house", "inbox", "info-circle", "journal-medical", "journal-text", "key",
    "laptop", "lightning-charge", "link-45deg", "list", "list-check", "lock", "map", "megaphone", "mortarboard",
    "newspaper", "pause-fill", "pencil", "people", "percent", "person-badge", "person-check", "person-circle",
    "phone", "play-fill", "plus-circle", "plus-lg", "printer", "qr-code", "question-circle", "reply", "search",
    "send", "shield-check", "shield-exclamation", "skip-forward-fill", "slash-circle", "stop-fill", "stopwatch",
    "table", "telephone", "tools", "trash", "truck", "upload", "usb-drive", "volume-up", "wifi", "wifi-off",
    "window", "x-circle", "x-lg",
)  # fmt: skip


@dataclass(frozen=True)
class Package:
    """One npm package and the files taken from it: path in the package -> name here."""

    name: str
    version: str
    folder: Path
    files: dict[str, str]
    licence: str


PACKAGES = (
    Package(
        "bootstrap",
        "5.3.9",
        SHIPPED,
        {"dist/css/bootstrap.min.css": "bootstrap.min.css", "LICENSE": "bootstrap.LICENSE.txt"},
        "MIT",
    ),
    Package("htmx.org", "2.0.11", SHIPPED, {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE.txt"}, "0BSD"),
    Package(
        "htmx-ext-sse",
        "2.2.4",
        SHIPPED,
        {"dist/sse.min.js": "htmx-sse.min.js", "LICENSE": "htmx-sse.LICENSE.txt"},
        "0BSD",
    ),
    Package("bootstrap-icons", "1.13.2", SHIPPED, {"LICENSE": "bootstrap-icons.LICENSE.txt"}, "MIT"),
    Package(
        "axe-core",
        "4.14.1",
        TESTED,
        {"axe.min.js": "axe.min.js", "locales/fr.json": "axe.fr.json", "LICENSE": "axe.LICENSE.txt"},
        "MPL-2.0",
    ),
)


def fetch(package: Package, folder: Path) -> dict[str, bytes]:
    """The files of one package, as npm packs them."""
    order = ["npm", "pack", "--silent", f"{package.name}@{package.version}"]
    name = subprocess.run(order, cwd=folder, check=True, capture_output=True, text=True).stdout.split()[-1]
    with tarfile.open(fileobj=io.BytesIO((folder / name).read_bytes())) as bundle:
        members = {member.name.partition("/")[2]: member for member in bundle.getmembers() if member.isfile()}
        return {path: bundle.extractfile(member).read() for path, member in members.items()}  # type: ignore[union-attr]


def sprite(files: dict[str, bytes]) -> bytes:
    """The chosen icons as symbols of one SVG file."""
    symbols = []
    for icon in ICONS:
        body = re.search(r"<svg[^>]*>(.*)</svg>", files[f"icons/{icon}.svg"].decode(), re.DOTALL)
        symbols.append(f'<symbol id="{icon}" viewBox="0 0 16 16">{" ".join(body[1].split())}</symbol>')  # type: ignore[index]
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def bring(package: Package, work: Path) -> dict[str, object]:
    """Write the files of one package and return its entry of VENDOR.json."""
    files = fetch(package, work)
    written = {
        name: re.sub(rb"\n?/[/*]# sourceMappingURL=.*\n?", b"\n", files[path]) for path, name in package.files.items()
    }
    if package.name == "bootstrap-icons":
        written["icons.svg"] = sprite(files)
    for name, content in written.items():
        (package.folder / name).write_bytes(content)
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(written.items())},
    }


def main() -> None:
    """Bring every package in again."""
    for folder in (SHIPPED, TESTED):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as work:
            entries = [bring(package, Path(work)) for package in PACKAGES if package.folder == folder]
        (folder / "VENDOR.json").write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
