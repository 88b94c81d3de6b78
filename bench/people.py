"""200 people at work at once on mixed pages, beside audits and an exercise; the start; what a job costs.

    .venv/bin/python -m bench.people [--database sqlite postgresql] [--people 200] [--seconds 60] [--servers 2]

*People*: each opens a page, reads it 5 to 15 seconds, opens another: lists, a finding, an audit, deadlines. Meanwhile a
`care worker` does audits one after the other (a real collector in its child process) and keeps the clock of an exercise
of 260 stimuli, whose 40 players hold a stream. SQLite has one `care serve`; PostgreSQL as many as `--servers`, each
person staying with one. The floor, in the same run, is `/health` asked by somebody among them: what a page waits for
whatever it holds. *Start*: from the command to the first answer, database ready and modules compiled, the middle of
five. *A job*: 500 that do nothing, submitted, claimed, ended by a real worker; beside it, an insert and two updates of
such rows without the engine. Memory is the largest of the run. Exit code 1 when a gate is passed over.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench.exercise import _crowd, _end, late
from bench.findings import Report, _get, each_database, platform_on, settle
from care.domain.jobs import ACTIVE, JobKind, JobState, Lane
from care.services import audits, jobs
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target
from care.services.work import Hold
from care.store.jobs import Job
from care.worker import Worker
from scanners.model import Text
from tests.support import postgresql
from tests.support.big_exercise import CELLS, plant_big_exercise, play_some, player_token
from tests.support.machine import care, eventually
from tests.support.people import MACHINE, Hospitals, plant_hospitals
from tests.web.people import plant_people
from tests.web.seeds import SpecimenCollect, plant_audits

MOST_PAGE_MS = 300.0
MOST_START_SECONDS = 3.0
MOST_MEMORY_MIB = 300.0
MOST_JOB_MS = 5.0
READING = (5.0, 15.0)
READERS = ("ciso", "director")
PLAYERS = 40
JOBS = 500
STARTS = 5
MACHINES = 2_000
LOOK_SECONDS = 0.5


@dataclass
class Watched:
    """What was seen of the processes while people worked: the largest memory of each (MiB), the floor (seconds), the
    audits done."""

    memory: dict[int, float] = field(default_factory=dict)
    floor: list[float] = field(default_factory=list)
    audits: int = 0


def main() -> int:
    """Measure each database; exit code 1 when a gate is passed over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--servers", type=int, default=2, help="processes that serve pages on PostgreSQL")
    chosen = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installation has its modules compiled
    return each_database(chosen.database, partial(measure, chosen))


def measure(chosen: argparse.Namespace, folder: Path, url: str) -> Report:
    """Plant, start, work, count."""
    report, platform = Report(), platform_on(folder, url)
    hospitals = plant_hospitals(platform)
    seeds = plant_audits(replace(platform, collect=SpecimenCollect()), hospitals.valley)
    accounts = plant_people(platform, hospitals)
    tokens = [accounts.token(READERS[number % len(READERS)]) for number in range(chosen.people)]
    exercise = plant_big_exercise(platform, MACHINE, hospitals.valley)
    play_some(platform, MACHINE, exercise, 40)
    settle(platform)
    measure_start(folder, url, report)
    measure_jobs(platform, report)
    pages = pages_of(hospitals.valley, seeds.runs[0], seeds.campaign)
    servers = chosen.servers if not platform.database.embedded else 1
    measure_people(platform, folder, url, hospitals, (tokens, pages, exercise, servers, chosen.seconds), report)
    platform.doorbell.close()
    platform.database.close()
    return report


def pages_of(place: int, run: int, campaign: int) -> list[str]:
    """What people open, the most frequent several times."""
    here = f"/establishments/{place}"
    often = [here, f"{here}/findings", f"{here}/actions"]
    return [
        *often, *often, f"{here}/findings?state=&severity=high", f"{here}/findings/1", f"{here}/runs/{run}",
        f"{here}/campaigns/{campaign}", f"{here}/targets", f"{here}/deadlines", f"{here}/evidence", f"{here}/exercises",
        f"{here}/backups", "/rules", "/account",
    ]  # fmt: skip


