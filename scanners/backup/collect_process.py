"""Runs a backup tool: minimal environment, no standard input, bounded output, a deadline.

Nothing secret goes on a command line: passwords and repository paths travel in the environment of the child.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MAX_OUTPUT_BYTES = 1 << 30
"""Of one command; the listing of a million files takes about 300 MB and is never held whole."""

MAX_ANSWER_BYTES = 64 << 20
"""Of an answer held whole (ours: several repositories are read at once); about 100 000 restore points."""

MAX_LINE_BYTES = 64 << 20
_KEPT_ERRORS = 64 << 10


@dataclass(frozen=True)
class Call:
    """One command to run: words, environment, working folder, seconds left, exit codes that mean success.

    `hidden` are secrets struck from its complaints.
    """

    command: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    seconds: float
    success: tuple[int, ...] = (0,)
    hidden: tuple[str, ...] = ()


class ToolMissingError(Exception):
    """The program is not installed."""


class ToolStoppedError(Exception):
    """The program was stopped by us: out of time, or it wrote too much."""


class AnswerTooLongError(ToolStoppedError):
    """The program was stopped: its answer is too long to be held whole."""


class ToolFailedError(Exception):
    """The program ended with another code than expected; `words` is what it wrote to standard error."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"code {code}: {words[:200]}")
        self.code = code
        self.words = words


def environment(scratch: Path, **own: str) -> dict[str, str]:
    """What a tool is given: a path, a home and a temporary folder of ours, plain messages, UTC times."""
    path = os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin")
    return {"PATH": path, "HOME": str(scratch), "TMPDIR": str(scratch), "LC_ALL": "C.UTF-8", "TZ": "UTC", **own}


def output_of(call: Call) -> str:
    """Everything a short command writes to standard output; AnswerTooLongError above MAX_ANSWER_BYTES."""
    held = bytearray()
    for line in lines_of(call):
        if len(held) + len(line) > MAX_ANSWER_BYTES:
            raise AnswerTooLongError
        held += line
    return held.decode("utf-8", errors="replace")


def lines_of(call: Call) -> Iterator[bytes]:
    """Lines of a command as they come; the errors of this module when it cannot start, is stopped or fails."""
    if shutil.which(call.command[0], path=call.env["PATH"]) is None:
        raise ToolMissingError(call.command[0])
    if call.seconds <= 0:
        raise ToolStoppedError
    with tempfile.TemporaryFile(dir=call.env["TMPDIR"]) as errors:
        child = subprocess.Popen(  # noqa: S603 - our own words, no shell
            call.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=call.env, cwd=call.cwd
        )
        stopped = threading.Event()
        timer = threading.Timer(call.seconds, _stop, (child, stopped))
        timer.start()
        try:
            yield from _bounded(child)
            code = child.wait()
        finally:
            timer.cancel()
            child.kill()
            child.wait()
        if stopped.is_set():
            raise ToolStoppedError
        if code not in call.success:
            errors.seek(0)
            raise ToolFailedError(code, _without(errors.read(_KEPT_ERRORS), call.hidden))


def _without(raw: bytes, hidden: tuple[str, ...]) -> str:
    words = raw.decode("utf-8", errors="replace").strip()
    for secret in hidden:
        words = words.replace(secret, "…")
    return words


def _bounded(child: subprocess.Popen[bytes]) -> Iterator[bytes]:
    assert child.stdout is not None  # noqa: S101 - asked for with PIPE
    written = 0
    with child.stdout as output:
        while line := output.readline(MAX_LINE_BYTES):
            written += len(line)
            if written > MAX_OUTPUT_BYTES:
                raise ToolStoppedError
            yield line


def _stop(child: subprocess.Popen[bytes], stopped: threading.Event) -> None:
    stopped.set()
    child.kill()
