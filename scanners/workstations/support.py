"""Whether an operating system still receives security updates, by the life-cycle table of the facts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from scanners.workstations.facts import NEVER, Bools, Days, LifeCycle, System, WorkstationFacts, day_number

_BUILD = re.compile(r"\b(?:10\.0\.|6\.[0-3]\.|5\.[12]\.)?\(?(\d{4,5})\)?")
_EDITIONS = (
    ("ltsc", "ltsc"),
    ("ltsb", "ltsc"),
    ("enterprise", "enterprise"),
    ("entreprise", "enterprise"),
    ("ducation", "enterprise"),
)


@dataclass(frozen=True, slots=True)
class Support:
    """End of support of each system of the facts (`NEVER` when the table does not know it), and who is concerned."""

    ends: Days
    known: Bools
    ended: Bools


def support_of(facts: WorkstationFacts) -> Support:
    """Support of every machine, row by row."""
    table = facts.background.lifecycle
    ends = [end_of_support(system, table) for system in facts.background.systems]
    numbers = np.array([day_number(end) if end else NEVER for end in ends] + [NEVER], dtype=np.int32)
    per_machine = numbers[facts.machines.system]
    known = per_machine != NEVER
    return Support(per_machine, known, known & (per_machine < facts.today))


def end_of_support(system: System, table: Iterable[LifeCycle]) -> date | None:
    """Last day of support of a system, None when the table cannot tell.

    Without a build number the latest end of the product is taken, long-term editions apart: what has ended then has
    ended whatever the build.
    """
    name = " ".join(system.name.casefold().split())
    build, edition = _build(system.version), _edition(name)
    rows = [row for row in table if _names(row.product, name)]
    same = [row for row in rows if row.edition in ("", edition)]
    exact = [row.end for row in same if row.build in (0, build)]
    if exact:
        return max(exact)
    return max((row.end for row in same), default=None) if build == 0 else None


def _names(product: str, name: str) -> bool:
    """Whether the product is named as whole words: “windows 1” is not in “windows 11”, nor a client in a server."""
    server = "server" in name
    return ("server" in product) == server and re.search(rf"\b{re.escape(product)}(?!\s*r2)\b", name) is not None


def _build(version: str) -> int:
    found = _BUILD.search(version)
    return int(found[1]) if found else 0


def _edition(name: str) -> str:
    return next((edition for word, edition in _EDITIONS if word in name), "pro")