# -- the start ----------------------------------------------------------------------------------------------------


@contextmanager
def served(folder: Path, url: str) -> Iterator[tuple[int, subprocess.Popen[bytes], float]]:
    """`care serve` on a free port once it answers, and how long that took."""
    port, begin = postgresql.free_port(), time.monotonic()
    settings = {"CARE_PORT": str(port), "CARE_WORKERS": "0", "CARE_DATABASE_URL": url}
    with care(folder, "serve", **settings) as server:
        eventually(lambda: _get(port, "/health", "")[1] == 200, "the server answers", 60)
        yield port, server, time.monotonic() - begin


def measure_start(folder: Path, url: str, report: Report) -> None:
    """From the command to the first answer, several times."""
    took = []
    for _ in range(STARTS):
        with served(folder, url) as (_port, _server, seconds):
            took.append(seconds)
    middle = statistics.median(took)
    report.lines += [f"Start: {middle:.1f} s, the middle of {STARTS} (≤ {MOST_START_SECONDS:.0f} s).", ""]
    report.gate(middle <= MOST_START_SECONDS, f"the start takes {middle:.1f} s")


# -- people -------------------------------------------------------------------------------------------------------


def measure_people(
    platform: Platform,
    folder: Path,
    url: str,
    hospitals: Hospitals,
    asked: tuple[Sequence[str], Sequence[str], int, int, float],
    report: Report,
) -> None:
    """Everybody at work, beside a worker and an exercise."""
    tokens, pages, exercise, servers, seconds = asked
    _queue_audits(platform, hospitals.valley)
    watched, over = Watched(), threading.Event()
    with ExitStack() as stack:
        running = [stack.enter_context(served(folder, url)) for _ in range(servers)]
        worker = stack.enter_context(care(folder, "worker", CARE_WORKERS="1", CARE_DATABASE_URL=url))
        ports = [port for port, _, _ in running]
        for port in ports:  # templates are compiled once
            for page in dict.fromkeys(pages):
                _get(port, page, tokens[0])
        before = _left(platform)
        players = [(player_token(n), f"{exercise} cell{n % CELLS + 1}") for n in range(PLAYERS)]
        crowd = _crowd(ports[0], players)
        pids = [*(server.pid for _, server, _ in running), worker.pid]
        look = threading.Thread(target=_look, args=(watched, pids, ports[0], over))
        look.start()
        answer = _work(ports, tokens, pages, seconds)
        over.set()
        look.join()
        refused = _end(crowd)["refused"]
        watched.audits = before - _left(platform)
    report.gate(not refused, f"{refused} streams refused")
    _tell(answer, watched, (len(tokens), servers, seconds), report)


def _queue_audits(platform: Platform, place: int) -> None:
    """More audits than the time allows."""
    inventory = "nom;numero de serie;systeme d'exploitation\n"
    inventory += "".join(f"PC-{number:05};SN{number};Windows 10\n" for number in range(MACHINES))
    for number in range(100):
        draft = TargetDraft("workstations", f"Parc {number}", {"inventory_csv": f"{inventory}PC-X{number};;\n"})
        audits.start_audit(platform, MACHINE, add_target(platform, MACHINE, place, draft))


def _left(platform: Platform) -> int:
    query = select(func.count()).select_from(Job).where(Job.kind == JobKind.AUDIT, Job.state.in_(ACTIVE))
    with platform.database.read() as session:
        return session.scalar(query) or 0


