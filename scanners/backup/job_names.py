"""Names of jobs as people write them to tie them to systems: whole, or with `*` for anything. Pure.

Names are compared as `written` does, without case: `VM-DPI-*` is any name that begins with the words “vm dpi” and has
another. No regular expression: a person wrote the pattern, a stranger the names.
"""

from __future__ import annotations

import re

ANY = "*"
LEAST_LETTERS = 2
"""A pattern with fewer letters or digits takes almost every job (ours)."""
_PARTS = re.compile(r"[\w*]+")


def is_pattern(name: str) -> bool:
    """Whether a name stands for several."""
    return ANY in name


def shaped(pattern: str) -> str:
    """A pattern as it is compared with names that are `written`."""
    return " ".join(_PARTS.findall(pattern.casefold().replace("_", " ")))


def letters(pattern: str) -> int:
    """How many letters and digits a pattern asks for: the more, the fewer names it takes."""
    return sum(one.isalnum() for one in pattern)


def fits(shape: str, name: str) -> bool:
    """Whether a `written` name is one of those that a `shaped` pattern stands for."""
    first, *others = shape.split(ANY)
    if not others:
        return shape == name
    *between, last = others
    if not name.startswith(first):
        return False
    at = len(first)
    for part in between:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return name.endswith(last) and len(name) - len(last) >= at
