"""The reader of tables on 1,000,000 lines of CSV and 50,000 of a workbook, against the plain libraries.

    .venv/bin/python -m bench.tables [--lines 1000000] [--rows 50000]

An inventory of eight columns, 100 MB of CSV. Floors: `csv.DictReader`, each line let go; `openpyxl` as a stream.
`pandas.read_csv` of texts is shown beside. Each runs in a process of its own, so that its peak of memory is its own.
Ours also finds the encoding, the separator and the header, refuses what is doubtful, with its line, and types every
column: it may take 15 times the floor of CSV and 3 times that of the workbook, and 640 MiB. Exit code 1 when a gate is
passed over.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pandas as pd
import xlsxwriter

from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile, read_list

MOST_TIMES: Mapping[str, float] = {"csv": 15.0, "xlsx": 3.0}
MOST_MIB = 640.0
HEAD = "Nom;Système d’exploitation;Version;Numéro de série;Dernier correctif;Chiffré;Lieu;Entité"


def _line(rank: int) -> str:
    return (
        f"PC-{rank:07};Windows 11 Professionnel;10.0.22631;SN{rank:07};{1 + rank % 28:02}/03/2026;oui;"
        f"Site {rank % 20} > Bâtiment {rank % 7};CHU > Soins {rank % 90}"
    )


def write_csv(path: Path, lines: int) -> None:
    """The inventory as CSV."""
    with path.open("w", encoding="utf-8") as out:
        out.write(HEAD + "\n")
        out.writelines(_line(rank) + "\n" for rank in range(lines))


def write_workbook(path: Path, rows: int) -> None:
    """The same as a workbook, as Excel writes it: texts apart."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Parc")
        sheet.write_row(0, 0, HEAD.split(";"))
        for rank in range(rows):
            sheet.write_row(rank + 1, 0, _line(rank).split(";"))


def _ours(path: str) -> int:
    return read_list(ListFile(ListKind.INVENTORY, "parc", path)).lines


def _csv(path: str) -> int:
    with Path(path).open(encoding="utf-8", newline="") as lines:
        return sum(1 for _line in csv.DictReader(lines, delimiter=";"))


def _pandas(path: str) -> int:
    return len(pd.read_csv(path, sep=";", dtype=str))


def _openpyxl(path: str) -> int:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    return sum(1 for _row in book.worksheets[0].iter_rows(values_only=True)) - 1


READERS: Mapping[str, Callable[[str], int]] = {"ours": _ours, "csv": _csv, "pandas": _pandas, "openpyxl": _openpyxl}
FLOORS = {"csv": ("csv", "pandas"), "xlsx": ("openpyxl",)}


def _measured(reader: str, path: Path) -> tuple[int, float, float]:
    """Lines read, seconds, peak MiB: in a process of its own."""
    command = [sys.executable, "-m", "bench.tables", "--one", reader, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    lines, seconds, peak = json.loads(told.stdout)
    return int(lines), float(seconds), float(peak)


def _one(reader: str, path: str) -> int:
    began = time.perf_counter()
    lines = READERS[reader](path)
    seconds = time.perf_counter() - began
    print(json.dumps([lines, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
    return 0


def main() -> int:
    """Print the table; 1 when a gate is passed over."""
    parser = argparse.ArgumentParser(prog="python -m bench.tables", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--one", nargs=2, metavar=("READER", "PATH"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        return _one(*chosen.one)
    kept = True
    print("| table | reader | s | times the floor | MiB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for kind, lines, write in (("csv", chosen.lines, write_csv), ("xlsx", chosen.rows, write_workbook)):
            path = Path(folder) / f"parc.{kind}"
            write(path, lines)
            seen = {reader: _measured(reader, path) for reader in (*FLOORS[kind], "ours")}
            floor = seen[FLOORS[kind][0]][1]
            for reader, (_lines, seconds, peak) in seen.items():
                print(f"| {kind}, {lines:,} lines | {reader} | {seconds:.1f} | {seconds / floor:.1f} | {peak:.0f} |")
            read, seconds, peak = seen["ours"]
            kept &= read == lines and seconds <= MOST_TIMES[kind] * floor and peak <= MOST_MIB
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
