"""The conversations of one audit: each host is asked about its ports, some at a time, while others are still scanned.

A host goes its own way, so that a slow one delays nobody: its open ports become known, they are asked, what stays
unnamed is given to nmap's version detection (a service nobody knows takes it most of a minute: the sooner the better),
and once all of it is over the host is done.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from scanners.exposure.facts import Port
from scanners.stopping import Stop

SUSPICIOUS_PORTS = 20
"""A host with more open ports waits until all of them are known: it may be a tarpit, whom nothing is worth asking."""
_PORTS_AT_ONCE = 48
_NAMINGS_AT_ONCE = 8
_STACK_BYTES = 512 * 1024
_LOOK_SECONDS = 0.1

Question = Callable[[], Iterable[Port]]


@dataclass(frozen=True)
class Ways:
    """How a host is asked: each function is given its address, and may take long.

    `about` makes the question of one port, `besides` those that come with no port (UDP); `everywhere` tells a host that
    accepts anything; `unnamed` picks the ports for nmap's version detection, `name` gives them again with what it
    found; `late` is told the ports that were not asked within `seconds`. `at_the_end` leaves a host in peace until its
    ports are known.
    """

    about: Callable[[str, int], Question]
    besides: Callable[[str], Iterable[Question]]
    everywhere: Callable[[str, frozenset[int]], bool]
    unnamed: Callable[[str, Sequence[Port]], Sequence[Port]]
    name: Callable[[str, Sequence[Port]], Sequence[Port]]
    late: Callable[[str, Sequence[int]], None]
    seconds: float
    at_once: int
    at_the_end: bool = False


@dataclass
class _HostWork:
    """One host on its way."""

    address: str
    opened: set[int] = field(default_factory=set)
    queued: set[int] = field(default_factory=set)
    pending: deque[tuple[int, Question]] = field(default_factory=deque)
    answers: list[Port] = field(default_factory=list)
    named: set[int] = field(default_factory=set)
    until: float = 0.0
    busy: int = 0
    naming: bool = False
    known: bool = False
    everywhere: bool = False
    done: bool = False


class Questions:
    """All the conversations. `opened` and `known` may be called from any thread; `finish` waits for the answers."""

    def __init__(self, addresses: Iterable[str], ways: Ways, stop: Stop, told: Callable[[], None]) -> None:
        self._works = {address: _HostWork(address) for address in addresses}
        self._ways, self._stop, self._told = ways, stop, told
        self._lock = threading.RLock()
        self._futures: list[Future[None]] = []
        threading.stack_size(_STACK_BYTES)
        self._asking = ThreadPoolExecutor(_PORTS_AT_ONCE, "ask")
        self._naming = ThreadPoolExecutor(_NAMINGS_AT_ONCE, "name")

    def opened(self, address: str, number: int) -> None:
        """A port of a host answers; it is asked at once, unless its host is suspicious or to be left in peace."""
        with self._lock:
            work = self._works[address]
            work.opened.add(number)
            if not self._ways.at_the_end and len(work.opened) <= SUSPICIOUS_PORTS:
                self._queue(work, (number,))

    def known(self, address: str, numbers: Iterable[int], suspicious: bool) -> None:
        """All the open ports of a host are known."""
        with self._lock:
            work = self._works[address]
            work.opened.update(numbers)
            if suspicious:
                self._submit(self._suspect, work)
            else:
                self._ask_all(work)

    def finish(self) -> None:
        """Wait until every host is done, or until the end is asked for: threads then end by themselves."""
        try:
            while waiting := [future for future in self._futures if not future.done()]:
                if self._stop.asked():
                    break
                wait(waiting, _LOOK_SECONDS, FIRST_EXCEPTION)
            for future in self._futures:
                if future.done() and not future.cancelled():
                    future.result()
        finally:
            for pool in (self._asking, self._naming):
                pool.shutdown(wait=False, cancel_futures=True)

    def ports(self) -> Mapping[str, tuple[Port, ...]]:
        """What is known of each host now, in the order of protocols and ports; open ports without an answer as well."""
        with self._lock:
            return {address: _in_order(work) for address, work in self._works.items()}

    def answering_everywhere(self) -> frozenset[str]:
        """Hosts that accept any port."""
        return frozenset(work.address for work in self._works.values() if work.everywhere)

    def unfinished(self) -> frozenset[str]:
        """Hosts that are not done."""
        return frozenset(work.address for work in self._works.values() if not work.done)

    def counts(self) -> tuple[int, int, int]:
        """How many ports are open, how many of them were asked, how many hosts are done."""
        works = self._works.values()
        opened = sum(len(work.opened) for work in works)
        return opened, sum(len(work.answers) for work in works), sum(work.done for work in works)

    def _submit(self, step: Callable[[_HostWork], None], work: _HostWork) -> None:
        work.busy += 1
        self._futures.append(self._asking.submit(self._do, step, work))

    def _do(self, step: Callable[[_HostWork], None], work: _HostWork) -> None:
        try:
            step(work)
        finally:
            with self._lock:
                work.busy -= 1
                self._go_on(work)
            self._told()

    def _queue(self, work: _HostWork, numbers: Iterable[int]) -> None:
        fresh = [number for number in numbers if number not in work.queued]
        work.queued.update(fresh)
        work.pending.extend((number, self._ways.about(work.address, number)) for number in fresh)
        self._go_on(work)

    def _ask_all(self, work: _HostWork) -> None:
        work.known = True
        work.pending.extend((0, question) for question in self._ways.besides(work.address))
        self._queue(work, sorted(work.opened))

    def _suspect(self, work: _HostWork) -> None:
        work.everywhere = self._ways.everywhere(work.address, frozenset(work.opened))
        with self._lock:
            if work.everywhere:
                work.pending.clear()
                work.answers.clear()
                work.known = True
            else:
                self._ask_all(work)

    def _go_on(self, work: _HostWork) -> None:
        """The next steps of a host (the lock is held): ask on, name what is not, or done."""
        if self._stop.asked():
            return
        for _ in range(min(len(work.pending), self._ways.at_once - work.busy)):
            self._submit(self._ask_on, work)
        if work.busy or work.pending or work.naming:
            return
        if self._unnamed(work):
            work.naming = True
            self._futures.append(self._naming.submit(self._name, work))
        else:
            work.done = work.known

    def _unnamed(self, work: _HostWork) -> list[Port]:
        """What nmap has not been asked about yet; nothing of a host that may be a tarpit."""
        if not work.known and len(work.opened) > SUSPICIOUS_PORTS:
            return []
        return [port for port in self._ways.unnamed(work.address, work.answers) if port.number not in work.named]

    def _ask_on(self, work: _HostWork) -> None:
        """Ask what waits, one question after the other; a host that takes too long is left."""
        while not self._stop.asked():
            with self._lock:
                if not work.pending:
                    return
                work.until = work.until or time.monotonic() + self._ways.seconds
                if time.monotonic() > work.until:
                    late = [number for number, _ in work.pending if number]
                    work.pending.clear()
                    self._ways.late(work.address, late)
                    return
                _, question = work.pending.popleft()
            answers = tuple(question())
            if self._stop.asked():
                return  # it was hung up: what it understood by then is no answer
            with self._lock:
                work.answers.extend(answers)
            self._told()

    def _name(self, work: _HostWork) -> None:
        with self._lock:
            ports = self._unnamed(work)
            work.named.update(port.number for port in ports)
        named: Sequence[Port] = ()
        try:
            named = self._ways.name(work.address, ports)
        finally:
            with self._lock:
                known = {(port.protocol, port.number): port for port in named}
                work.answers = [known.get((port.protocol, port.number), port) for port in work.answers]
                work.naming = False
                self._go_on(work)
            self._told()


def _in_order(work: _HostWork) -> tuple[Port, ...]:
    if work.everywhere:
        return ()
    answered = {port.number for port in work.answers if port.protocol == "tcp"}
    unasked = (Port(number) for number in work.opened - answered)
    return tuple(sorted((*work.answers, *unasked), key=lambda port: (port.protocol, port.number)))
