"""The worker: claims jobs and does them, in `care serve` or alone in `care worker`.

One thread per audit that may run at once, one for imports, one for everything else, one that keeps the leases alive and
takes back what dead workers left. The job table is polled as well as rung for, so that a lost message only delays.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from care.domain.jobs import APART, LEASE, Claim, JobKind, Lane
from care.services import findings, jobs, outbox
from care.services.errors import ServiceError
from care.services.platform import Platform
from care.services.work import Handler, Hold
from scanners.collection import Cancelled
from scanners.errors import SaidError
from scanners.model import Text

log = logging.getLogger(__name__)

_POLL_SECONDS = 2.0
_PAUSE_AFTER_TROUBLE = 2.0
_BEAT_SECONDS = LEASE.total_seconds() / 6
_STOP_SECONDS = 15.0


class Worker:
    """Threads around one platform. `start` returns at once; `stop` ends or gives back what is running."""

    def __init__(
        self, platform: Platform, handlers: Mapping[JobKind, Handler], audits: int, apart: Handler | None = None
    ) -> None:
        """`audits` is how many audits run at once. `apart` does a job that asks for it in a process of its own."""
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self._platform = platform
        self._handlers = handlers
        self._apart = apart
        self._lanes = [Lane.SERVICE, Lane.IMPORT, *[Lane.AUDIT] * audits]
        self._stop = threading.Event()
        self._held: dict[int, Claim] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to work."""
        loops = [(self._serve, (lane,)) for lane in self._lanes]
        self._threads = [threading.Thread(target=loop, args=lane, name=f"care-{lane[0]}") for loop, lane in loops]
        self._threads.append(threading.Thread(target=self._beat, name="care-heartbeat"))
        for thread in self._threads:
            thread.start()

    def stop(self) -> bool:
        """Stop: what is running is ended and given back to the queue. Whether every thread ended in time."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)
        return not any(thread.is_alive() for thread in self._threads)

    def _serve(self, lane: Lane) -> None:
        hint: int | None = None
        while not self._stop.is_set():
            claim: Claim | None = None
            try:
                claim = jobs.claim(self._platform, lane, self.name, hint)
                if claim is None:
                    hint = self._platform.doorbell.wait(lane, _POLL_SECONDS)
                    continue
                self._held[claim.job_id] = claim
                self._do(claim)
            except Exception:
                # The job worker's one broad except: the job fails with a reference, the worker goes on.
                reference = secrets.token_hex(4)
                log.exception("worker %s, reference %s", self.name, reference)
                self._give_up(claim, reference)
            finally:
                if claim is not None:
                    self._held.pop(claim.job_id, None)
                    self._platform.endings.tell()
        self._platform.doorbell.close()

    def _do(self, claim: Claim) -> None:
        try:
            self._attempt(claim)
        except jobs.LostJob:
            log.warning("job %d went on without us; what we did is dropped", claim.job_id)

    def _attempt(self, claim: Claim) -> None:
        hold = Hold(self._platform, claim, self._stop.is_set)
        handler = self._apart if self._apart and claim.args.get(APART) else self._handlers[claim.kind]
        try:
            handler(self._platform, hold)
        except Cancelled:
            self._end_cancelled(claim)
        except (SaidError, ServiceError) as error:
            jobs.fail(self._platform, claim, error.text)

    def _end_cancelled(self, claim: Claim) -> None:
        """Cancelled by a person, or because this worker stops: the job is then given back."""
        if jobs.must_stop(self._platform, claim):
            jobs.end_cancelled(self._platform, claim)
        else:
            jobs.release(self._platform, claim)

    def _give_up(self, claim: Claim | None, reference: str) -> None:
        """After a defect of ours, or with a database that does not answer: fail the job if that can be written."""
        if claim is not None:
            with suppress(SaidError, SQLAlchemyError, jobs.LostJob):
                jobs.fail(self._platform, claim, _defect(reference), reference)
        self._stop.wait(_PAUSE_AFTER_TROUBLE)

    def _beat(self) -> None:
        while not self._stop.is_set():
            try:
                self._tend()
            except (SaidError, SQLAlchemyError):
                log.warning("the heartbeat failed and will be tried again", exc_info=True)
            self._stop.wait(_BEAT_SECONDS)

    def _tend(self) -> None:
        """Renew our leases; take back what others left; let what is over its time end."""
        held = tuple(self._held.values())
        if held:
            jobs.renew(self._platform, held)
        jobs.reap(self._platform)
        findings.expire_decisions(self._platform)
        outbox.reap(self._platform)


def _defect(reference: str) -> Text:
    return Text(
        f"La tâche s’est arrêtée sur un défaut de CaRE ; relancez-la, et signalez la référence {reference} si elle "
        "échoue encore.",
        f"The job stopped on a defect of CaRE; run it again, and report the reference {reference} if it fails again.",
    )
