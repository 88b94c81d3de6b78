"""SSH keys and groups through ssh-audit, in a child of its own: it ends its process on a dead host.

The rate test of ssh-audit (38 connections at once) is never run, and its connections are spaced as the caller asks.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from scanners.foreign_text import clean
from scanners.ssh_offer import MAX_NAMES, Ssh, SshNote
from scanners.stopping import Stop

_SECONDS, _SECONDS_PER_CALL = 30.0, 24
"""How long one server may take, and how many spaced connections come on top of it: it makes about fifteen."""
_MAX_OUTPUT = 1024 * 1024
_MAX_NOTES = 4 * MAX_NAMES
_POLL_SECONDS = 0.05
_KINDS = ("kex", "key", "enc", "mac")
_LEVELS = ("fail", "warn")


def with_audit(offer: Ssh, address: str, port: int, pause: float, stop: Stop) -> Ssh:
    """The offer with the verdicts of ssh-audit and the sizes it read; as it was when ssh-audit could not look."""
    command = [sys.executable, "-m", "scanners.collect_ssh_audit_child", str(pause), address, str(port)]
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(  # noqa: S603 - our own module, a host and two numbers
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL
        )
        _wait(child, stop, _SECONDS + _SECONDS_PER_CALL * pause)
        output.seek(0)
        return read_report(output.read(_MAX_OUTPUT), offer)


def _wait(child: subprocess.Popen[bytes], stop: Stop, seconds: float) -> None:
    """Until it ends, by itself or because its time is over or the audit is being stopped."""
    until = time.monotonic() + seconds
    with child:
        while child.poll() is None:
            if time.monotonic() > until or stop.wait(_POLL_SECONDS):
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
