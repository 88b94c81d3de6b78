"""Lists of machines put together: 50,000 machines in four lists, against a plain pandas merge of the same frames.

    .venv/bin/python -m bench.workstations [--machines 50000] [--rounds 5]

Four lists (directory, inventory, EDR, antivirus) name the same machines but for what makes them disagree: one in 50 is
missing from each, one in 100 was renamed since the inventory, one in 200 is named twice, one in 20 has a serial number
that says nothing.

Floor: the same frames merged by name with pandas, outer, three times, and nothing else: no serial number, no choice of
values, no places. The median of the reconciliation may take 3 times that. Then the whole of an audit (four CSV files
read, reconciled, written as facts) runs in a process of its own: 10 s and 1 GiB at most. Exit code 1 when a gate is
passed over.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from scanners.archive import Manifest, write_archive
from scanners.collect import Context
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile
from scanners.workstations.collect import Request, collect
from scanners.workstations.facts import FORMAT, NO, YES, MachineList, day_number
from scanners.workstations.homonyms import Home
from scanners.workstations.reconcile import Park, reconcile

MOST_TIMES_FLOOR = 3.0
MOST_SECONDS = 10.0
MOST_MIB = 1024.0
NOW = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
TODAY = day_number(NOW.date())
_MISSING, _RENAMED, _TWICE, _BLANK = 50, 100, 200, 20


def frames(machines: int) -> dict[MachineList, pd.DataFrame]:
    """The four lists, as their readers give them."""
    names = [f"PC-{rank:06}" for rank in range(machines)]
    serials = ["To be filled by O.E.M." if rank % _BLANK == 0 else f"5CG{rank:07}" for rank in range(machines)]
    former = [f"OLD-{rank:06}" if rank % _RENAMED == _RENAMED - 3 else name for rank, name in enumerate(names)]
    return {
        "directory": _directory(_kept(names, 0)),
        "inventory": _inventory(_kept(former, 1), _kept(serials, 1)),
        "edr": _agents(_kept(names, 2), _kept(serials, 2), "edr_seen"),
        "antivirus": _agents(_kept(names, 3), _kept(serials, 3), "antivirus_seen").assign(signatures=TODAY),
    }


def _kept(values: list[str], which: int) -> list[str]:
    """One in 50 missing, others in each list; one in 200 twice."""
    kept = [value for rank, value in enumerate(values) if rank % _MISSING != which]
    return kept + [value for rank, value in enumerate(values) if rank % _TWICE == _TWICE - 1]


def _directory(names: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame({"name": names}).drop_duplicates(ignore_index=True)
    return frame.assign(
        sid=[f"S-1-5-21-1-2-3-{rank}" for rank in range(len(frame))],
        system="Windows 11 Entreprise",
        version="10.0 (26100)",
        unit="Postes",
        enabled=True,
        controller=False,
        server=NO,
        created=TODAY - 700,
        last_logon=TODAY - 2,
        laps_expires=TODAY + 9,
    )


def _inventory(names: list[str], serials: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": names,
            "serial": serials,
            "domain": "HOPITAL",
            "system": "Microsoft Windows 11 Entreprise",
            "version": "10.0.26100",
            "kind": ["Portable" if rank % 5 == 0 else "Bureau" for rank in range(len(names))],
            "patched": TODAY - 9,
            "encrypted": YES,
            "location": [f"Site {rank % 12} > Étage {rank % 5}" for rank in range(len(names))],
            "service": [f"Service {rank % 150}" for rank in range(len(names))],
        }
    )


def _agents(names: list[str], serials: list[str], seen: str) -> pd.DataFrame:
    told = {"name": names, "serial": serials, "domain": "hopital.test", seen: TODAY - 1, "protected": YES}
    return pd.DataFrame(told)


def floor(lists: dict[MachineList, pd.DataFrame]) -> pd.DataFrame:
    """The lists merged by name, each name once in each."""
    merged = pd.DataFrame({"name": pd.Series(dtype=object)})
    for kind, frame in lists.items():
        once = frame.drop_duplicates("name")
        merged = merged.merge(once, on="name", how="outer", suffixes=("", f"_{kind}"))
    return merged


def ours(lists: dict[MachineList, pd.DataFrame]) -> Park:
    """The lists reconciled."""
    return reconcile(lists, (), Home("hopital.test", "HOPITAL"), TODAY - 90)


def median(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the middle round, after one that warms up."""
    work()
    taken = []
    for _round in range(rounds):
        gc.collect()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


