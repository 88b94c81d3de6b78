"""The whole audit of a directory against an `ldapsearch` dump of the same attributes, in the same run.

`python -m bench.ad_collect [--objects 10000] [--runs 5]` starts the lab's domain controller on a directory
grown offline to that many objects, then measures in turn, so that both suffer the same load of the machine:

- floor: `ldapsearch`, same account, filter, attributes, page size and descriptors, LDAPS, written to a file;
- audit: connection, dump, columns, control graph and every rule, in one process already started;
- sealed: the same by NTLM without TLS, every answer signed and encrypted by it;
- child: the same as `care audit ad` runs it, with the start of its process and the facts archive;
- worker: the same as the platform runs it, asked for on a new SQLite installation and done by a `care worker`, with
  every finding, object and path recorded. That process was started before; its job and its collector are others.

Gates: the median of the ratios audit / floor, at most 1.25; the requests, at most the pages and 20 for each naming
context; the CPU of the audit, at most 5 s for 100,000 objects; the peak memory of each process the platform runs for
it, at most 350 MB. What these processes hold together at one time (pages they share counted once) is told beside it.
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
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import select

from care import config
from care.domain.access import machine_scope
from care.domain.jobs import ACTIVE, JobState
from care.services import audits
from care.services.platform import Platform
from care.services.registry import (
    EstablishmentDraft,
    LegalEntityDraft,
    create_establishment,
    create_legal_entity,
    list_regions,
)
from care.services.setup import prepare_database
from care.services.targets import TargetDraft, add_target
from care.store.jobs import Job
from care.wiring import build_platform
from scanners.ad import collect as collecting
from scanners.ad.collect import Request
from scanners.ad.ldap.collect_dump import PagedReader
from scanners.ad.sources.collect_table import ATTRIBUTES
from scanners.catalog import rules_of
from scanners.collect import Context
from scanners.collection import collect_in_child
from scanners.runner import run_rules
from tests.lab import __main__ as lab
from tests.lab import ad, stage
from tests.support.machine import care, eventually
from tests.support.people import valid_finess

SCOPE = machine_scope("bench")
GATE, MOST_CPU_SECONDS, MOST_MB = 1.25, 5.0, 350.0
PAGE_SIZE, MORE_REQUESTS = 1000, 20
FULL = 100_000
"""Objects from which the processor gate speaks: below, what an audit costs whatever the size weighs most."""
CONTEXTS = (
    ("", "(objectClass=*)"),
    ("CN=Configuration,", "(objectClass=*)"),
    ("CN=Schema,CN=Configuration,", "(objectClass=*)"),
    ("DC=DomainDnsZones,", "(!(objectClass=dnsNode))"),
    ("DC=ForestDnsZones,", "(!(objectClass=dnsNode))"),
)
"""Naming contexts by what stands before the domain's name, and what is read of each."""
PATIENCE_SECONDS = 3600.0
SD_FLAGS = "!1.2.840.113556.1.4.801=::MAMCAQc="
_SAMPLE_SECONDS = 0.25
"""VmHWM is a peak: only what grew after the last look is missed, while each look costs some milliseconds."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Seconds of wall clock and of CPU of the client, MB at the peak: of its largest process, of all at one time."""

    wall: float
    cpu: float
    largest: float
    together: float


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
    """Measure, print; 1 when a gate is passed over."""
    with ExitStack() as stack:
        hospital = _Hospital(directory, folder, stack)
        kinds: dict[str, Callable[[], object]] = {
            "floor": lambda: _floor(directory, folder),
            "audit": lambda: _audit(directory),
            "sealed": lambda: _audit(directory, server=f"ldap://{directory['address']}", authentication="ntlm"),
            "child": lambda: _child(directory, folder),
            "worker": hospital.audit,
        }
        count, requests = _audit(directory)
        roots = {"worker": hospital.worker.pid}
        measures: dict[str, list[Measure]] = {name: [] for name in kinds}
        for _ in range(runs):
            for name, run in kinds.items():
                measures[name].append(timed(run, roots.get(name)))
        print(f"{count} objects read in {requests} requests, {runs} runs, {os.cpu_count()} cores", end="")
        print(f", load {os.getloadavg()[0]:.1f}\n")
        return _print(count, requests, measures)