def _look(watched: Watched, pids: Sequence[int], port: int, over: threading.Event) -> None:
    while not over.wait(LOOK_SECONDS):
        watched.floor.append(_get(port, "/health", "")[0])
        for pid in pids:
            watched.memory[pid] = max(watched.memory.get(pid, 0.0), _resident(pid))


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _work(ports: Sequence[int], tokens: Sequence[str], pages: Sequence[str], seconds: float) -> Mapping[str, Any]:
    request = {"ports": ports, "tokens": tokens, "pages": pages, "reading": READING, "seconds": seconds}
    done = subprocess.run(
        [sys.executable, "-m", "bench.people_crowd"],
        input=json.dumps(request) + "\n", capture_output=True, text=True, check=True, timeout=seconds + 120,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _tell(answer: Mapping[str, Any], watched: Watched, asked: tuple[int, int, float], report: Report) -> None:
    people, servers, seconds = asked
    every = [one for took in answer["took"].values() for one in took]
    floor = statistics.median(watched.floor)
    report.lines += [
        f"| {people} people, {servers} servers, {len(every) / seconds:.0f} pages a second | asked | p50 ms | p95 ms |",
        "|---|---|---|---|",
    ]
    rows = {**dict(sorted(answer["took"].items())), "**all pages**": every, "`/health`, the floor": watched.floor}
    for page, took in rows.items():
        middle, slow = statistics.median(took) * 1000, late(took) * 1000
        report.lines.append(f"| {page} | {len(took)} | {middle:.0f} | {slow:.0f} |")
    memory = max(watched.memory.values())
    shown = ", ".join(f"{one:.0f}" for one in watched.memory.values())
    report.lines += [
        "",
        f"{len(answer['errors'])} errors; p50 {statistics.median(every) / floor:.1f} times the floor;",
        f"{watched.audits} audits done meanwhile; memory of servers and worker {shown} MiB (≤ {MOST_MEMORY_MIB:.0f}).",
        "",
    ]
    report.gate(not answer["errors"], f"{len(answer['errors'])} errors, first {answer['errors'][:1]}")
    report.gate(late(every) * 1000 <= MOST_PAGE_MS, f"p95 of pages {late(every) * 1000:.0f} ms")
    report.gate(memory <= MOST_MEMORY_MIB, f"a process of {memory:.0f} MiB")
    report.gate(watched.audits > 0, "no audit ended meanwhile: nothing ran beside people")


# -- a job --------------------------------------------------------------------------------------------------------


def measure_jobs(platform: Platform, report: Report) -> None:
    """What the engine takes for a job that does nothing, beside the same rows written without it."""
    bare = _bare_rows(platform)
    with platform.database.write() as session:
        for number in range(JOBS):
            jobs.submit(platform, session, jobs.Order(JobKind.PURGE, args={"n": number}), MACHINE.actor)
    done = threading.Semaphore(0)

    def nothing(platform: Platform, hold: Hold) -> None:
        with platform.database.write() as session:
            hold.finish(session, Text("Fait.", "Done."))
        done.release()

    worker = Worker(platform, {JobKind.PURGE: nothing}, audits=0)
    begin = time.monotonic()
    worker.start()
    ended = all(done.acquire(timeout=60) for _ in range(JOBS))
    each = (time.monotonic() - begin) / JOBS * 1000
    worker.stop()
    said = f"{each:.2f} ms (≤ {MOST_JOB_MS:.0f}), {each / bare:.1f} times its rows"
    report.lines += [f"A job that does nothing: {said}.", ""]
    report.gate(ended and each <= MOST_JOB_MS, f"a job costs {each:.2f} ms")


def _bare_rows(platform: Platform) -> float:
    """Milliseconds a row inserted, then changed twice, each in a transaction of its own."""
    begin = time.monotonic()
    for _ in range(JOBS):
        with platform.database.write() as session:
            now = platform.clock.now()
            row = Job(
                kind=JobKind.PURGE, lane=Lane.SERVICE, state=JobState.DONE, args={}, submitted_by="bench",
                submitted_at=now, due_at=now, allowed_attempts=1,
            )  # fmt: skip
            session.add(row)
        for worker in ("one", "two"):
            with platform.database.write() as session:
                session.get_one(Job, row.id).worker = worker
    return (time.monotonic() - begin) / JOBS * 1000


if __name__ == "__main__":
    sys.exit(main())
