"""Freshness of 200 repositories in parallel, against the bare tool run as many times at once.

    .venv/bin/python -m bench.backup_freshness [--repositories 200] [--slow 8] [--delay 4]

Copies of one small borg repository; behind a wrapper of `borg`, some answer only after `delay` seconds, as over a bad
link. Floor: `borg list --json` on each, bare, with the same number at once. The audit that reads restore points alone
may take 1.5 times that (it makes an image of each repository and one child process runs it all), and its memory, with
ten times as many repositories, 1.25 times as much. No lock may be left in any of them. Exit code 1 when a gate is
passed over.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PARALLEL = 8
MOST_TIMES_FLOOR = 1.5
MOST_MEMORY = 1.25
_FEW = 10
_WRAPPER = """#!/bin/sh
case "$(readlink -f "$BORG_REPO/data/0/1" 2>/dev/null)$BORG_REPO" in *slow*) sleep {delay};; esac
exec {borg} "$@"
"""
_CHILD = """
import json, resource, sys
from datetime import UTC, datetime
from scanners.backup.collect import Request, collect
from scanners.collect import Context
plan = json.load(sys.stdin)
facts = collect(Request(plan, list_only=True, parallel={parallel}), Context({{}}, lambda *_: None, datetime.now(UTC)))
read = sum(one.opened and len(one.snapshots) > 0 for one in facts.repositories)
print(json.dumps([read, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def made(folder: Path, count: int, slow: int, delay: float) -> list[Path]:
    """The repositories, the slow ones first, and the wrapper in `folder/bin`."""
    env = {**os.environ, "BORG_BASE_DIR": str(folder / "borg")}
    first = folder / "first"
    subprocess.run(["borg", "init", "--encryption", "none", first], env=env, check=True, capture_output=True)
    unknown = {**env, "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}
    subprocess.run(["borg", "create", f"{first}::nuit", __file__], env=unknown, check=True, capture_output=True)
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    wrapper = bin_folder / "borg"
    wrapper.write_text(_WRAPPER.format(delay=delay, borg=shutil.which("borg")))
    wrapper.chmod(0o755)
    places = [folder / (f"slow-{rank}" if rank < slow else f"quick-{rank}") for rank in range(count)]
    for place in places:
        shutil.copytree(first, place)
    return places


def environment(folder: Path) -> dict[str, str]:
    """The wrapper first."""
    return {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "TMPDIR": str(folder)}


def floor(folder: Path, places: list[Path]) -> float:
    """Seconds of the bare tool, as many at once."""

    def one(place: Path) -> None:
        env = {
            **environment(folder),
            "BORG_REPO": str(place),
            "BORG_BASE_DIR": str(folder / "bare" / place.name),
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
        }
        subprocess.run(["borg", "--bypass-lock", "list", "--json"], env=env, check=True, capture_output=True)

    (folder / "bare").mkdir(exist_ok=True)
    began = time.perf_counter()
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(one, places))
    return time.perf_counter() - began


def ours(folder: Path, places: list[Path]) -> tuple[float, int, float]:
    """Seconds of the audit, repositories read, and MiB of its process (without the tools)."""
    plan = {
        "version": 1,
        "establishment": "Mesure",
        "repositories": [{"name": place.name, "tool": "borg", "location": str(place)} for place in places],
        "systems": [{"name": "DPI", "production": {"site": "A", "medium": "san"}}],
    }
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _CHILD.format(parallel=PARALLEL)],
        input=json.dumps(plan).encode(),
        env=environment(folder),
        check=True,
        capture_output=True,
    )
    read, mebibytes = json.loads(done.stdout)
    return time.perf_counter() - began, read, mebibytes


def main() -> int:
    """Measure, tell, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=int, default=200)
    parser.add_argument("--slow", type=int, default=8)
    parser.add_argument("--delay", type=float, default=4.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="care-bench-") as name:
        folder = Path(name)
        places = made(folder, asked.repositories, asked.slow, asked.delay)
        bare = floor(folder, places)
        _few_seconds, _few_read, few = ours(folder, places[asked.slow : asked.slow + _FEW])
        seconds, read, many = ours(folder, places)
        locks = [place.name for place in places if list(place.glob("lock.*"))]
    print(f"{asked.repositories} repositories, {asked.slow} of them {asked.delay:g} s late, {PARALLEL} at once")
    print(f"bare borg list   {bare:7.2f} s")
    print(f"audit            {seconds:7.2f} s  {seconds / bare:.2f} times (at most {MOST_TIMES_FLOOR})")
    print(
        f"memory           {many:7.1f} MiB against {few:.1f} for {_FEW}: {many / few:.2f} times (at most {MOST_MEMORY})"
    )
    print(f"read {read}, locks left {len(locks)}")
    kept = seconds <= MOST_TIMES_FLOOR * bare and many <= MOST_MEMORY * few and read == len(places) and not locks
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
