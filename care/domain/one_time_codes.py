"""One-time codes: which are accepted, and how what people type is read. Pure.

RFC 6238: six digits, a step of 30 seconds, one step either side for clocks that differ, and no code twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

DIGITS = 6
STEP_SECONDS = 30
SKEW_STEPS = 1
RECOVERY_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without the signs that print alike (I, L, O, 0, 1)."""
RECOVERY_LENGTH = 16
"""79 bits: beyond any guess, and still typed in a quarter of a minute."""
RECOVERY_CODES = 10
_GROUP = 4


def counter_at(now: datetime) -> int:
    """The number of the step that `now` lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def accepted_counter(now: datetime, last: int, is_right: Callable[[int], bool]) -> int | None:
    """The step whose code was typed, None when no step accepts it: those up to the last one taken are spent."""
    middle = counter_at(now)
    steps = range(max(middle - SKEW_STEPS, last + 1), middle + SKEW_STEPS + 1)
    return next((step for step in steps if is_right(step)), None)


def as_app_code(typed: str) -> str:
    """The six digits that somebody typed, spaces left out; empty when it is no such code."""
    code = "".join(typed.split())
    return code if len(code) == DIGITS and code.isascii() and code.isdecimal() else ""


def as_recovery_code(typed: str) -> str:
    """The recovery code that somebody typed, in any case, with or without its hyphens; empty when it is none."""
    code = "".join(sign for sign in typed[:100].upper() if sign.isalnum())
    return code if len(code) == RECOVERY_LENGTH and set(code) <= set(RECOVERY_LETTERS) else ""


def in_groups(code: str) -> str:
    """A recovery code as it is printed: groups of four."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))