def _print(count: int, requests: int, measures: Mapping[str, list[Measure]]) -> int:
    print("| | wall s | client CPU s | peak MB, largest process | peak MB, together | ratio to ldapsearch (min–max) |")
    print("|---|---|---|---|---|---|")
    gate = 0.0
    for name, values in measures.items():
        ratios = [one.wall / floor.wall for one, floor in zip(values, measures["floor"], strict=True)]
        one, ratio = middle(values), statistics.median(ratios)
        spread = f"{ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
        print(f"| {name} | {one.wall:.2f} | {one.cpu:.2f} | {one.largest:.0f} | {one.together:.0f} | {spread} |")
        gate = ratio if name == "audit" else gate
    most = count // PAGE_SIZE + len(CONTEXTS) * (1 + MORE_REQUESTS)
    cpu, largest = middle(measures["audit"]).cpu * 100_000 / count, middle(measures["worker"]).largest
    kept = [
        _told(f"audit / floor {gate:.2f}, at most {GATE}", gate <= GATE),
        _told(f"{requests} requests, at most {most}", requests <= most),
        _told(
            f"CPU for 100,000 objects {cpu:.2f} s, at most {MOST_CPU_SECONDS}", cpu <= MOST_CPU_SECONDS or count < FULL
        ),
        _told(f"largest process of the platform {largest:.0f} MB, at most {MOST_MB:.0f}", largest <= MOST_MB),
    ]
    return int(not all(kept))


def _told(line: str, kept: bool) -> bool:
    print(f"gate {'kept' if kept else 'PASSED OVER'}: {line}")
    return kept


def middle(values: list[Measure]) -> Measure:
    """The median of each column."""
    return Measure(*(statistics.median(column) for column in zip(*map(astuple, values), strict=True)))


def timed(run: Callable[[], object], root: int | None = None) -> Measure:
    """What `run` costs: in the processes it starts or in this one, or in the tree of `root` when that one does it."""
    with _Memory(root) as memory:
        before, started = _cpu(root), time.perf_counter()
        run()
        wall, cpu = time.perf_counter() - started, _cpu(root) - before
    return Measure(wall, cpu, memory.largest, memory.together)


