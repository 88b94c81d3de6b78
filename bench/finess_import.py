"""Import of the FINESS extract against reading the file with the csv module and bulk-inserting the same rows.

    .venv/bin/python -m bench.finess_import [--lines 100000] [--rounds 5]

Prints the median of each and their ratio (at most 3), the ratio of a second import that updates every row, and the peak
of memory the import adds. `synthetic()` is also used by the tests.
"""

from __future__ import annotations

import argparse
import csv
import random
import sqlite3
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

from care import config
from care.domain.access import machine_scope
from care.domain.finess import luhn
from care.domain.regions import OVERSEAS, REGION_OF_DEPARTMENT
from care.services import setup
from care.services.finess import import_extract
from care.services.platform import Platform
from care.wiring import build_platform

SCOPE = machine_scope("bench")
CATEGORIES = (
    ("355", "Centre Hospitalier (C.H.)"),
    ("500", "Etablissement d'hébergement pour personnes âgées"),
    ("620", "Pharmacie"),
)


def number(department: str, index: int) -> str:
    """A FINESS number of that department with its Luhn key."""
    start = f"{department[:2]}{index:06d}"
    digits = start.replace("A", "1").replace("B", "2")
    return start + next(key for key in "0123456789" if luhn(digits + key))


def synthetic(lines: int, dated: str = "2026-05-12", seed: int = 7) -> Iterator[str]:
    """The lines of an extract like the real one: header, then `lines` establishments with valid numbers."""
    chance = random.Random(seed)
    mainland = sorted(code for code in REGION_OF_DEPARTMENT if len(code) == 2)
    places = [*mainland, *OVERSEAS]
    yield f"finess;etalab;93;{dated}\r\n"
    for index in range(lines):
        place = places[index % len(places)]
        prefix = place if place in mainland else "97"
        code, label = chance.choice(CATEGORIES)
        siret = f"{chance.randrange(10**14):014d}" if chance.random() < 0.8 else ""
        name = f"ETABLISSEMENT {index}"
        fields = [
            *(
                "structureet",
                number(prefix, index),
                number(prefix, index // 3),
                name,
                f"{name} DE LA COMMUNE n° {index}",
            ),
            *(
                "",
                "",
                str(chance.randrange(200)),
                "R",
                "DE LA PAIX",
                "",
                "",
                f"{index % 900:03d}",
                place,
                "DEPARTEMENT",
            ),
            *("01000 BOURG-EN-BRESSE CEDEX", "0474000000", "0474000001", code, label, "1100", "Etablissements", siret),
            *("8610Z", "03", "Dotation", "1", "Public", "1979-02-13", "1979-02-13", f"2025-11-0{1 + index % 9}", ""),
        ]
        yield ";".join(fields) + "\r\n"


def floor(path: Path, folder: Path) -> float:
    """Seconds to read the file with the csv module and to insert the same columns of its rows in one transaction."""
    target = folder / "floor.sqlite3"
    target.unlink(missing_ok=True)
    connection = sqlite3.connect(target)
    connection.executescript(
        "PRAGMA journal_mode = WAL; CREATE TABLE entry (a TEXT PRIMARY KEY, b TEXT, c TEXT, d TEXT, e TEXT, f TEXT,"
        " g TEXT, h TEXT, i TEXT, j TEXT, k TEXT, l TEXT, m INTEGER); CREATE INDEX ix ON entry (b);"
    )
    started = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=";")
        next(rows)
        wanted = ((r[1], r[2], r[4], r[18], r[19], r[22], r[13], r[12], r[15], r[28], r[30], None, 1) for r in rows)
        connection.executemany("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", wanted)
        connection.commit()
    spent = time.perf_counter() - started
    connection.close()
    return spent


def importing(platform: Platform, path: Path) -> float:
    """Seconds to import the file."""
    started = time.perf_counter()
    with path.open("rb") as file:
        import_extract(platform, SCOPE, path.name, file)
    return time.perf_counter() - started


def fresh(folder: Path, index: int) -> Platform:
    data = folder / f"run{index}"
    platform = build_platform(config.load({"CARE_DATA_DIR": str(data)}, folder))
    setup.prepare_database(platform)
    return platform


def peak_memory(folder: Path, path: Path) -> float:
    """MiB of Python memory at the peak of an import."""
    platform = fresh(folder, 999)
    tracemalloc.start()
    importing(platform, path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


GATE = 3.0
"""Times csv + bulk insert, at most, for the first import and for the second."""


def main() -> int:
    """Measure, print; exit code 1 when the gate is passed."""
    options = argparse.ArgumentParser()
    options.add_argument("--lines", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "extract.csv"
        path.write_text("".join(synthetic(chosen.lines)), encoding="utf-8", newline="")
        floors, firsts, seconds = [], [], []
        for index in range(chosen.rounds):
            platform = fresh(folder, index)
            floors.append(floor(path, folder))
            firsts.append(importing(platform, path))
            seconds.append(importing(platform, path))
        base = statistics.median(floors)
        print(f"{chosen.lines} lines, median of {chosen.rounds}")
        print(f"csv + bulk insert  {base:.2f} s")
        print(f"first import       {statistics.median(firsts):.2f} s  ratio {statistics.median(firsts) / base:.2f}")
        print(f"second import      {statistics.median(seconds):.2f} s  ratio {statistics.median(seconds) / base:.2f}")
        for lines in (chosen.lines // 10, chosen.lines):
            path.write_text("".join(synthetic(lines)), encoding="utf-8", newline="")
            print(f"peak of memory     {peak_memory(folder, path):.1f} MiB for {lines} lines")
    worst = max(statistics.median(firsts), statistics.median(seconds)) / base
    print(f"gate {GATE}: {'kept' if worst <= GATE else 'PASSED OVER'}")
    return int(worst > GATE)


if __name__ == "__main__":
    sys.exit(main())
