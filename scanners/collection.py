"""Starts a collection in a bounded child process and waits for its facts.

The command line and the platform both go through `collect_to`: a collector that hangs, leaks or crashes costs
its own time limit only. The child leads its own process group, so that ending it ends nmap or restic as well. Files of
strangers are read the same way (`scanners.imported.collection`), by another module in the child.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from scanners.archive import Archive, read_archive
from scanners.child import PARENT_VARIABLE
from scanners.collect import Progress
from scanners.errors import CollectError
from scanners.model import Text
from scanners.scratch import run_folder

_GRACE_SECONDS = 0.5
_POLL_SECONDS = 0.2
_LAST_SECONDS = 0.5
"""What a child that has said its last word has to end by itself."""
_STOP_SECONDS = 1.2
"""What a collector asked to end early has to write what it saw: with the looks of who asks, under 2 s in all."""
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "VIRTUAL_ENV")
_GIVES_BACK = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
"""The columns of a large system, one after the other, leave holes that nothing else fits in: with a fixed threshold the
GNU C library gives each back as it is let go (55 MB less at the peak of 100,000 objects). Others ignore it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one collection: seconds of wall clock, bytes of address space."""

    seconds: float = 3600.0
    memory_bytes: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its last message ({} when it said none), its exit code, the last line of its errors."""

    final: Mapping[str, Any]
    code: int | None
    trouble: str


class TooLong(Exception):  # noqa: N818 - what happened, not a fault
    """The child went over its time limit and was stopped."""


class Cancelled(Exception):  # noqa: N818 - a person's wish, not a fault
    """The collection was ended because it was asked to."""


def _never() -> bool:
    return False


def _silent(_share: float, _text: Text) -> None:
    return None


def collect_in_child(
    scanner: str,
    request: Mapping[str, Any],
    secrets: Mapping[str, str],
    out: Path,
    limits: Limits = Limits(),
    progress: Progress = _silent,
    cancelled: Callable[[], bool] = _never,
    stopped: Callable[[], bool] = _never,
) -> Archive[Any]:
    """Collect facts into `out`, as `collect_to` does, and read them back."""
    collect_to(scanner, request, secrets, out, limits, progress, cancelled, stopped)
    return read_archive(out)


def collect_to(
    scanner: str,
    request: Mapping[str, Any],
    secrets: Mapping[str, str],
    out: Path,
    limits: Limits = Limits(),
    progress: Progress = _silent,
    cancelled: Callable[[], bool] = _never,
    stopped: Callable[[], bool] = _never,
) -> None:
    """Collect facts into `out`.

    CollectError tells people what went wrong; `Cancelled` is raised when `cancelled()` became true. In both cases no
    process is left behind and `out` is untouched. Once `stopped()` is true the collector has a moment to end with what
    it saw: those facts are written, or `Cancelled` is raised when there are none.
    """
    order = {
        "scanner": scanner,
        "request": dict(request),
        "secrets": dict(secrets),
        "out": str(out),
        "memory_bytes": limits.memory_bytes,
    }
    try:
        ended = run_child("scanners.collect", order, limits, progress, cancelled, stopped)
    except TooLong as error:
        raise _too_long(limits) from error
    if "failed" in ended.final:
        raise CollectError(ended.final["failed"]["fr"], ended.final["failed"]["en"])
    if "done" not in ended.final:
        raise _crashed(scanner, ended)


def run_child(
    module: str,
    order: Mapping[str, Any],
    limits: Limits,
    progress: Progress = _silent,
    cancelled: Callable[[], bool] = _never,
    stopped: Callable[[], bool] = _never,
) -> Ended:
    """Run `python -m module` with `order` as JSON on its standard input, and follow it to its last word.

    `TooLong` and `Cancelled` are raised once no process is left behind, nor any of its temporary files.
    """
    with run_folder() as scratch, tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        child = _start(module, errors, scratch)
        try:
            _send(child, order)
            final = _follow(child, _Until(child, time.monotonic() + limits.seconds, cancelled, stopped), progress)
            with suppress(subprocess.TimeoutExpired):
                child.wait(_LAST_SECONDS)
        finally:
            _end(child)
        errors.seek(0)
        lines = errors.read().strip().splitlines()
    return Ended(final, child.returncode, lines[-1] if lines else "")


def _start(module: str, errors: IO[str], scratch: Path) -> subprocess.Popen[str]:
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    environment |= {PARENT_VARIABLE: str(os.getpid()), "TMPDIR": str(scratch), **_GIVES_BACK}
    return subprocess.Popen(  # noqa: S603 - a module of ours, named by the caller
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        env=environment,
    )


def _send(child: subprocess.Popen[str], order: Mapping[str, Any]) -> None:
    assert child.stdin is not None  # noqa: S101 - asked for with PIPE
    with suppress(BrokenPipeError), child.stdin:
        json.dump(order, child.stdin)


@dataclass
class _Until:
    """Until when a child is followed: its deadline, the wish to cancel it, the wish that it ends early."""

    child: subprocess.Popen[str]
    deadline: float
    cancelled: Callable[[], bool]
    stopped: Callable[[], bool]
    stopping: bool = False

    def look(self) -> bool:
        """Whether to go on reading; `Cancelled` or `TooLong` when not. A wished early end is passed on once."""
        if self.cancelled():
            raise Cancelled
        if time.monotonic() > self.deadline:
            raise Cancelled if self.stopping else TooLong
        if not self.stopping and self.stopped():
            self.stopping, self.deadline = True, min(self.deadline, time.monotonic() + _STOP_SECONDS)
            with suppress(ProcessLookupError):
                self.child.send_signal(signal.SIGUSR1)
        return True


def _follow(child: subprocess.Popen[str], until: _Until, progress: Progress) -> Mapping[str, Any]:
    """Read the child's lines until it has said its last word; {} when it ended without one."""
    for line in _lines(child, until):
        message = json.loads(line)
        if "progress" not in message:
            if until.stopping and "failed" in message:
                raise Cancelled  # nothing was seen yet
            return dict(message)
        progress(message["progress"], Text(**message["text"]))
    if until.stopping:
        raise Cancelled
    return {}


def _lines(child: subprocess.Popen[str], until: _Until) -> Iterator[str]:
    """Whole lines of the child's output, then the end."""
    assert child.stdout is not None  # noqa: S101 - asked for with PIPE
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while until.look():
            if not selector.select(_POLL_SECONDS):
                continue
            chunk = os.read(child.stdout.fileno(), 65536)
            if not chunk:
                return
            *whole, pending = (pending + chunk).split(b"\n")
            yield from (line.decode() for line in whole)


def _end(child: subprocess.Popen[str]) -> None:
    """Leave no process of the group behind, whatever state it is in."""
    if child.poll() is None:
        _signal_group(child, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_SECONDS)
    _signal_group(child, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _signal_group(child: subprocess.Popen[str], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _too_long(limits: Limits) -> CollectError:
    minutes = round(limits.seconds / 60, 1)
    return CollectError(
        f"La collecte a dépassé sa limite de {minutes} min et a été arrêtée ; relevez la limite ou réduisez le "
        "périmètre.",
        f"The collection went over its limit of {minutes} min and was stopped; raise the limit or narrow the scope.",
    )


def _crashed(scanner: str, ended: Ended) -> CollectError:
    detail = ended.trouble or f"code {ended.code}"
    return CollectError(
        f"Le collecteur {scanner} s’est arrêté sans résultat ({detail}) ; relancez l’audit et signalez le défaut s’il "
        "se répète.",
        f"The {scanner} collector ended without a result ({detail}); run the audit again and report the defect if it "
        "comes back.",
    )
