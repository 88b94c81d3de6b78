"""Every bench, one after the other: `python -m bench [ad_collect exposure_scan finess_import findings …]`.

Each runs as a process of its own, with its part of the lab, and prints its table. Then one line a bench says whether
its gate holds. Exit code 0 when all hold, 1 when one is passed over, 3 when one could not run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence

BENCHES: Mapping[str, str] = {
    "finess_import": "each import at most 3 times csv + bulk insert",
    "exposure_scan": "audit at least 2.5 times as fast as bare nmap",
    "exposure_tls": "the verdicts of sslyze on 39 TLS servers 5 times as fast, and those of ssh-audit on SSH",
    "exposure_xml": "an nmap XML of 300 MB, 65,536 hosts, in 150 MB of memory",
    "exposure_zone": "128 hosts: 2.5 and 5 times as fast as bare nmap; all found, also with losses and without root",
    "vulnerability_import": "10,000 records of the NVD a CPU second in 100 MB",
    "ad_collect": "audit at most 1.25 times ldapsearch",
    "ad_graph": "100,000 nodes and 1,000,000 edges in 1 s and 100 MB; analysis of 100,000 objects in 1.5 s and 350 MB",
    "ad_descriptors": "40,000 security descriptors of 41 entries a CPU second, all different",
    "ad_peers": "faster than BloodHound.py and ldapdomaindump on the same domain",
    "workstations": "50,000 machines in four lists reconciled in 3 times a pandas merge; the audit in 10 s and 1 GiB",
    "tables": "1,000,000 lines of CSV in 15 times csv.DictReader, a workbook in 3 times openpyxl; 640 MiB",
    "backup_freshness": "200 repositories in parallel in 1.5 times the bare tool; memory flat; no lock left",
    "findings": "20 SQL statements, 150 ms and 5 times the bare SQL a page; recording 3 times a bulk insert; 300 MiB",
    "exercise": "300 ms to open, 1 s to 150 screens, 200 ms a page meanwhile, 5 s after a kill, 80 clocks in 250 ms",
    "evidence_book": "500 pages in 30 s within 1 GB, 6 times bare paragraphs",
    "bundles": "3,000 bundles of 13 months and 40 indicators in 60 s, first and next month",
    "alerts": "who is exposed, over 3,000 establishments: 2 s",
    "nation": "every figure of 3,000 establishments, 60 months and 40 indicators in 60 s, 3 times pandas; 1 GiB",
    "dashboards": "95th percentile of a dashboard 200 ms, with 3,000 establishments, 60 months and 40 indicators",
    "scan_campaign": "two workers on PostgreSQL at least 1.8 times as fast as one",
    "people": "200 people at once beside audits and an exercise: no error, p95 300 ms; start 3 s; 300 MiB; 5 ms a job",
    "region_campaign": "300 establishments of 16 addresses, workers that die: each audit once, in turn",
    "restore_drill": "a drill of 50 files at most 1.3 times the bare tool doing the same, hashes compared",
    "what_if": "200 ms of server time a page on 20,000 dependencies, 3 times networkx's traversal",
}
"""Module -> its gate. A bench ends with code 0 (kept), 1 (passed over) or another (could not run)."""

KEPT, PASSED_OVER, NOT_RUN = 0, 1, 3
_WORDS = {KEPT: "kept", PASSED_OVER: "PASSED OVER", NOT_RUN: "COULD NOT RUN"}


def main(words: Sequence[str] | None = None) -> int:
    """Run the benches asked for; the worst of their codes."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=", ".join(BENCHES))
    chosen = parser.parse_args(words).benches or list(BENCHES)
    if unknown := sorted(set(chosen) - set(BENCHES)):
        parser.error(f"unknown bench {', '.join(unknown)}; choose from {', '.join(BENCHES)}")
    codes = {name: run([sys.executable, "-m", f"bench.{name}"], name) for name in chosen}
    print("| bench | gate | |\n|---|---|---|")
    for name, code in codes.items():
        print(f"| {name} | {BENCHES[name]} | {_WORDS[code]} |")
    return max(codes.values())


def run(command: Sequence[str], title: str) -> int:
    """Run one bench with its output on ours: KEPT, PASSED_OVER or NOT_RUN.

    A Python that ends on an exception also ends with code 1: it is told by the trace on its standard error.
    """
    print(f"## {title}\n", flush=True)
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    sys.stderr.write(done.stderr)
    print(flush=True)
    if done.returncode == PASSED_OVER and "Traceback (most recent call last)" not in done.stderr:
        return PASSED_OVER
    return KEPT if done.returncode == 0 else NOT_RUN


if __name__ == "__main__":
    sys.exit(main())
