"""Puts the name of the reader on every page of a PDF, or on an image: starts a bounded child process and waits.

Files come from people and may be anything: what the child cannot read, or cannot finish in its bounds, is not given at
all. A file that is given bears its mark.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from reports.errors import ReportError
from reports.press import PressLimits
from reports.words import Lang

MOST_BYTES = 60 << 20
"""Largest file marked: beyond, reading it once more at each request costs the server too much (our bound)."""
MOST_PAGES = 1_500
MOST_PIXELS = 80_000_000
"""Largest image, in pixels: a page scanned at 600 points an inch has 35 million."""
LIMITS = PressLimits(seconds=60, memory_bytes=2 << 30)
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


class Answer(IntEnum):
    """How the child ends when it gives nothing."""

    LOCKED = 3
    TOO_LARGE = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written on each page: `line` whole at its top and bottom, `name` across it."""

    line: str
    name: str
    lang: Lang


def watermarked(file: Path, media_type: str, mark: Mark, limits: PressLimits = LIMITS) -> bytes:
    """The file with its mark: `application/pdf`, `image/png` or `image/jpeg`. ReportError when it cannot be given."""
    if file.stat().st_size > MOST_BYTES:
        raise _too_large()
    order = {
        "media_type": media_type,
        "line": mark.line,
        "name": mark.name,
        "lang": mark.lang,
        "memory_bytes": limits.memory_bytes,
        "seconds": limits.seconds,
    }
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", "reports.stamping"],
            input=json.dumps(order).encode() + b"\n" + file.read_bytes(),
            capture_output=True,
            timeout=limits.seconds,
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_large() from error
    if child.returncode == 0 and child.stdout:
        return child.stdout
    raise _not_given(child.returncode)


def _not_given(code: int) -> ReportError:
    if code == Answer.LOCKED:
        return ReportError(
            "Ce PDF est protégé par un mot de passe ou des restrictions : le filigrane ne peut pas y être porté, il "
            "n’est donc pas remis. L’établissement peut déposer une version non protégée.",
            "This PDF is protected by a password or restrictions: the watermark cannot be put on it, so it is not "
            "given. The establishment can file a version without protection.",
        )
    if code == Answer.TOO_LARGE or code < 0:
        return _too_large()
    return ReportError(
        "Ce fichier est abîmé ou illisible : le filigrane ne peut pas y être porté, il n’est donc pas remis. "
        "L’établissement peut en déposer une nouvelle version.",
        "This file is damaged or unreadable: the watermark cannot be put on it, so it is not given. The establishment "
        "can file a new version.",
    )


def _too_large() -> ReportError:
    return ReportError(
        "Ce fichier est trop lourd pour que le filigrane y soit porté, il n’est donc pas remis. L’établissement peut "
        "le montrer sur place, ou en déposer une version plus légère.",
        "This file is too large for the watermark to be put on it, so it is not given. The establishment can show it "
        "on site, or file a lighter version.",
    )
