"""The audit of a directory beside BloodHound.py and ldapdomaindump, on one domain, in one run.

`python -m bench.ad_peers [--objects 10000] [--runs 3]` starts the lab's domain controller on a directory grown offline,
installs the peers in an environment of their own (they are no dependency of ours), then measures in turn:

- ours: `care audit ad`, the start of its process included, every rule judged;
- bloodhound: BloodHound.py CE, `-c DCOnly`, its bind replaced (`bloodhound_over_simple_bind.py` says why);
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
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from bench.ad_collect import Measure, _timed
from tests.lab import __main__ as lab
from tests.lab import ad, stage

PEERS = ("bloodhound-ce==1.9.1", "ldapdomaindump==0.10.0")
DRIVER = Path(__file__).with_name("bloodhound_over_simple_bind.py")
_DATAGRAM, _PATIENCE = 4096, 0.2


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    programs = installed(lab.DEFAULT_CACHE)
    with stage.own_octet() as octet, tempfile.TemporaryDirectory(prefix="care-bench-") as scratch:
        folder = Path(scratch)
        try:
            directory = ad.start_large(folder, lab.DEFAULT_CACHE, octet, options.objects)
            with _names(directory["host"], directory["address"]):
                return compare(directory, programs, folder, options.runs)
        finally:
            ad.stop(folder)


def compare(directory: Mapping[str, Any], peers: Path, folder: Path, runs: int) -> int:
    """Measure, print; 1 when one of the peers is faster."""
    account = directory["accounts"]["auditor"]
    domain, host, address = directory["domain"], directory["host"], directory["address"]
    name = account["user"].rpartition("\\")[2]
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
    hound = [peers / "python", DRIVER, "-c", "DCOnly", "-d", domain, "-u", name, "-p", account["password"], "--zip"]
    hound += ["-ns", address, "-dc", host, "-gc", host, "--auth-method", "ntlm", "--use-ldaps"]
    dump = [peers / "ldapdomaindump", "-u", account["user"], "-p", account["password"], "--authtype", "SIMPLE"]
    dump += ["-o", folder / "dump", f"ldaps://{address}"]
    commands = {"ours": (audit, "ours.json"), "bloodhound": (hound, "*.zip"), "ldapdomaindump": (dump, "dump/*.json")}
    measures: dict[str, list[Measure]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, (command, result) in commands.items():
            measures[name].append(_timed(lambda command=command, result=result: _run(command, folder, result)))
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
        f"{runs} runs\n\n| | wall s | client CPU s | peak memory MB | ours / it (wall, median) |\n|---|---|---|---|---|"
    )
    ours = [wall for wall, *_ in measures["ours"]]
    slower = 0
    for name, values in measures.items():
        wall, cpu, peak = (statistics.median(column) for column in zip(*values, strict=True))
        ratio = statistics.median(mine / theirs for mine, (theirs, *_) in zip(ours, values, strict=True))
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {ratio:.2f} |")
        slower |= ratio > 1
    return int(slower)


def installed(cache: Path) -> Path:
    """The programs of the peers, installed once."""
    folder = cache / f"ad-peers-{'-'.join(PEERS).replace('=', '')}"
    if not (folder / "bin" / "ldapdomaindump").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "--quiet", "install", *PEERS], check=True)
    return folder / "bin"


@contextmanager
def _names(host: str, address: str) -> Iterator[None]:
    """Answers where the services of the domain are, as its own name server would."""
    over = threading.Event()
    with socket(AF_INET, SOCK_DGRAM) as listening:
        listening.bind((address, 53))
        listening.settimeout(_PATIENCE)
        serving = threading.Thread(target=_serve, args=(listening, host, address, over))
        serving.start()
        try:
            yield
        finally:
            over.set()
            serving.join()


def _serve(listening: socket, host: str, address: str, over: threading.Event) -> None:
    while not over.is_set():
        try:
            asked, who = listening.recvfrom(_DATAGRAM)
        except TimeoutError:
            continue
        listening.sendto(_answer(dns.message.from_wire(asked), host, address).to_wire(), who)


def _answer(asked: dns.message.Message, host: str, address: str) -> dns.message.Message:
    told = dns.message.make_response(asked)
    told.flags |= dns.flags.AA
    question = asked.question[0]
    if question.rdtype == dns.rdatatype.SRV:
        told.answer.append(dns.rrset.from_text(question.name, 60, "IN", "SRV", f"0 100 389 {host}."))
    elif question.rdtype == dns.rdatatype.A and question.name.to_text().lower() == f"{host}.":
        told.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", address))
    else:
        told.set_rcode(dns.rcode.NXDOMAIN)
    return told


if __name__ == "__main__":
    sys.exit(main())
