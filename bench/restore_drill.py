"""A sampled restore drill against the bare tool doing the same: 50 files brought back, their hashes compared.

    .venv/bin/python -m bench.restore_drill [--runs 5]

The bare tool is what a person types: list the points, list the files of the last one, restore 50 of them by name (with
the tool's own verification for restic, which has no manifest), hash them and, for borg, compare with the manifest that
it computes. Same repository (3,000 files, 330 MB), same cache state, in turn. Medians. Also shown: the tool's `restore`
alone, which brings files back without saying which there are.

Exit code 1 when a drill takes more than 1.3 times the bare tool for either tool, or did not compare 50 files; 3 when a
tool is missing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from scanners.archive import Archive
from scanners.collection import collect_in_child
from scanners.restore.facts import RestoreFacts

FILES, SAMPLE, MOST = 3_000, 50, 1.3
OPENING = "bench"
Times = tuple[float, float]
"""Seconds of everything, seconds of the restore alone."""


def main() -> int:
    """Make the repositories, time both ways in turn, print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.restore_drill", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    if not (shutil.which("restic") and shutil.which("borg")):
        print("restic and borgbackup are needed", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory(prefix="care-bench-") as folder:
        return _measured(Path(folder), runs)


def _measured(folder: Path, runs: int) -> int:
    _make(folder)
    worst = 0.0
    print("| tool | drill | bare tool, same work | its restore alone | ratio |\n|---|---|---|---|---|")
    for tool, bare in (("restic", _restic), ("borg", _borg)):
        drills, bares = [], []
        for run in range(runs + 1):
            drilled, typed = _drill(folder, tool, run), bare(folder, run)
            if run:  # the first one warms the caches of both
                drills.append(drilled)
                bares.append(typed)
        mine, whole, alone = (statistics.median(one) for one in (drills, [b[0] for b in bares], [b[1] for b in bares]))
        worst = max(worst, mine / whole)
        print(f"| {tool} | {mine:.2f} s | {whole:.2f} s | {alone:.2f} s | {mine / whole:.2f} |")
    print(f"\nMedians of {runs} runs, {SAMPLE} files of {FILES}; at most {MOST}.")
    return int(worst > MOST)


def _make(folder: Path) -> None:
    draw, source = random.Random(2026), folder / "source"
    for number in range(FILES):
        place = source / f"service-{number % 40:02}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"dossier {number}.bin").write_bytes(draw.randbytes(110_000))
    _run(folder, "restic", "init")
    _run(folder, "restic", "backup", str(source))
    _run(folder, "borg", "init", "--encryption", "repokey-blake2")
    _run(folder, "borg", "create", "::nuit", str(source))


def _environment(folder: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"], "HOME": str(folder), "TZ": "UTC", "LC_ALL": "C.UTF-8",
        "RESTIC_REPOSITORY": str(folder / "restic"), "RESTIC_PASSWORD": OPENING,
        "BORG_REPO": str(folder / "borg"), "BORG_PASSPHRASE": OPENING, "BORG_BASE_DIR": str(folder / "home"),
    }  # fmt: skip


def _run(folder: Path, *words: str, cwd: Path | None = None) -> str:
    done = subprocess.run(words, env=_environment(folder), cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode > (words[0] == "borg"):  # 1 is a warning of borg, as the drill takes it
        raise SystemExit(done.stderr)
    return done.stdout


def _drill(folder: Path, tool: str, seed: int) -> float:
    plan = {
        "version": 1,
        "establishment": "Bench",
        "repositories": [{"name": "depot", "tool": tool, "location": str(folder / tool)}],
        "systems": [{"name": "DPI", "production": {"site": "A", "medium": "san"}}],
    }
    request = {"backup_plan": plan, "repository": "depot", "sample_files": SAMPLE, "seed": seed}
    began = time.perf_counter()
    archive: Archive[RestoreFacts] = collect_in_child(
        "restore", request, {"repository.depot": OPENING}, folder / "facts.care"
    )
    seconds = time.perf_counter() - began
    drill = archive.facts.drill
    if drill is None or not drill.good or drill.sample.compared != SAMPLE:
        raise SystemExit(f"the {tool} drill compared nothing: {archive.facts.gaps}")
    return seconds


def _restic(folder: Path, seed: int) -> Times:
    target = _empty(folder)
    began = time.perf_counter()
    _run(folder, "restic", "--no-lock", "--no-cache", "--json", "snapshots")
    listed = _run(folder, "restic", "--no-lock", "--no-cache", "--json", "ls", "latest").splitlines()
    files = [node["path"] for node in map(json.loads, listed) if node.get("type") == "file"]
    named = [word for path in random.Random(seed).sample(files, SAMPLE) for word in ("--include", path)]
    alone = time.perf_counter()
    _run(folder, "restic", "--no-lock", "--no-cache", "restore", "latest", "--target", str(target), "--verify", *named)
    restored = time.perf_counter() - alone
    _hashed(target)
    return time.perf_counter() - began, restored


def _borg(folder: Path, seed: int) -> Times:
    target = _empty(folder)
    began = time.perf_counter()
    _run(folder, "borg", "list", "--json")
    listed = _run(folder, "borg", "list", "--json-lines", "::nuit").splitlines()
    files = [node["path"] for node in map(json.loads, listed) if node["type"] == "-"]
    named = [f"pf:{path}" for path in random.Random(seed).sample(files, SAMPLE)]
    alone = time.perf_counter()
    _run(folder, "borg", "extract", "::nuit", *named, cwd=target)
    restored = time.perf_counter() - alone
    _run(folder, "borg", "list", "--json-lines", "--format", "{sha256}", "::nuit", *named)
    _hashed(target)
    return time.perf_counter() - began, restored


def _empty(folder: Path) -> Path:
    target = folder / "target"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    return target


def _hashed(target: Path) -> None:
    found = [one for one in target.rglob("*") if one.is_file()]
    if len({hashlib.sha256(one.read_bytes()).hexdigest() for one in found}) != SAMPLE:
        raise SystemExit("the bare tool did not bring back the sample")


if __name__ == "__main__":
    sys.exit(main())
