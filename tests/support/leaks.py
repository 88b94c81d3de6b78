"""Looks for secrets in whatever a program left behind: files, what is packed in them, what a database holds."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.support.pdf import text_of


def leaks(files: Iterable[Path], secrets: Iterable[str]) -> list[str]:
    """Where one of the secrets can be read, in any usual encoding."""
    needles = [(secret, form) for secret in secrets for form in _forms(secret)]
    return [
        f"{place}: {secret}"
        for file in files
        for place, content in _contents(file)
        for secret, form in needles
        if form in content
    ]


def _forms(secret: str) -> tuple[bytes, ...]:
    plain = secret.encode()
    coded = base64.b64encode(plain)[: len(plain) // 3 * 4]
    return plain, secret.encode("utf-16-le"), coded, plain.hex().encode()


def _contents(file: Path) -> Iterator[tuple[str, bytes]]:
    raw = file.read_bytes()
    yield str(file), raw
    if raw.startswith(b"%PDF"):
        yield f"{file} (text)", text_of(raw).encode()
    elif raw.startswith(b"SQLite format 3"):
        yield from _rows(file)
    elif raw.startswith(b"PK\3\4"):  # a journal of a database may end with an archive that it holds
        with zipfile.ZipFile(file) as packed:
            for name in packed.namelist():
                yield f"{file}!{name}", packed.read(name)


def _rows(file: Path) -> Iterator[tuple[str, bytes]]:
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as base:
        tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in base.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - a name of the database itself
                for value in row:
                    if isinstance(value, bytes):
                        with contextlib.suppress(zlib.error):
                            yield f"{file}:{table}", zlib.decompress(value)
