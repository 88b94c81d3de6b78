"""What every child process of ours does: it takes an order, works within its bounds and says how that ended.

The order is JSON on standard input; on standard output go JSON lines: `{"progress": 0.4, "text": {"fr", "en"}}`, then
`{"done": {…}}` or `{"failed": {"fr", "en"}}`. A child dies with its parent, and takes its own children along.
`scanners.collection.run_child` is the other end.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, TextIO

from scanners.errors import SaidError
from scanners.model import Text

PARENT_VARIABLE = "CARE_PARENT"
"""Holds the process that started this one, which may end before its death can be signalled."""
Order = Mapping[str, Any]
_PR_SET_PDEATHSIG = 1
_ORPHAN = 4
_DONE, _FAILED = 0, 3


def follow_order(
    work: Callable[[Order, TextIO], Mapping[str, object]], too_little_memory: Callable[[Order, int], Text]
) -> int:
    """Do the order with `work`, whose answer is what was done; the exit code: 0 when it was, 3 when it could not be.

    `too_little_memory` is said of an order that went over the mebibytes it was given.
    """
    die_with_parent()
    channel = own_stdout()
    order = json.load(sys.stdin)
    bound_memory(int(order["memory_bytes"]))
    try:
        done = work(order, channel)
    except SaidError as error:
        return _failed(channel, error.text)
    except MemoryError:
        return _failed(channel, too_little_memory(order, int(order["memory_bytes"]) >> 20))
    say(channel, {"done": done})
    return _DONE


def _failed(channel: TextIO, why: Text) -> int:
    say(channel, {"failed": {"fr": why.fr, "en": why.en}})
    return _FAILED


def say(channel: TextIO, message: Mapping[str, object]) -> None:
    """One JSON line for the parent."""
    channel.write(json.dumps(message, ensure_ascii=False) + "\n")
    channel.flush()


def own_stdout() -> TextIO:
    """Keep the real standard output for our JSON lines; what libraries print goes to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def die_with_parent() -> None:
    """End this process and its own children when the parent ends."""

    def end_group(_signal: int, _frame: FrameType | None) -> None:
        os.killpg(0, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end_group)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.environ.get(PARENT_VARIABLE, str(os.getppid())) != str(os.getppid()):
        sys.exit(_ORPHAN)


def bound_memory(limit: int) -> None:
    """Give this process `limit` bytes of address space; beyond, MemoryError."""
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
