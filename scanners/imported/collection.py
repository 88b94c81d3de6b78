"""Starts the bounded child process that reads a file of another tool, and takes what it tells of its report.

The report itself stays on the disk: one of 100,000 findings weighs hundreds of megabytes once opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from scanners.collect import Progress
from scanners.collection import Limits, TooLong, run_child
from scanners.imported.model import ReportError, Tool
from scanners.model import Text

READING = Limits(seconds=300.0, memory_bytes=2 << 30)
"""Bounds of one reading. Our choice: 512 MiB of XML take about a minute and a tenth of that memory."""


EMPTIED = "emptied"
"""Name, beside the report, of the file without the preferences of its scan policy; only where there were any."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a file once read: its tool, when the tool looked (UTC), how many findings it names.

    `emptied` counts the preferences of a scan policy that the file held, and that its copy `EMPTIED` no longer does.
    """

    tool: Tool
    started_at: datetime
    finished_at: datetime
    findings: int
    emptied: int = 0


def _silent(_share: float, _text: Text) -> None:
    return None


def _never() -> bool:
    return False


def read_in_child(
    path: Path,
    tool: Tool | None,
    at: datetime | None,
    out: Path,
    progress: Progress = _silent,
    cancelled: Callable[[], bool] = _never,
    limits: Limits = READING,
) -> Reading:
    """Read the file at `path` and write its report to `out`; the tool is recognised when None.

    `at` (UTC) is when the tool looked, for files that do not say. ReportError says what is wrong, where and what to do;
    `Cancelled` is raised when `cancelled()` became true. No process is left behind, and no report after an error.
    """
    order = {
        "path": str(path),
        "tool": tool.value if tool else "",
        "at": at.isoformat() if at else "",
        "out": str(out),
        "emptied": str(out.with_name(EMPTIED)),
        "memory_bytes": limits.memory_bytes,
    }
    try:
        ended = run_child("scanners.imported.collect", order, limits, progress, cancelled)
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
    return _reading(ended.final["done"])


def _reading(told: Mapping[str, Any]) -> Reading:
    return Reading(
        Tool(told["tool"]),
        datetime.fromisoformat(told["started_at"]),
        datetime.fromisoformat(told["finished_at"]),
        told["findings"],
        told["emptied"],
    )


def _crashed(detail: str) -> ReportError:
    return ReportError(
        f"La lecture de ce fichier s’est arrêtée sans résultat ({detail}) ; vérifiez le fichier, et signalez le défaut "
        "s’il vient bien de cet outil.",
        f"Reading this file ended without a result ({detail}); check the file, and report the defect if it does come "
        "from that tool.",
    )
