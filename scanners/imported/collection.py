"""Starts the bounded child process that reads a file of another tool, and takes its report."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from scanners.collection import Limits, TooLong, run_child
from scanners.imported.model import Report, ReportError, Tool
from scanners.imported.read_kept import load_report

READING = Limits(seconds=300.0, memory_bytes=2 << 30)
"""Bounds of one reading. Our choice: 512 MiB of XML take about a minute and a tenth of that memory."""


def read_in_child(path: Path, tool: Tool | None, at: datetime | None, out: Path, limits: Limits = READING) -> Report:
    """The report held by the file at `path`, also written to `out`; the tool is recognised when None.

    `at` (UTC) is when the tool looked, for files that do not say. ReportError says what is wrong, where and what to do.
    """
    order = {
        "path": str(path),
        "tool": tool.value if tool else "",
        "at": at.isoformat() if at else "",
        "out": str(out),
        "memory_bytes": limits.memory_bytes,
    }
    try:
        ended = run_child("scanners.imported.collect", order, limits)
    except TooLong as error:
        out.unlink(missing_ok=True)  # written while the child was being stopped
        raise ReportError(
            f"La lecture de ce fichier a dépassé {limits.seconds:.0f} s et a été arrêtée ; exportez un périmètre plus "
            "petit, en plusieurs fichiers.",
            f"Reading this file took more than {limits.seconds:.0f} s and was stopped; export a smaller scope, as "
            "several files.",
        ) from error
    if "failed" in ended.final:
        raise ReportError(ended.final["failed"]["fr"], ended.final["failed"]["en"])
    if "done" not in ended.final:
        raise _crashed(ended.trouble or f"code {ended.code}")
    return load_report(out)


def _crashed(detail: str) -> ReportError:
    return ReportError(
        f"La lecture de ce fichier s’est arrêtée sans résultat ({detail}) ; vérifiez le fichier, et signalez le défaut "
        "s’il vient bien de cet outil.",
        f"Reading this file ended without a result ({detail}); check the file, and report the defect if it does come "
        "from that tool.",
    )
