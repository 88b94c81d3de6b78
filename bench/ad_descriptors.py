"""Security descriptors decoded a CPU second, beside impacket on the same ones.

`python -m bench.ad_descriptors [--count 50000] [--runs 5]` makes descriptors of 41 access entries, all different or 5 %
of them, and decodes them as the dump does. impacket, in the environment of `bench.ad_peers`, gets a sample. Every
measure is a process of its own. The gate: 40,000 descriptors a CPU second when all differ.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.ad_peers import installed
from scanners.ad.descriptors import DescriptorReader
from tests.lab import __main__ as lab
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import DOMAIN_ADMINS, FULL, READ, SID

GATE = 40_000
ENTRIES = 41
SAMPLE = 500
PEER = Path(__file__).with_name("impacket_descriptors.py")


def main() -> int:
    """Measure and print the table; 1 when the gate is passed over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(_rate(made(options.count, options.one)))
        return 0
    python = installed(lab.DEFAULT_CACHE)
    rates: dict[str, list[float]] = {"all differ": [], "5 % differ": [], "impacket, all differ": []}
    with tempfile.TemporaryDirectory(prefix="care-bench-") as folder:
        sample = _written(Path(folder) / "sample", made(SAMPLE, 1.0))
        for _ in range(options.runs):
            rates["all differ"].append(_child(options.count, 1.0))
            rates["5 % differ"].append(_child(options.count, 0.05))
            rates["impacket, all differ"].append(_impacket(python, sample))
    return _print(options.count, options.runs, rates)


def made(count: int, distinct: float) -> list[bytes]:
    """Descriptors of 41 entries in the order of a dump; those that are not distinct repeat the first ones."""
    common = [Ace(f"{SID}-{number}", READ) for number in range(600, 600 + ENTRIES - 2)]
    different = max(1, int(count * distinct))
    own = [
        descriptor(DOMAIN_ADMINS, [Ace(f"{SID}-{10_000 + number}", FULL), *common, Ace(f"{SID}-{number + 9}", READ)])
        for number in range(different)
    ]
    return [own[number % different] for number in range(count)]


def _rate(descriptors: list[bytes]) -> float:
    reader = DescriptorReader()
    before = time.process_time()
    for one in descriptors:
        reader.add(one)
    seconds = time.process_time() - before
    assert reader.table().start[-1] > 0
    return len(descriptors) / seconds


def _child(count: int, distinct: float) -> float:
    command = [sys.executable, "-m", "bench.ad_descriptors", "--count", str(count), "--one", str(distinct)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _impacket(python: Path, sample: Path) -> float:
    done = subprocess.run([python, PEER, sample], check=True, capture_output=True, text=True).stdout.split()
    assert int(done[1]) == SAMPLE * ENTRIES
    return int(done[0]) / float(done[2])


def _written(path: Path, descriptors: list[bytes]) -> Path:
    path.write_bytes(b"".join(len(one).to_bytes(4, "little") + one for one in descriptors))
    return path


def _print(count: int, runs: int, rates: dict[str, list[float]]) -> int:
    print(f"{count} descriptors of {ENTRIES} entries, {runs} runs\n")
    print("| | descriptors a CPU second (median) | times impacket |")
    print("|---|---|---|")
    theirs = rates["impacket, all differ"]
    for name, values in rates.items():
        ratio = statistics.median(mine / other for mine, other in zip(values, theirs, strict=True))
        print(f"| {name} | {statistics.median(values):.0f} | {ratio:.0f} |")
    kept = statistics.median(rates["all differ"]) >= GATE
    print(f"\ngate {GATE} when all differ: {'kept' if kept else 'PASSED OVER'}")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
