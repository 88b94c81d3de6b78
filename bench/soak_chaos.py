"""Many jobs while their workers are killed with SIGKILL at moments drawn from a seed, PostgreSQL too, and people read.

`care serve` and `care worker` share one installation; a kill falls when the jobs have said a drawn number of further
sentences, so anywhere between the claim and the commit. The lease of the dead is then ended at once rather than waited
for; everything after is the product's own doing. At the end each job must be over, once, with all of its result or
none of it; the trail must hold; no process may be left. A PostgreSQL that crashes is started again at once, and
recovers; people meanwhile open pages, which may be refused in a sentence (503) or find nobody, never a defect (500).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text, update

from bench.soak_load import _get
from bench.soak_result import Soaked
from care import config
from care.domain.access import machine_scope
from care.domain.evidence import EvidenceKind
from care.domain.jobs import ACTIVE, JobKind, JobState
from care.services import audits, jobs, trail
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.services.targets import TargetDraft, add_target
from care.store.evidence import Evidence
from care.store.jobs import Job, JobEvent
from care.store.runs import RuleOutcome, Run
from care.wiring import build_platform
from scanners.catalog import rules_of
from tests.support import postgresql
from tests.support.machine import care, eventually
from tests.support.people import plant_hospitals
from tests.web.people import plant_people

SCOPE = machine_scope("soak")
COMMANDS = ("serve", "worker")
DATABASE = "postgresql"
READERS = 4
READ_EVERY = 0.3
FEW_PAGES = 200
"""Asked in a run so short that the server may never have been up."""
UNWANTED = ("answered 404", "answered 500")
KILL_EVERY = (3, 30)
"""Sentences between two kills; an audit says about eight."""
INVENTORY = "nom;numero de serie;systeme d'exploitation\n" + "".join(
    f"PC-{number:05};SN{number};Windows 10\n" for number in range(60)
)


def run(count: int, seed: int, database: str = "sqlite", patience: float = 1800.0) -> Soaked:
    """`count` jobs on `database` (`sqlite` or `postgresql`); `patience` in seconds bounds the whole."""
    with tempfile.TemporaryDirectory(prefix="care-chaos-") as name, ExitStack() as stack:
        folder = Path(name)
        settings = {"CARE_DATA_DIR": name, "CARE_WORKERS": "2", "CARE_PORT": str(postgresql.free_port())}
        server = stack.enter_context(postgresql.one_server()) if database == "postgresql" else None
        if server is not None:
            settings["CARE_DATABASE_URL"] = server.url
        platform = build_platform(config.load(settings, folder))
        stack.callback(platform.database.close)
        stack.callback(platform.doorbell.close)
        prepare_database(platform)
        hospitals = plant_hospitals(platform)
        token = plant_people(platform, hospitals).token("ciso")
        _submit(platform, hospitals.valley, count)
        begin = time.monotonic()
        with _readers(int(settings["CARE_PORT"]), hospitals.valley, token) as met:
            kills, orphans = _havoc(platform, folder, settings, Chance(random.Random(seed), server), patience)
        return _told(platform, database, seed, (kills, met), orphans, time.monotonic() - begin)


@contextmanager
def _readers(port: int, place: int, token: str) -> Iterator[Counter[str]]:
    """A few people who open pages until the end of the block; what they met is counted."""
    here, met, over = f"/establishments/{place}", Counter[str](), threading.Event()
    pages = (here, f"{here}/findings", f"{here}/targets", f"{here}/deadlines")

    def read(number: int) -> None:
        turn = number
        while not over.wait(READ_EVERY):
            turn += 1
            met[_get(port, pages[turn % len(pages)], token)[1] or "a page"] += 1

    threads = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield met
    finally:
        over.set()
        for thread in threads:
            thread.join()


@dataclass(frozen=True)
class Chance:
    """What is drawn, and the database that may crash too."""

    drawn: random.Random
    server: postgresql.Server | None

    def victim(self) -> str:
        """Who ends next."""
        return self.drawn.choice((*COMMANDS, DATABASE) if self.server else COMMANDS)


def _submit(platform: Platform, place: int, count: int) -> None:
    """Four audits for one job of the service lane."""
    for number in range(count):
        if number % 5 == 4:
            kind = (JobKind.PURGE, JobKind.VERIFY_EVIDENCE)[number // 5 % 2]
            with platform.database.write() as session:
                jobs.submit(platform, session, jobs.Order(kind), SCOPE.actor)
            continue
        draft = TargetDraft("workstations", f"Parc {number}", {"inventory_csv": INVENTORY + f"PC-X{number};;\n"})
        audits.start_audit(platform, SCOPE, add_target(platform, SCOPE, place, draft))


def _havoc(
    platform: Platform, folder: Path, settings: dict[str, str], chance: Chance, patience: float
) -> tuple[Counter[str], int]:
    """Kill one process after another until no job is left; what was killed, and the collectors found alive after."""
    mark = folder / "marked"
    mark.mkdir()
    surroundings = {**settings, "TMPDIR": str(mark)}
    del surroundings["CARE_DATA_DIR"]
    kills: Counter[str] = Counter()
    deadline = time.monotonic() + patience
    with ExitStack() as stack:
        running = {command: stack.enter_context(care(folder, command, **surroundings)) for command in COMMANDS}
        while not _wait_for_more(platform, chance.drawn.randint(*KILL_EVERY), deadline):
            command = chance.victim()
            kills[command] += 1
            if command == DATABASE and chance.server is not None:
                chance.server.crash()
                continue
            _kill(platform, running[command])
            running[command] = stack.enter_context(care(folder, command, **surroundings))
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        for process in running.values():
            process.wait(timeout=60)
    return kills, len(_marked(mark))


def _wait_for_more(platform: Platform, sentences: int, deadline: float) -> bool:
    """Wait until the jobs said that many further sentences, or all are over (then True)."""
    goal = _sentences(platform) + sentences

    def reached() -> bool:
        return _left(platform) == 0 or _sentences(platform) >= goal

    eventually(reached, "the jobs go on", max(1.0, deadline - time.monotonic()))
    return _left(platform) == 0


def _kill(platform: Platform, process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with platform.database.write() as session:
        theirs = Job.worker.like(f"%:{process.pid}:%")
        past = platform.clock.now() - timedelta(seconds=1)
        session.execute(update(Job).where(theirs, Job.state == JobState.RUNNING).values(lease_until=past))
    jobs.reap(platform)


def _sentences(platform: Platform) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(JobEvent)) or 0


def _left(platform: Platform) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).where(Job.state.in_(ACTIVE))) or 0


def _marked(mark: Path) -> list[int]:
    """Processes of ours that still run: their temporary folder is that of this run alone."""
    wanted = f"TMPDIR={mark}".encode()
    return [int(place.parent.name) for place in Path("/proc").glob("[0-9]*/environ") if wanted in _environment(place)]


def _environment(place: Path) -> list[bytes]:
    try:
        return place.read_bytes().split(b"\0")
    except OSError:
        return []


# ---------------------------------------------------------------- what must hold afterwards


def _told(
    platform: Platform,
    database: str,
    seed: int,
    seen: tuple[Counter[str], Counter[str]],
    orphans: int,
    seconds: float,
) -> Soaked:
    kills, met = seen
    with platform.database.read() as session:
        states = Counter(session.scalars(select(Job.state)))
        attempts = session.scalar(select(func.sum(Job.attempts))) or 0
    ended = " + ".join(str(kills[one]) for one in (*COMMANDS, DATABASE))
    line = f"| {database} | {sum(states.values())} | {ended} | {attempts} "
    line += f"| {states[JobState.DONE]} | {states[JobState.FAILED]} | {met.total()} | {met['a page']} | {seconds:.0f} |"
    head = (
        "| database | jobs | kills (serve + worker + database) | attempts | done | failed | pages asked | came | s |",
        "|---" * 9 + "|",
    )
    faults = [fault for check in CHECKS for fault in check(platform)]
    faults += [f"{orphans} processes left behind"] if orphans else []
    faults += [f"{count} pages {what}" for what, count in met.items() if what in UNWANTED]
    faults += ["nobody could read a page"] if met.total() > FEW_PAGES and not met["a page"] else []
    return Soaked(f"Chaos: {sum(kills.values())} kills, seed {seed}", (*head, line), tuple(faults))


def _all_over(platform: Platform) -> Iterator[str]:
    with platform.database.read() as session:
        for job in session.scalars(select(Job)):
            if job.state not in (JobState.DONE, JobState.FAILED) or job.finished_at is None:
                yield f"job {job.id} is {job.state}"
            elif job.state is JobState.FAILED and job.error_en != jobs.WORKER_DIED.en:
                yield f"job {job.id} failed for another reason than a dead worker: {job.error_en}"
            elif job.state is JobState.FAILED and job.attempts < job.allowed_attempts:
                yield f"job {job.id} failed after {job.attempts} attempts of {job.allowed_attempts}"


def _over_once(platform: Platform) -> Iterator[str]:
    """A job says one last sentence, and nothing after it."""
    with platform.database.read() as session:
        said: dict[int, list[float]] = {}
        for number, share in session.execute(select(JobEvent.job_id, JobEvent.share).order_by(JobEvent.id)):
            said.setdefault(number, []).append(share)
        done = set(session.scalars(select(Job.id).where(Job.state == JobState.DONE)))
    for number in done:
        if said[number].count(1.0) != 1 or said[number][-1] != 1.0:
            yield f"job {number} ended {said[number].count(1.0)} times"


def _whole_or_nothing(platform: Platform) -> Iterator[str]:
    with platform.database.read() as session:
        outcomes = Counter(session.scalars(select(RuleOutcome.run_id)))
        pieces = set(session.scalars(select(Evidence.id).where(Evidence.kind == EvidenceKind.FACTS)))
        rows = session.execute(select(Run, Job.state).join(Job, Job.id == Run.job_id)).all()
        for row, state in rows:
            whole = row.recorded_at is not None and row.facts_id in pieces
            whole = whole and outcomes[row.id] == len(rules_of(row.scanner))
            empty = row.recorded_at is None and row.facts_id is None and outcomes[row.id] == 0
            if not (whole if state is JobState.DONE else empty):
                yield f"run {row.id} of a job {state} is half recorded"
        if len(pieces) != sum(state is JobState.DONE for _, state in rows):
            yield f"{len(pieces)} pieces of evidence for {len(rows)} runs"


def _trail_holds(platform: Platform) -> Iterator[str]:
    report = trail.verify(platform)
    if report.fault is not None:
        yield f"audit trail: {report.fault.en}"


def _database_sound(platform: Platform) -> Iterator[str]:
    if platform.database.embedded:
        with platform.database.read() as session:
            said = session.scalar(text("PRAGMA integrity_check"))
            broken = session.execute(text("PRAGMA foreign_key_check")).all()
        if said != "ok" or broken:
            yield f"database: {said}, {len(broken)} broken references"


def _evidence_intact(platform: Platform) -> Iterator[str]:
    with platform.database.read() as session:
        kept = list(session.scalars(select(Evidence.sha256).where(Evidence.sha256.is_not(None))))
    for sha256 in kept:
        if not platform.evidence.intact(sha256):
            yield f"evidence {sha256[:12]} is missing or changed"


CHECKS: tuple[Callable[[Platform], Iterator[str]], ...] = (
    _all_over,
    _over_once,
    _whole_or_nothing,
    _trail_holds,
    _database_sound,
    _evidence_intact,
)
