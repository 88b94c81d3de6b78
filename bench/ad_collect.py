"""The whole audit of a directory against an `ldapsearch` dump of the same attributes, in the same run.

`python -m bench.ad_collect [--objects 10000] [--runs 5]` starts the lab's domain controller, adds users until the
domain holds that many objects, then measures in turn, so that both suffer the same load of the machine:

- floor: `ldapsearch`, same account, filter, attributes, page size and descriptors, LDAPS, written to a file;
- audit: connection, dump, columns, control graph and every rule, in one process already started;
- child: the same as `care audit ad` runs it, with the start of its process and the facts archive.

The gate is the median of the ratios audit / floor: at most 1.25. Client CPU is told beside it: on a loaded machine
it is what stays comparable.
"""

from __future__ import annotations

import argparse
import os
import resource
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ldap3

from scanners.ad.collect import Request, collect
from scanners.ad.collect_table import ATTRIBUTES
from scanners.catalog import rules_of
from scanners.collect import Context
from scanners.collection import collect_in_child
from scanners.runner import run_rules
from tests.lab import __main__ as lab
from tests.lab import stage

GATE = 1.25
PAGE_SIZE = 1000
SD_FLAGS = "!1.2.840.113556.1.4.801=::MAMCAQc="
Measure = tuple[float, float]
"""Seconds of wall clock, seconds of CPU of the client."""


def main() -> int:
    """Measure, print the table; exit code 1 when the gate is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with stage.own_octet() as octet, tempfile.TemporaryDirectory(prefix="care-bench-") as scratch:
        folder = Path(scratch)
        try:
            directory = lab.start(folder, lab.DEFAULT_CACHE, octet, ["ad"])["ad"]
            return compare(directory, folder, options.objects, options.runs)
        finally:
            lab.stop(folder)


def compare(directory: Mapping[str, Any], folder: Path, objects: int, runs: int) -> int:
    """Grow the directory, measure, print; 1 when the gate is passed over."""
    _grow(directory, objects)
    kinds: dict[str, Callable[[], int]] = {
        "floor": lambda: _floor(directory, folder),
        "audit": lambda: _audit(directory),
        "child": lambda: _child(directory, folder),
    }
    count = kinds["audit"]()
    measures: dict[str, list[Measure]] = {name: [] for name in kinds}
    for _ in range(runs):
        for name, run in kinds.items():
            measures[name].append(_timed(run))
    return _print(count, runs, measures)


def _print(count: int, runs: int, measures: Mapping[str, list[Measure]]) -> int:
    floors = [wall for wall, _ in measures["floor"]]
    print(f"{count} objects, {runs} runs, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| | wall s (median) | client CPU s (median) | ratio to ldapsearch (median, min–max) |")
    print("|---|---|---|---|")
    gate = 0.0
    for name, values in measures.items():
        ratios = [wall / floor for (wall, _), floor in zip(values, floors, strict=True)]
        wall, cpu = (statistics.median(column) for column in zip(*values, strict=True))
        ratio = statistics.median(ratios)
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f}) |")
        gate = ratio if name == "audit" else gate
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process {peak:.0f} MB; gate {GATE}: {'kept' if gate <= GATE else 'PASSED OVER'}")
    return int(gate > GATE)


def _timed(run: Callable[[], int]) -> Measure:
    before, started = _cpu(), time.perf_counter()
    run()
    return time.perf_counter() - started, _cpu() - before


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


def _audit(directory: Mapping[str, Any]) -> int:
    secrets = {"password": directory["accounts"]["auditor"]["password"]}
    context = Context(secrets, lambda _share, _text: None, datetime.now(UTC))
    facts = collect(Request(**_request(directory), page_size=PAGE_SIZE), context)
    assert facts.gaps == ()
    assert len(run_rules(rules_of("ad"), facts)) == len(rules_of("ad"))
    return len(facts.objects)


def _child(directory: Mapping[str, Any], folder: Path) -> int:
    secrets = {"password": directory["accounts"]["auditor"]["password"]}
    archive = collect_in_child("ad", _request(directory), secrets, folder / "facts.care")
    run_rules(rules_of("ad"), archive.facts)
    return len(archive.facts.objects)


def _grow(directory: Mapping[str, Any], objects: int) -> None:
    """Add ordinary users until the directory holds that many objects."""
    trust = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=directory["ca"])
    server = ldap3.Server(directory["address"], port=directory["port"], use_ssl=True, tls=trust, get_info=ldap3.NONE)
    account = directory["accounts"]["administrator"]
    connection = ldap3.Connection(server, account["user"], account["password"], auto_bind=True)
    parent = f"OU=Population,{directory['base']}"
    connection.add(parent, ["organizationalUnit"])
    for number in range(objects - _audit(directory)):
        name = f"population{number:06}"
        added = connection.add(f"CN={name},{parent}", ["user"], {"sAMAccountName": name, "userAccountControl": "514"})
        assert added, connection.result
    connection.unbind()


if __name__ == "__main__":
    sys.exit(main())
