"""The few lines of a scanner's free output that are worth keeping: versions and paths, which name no person."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
_PEOPLE = re.compile(r"(?i)([\\/](?:users|home|documents and settings)[\\/])[^\\/]+")


def versions_in(output: str) -> dict[str, Scalar]:
    """The evidence in an output, the first line of each kind; names of people in paths are hidden."""
    kept: dict[str, Scalar] = {}
    for name, value in said_lines(output):
        key = _LINES.get(name)
        if key is not None and key not in kept:
            kept[key] = redacted(_PEOPLE.sub(r"\1…", plain(value, 200)))
    return kept


def said_lines(output: str) -> Iterator[tuple[str, str]]:
    """The lines `name : value` of an output, names in lower case, values not empty. No regular expression: these texts
    are made by strangers, and some make one run for hours."""
    for line in output[:20_000].splitlines():
        name, colon, value = line.partition(":")
        if colon and value.strip():
            yield name.strip().lower(), value.strip()
