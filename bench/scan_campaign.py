"""A campaign of exposure audits, done by one worker and then by two: real processes on one PostgreSQL server.

    .venv/bin/python -m bench.scan_campaign [--establishments 6] [--each 2]

Every audit looks at an address of its own on loopback (127.77.x.y), where servers answer late, as tired
equipment does: like in life, an audit mostly waits. Each worker does one audit at a time
(`CARE_WORKERS=1`). The audits are asked for before any worker starts, one establishment after the other: the order in
which they begin also tells whether establishments took turns. Needs root, for the ports under 1024.

Exit code 1 when two workers are less than 1.8 times as fast as one, when an audit is lost or done twice, or when the
establishments did not take turns; 3 when it cannot run.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bench.findings import database_url
from care import config
from care.domain.access import machine_scope
from care.domain.jobs import ACTIVE, JobKind, JobState
from care.services import audits
from care.services.mandates import MandateDraft, add_mandate
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
from care.store.runs import Run
from care.wiring import build_platform
from tests.support.machine import care, eventually
from tests.support.people import valid_finess

LEAST = 1.8
PORTS = (21,)
GREETS_AFTER, ANSWERS_AFTER = 3.0, 2.0
"""Seconds: a scanner waits 4 s for a greeting on such a port."""
NETWORK = "127.77.0.0/16"
SCOPE = machine_scope("bench")
PATIENCE = 1_800.0


def main() -> int:
    """Measure one worker, then two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--establishments", type=int, default=6)
    parser.add_argument("--each", type=int, default=2)
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        print("Needs root: the servers listen under port 1024.")
        return 3
    faults: list[str] = []
    seconds = {}
    print(f"{chosen.establishments * chosen.each} audits of {chosen.establishments} establishments, PostgreSQL\n")
    print("| workers | seconds | audits a minute | load |\n|---|---|---|---|")
    for workers in (1, 2):
        seconds[workers], found = campaign(workers, chosen.establishments, chosen.each)
        faults += [f"{workers} workers: {one}" for one in found]
        rate = chosen.establishments * chosen.each * 60 / seconds[workers]
        print(f"| {workers} | {seconds[workers]:.1f} | {rate:.1f} | {os.getloadavg()[0]:.1f} |", flush=True)
    times = seconds[1] / seconds[2]
    faults += [] if times >= LEAST else [f"two workers are {times:.2f} times as fast, less than {LEAST}"]
    print(f"\nTwo workers are {times:.2f} times as fast as one (gate {LEAST}).")
    print("\nPassed over:" if faults else "Every gate is kept.", *faults, sep="\n- ")
    return 1 if faults else 0


def campaign(workers: int, establishments: int, each: int) -> tuple[float, list[str]]:
    """Seconds from the first claim to the last record, and what went wrong."""
    with tempfile.TemporaryDirectory(prefix="care-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(database_url("postgresql", folder))
        settings = {"CARE_DATABASE_URL": url, "CARE_WORKERS": "1", "CARE_EVIDENCE_DIR": str(folder / "evidence")}
        platform = build_platform(config.load({"CARE_DATA_DIR": name, **settings}, folder))
        stack.callback(platform.database.close)
        stack.callback(platform.doorbell.close)
        prepare_database(platform)
        addresses = [f"127.77.{place}.{number + 1}" for place in range(establishments) for number in range(each)]
        stack.enter_context(tired_servers(addresses))
        ask(platform, establishments, each)
        processes = [stack.enter_context(care(folder, "worker", **settings)) for _worker in range(workers)]
        eventually(lambda: left(platform) == 0, "the campaign ends", PATIENCE)
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(timeout=60)
        return told(platform, establishments, each)


@contextmanager
def tired_servers(addresses: list[str]) -> Iterator[None]:
    """Servers that accept and stay silent, on the ports of every address."""
    held: list[socket.socket] = []
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server((one, port))) for one in addresses for port in PORTS]
        threads = [threading.Thread(target=_accept, args=(one, held), daemon=True) for one in listeners]
        for thread in threads:
            thread.start()
        yield
        for listener in listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        for one in held:
            one.close()


def _accept(listener: socket.socket, held: list[socket.socket]) -> None:
    with suppress(OSError):
        while True:
            caller = listener.accept()[0]
            held.append(caller)
            threading.Thread(target=_answer, args=(caller,), daemon=True).start()


def _answer(caller: socket.socket) -> None:
    """An FTP server that takes its time, and lets nobody in."""
    with suppress(OSError):
        time.sleep(GREETS_AFTER)
        caller.sendall(b"220 (vsFTPd 3.0.3)\r\n")
        while caller.recv(1024):
            time.sleep(ANSWERS_AFTER)
            caller.sendall(b"530 Not logged in.\r\n")


def ask(platform: Platform, establishments: int, each: int) -> None:
    """Ask for every audit, one establishment after the other."""
    region = list_regions(platform, SCOPE)[0].id
    today = platform.clock.now().date()
    for place in range(establishments):
        entity = LegalEntityDraft(valid_finess(f"05{place:06}"), f"CH {place}", region, None)
        above = create_legal_entity(platform, SCOPE, entity).id
        site = EstablishmentDraft(valid_finess(f"06{place:06}"), f"Hôpital {place}", above)
        establishment = create_establishment(platform, SCOPE, site).id
        span = (today - timedelta(days=1), today + timedelta(days=2))
        draft = MandateDraft(
            "Le directeur", "Directeur", f"M-{place}", (NETWORK,), (), *span, unsigned_why="Mesure sur cette machine"
        )
        mandate = add_mandate(platform, SCOPE, establishment, draft)
        for number in range(each):
            ports = ",".join(map(str, PORTS))
            request = {"targets": [f"127.77.{place}.{number + 1}"], "ports": ports, "profile": "standard"}
            target = add_target(
                platform, SCOPE, establishment, TargetDraft("exposure", f"Adresse {number}", request, {}, mandate)
            )
            audits.start_audit(platform, SCOPE, target)


def left(platform: Platform) -> int:
    """Audits that are not over."""
    with platform.database.read() as session:
        return len(session.scalars(select(Job.id).where(Job.kind == JobKind.AUDIT, Job.state.in_(ACTIVE))).all())


def told(platform: Platform, establishments: int, each: int) -> tuple[float, list[str]]:
    """How long it took, what was lost or done twice, whether establishments took turns."""
    with platform.database.read() as session:
        query = select(Job).where(Job.kind == JobKind.AUDIT).order_by(Job.started_at, Job.id)
        jobs = session.scalars(query).all()
        recorded = session.scalars(select(Run.target_id).where(Run.recorded_at.is_not(None))).all()
    faults = [f"job {one.id}: {one.state} {one.error_en}" for one in jobs if one.state is not JobState.DONE]
    if len(recorded) != establishments * each or len(set(recorded)) != len(recorded):
        faults.append(f"{len(recorded)} runs recorded of {establishments * each}")
    first_round = {one.establishment_id for one in jobs[:establishments]}
    if len(first_round) < establishments - 1:  # two workers may begin two audits of one within a moment
        faults.append(f"only {len(first_round)} establishments in the first {establishments} audits")
    begin = min(one.started_at for one in jobs if one.started_at)
    end = max(one.finished_at for one in jobs if one.finished_at)
    return (end - begin).total_seconds(), faults


if __name__ == "__main__":
    begun = time.monotonic()
    code = main()
    print(f"\n{time.monotonic() - begun:.0f} s in all.")
    sys.exit(code)
