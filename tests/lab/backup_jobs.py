"""What a backup tool and a ticketing tool would export of the lab's hospital, faults planted."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

NIGHTS = 40
GIGABYTE = 1 << 30
HEADER = (
    *("JobName", "VM Name", "JobTypeString", "CreationTime", "EndTime", "Result", "BackupSize", "Files", "Level"),
    *("Repository", "IsScheduleEnabled"),
)
FAULTS: dict[str, list[str]] = {
    "failures_without_ticket": ["Centre hospitalier de Valmont"],
    "job_disabled": ["srv-ged / GED"],
    "job_failing": ["srv-radio / Radiologie"],
    "job_never_full": ["srv-diff / Différentiel"],
    "job_never_started": ["srv-neuf / Neuf"],
    "job_pdma_exceeded": ["Radiologie"],
    "job_silent": ["srv-rh / RH"],
    "job_size_drop": ["srv-fichiers / Fichiers"],
    "job_size_jump": ["srv-partage / Partage"],
    "job_slower": ["srv-bloc / Bloc"],
    "job_vanished": ["srv-perdu / Perdu"],
    "job_without_system": ["Centre hospitalier de Valmont"],
    "journal_incomplete": [],
    "system_without_job": ["Archives"],
}
"""Rules on job histories and the subjects they must name."""


def write(folder: Path) -> dict[str, str]:
    """The lists, as of today: the path of each kind, and of the list of jobs before under `former`."""
    now = datetime.now(UTC).replace(microsecond=0)
    paths = {kind: folder / f"{kind}.csv" for kind in ("backup_jobs", "former", "tickets")}
    _table(paths["backup_jobs"], [HEADER, *_nights(now)])
    _table(paths["former"], [HEADER, *_job("Perdu", "srv-perdu", now - timedelta(days=40))])
    opened = f"{now - timedelta(days=29):%Y-%m-%d}"
    tickets = [("Numéro", "Titre", "Ouvert le"), ("INC-1", "Imprimante des urgences", opened)]
    _table(paths["tickets"], tickets)
    return {kind: str(path) for kind, path in paths.items()}


def _table(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)


def _nights(now: datetime) -> Iterator[tuple[str, ...]]:
    last = now - timedelta(hours=3)
    yield from _job("DPI", "srv-dpi", last)
    yield from _job("Radiologie", "srv-radio", last, failed=4)
    yield from _job("RH", "srv-rh", last - timedelta(days=9))
    yield from _job("Fichiers", "srv-fichiers", last, size=0)
    yield from _job("Partage", "srv-partage", last, size=80 * GIGABYTE)
    yield from _job("Bloc", "srv-bloc", last, hours=4)
    yield from _job("GED", "srv-ged", last, scheduled="False")
    yield from _job("Différentiel", "srv-diff", last, level="Differential")
    yield ("Neuf", "srv-neuf", "VMware Backup", "", "", "", "", "", "", "BAIE-1", "True")


def _job(
    name: str,
    machine: str,
    last: datetime,
    failed: int = 0,
    size: int = 20 * GIGABYTE,
    hours: float = 1,
    scheduled: str = "True",
    level: str = "Full",
) -> Iterator[tuple[str, ...]]:
    """One run a night: the last `failed` failed, the last has a `size`, the last three took `hours`."""
    for night in reversed(range(NIGHTS)):
        start = last - timedelta(days=night)
        end = start + timedelta(hours=hours if night < 3 else 1)
        result = "Failed" if night < failed else "Success"
        weight = size if night == 0 else 20 * GIGABYTE
        moments = (f"{start:%Y-%m-%d %H:%M:%S} UTC", f"{end:%Y-%m-%d %H:%M:%S} UTC")
        rest = (result, str(weight), "1200", level, "BAIE-1", scheduled)
        yield (name, machine, "VMware Backup", *moments, *rest)
