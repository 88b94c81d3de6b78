"""Starts the bounded child process that reads a collection made elsewhere, and takes what it tells of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from scanners.collect import Progress
from scanners.collection import Limits, TooLong, run_child
from scanners.errors import CollectError

READING = Limits(seconds=600.0, memory_bytes=2 << 30)
"""Bounds of one reading. Our choice: the collection of 100,000 objects takes about two minutes."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file says of itself. Times are UTC; `source` is what was audited, `tool` who wrote the file.

    `accounts` are those of people and services; `objects` counts everything.
    """

    bloodhound: bool
    tool: str
    source: str
    started_at: datetime
    finished_at: datetime
    domain: str
    sid: str
    objects: int
    accounts: int
    computers: int
    groups: int


@dataclass(frozen=True, slots=True)
class Clock:
    """The time (UTC), and the zone in which files that bear none are dated."""

    now: datetime
    zone: str


_ADAPTER = TypeAdapter(Brought)


def read_brought(
    path: Path,
    name: str,
    out: Path,
    clock: Clock,
    progress: Progress,
    cancelled: Callable[[], bool],
    limits: Limits = READING,
    lifecycle_yaml: str = "",
) -> Brought:
    """Read the file at `path`, called `name`; the facts made of a BloodHound collection are written to `out`, with the
    imported table of ends of support. An archive of ours keeps that of the machine that wrote it.

    CollectError says what is wrong, where and what to do; `Cancelled` is raised when `cancelled()` became true. No
    process is left behind.
    """
    order = {
        "path": str(path),
        "name": name,
        "out": str(out),
        "now": clock.now.isoformat(),
        "time_zone": clock.zone,
        "lifecycle_yaml": lifecycle_yaml,
        "memory_bytes": limits.memory_bytes,
    }
    try:
        ended = run_child("scanners.ad.sources.collect_brought", order, limits, progress, cancelled)
    except TooLong as error:
        raise CollectError(
            f"La lecture de {name} a dépassé {limits.seconds:.0f} s et a été arrêtée ; vérifiez qu’il vient bien de "
            "l’outil, ou jugez-le avec « care audit ad » sur une autre machine.",
            f"Reading {name} took more than {limits.seconds:.0f} s and was stopped; check that it does come from the "
            "tool, or judge it with “care audit ad” on another machine.",
        ) from error
    if "failed" in ended.final:
        raise CollectError(ended.final["failed"]["fr"], ended.final["failed"]["en"])
    if "done" not in ended.final:
        detail = ended.trouble or f"code {ended.code}"
        raise CollectError(
            f"La lecture de {name} s’est arrêtée sans résultat ({detail}) ; vérifiez le fichier, et signalez le défaut "
            "s’il vient bien de l’outil.",
            f"Reading {name} ended without a result ({detail}); check the file, and report the defect if it does come "
            "from the tool.",
        )
    return _ADAPTER.validate_python(ended.final["done"])
