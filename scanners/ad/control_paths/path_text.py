"""How the evidence of a finding writes a path of control, and how it is read again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

_ARROW = "{} —[{}]→ {}"
_STEP = re.compile(r" —\[(\w+)\]→ ")


def written_path(start: str, steps: Iterable[tuple[str, str]]) -> str:
    """A path from `start`, by steps of (right, name of what it controls)."""
    text = start
    for right, name in steps:
        text = _ARROW.format(text, right, name)
    return text


def steps_of(text: str) -> list[tuple[str, str]]:
    """The steps of a written path as (who, what it controls); the rights are left out."""
    return list(pairwise(_STEP.split(text)[::2]))
