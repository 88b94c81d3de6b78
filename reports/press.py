"""Starts the typesetting of a document in a bounded child process and waits for its bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reports.errors import ReportError

_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class PressLimits:
    """Bounds of one document: seconds of wall clock (and of one core's work), bytes of address space."""

    seconds: int = 120
    memory_bytes: int = 3 << 30


DEFAULT_LIMITS = PressLimits()


def typeset(
    template: str, data: Mapping[str, object], issued_at: datetime, limits: PressLimits = DEFAULT_LIMITS
) -> bytes:
    """The PDF that the packaged `template` makes of `data` (JSON values only).

    The same template, data and `issued_at` (aware) give the same bytes. ReportError when it cannot be made in bounds.
    """
    return _made(_order(template, data, limits) | {"issued_at": int(issued_at.timestamp())}, limits)


def pictures(
    template: str, data: Mapping[str, object], ppi: int, limits: PressLimits = DEFAULT_LIMITS
) -> tuple[bytes, ...]:
    """The pages that the packaged `template` makes of `data`, each a PNG of so many points an inch.

    The same template and data give the same bytes. ReportError when they cannot be made in bounds.
    """
    rest, found = _made(_order(template, data, limits) | {"ppi": ppi, "issued_at": 0}, limits), list[bytes]()
    while rest:
        end = 8 + int.from_bytes(rest[:8], "big")
        found.append(rest[8:end])
        rest = rest[end:]
    return tuple(found)


def _order(template: str, data: Mapping[str, object], limits: PressLimits) -> dict[str, object]:
    return {"template": template, "data": data, "memory_bytes": limits.memory_bytes, "seconds": limits.seconds}


def _made(order: Mapping[str, object], limits: PressLimits) -> bytes:
    """What the child process writes."""
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", "reports.typeset"],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=limits.seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_large(limits) from error
    if child.returncode < 0 or b"MemoryError" in child.stderr[-200:]:
        raise _too_large(limits)
    if child.returncode != 0:
        raise _refused(child)
    return child.stdout


def _too_large(limits: PressLimits) -> ReportError:
    """Time or memory ran out: the child was ended, or ended itself on a signal."""
    mebibytes = limits.memory_bytes >> 20
    return ReportError(
        f"Le document a dépassé ses limites ({limits.seconds} s, {mebibytes} Mio) et a été abandonné ; demandez-le "
        "pour moins d’audits à la fois.",
        f"The document went over its limits ({limits.seconds} s, {mebibytes} MiB) and was given up; ask for fewer "
        "audits at a time.",
    )


def _refused(child: subprocess.CompletedProcess[bytes]) -> ReportError:
    lines = child.stderr.decode(errors="replace").strip().splitlines()
    detail = lines[-1][:300] if lines else f"code {child.returncode}"
    return ReportError(
        f"Le document n’a pas pu être composé ({detail}) ; les résultats de l’audit sont intacts : réessayez, puis "
        "signalez le défaut s’il se répète.",
        f"The document could not be typeset ({detail}); the audit's results are intact: try again, then report the "
        "defect if it comes back.",
    )
