"""SSH algorithms and keys through ssh-audit, in a child of its own: it ends its process on a dead host.

The rate test of ssh-audit (38 connections at once) is never run, and its connections are spaced as the profile asks.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from scanners.exposure.collect_wire import Pace, Reach
from scanners.exposure.facts import MAX_NAMES, Ssh, SshNote, clean

_SECONDS, _SECONDS_PER_CALL = 30.0, 24
"""How long one server may take, and how many spaced connections come on top of it: it makes about fifteen."""
_MAX_OUTPUT = 1024 * 1024
_MAX_NOTES = 4 * MAX_NAMES
_POLL_SECONDS = 0.05
_AT_ONCE = threading.BoundedSemaphore(4)
_KINDS = ("kex", "key", "enc", "mac")
_LEVELS = ("fail", "warn")


def audited(reach: Reach, offer: Ssh) -> Ssh:
    """The offer with the verdicts of ssh-audit and the sizes it read; as it was when ssh-audit could not look."""
    pause = reach.pace.seconds
    command = [sys.executable, "-m", "scanners.exposure.collect_ssh_child", str(pause), reach.address, str(reach.port)]
    with _AT_ONCE, reach.pace.turn(), tempfile.TemporaryFile() as output:
        child = subprocess.Popen(  # noqa: S603 - our own module, an address and a number
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL
        )
        _wait(child, reach.pace, _SECONDS + _SECONDS_PER_CALL * pause)
        output.seek(0)
        return read_report(output.read(_MAX_OUTPUT), offer)


def _wait(child: subprocess.Popen[bytes], pace: Pace, seconds: float) -> None:
    """Until it ends, by itself or because its time is over or the audit is being stopped."""
    until = time.monotonic() + seconds
    with child:
        while child.poll() is None:
            if time.monotonic() > until or pace.stop.wait(_POLL_SECONDS):
                child.kill()


def read_report(report: bytes, offer: Ssh) -> Ssh:
    """The offer with what the JSON of ssh-audit says of it; as it was when it is something else."""
    try:
        seen = json.loads(report)
        notes = tuple(_notes(seen))[:_MAX_NOTES]
        sizes = tuple((clean(one["algorithm"]), int(one["keysize"])) for one in seen["key"] if "keysize" in one)
        groups = [int(one["keysize"]) for one in seen["kex"] if "keysize" in one]
    except (ValueError, TypeError, KeyError):
        return offer
    return replace(offer, host_key_bits=sizes[:MAX_NAMES], dh_bits=min(groups, default=0), notes=notes, audited=True)


def _notes(seen: Mapping[str, Any]) -> Iterator[SshNote]:
    for kind in _KINDS:
        for one in seen[kind]:
            for level in _LEVELS:
                for reason in one["notes"].get(level, ()):
                    yield SshNote(kind, clean(one["algorithm"]), level, clean(reason))
