"""The whole audit of a directory against an `ldapsearch` dump of the same attributes, in the same run.

`python -m bench.ad_collect [--objects 10000] [--runs 5]` starts the lab's domain controller on a directory
grown offline to that many objects, then measures in turn, so that both suffer the same load of the machine:

- floor: `ldapsearch`, same account, filter, attributes, page size and descriptors, LDAPS, written to a file;
- audit: connection, dump, columns, control graph and every rule, in one process already started;
- sealed: the same by NTLM without TLS, every answer signed and encrypted by it;
- child: the same as `care audit ad` runs it, with the start of its process and the facts archive.

The gate is the median of the ratios audit / floor: at most 1.25. Client CPU is told beside it: on a loaded machine
it is what stays comparable.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanners.ad.collect import Request, collect
from scanners.ad.sources.collect_table import ATTRIBUTES
from scanners.catalog import rules_of
from scanners.collect import Context
from scanners.collection import collect_in_child
from scanners.runner import run_rules
from tests.lab import __main__ as lab
from tests.lab import ad, stage

GATE = 1.25
PAGE_SIZE = 1000
SD_FLAGS = "!1.2.840.113556.1.4.801=::MAMCAQc="
Measure = tuple[float, float, float]
"""Seconds of wall clock, seconds of CPU of the client, its peak memory in MB."""
_SAMPLE_SECONDS = 0.25
"""VmHWM is a peak: only what grew after the last look is missed, while each look costs a third of a millisecond."""


def main() -> int:
    """Measure, print the table; exit code 1 when the gate is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with stage.own_octet() as octet, tempfile.TemporaryDirectory(prefix="care-bench-") as scratch:
        folder = Path(scratch)
        try:
            directory = ad.start_large(folder, lab.DEFAULT_CACHE, octet, options.objects)
            return compare(directory, folder, options.runs)
        finally:
            ad.stop(folder)


def compare(directory: Mapping[str, Any], folder: Path, runs: int) -> int:
    """Measure, print; 1 when the gate is passed over."""
    kinds: dict[str, Callable[[], int]] = {
        "floor": lambda: _floor(directory, folder),
        "audit": lambda: _audit(directory),
        "sealed": lambda: _audit(directory, server=f"ldap://{directory['address']}", authentication="ntlm"),
        "child": lambda: _child(directory, folder),
    }
    count = kinds["audit"]()
    measures: dict[str, list[Measure]] = {name: [] for name in kinds}
    for _ in range(runs):
        for name, run in kinds.items():
            measures[name].append(_timed(run))
    return _print(count, runs, measures)


def _print(count: int, runs: int, measures: Mapping[str, list[Measure]]) -> int:
    floors = [wall for wall, *_ in measures["floor"]]
    print(f"{count} objects, {runs} runs, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| | wall s (median) | client CPU s (median) | peak memory MB | ratio to ldapsearch (median, min–max) |")
    print("|---|---|---|---|---|")
    gate = 0.0
    for name, values in measures.items():
        ratios = [wall / floor for (wall, *_), floor in zip(values, floors, strict=True)]
        wall, cpu, peak = (statistics.median(column) for column in zip(*values, strict=True))
        ratio = statistics.median(ratios)
        spread = f"{ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {spread} |")
        gate = ratio if name == "audit" else gate
    print(f"\ngate {GATE}: {'kept' if gate <= GATE else 'PASSED OVER'}")
    return int(gate > GATE)


def _timed(run: Callable[[], int]) -> Measure:
    with _Memory() as memory:
        before, started = _cpu(), time.perf_counter()
        run()
        wall, cpu = time.perf_counter() - started, _cpu() - before
    return wall, cpu, memory.peak


class _Memory:
    """Peak memory in MB of the processes started meanwhile, or of this one when there were none.

    Read from VmHWM: what `wait4` tells of a process counts its parent's memory before `exec`.
    """

    def __enter__(self) -> _Memory:
        Path("/proc/self/clear_refs").write_text("5")
        self.peak, self._before = 0.0, _children()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._sample)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()
        self.peak = self.peak or _high_water("self")

    def _sample(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self.peak = max([self.peak, *map(_high_water, _children() - self._before)])


def _children() -> set[str]:
    return {pid for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()}


def _high_water(process: str) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def _cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _floor(directory: Mapping[str, Any], folder: Path) -> int:
    base = directory["base"]
    account = directory["accounts"]["auditor"]
    with (folder / "dump.ldif").open("wb") as dump:
        for below, match in (
            (base, "(objectClass=*)"),
            (f"CN=Configuration,{base}", "(objectClass=*)"),
            (f"CN=Schema,CN=Configuration,{base}", "(objectClass=*)"),
            (f"DC=DomainDnsZones,{base}", "(!(objectClass=dnsNode))"),
            (f"DC=ForestDnsZones,{base}", "(!(objectClass=dnsNode))"),
        ):
            command = ["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", directory["server"], "-b", below]
            command += ["-D", account["user"], "-w", account["password"], "-E", f"pr={PAGE_SIZE}/noprompt"]
            command += ["-E", SD_FLAGS, match, *ATTRIBUTES]
            environment = {**os.environ, "LDAPTLS_CACERT": directory["ca"]}
            subprocess.run(command, stdout=dump, check=True, env=environment, stderr=subprocess.DEVNULL)
    return 0


def _request(directory: Mapping[str, Any]) -> dict[str, Any]:
    user = directory["accounts"]["auditor"]["user"]
    return {"server": directory["server"], "user": user, "ca_pem": Path(directory["ca"]).read_text()}


def _audit(directory: Mapping[str, Any], **changes: str) -> int:
    secrets = {"password": directory["accounts"]["auditor"]["password"]}
    context = Context(secrets, lambda _share, _text: None, datetime.now(UTC))
    facts = collect(Request(**{**_request(directory), **changes}, page_size=PAGE_SIZE), context)
    assert facts.gaps == ()
    assert len(run_rules(rules_of("ad"), facts)) == len(rules_of("ad"))
    return len(facts.objects)


def _child(directory: Mapping[str, Any], folder: Path) -> int:
    secrets = {"password": directory["accounts"]["auditor"]["password"]}
    archive = collect_in_child("ad", _request(directory), secrets, folder / "facts.care")
    run_rules(rules_of("ad"), archive.facts)
    return len(archive.facts.objects)


if __name__ == "__main__":
    sys.exit(main())
