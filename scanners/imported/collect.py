"""The child process that reads a file of another tool: `python -m scanners.imported.collect`.

These files come from strangers: reading one is bounded in time and memory like a collection, and costs nobody else
anything when it hangs or bursts. The order is JSON on standard input; the report is written to a file. On standard
output come lines of progress, then `{"done": {…}}`, the fields of `scanners.imported.collection.Reading`, or
`{"failed": {"fr", "en"}}`. The other end is `scanners.imported.collection`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from scanners.child import Order, follow_order, say
from scanners.imported.empty_nessus import empty_preferences
from scanners.imported.model import Report, Tool
from scanners.imported.read import HEAD_BYTES, identify, read_report
from scanners.imported.read_kept import write_report
from scanners.model import Text

_STEP = 0.02
_MIB = 1 << 20


def main() -> int:
    """Read one file; exit code 0 when the report is written, 3 when it could not be read."""
    return follow_order(_kept, _too_little_memory)


def _kept(order: Order, channel: TextIO) -> Mapping[str, object]:
    report = _read(order, channel)
    emptied = _emptied(Path(order["path"]), Path(order["emptied"])) if report.tool is Tool.NESSUS else 0
    write_report(Path(order["out"]), report)
    return _told(report, emptied)


def _read(order: Order, channel: TextIO) -> Report:
    with Path(order["path"]).open("rb") as stream:
        tool = Tool(order["tool"]) if order["tool"] else identify(stream.read(HEAD_BYTES))
        stream.seek(0)
        at = datetime.fromisoformat(order["at"]) if order["at"] else None
        return read_report(tool, cast("BinaryIO", _Followed(stream, channel)), at=at)


def _emptied(path: Path, out: Path) -> int:
    """Write the file without the preferences of its scan policy, unless it holds none."""
    with path.open("rb") as source, out.open("wb") as copy:
        count = empty_preferences(source, copy)
    if not count:
        out.unlink()
    return count


def _told(report: Report, emptied: int) -> dict[str, object]:
    return {
        "tool": report.tool.value,
        "started_at": report.started_at.isoformat(),
        "finished_at": report.finished_at.isoformat(),
        "findings": sum(len(check.findings) for check in report.checks),
        "emptied": emptied,
    }


class _Followed:
    """A file that says how much of it was read."""

    def __init__(self, stream: BinaryIO, channel: TextIO) -> None:
        self._stream, self._channel = stream, channel
        self._size = max(1, os.fstat(stream.fileno()).st_size)
        self._count, self._said = 0, 0.0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        chunk = self._stream.read(size)
        self._count += len(chunk)
        share = self._count / self._size
        if share - self._said >= _STEP:
            self._said = share
            done, whole = self._count / _MIB, self._size / _MIB
            text = {
                "fr": f"Lecture du fichier : {done:.0f} Mio sur {whole:.0f}.",
                "en": f"Reading the file: {done:.0f} MiB of {whole:.0f}.",
            }
            say(self._channel, {"progress": round(share, 3), "text": text})
        return chunk


def _too_little_memory(_order: Order, mebibytes: int) -> Text:
    return Text(
        f"La lecture de ce fichier a dépassé sa limite de mémoire ({mebibytes} Mio) ; exportez un périmètre plus "
        "petit, en plusieurs fichiers.",
        f"Reading this file went over its memory limit ({mebibytes} MiB); export a smaller scope, as several files.",
    )


if __name__ == "__main__":
    sys.exit(main())