class _Memory:
    """Peak memory in MB of a tree of processes: of its largest one, and of all at one time.

    The tree is that of `root`; without one, that of the processes started meanwhile, or this one when there were none.
    The largest is read from VmHWM: what `wait4` tells of a process counts its parent's memory before `exec`. Shared
    pages count once in the sum (Pss).
    """

    def __init__(self, root: int | None) -> None:
        self.largest, self.together, self._root = 0.0, 0.0, root

    def __enter__(self) -> _Memory:
        _forget_peak("self" if self._root is None else str(self._root))
        self._before = _children("self")
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._sample)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()
        if not self.largest:
            self.largest = self.together = _status("self", "VmHWM")

    def _sample(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            tops = _children("self") - self._before if self._root is None else {str(self._root)}
            tree = [process for top in tops for process in _tree(top)]
            self.largest = max([self.largest, *(_status(process, "VmHWM") for process in tree)])
            self.together = max(self.together, sum(_proportional(process) for process in tree))


def _forget_peak(process: str) -> None:
    Path(f"/proc/{process}/clear_refs").write_text("5")


def _tree(top: str) -> list[str]:
    return [top, *(below for child in _children(top) for below in _tree(child))]


def _children(process: str) -> set[str]:
    return {pid for file in Path(f"/proc/{process}/task").glob("*/children") for pid in _read(file).split()}


def _status(process: str, field: str) -> float:
    return _megabytes(_read(Path(f"/proc/{process}/status")), field)


def _proportional(process: str) -> float:
    return _megabytes(_read(Path(f"/proc/{process}/smaps_rollup")), "Pss")


def _read(file: Path) -> str:
    """What a file of /proc says, nothing once its process has gone."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _megabytes(text: str, field: str) -> float:
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith(f"{field}:")), 0.0)


def _cpu(root: int | None) -> float:
    if root is not None:  # of the process and of its children that have ended: fields 14 to 17 of proc(5)
        fields = _read(Path(f"/proc/{root}/stat")).rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _floor(directory: Mapping[str, Any], folder: Path) -> int:
    base = directory["base"]
    account = directory["accounts"]["auditor"]
    with (folder / "dump.ldif").open("wb") as dump:
        for below, match in CONTEXTS:
            command = [
                "ldapsearch",
                "-x",
                "-LLL",
                "-o",
                "ldif-wrap=no",
                "-H",
                directory["server"],
                "-b",
                f"{below}{base}",
            ]
            command += ["-D", account["user"], "-w", account["password"], "-E", f"pr={PAGE_SIZE}/noprompt"]
            command += ["-E", SD_FLAGS, match, *ATTRIBUTES]
            environment = {**os.environ, "LDAPTLS_CACERT": directory["ca"]}
            subprocess.run(command, stdout=dump, check=True, env=environment, stderr=subprocess.DEVNULL)
    return 0


def _request(directory: Mapping[str, Any]) -> dict[str, Any]:
    user = directory["accounts"]["auditor"]["user"]
    return {"server": directory["server"], "user": user, "ca_pem": Path(directory["ca"]).read_text()}


def _audit(directory: Mapping[str, Any], **changes: str) -> tuple[int, int]:
    """How many objects were read, in how many requests."""
    secrets = {"password": directory["accounts"]["auditor"]["password"]}
    context = Context(secrets, lambda _share, _text: None, datetime.now(UTC))
    requests = 0

    class Counting(PagedReader):
        def _ask(self, *asked: Any) -> int:  # noqa: ANN401 - handed on as it came
            nonlocal requests
            requests += 1
            return super()._ask(*asked)

    with mock.patch.object(collecting, "PagedReader", Counting):
        facts = collecting.collect(Request(**{**_request(directory), **changes}, page_size=PAGE_SIZE), context)
    assert facts.gaps == ()
    assert len(run_rules(rules_of("ad"), facts)) == len(rules_of("ad"))
    return len(facts.objects), requests


def _child(directory: Mapping[str, Any], folder: Path) -> int:
    secrets = {"password": directory["accounts"]["auditor"]["password"]}
    archive = collect_in_child("ad", _request(directory), secrets, folder / "facts.care")
    run_rules(rules_of("ad"), archive.facts)
    return len(archive.facts.objects)


class _Hospital:
    """A new installation with one establishment, its directory as target, and a worker that does its audits."""

    def __init__(self, directory: Mapping[str, Any], folder: Path, stack: ExitStack) -> None:
        data = folder / "installation"
        data.mkdir()
        settings = {"CARE_DATA_DIR": str(data), "CARE_WORKERS": "1"}
        self._platform = build_platform(config.load(settings, data))
        stack.callback(self._platform.database.close)
        stack.callback(self._platform.doorbell.close)
        prepare_database(self._platform)
        self._target = _target(self._platform, directory)
        self.worker = stack.enter_context(care(data, "worker", CARE_WORKERS="1"))

    def audit(self) -> None:
        """Ask for an audit and wait until the worker has recorded it."""
        started = audits.start_audit(self._platform, SCOPE, self._target)
        assert started is not None
        eventually(lambda: self._state(started.job_id) not in ACTIVE, "the audit ends", PATIENCE_SECONDS)
        assert self._state(started.job_id) is JobState.DONE

    def _state(self, job: int) -> JobState:
        with self._platform.database.read() as session:
            return session.scalars(select(Job.state).where(Job.id == job)).one()


def _target(platform: Platform, directory: Mapping[str, Any]) -> int:
    region = list_regions(platform, SCOPE)[0].id
    above = create_legal_entity(platform, SCOPE, LegalEntityDraft(valid_finess("05000001"), "CH", region, None)).id
    site = EstablishmentDraft(valid_finess("06000001"), "Hôpital", above)
    establishment = create_establishment(platform, SCOPE, site).id
    secrets = {"password": directory["accounts"]["auditor"]["password"]}
    request = _request(directory)
    return add_target(platform, SCOPE, establishment, TargetDraft("ad", "Annuaire", request, secrets))


if __name__ == "__main__":
    sys.exit(main())
