"""The worker: claims jobs and does them, in `care serve` or alone in `care worker`.

One thread per audit and per review of a bastion that may run at once, one for imports, one for everything else, one
that keeps the leases alive and takes back what dead workers left, one that keeps the clocks of the exercises under way.
The job table is polled as well as rung for, so that a lost message only delays.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from care.domain.jobs import APART, LEASE, Claim, JobKind, Lane
from care.services import findings, jobs, outbox
from care.services.errors import ServiceError
from care.services.exercises.conducting import Conductor
from care.services.platform import Platform
from care.services.told_once import ToldOnce
from care.services.work import Handler, Hold
from care.store.trouble import UnreachableError
from scanners.collection import Cancelled
from scanners.errors import SaidError
from scanners.model import Text

log = logging.getLogger(__name__)

_POLL_SECONDS = 2.0
_PAUSE_AFTER_TROUBLE = 2.0
_BEAT_SECONDS = LEASE.total_seconds() / 6
_STOP_SECONDS = 15.0
_TICK_SECONDS = 0.25
"""Of the clocks of exercises: a stimulus is on the screens a second after its time at most."""


@dataclass
class _Turn:
    """What the thread of a lane has in hand; `hint` is the job it was rung for."""

    lane: Lane
    hint: int | None = None
    claim: Claim | None = None


class Worker:
    """Threads around one platform. `start` returns at once; `stop` ends or gives back what is running."""

    def __init__(
        self,
        platform: Platform,
        handlers: Mapping[JobKind, Handler],
        audits: int,
        apart: Handler | None = None,
        bastions: int = 0,
    ) -> None:
        """`audits` is how many audits run at once, `bastions` how many reviews of bastions beside them. `apart` does a
        job that asks for it in a process of its own."""
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self._platform = platform
        self._handlers = handlers
        self._apart = apart
        self._lanes = [Lane.SERVICE, Lane.IMPORT, *[Lane.AUDIT] * audits, *[Lane.BASTION] * bastions]
        self._stop = threading.Event()
        self._held: dict[int, Claim] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to work."""
        loops: list[tuple[str, Callable[[], None]]] = [(lane, partial(self._serve, lane)) for lane in self._lanes]
        loops += [("heartbeat", self._beat), ("clocks", self._keep_clocks)]
        self._threads = [threading.Thread(target=loop, name=f"care-{name}") for name, loop in loops]
        for thread in self._threads:
            thread.start()

    def stop(self) -> bool:
        """Stop: what is running is ended and given back to the queue. Whether every thread ended in time."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)
        return not any(thread.is_alive() for thread in self._threads)

    def _serve(self, lane: Lane) -> None:
        turn = _Turn(lane)
        self._insist(partial(self._take, turn), partial(self._give_up, turn), partial(self._end, turn))
        self._platform.doorbell.close()

    def _insist(self, work: Callable[[], None], trouble: Callable[[str], None], end: Callable[[], None]) -> None:
        """Do `work` until told to stop, whatever happens; `trouble` is given the reference of a defect."""
        while not self._stop.is_set():
            try:
                work()
            except Exception:
                # The worker's one broad except: a job fails with a reference, a clock stumbles, the others go on.
                reference = secrets.token_hex(4)
                log.exception("worker %s, reference %s", self.name, reference)
                trouble(reference)
                self._stop.wait(_PAUSE_AFTER_TROUBLE)
            finally:
                end()

    def _take(self, turn: _Turn) -> None:
        turn.claim = jobs.claim(self._platform, turn.lane, self.name, turn.hint)
        if turn.claim is None:
            turn.hint = self._platform.doorbell.wait(turn.lane, _POLL_SECONDS)
            return
        self._held[turn.claim.job_id] = turn.claim
        self._do(turn.claim)

    def _end(self, turn: _Turn) -> None:
        if turn.claim is not None:
            self._held.pop(turn.claim.job_id, None)
            self._platform.endings.tell()
        turn.claim = None

    def _keep_clocks(self) -> None:
        """Tick. Trouble of the database is told once; a clock then knows by itself how long it was left alone."""
        conductor, once = Conductor(self._platform), ToldOnce("the clocks of exercises")
        self._insist(partial(once.attempt, conductor.tick), lambda _reference: None, lambda: self._wait(_TICK_SECONDS))

    def _wait(self, seconds: float) -> None:
        self._stop.wait(seconds)

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
        except UnreachableError as away:  # a restart of the database is no failure: another attempt when the lease ends
            log.warning("job %d waits for its next attempt: %s", claim.job_id, away)
        except (SaidError, ServiceError) as error:
            jobs.fail(self._platform, claim, error.text)

    def _end_cancelled(self, claim: Claim) -> None:
        """Cancelled by a person, or because this worker stops: the job is then given back."""
        if jobs.must_stop(self._platform, claim):
            jobs.end_cancelled(self._platform, claim)
        else:
            jobs.release(self._platform, claim)

    def _give_up(self, turn: _Turn, reference: str) -> None:
        """After a defect of ours, or with a database that does not answer: fail the job if that can be written."""
        if turn.claim is not None:
            with suppress(SaidError, SQLAlchemyError, jobs.LostJob):
                jobs.fail(self._platform, turn.claim, _defect(reference), reference)

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
