"""Many people reading the pages of one `care serve` at once: errors, waiting times, memory of the server.

Each client is a thread with a session of its own; it walks the pages in an order drawn from the seed until the time is
up. Python threads on the same machine are part of what is measured: the figures are for comparison between versions.
"""

from __future__ import annotations

import http.client
import random
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from argon2 import PasswordHasher

from bench.soak_result import Soaked
from care import config
from care.adapters.passwords import Argon2Passwords
from care.services.setup import prepare_database
from care.wiring import build_platform
from tests.support import postgresql
from tests.support.machine import care, eventually
from tests.support.people import plant_hospitals
from tests.web.people import plant_people
from tests.web.seeds import SpecimenCollect, plant_audits

READERS = ("ciso", "director")
PAGE_SECONDS = 60.0
"""A page that takes longer is an error."""


@dataclass
class Visits:
    """What the clients saw: seconds by page, and errors."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, page: str, took: float, error: str) -> None:
        """One page asked for; `error` is empty when it came."""
        with self.lock:
            self.seconds[page].append(took)
            if error:
                self.errors.append(f"{page}: {error}")


def run(clients: int, seconds: float, seed: int) -> Soaked:
    """`clients` readers for `seconds` of wall clock."""
    with tempfile.TemporaryDirectory(prefix="care-load-") as name:
        folder = Path(name)
        pages, tokens = _seeded(folder, clients)
        port = postgresql.free_port()
        with care(folder, "serve", CARE_PORT=str(port), CARE_WORKERS="0") as server:
            eventually(lambda: not _get(port, "/health", "")[1], "the server answers")
            before = _resident(server.pid)
            visits = _crowd(port, pages, tokens, seconds, seed)
            after = _resident(server.pid)
            eventually(lambda: not _get(port, "/health", "")[1], "the server still answers")
    return _told(visits, clients, seconds, (before, after))


def _seeded(folder: Path, clients: int) -> tuple[tuple[str, ...], list[str]]:
    """An installation with a campaign recorded; its pages, and a session for each client."""
    built = build_platform(config.load({"CARE_DATA_DIR": str(folder)}, folder))
    cheap = Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    platform = replace(built, passwords=cheap, collect=SpecimenCollect())
    prepare_database(platform)
    hospitals = plant_hospitals(platform)
    seeds = plant_audits(platform, hospitals.valley)
    people = plant_people(platform, hospitals)
    tokens = [people.token(READERS[number % len(READERS)]) for number in range(clients)]
    platform.doorbell.close()
    platform.database.close()
    here = f"/establishments/{hospitals.valley}"
    pages = ("", "/findings", "/findings?state=&severity=high", "/findings/1", f"/runs/{seeds.runs[0]}", "/targets")
    return (*(here + page for page in pages), f"{here}/campaigns/{seeds.campaign}", "/rules", "/account"), tokens


def _crowd(port: int, pages: Sequence[str], tokens: Sequence[str], seconds: float, seed: int) -> Visits:
    visits, deadline = Visits(), time.monotonic() + seconds

    def visit(number: int, token: str) -> None:
        chance = random.Random(f"{seed}/{number}")
        ahead = chance.sample(pages, len(pages))  # each page once, however slow the machine
        while ahead or time.monotonic() < deadline:
            page = ahead.pop() if ahead else chance.choice(pages)
            visits.note(page, *_get(port, page, token))

    threads = [threading.Thread(target=visit, args=one) for one in enumerate(tokens)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return visits


def _get(port: int, page: str, token: str) -> tuple[float, str]:
    """Seconds until the whole page came, and what went wrong, if anything."""
    begin = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PAGE_SECONDS)
    try:
        connection.request("GET", page, headers={"Cookie": f"care_session={token}"} if token else {})
        answer = connection.getresponse()
        body = answer.read()
        error = "" if answer.status == 200 and body else f"answered {answer.status}"
    except (OSError, http.client.HTTPException) as failure:
        error = f"{type(failure).__name__}: {failure}"
    finally:
        connection.close()
    return time.monotonic() - begin, error


def _resident(pid: int) -> float:
    """Resident memory of a process, MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _told(visits: Visits, clients: int, seconds: float, memory: tuple[float, float]) -> Soaked:
    lines = ["| page | asked | p50 ms | p95 ms |", "|---|---|---|---|"]
    for page, took in sorted(visits.seconds.items()):
        ordered = sorted(took)
        late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        lines.append(f"| `{page}` | {len(took)} | {statistics.median(took) * 1000:.0f} | {late * 1000:.0f} |")
    total = sum(len(took) for took in visits.seconds.values())
    lines += ["", f"{total / seconds:.1f} pages a second; memory of the server {memory[0]:.0f} MiB before, "]
    lines[-1] += f"{memory[1]:.0f} MiB after; {len(visits.errors)} errors"
    faults = tuple(dict.fromkeys(visits.errors))[:10]
    return Soaked(f"Load: {clients} readers for {seconds:.0f} s", tuple(lines), faults)
