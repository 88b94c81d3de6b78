"""The audit of a directory beside BloodHound.py and ldapdomaindump, on one domain, in one run.

`python -m bench.ad_peers [--objects 10000] [--runs 3]` starts the lab's domain controller on a directory grown offline,
installs the peers in an environment of their own (they are no dependency of ours), then measures in turn:

- ours: `care audit ad`, the start of its process included, every rule judged;
- bloodhound: BloodHound.py CE, `-c DCOnly`, its bind replaced (`tests/lab/ad/peers.py`);
- ldapdomaindump: simple bind over LDAPS.

What they do differs: BloodHound.py keeps rights and members for another program to judge, ldapdomaindump writes lists
and reads no permission, ours judges. A name server of a few lines tells them where the controller is.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bench.ad_collect import Measure, middle, timed
from tests.lab import __main__ as lab
from tests.lab import ad, stage
from tests.lab.ad.peers import bloodhound, installed, names


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    python = installed(lab.DEFAULT_CACHE)
    with stage.own_octet() as octet, tempfile.TemporaryDirectory(prefix="care-bench-") as scratch:
        folder = Path(scratch)
        try:
            directory = ad.start_large(folder, lab.DEFAULT_CACHE, octet, options.objects)
            with names(directory["host"], directory["address"]):
                return compare(directory, python, folder, options.runs)
        finally:
            ad.stop(folder)


def compare(directory: Mapping[str, Any], python: Path, folder: Path, runs: int) -> int:
    """Measure, print; 1 when one of the peers is faster."""
    account = directory["accounts"]["auditor"]
    audit = [
        Path(sys.executable).with_name("care"),
        "audit",
        "ad",
        "--server",
        directory["server"],
        "--user",
        account["user"],
    ]
    audit += ["--password-file", account["password_file"], "--ca", directory["ca"], "--json", str(folder / "ours.json")]
    hound = bloodhound(python, directory, "auditor")
    dump = [python, "-m", "ldapdomaindump", "-u", account["user"], "-p", account["password"], "--authtype", "SIMPLE"]
    dump += ["-o", folder / "dump", f"ldaps://{directory['address']}"]
    commands = {"ours": (audit, "ours.json"), "bloodhound": (hound, "*.zip"), "ldapdomaindump": (dump, "dump/*.json")}
    measures: dict[str, list[Measure]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, (command, result) in commands.items():
            measures[name].append(timed(partial(_run, command, folder, result)))
    return _print(runs, measures)


def _run(command: list[Any], folder: Path, result: str) -> int:
    """Run one program; what it wrote last time is removed, so that it must write again."""
    for written in folder.glob(result):
        written.unlink()
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
    if not list(folder.glob(result)):
        sys.exit(f"{command[0]} ended with {done.returncode} and no result: {done.stderr[-500:]}")
    return done.returncode


def _print(runs: int, measures: Mapping[str, list[Measure]]) -> int:
    print(
        f"{runs} runs\n\n"
        "| | wall s | client CPU s | peak MB, largest process | peak MB, together | ours / it (wall) |\n"
        "|---|---|---|---|---|---|"
    )
    slower = 0
    for name, values in measures.items():
        one = middle(values)
        ratio = statistics.median(ours.wall / it.wall for ours, it in zip(measures["ours"], values, strict=True))
        print(f"| {name} | {one.wall:.2f} | {one.cpu:.2f} | {one.largest:.0f} | {one.together:.0f} | {ratio:.2f} |")
        slower |= ratio > 1
    return int(slower)


if __name__ == "__main__":
    sys.exit(main())
