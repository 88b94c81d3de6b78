"""The XML of a scan of 65,536 hosts (300 MB), made by a program in nmap's place and taken in by the collector.

    .venv/bin/python -m bench.exposure_xml [--hosts 65536]

The XML goes the way of a real one: written by a child process, hashed, compressed and read as a stream. Prints the
seconds and the most memory the collecting process held, and the same for python-nmap's own reading, each in a process
of its own. Exit code 1 when ours goes over 150 MB or loses a host.
"""

from __future__ import annotations

import argparse
import ipaddress
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nmap

from scanners.exposure.collect_nmap import Follow, Nmap, Rate
from scanners.exposure.facts import RawScan
from scanners.exposure.read_nmap import Reading
from scanners.stopping import Stop

GATE_MB = 150
PORTS = 15
WANTED = 65_536
"""Hosts, with as many open ports each: 295 MB of XML."""
_PORT = (
    '<port protocol="tcp" portid="{0}"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="http" '
    'product="nginx" version="1.22.1" tunnel="ssl" method="probed" conf="10"><cpe>cpe:/a:igor_sysoev:nginx:1.22.1'
    "</cpe><cpe>cpe:/o:linux:linux_kernel</cpe></service></port>\n"
)
_PROGRAM = """#!{python}
import sys
if sys.argv[1] == "-V":
    print("Nmap version 7.93 ( https://nmap.org )")
    sys.exit()
ports = {ports!r}
with open("scan.xml", "w") as xml:
    xml.write('<?xml version="1.0"?>\\n<!DOCTYPE nmaprun>\\n<nmaprun scanner="nmap">\\n')
    for number in range({hosts}):
        address = f"10.20.{{number >> 8}}.{{number & 255}}"
        xml.write(f'<host><status state="up"/><address addr="{{address}}" addrtype="ipv4"/><ports>\\n')
        xml.write('<extraports state="filtered" count="1029"/>\\n' + ports + '</ports></host>\\n')
    xml.write('<runstats><finished time="1" timestr="now" elapsed="1" exit="success"/>')
    xml.write('<hosts up="{hosts}" down="0" total="{hosts}"/></runstats></nmaprun>\\n')
"""


def main() -> int:
    """Make the program, measure both; or, as a child, one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=WANTED)
    parser.add_argument("--one", choices=("ours", "theirs"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(*(ours(chosen.hosts) if chosen.one == "ours" else theirs()))
        return 0
    print("| reading | XML | hosts | seconds | most memory |\n|---|---|---|---|---|")
    held = {}
    with tempfile.TemporaryDirectory(prefix="care-bench-") as folder:
        program = Path(folder, "nmap")
        ports = "".join(_PORT.format(8000 + number) for number in range(PORTS))
        program.write_text(_PROGRAM.format(python=sys.executable, ports=ports, hosts=chosen.hosts))
        program.chmod(0o755)
        for who, title in (("ours", "the collector"), ("theirs", "python-nmap's own")):
            hosts, size, seconds, held[who] = measured(who, chosen.hosts, Path(folder))
            print(f"| {title} | {size:.0f} MB | {hosts:.0f} | {seconds:.1f} | {held[who]:.0f} MB |", flush=True)
            if who == "ours" and hosts != chosen.hosts:
                print(f"{chosen.hosts} hosts were written.")
                return 1
    kept = held["ours"] <= GATE_MB
    print(f"\ngate {GATE_MB} MB: {'kept' if kept else 'PASSED OVER'}; {held['theirs'] / held['ours']:.1f} times less")
    return int(not kept)


def measured(who: str, hosts: int, folder: Path) -> tuple[float, float, float, float]:
    """Hosts read, megabytes of XML, seconds and megabytes of memory, of one reading in a process of its own."""
    command = [sys.executable, "-m", "bench.exposure_xml", "--one", who, "--hosts", str(hosts)]
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.split()
    count, size, seconds, memory = map(float, said)
    return count, size, seconds, memory


def ours(hosts: int) -> tuple[int, float, float, float]:
    """One scan of that many hosts by the collector; the size is that of the XML in its evidence's way."""
    began = time.perf_counter()
    asked = [ipaddress.ip_address("10.20.0.0") + number for number in range(hosts)]
    scan = Nmap().find_open(asked, [443], Rate(500, 8000), Follow(Stop(), 600))
    seconds = time.perf_counter() - began
    return _known(scan.reading, scan.raw), _size(hosts), seconds, _memory()


def _known(reading: Reading, raw: RawScan | None) -> int:
    whole = reading.complete and raw is not None and all(len(host.ports) == PORTS for host in reading.hosts)
    return len({host.address for host in reading.hosts}) if whole else 0


def theirs() -> tuple[int, float, float, float]:
    """The same XML through python-nmap as it comes."""
    with tempfile.TemporaryDirectory(prefix="care-bench-") as folder:
        path = Path(os.environ["PATH"].split(os.pathsep)[0], "nmap")
        subprocess.run([path, "-oX", "-"], check=True, cwd=folder)
        xml = Path(folder, "scan.xml").read_bytes()
    began = time.perf_counter()
    scanner = nmap.PortScanner(nmap_search_path=(str(path),))
    scanner.analyse_nmap_xml_scan(xml)
    return len(scanner.all_hosts()), len(xml) / 1e6, time.perf_counter() - began, _memory()


def _size(hosts: int) -> float:
    """Megabytes of the XML, but for its first and last lines."""
    ports = sum(len(_PORT.format(8000 + number)) for number in range(PORTS))
    return hosts * (ports + 160) / 1e6


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
