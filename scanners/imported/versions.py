"""The few lines of a scanner's free output that are worth keeping: versions and paths, which name no person."""

from __future__ import annotations

import re

from scanners.imported.wording import plain, redacted
from scanners.model import Scalar

# Lines as Nessus and OpenVAS write them, and the evidence they make. Everything else of an output is dropped.
_LINES = {
    "installed version": "version",
    "reported version": "version",
    "remote version": "version",
    "file version": "version",
    "version": "version",
    "fixed version": "expected",
    "fixed in": "expected",
    "should be": "expected",
    "vulnerable range": "versions",
    "product": "product",
    "path": "path",
    "file checked": "path",
    "installation path / port": "path",
    "installation path": "path",
}
_LINE = re.compile(r"^[ \t]*([A-Za-z /]{3,40}?)[ \t]*:[ \t]*(\S.{0,300})$", re.MULTILINE)
_PEOPLE = re.compile(r"(?i)([\\/](?:users|home|documents and settings)[\\/])[^\\/]+")


def versions_in(output: str) -> dict[str, Scalar]:
    """The evidence in an output, the first line of each kind; names of people in paths are hidden."""
    kept: dict[str, Scalar] = {}
    for match in _LINE.finditer(output[:20_000]):
        key = _LINES.get(match[1].lower().strip())
        if key is not None and key not in kept:
            kept[key] = redacted(_PEOPLE.sub(r"\1…", plain(match[2], 200)))
    return kept
