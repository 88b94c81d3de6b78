"""JSON that tools write in place of a table: an array of objects, one object a line, or an answer of an API that holds
such an array. Read as numbered lines of cells whose first is the header; what is nested is named by its path.

A path keeps its last name alone where no other ends the same (`result.message` is `message`), so that headers are
recognised whatever they are wrapped in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scanners.lists.errors import refused, refused_at
from scanners.lists.layout import Line

MAX_BYTES = 64 << 20
"""It is held whole in memory, about ten times its size."""
MAX_COLUMNS = 300
MAX_DEPTH = 6
"""Of what is nested in an object, and of where the array is in an answer."""
_HEAD = 4096
_SHOWN = 500
_NO_JSON = (ValueError, RecursionError)


def is_json(path: Path) -> bool:
    """Whether a file begins as JSON does: an object or an array of them. One that cannot be read is told later."""
    try:
        with path.open("rb") as content:
            begun = content.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError:
        return False
    return begun.startswith(b"{") or (begun.startswith(b"[") and begun[1:].lstrip()[:1] in (b"{", b"]"))


def read_objects(path: Path, name: str) -> Iterator[Line]:
    """The header, then one line for each object, by its rank. CollectError when it is no JSON, or holds no objects."""
    if path.stat().st_size > MAX_BYTES:
        limit = MAX_BYTES >> 20
        raise refused(name, f"plus de {limit} Mio, exportez moins de lignes", f"over {limit} MiB, export fewer lines")
    rows = [dict(_flat(one)) for one in _objects(path.read_bytes(), name)]
    paths = dict.fromkeys(key for row in rows for key in row)
    if len(paths) > MAX_COLUMNS:
        raise refused(name, f"plus de {MAX_COLUMNS} champs différents", f"more than {MAX_COLUMNS} different fields")
    yield 1, _headers(list(paths))
    for number, row in enumerate(rows, start=2):
        yield number, [row.get(one, "") for one in paths]


def _headers(paths: Sequence[str]) -> list[str]:
    leaves = Counter(one.rpartition(".")[2].casefold() for one in paths)
    return [leaf if leaves[(leaf := one.rpartition(".")[2]).casefold()] == 1 else one for one in paths]


def _objects(content: bytes, name: str) -> list[dict[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(name, "ce JSON n’est pas en UTF-8", "this JSON is not in UTF-8") from error
    try:
        document = json.loads(text)
    except _NO_JSON:
        return _by_line(text, name)
    lists = list(_arrays(document, 0))
    found = max(lists, key=len, default=[document] if isinstance(document, dict) else [])
    if not found:
        raise refused(name, "ce JSON ne contient aucun objet à lire", "this JSON holds no object to read")
    return found


def _arrays(value: object, depth: int) -> Iterator[list[dict[str, Any]]]:
    """The arrays of objects that an answer holds, not those inside their objects."""
    if isinstance(value, list):
        if all(isinstance(one, dict) for one in value):
            yield value
    elif isinstance(value, dict) and depth < MAX_DEPTH:
        for one in value.values():
            yield from _arrays(one, depth + 1)


def _by_line(text: str, name: str) -> list[dict[str, Any]]:
    """One object a line, as logs are written."""
    found: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except _NO_JSON as error:
            raise refused_at(name, number, "ce JSON est mal formé", "this JSON is malformed") from error
        if not isinstance(one, dict):
            raise refused_at(name, number, "un objet est attendu", "an object is expected")
        found.append(one)
    return found


def _flat(value: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """The scalars of an object with their path; lists are joined, and those of objects left out."""
    for key, one in value.items():
        path = f"{prefix}{key}"[:_SHOWN]
        if isinstance(one, dict):
            if depth < MAX_DEPTH:
                yield from _flat(one, f"{path}.", depth + 1)
        elif isinstance(one, list):
            yield path, ", ".join(_cell(part) for part in one[:20] if not isinstance(part, dict | list))
        else:
            yield path, _cell(one)


def _cell(value: object) -> str:
    """A scalar as a CSV would hold it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\0", " ")