# ---------------------------------------------------------------- a whole audit, in a process of its own


def whole(machines: int) -> dict[str, float]:
    """Seconds and MiB of an audit of that many machines, from CSV files to facts on disk."""
    lists = frames(machines)
    lists["patches"] = lists.pop("directory")[["name"]].assign(patched=TODAY - 9, missing=0)
    with tempfile.TemporaryDirectory() as folder:
        files = tuple(_written(Path(folder), ListKind(kind), frame) for kind, frame in lists.items())
        del lists
        gc.collect()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        facts = collect(Request(lists=files), Context({}, _quiet, NOW))
        moment = NOW.isoformat()
        out = Path(folder, "facts.care")
        write_archive(out, Manifest("workstations", FORMAT.schema, "bench", moment, moment, "bench"), facts)
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "mib": peak / 1024, "before": before / 1024, "machines": len(facts.machines)}


_HEADERS = {
    "name": "Nom",
    "serial": "Numéro de série",
    "domain": "Domaine",
    "system": "Système d'exploitation",
    "version": "OS version",
    "kind": "Type",
    "patched": "Dernier correctif",
    "encrypted": "Chiffré",
    "location": "Lieu",
    "service": "Service",
    "edr_seen": "Dernier contact",
    "antivirus_seen": "Dernier contact",
    "protected": "Protection en temps réel",
    "signatures": "Date des signatures",
    "missing": "Mises à jour nécessaires",
}


def _quiet(_share: float, _text: object) -> None:
    return None


def _written(folder: Path, kind: ListKind, frame: pd.DataFrame) -> ListFile:
    told = frame.copy()
    for column in told.columns.intersection(["patched", "edr_seen", "antivirus_seen", "signatures"]):
        told[column] = (pd.Timestamp(0) + pd.to_timedelta(told[column], unit="D")).dt.strftime("%d/%m/%Y")
    for column in told.columns.intersection(["encrypted", "protected"]):
        told[column] = "oui"
    path = folder / f"{kind}.csv"
    told.rename(columns=_HEADERS).to_csv(path, sep=";", index=False)
    return ListFile(kind, path.name, str(path), {}, NOW.date())


def main() -> int:
    """Print the two tables; 1 when a gate is passed over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machines", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--whole", action="store_true", help="only the whole audit, as JSON (used by the bench itself)")
    asked = parser.parse_args()
    if asked.whole:
        print(json.dumps(whole(asked.machines)))
        return 0
    lists = frames(asked.machines)
    bare, taken = median(lambda: floor(lists), asked.rounds), median(lambda: ours(lists), asked.rounds)
    park = ours(lists)
    command = [sys.executable, "-m", "bench.workstations", "--whole", "--machines", str(asked.machines)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    ratio = taken / bare
    print("| machines | pandas merge | reconciled | times | renamed found |\n|---|---|---|---|---|")
    print(f"| {asked.machines} | {bare:.3f} s | {taken:.3f} s | {ratio:.2f} | {park.matching.by_serial} |\n")
    print("| whole audit | memory, of which before | machines in the facts |\n|---|---|---|")
    print(f"| {told['seconds']:.2f} s | {told['mib']:.0f} MiB, {told['before']:.0f} | {told['machines']:.0f} |")
    kept = ratio <= MOST_TIMES_FLOOR and told["seconds"] <= MOST_SECONDS and told["mib"] <= MOST_MIB
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
