"""When operating systems stop receiving security updates: one dated table (`lifecycle.yaml`) for every scanner. Pure
but for the reading of the packaged table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from scanners.read_yaml import load_list

_BUILD = re.compile(r"\b(?:10\.0\.|6\.[0-3]\.|5\.[12]\.)?\(?(\d{4,5})\)?")
_MARKS = str.maketrans("®™", "  ")
_EDITIONS = (
    ("ltsc", "ltsc"),
    ("ltsb", "ltsc"),
    ("enterprise", "enterprise"),
    ("entreprise", "enterprise"),
    ("ducation", "enterprise"),
)


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """One row of the life-cycle table: when a version of an operating system stops receiving security updates.

    `product` is found in the system's name (lower case); `build` 0 stands for any; `edition` is “pro”, “enterprise”,
    “ltsc” or “” for any.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    product: str
    version: str
    build: int
    edition: Literal["", "pro", "enterprise", "ltsc"]
    end: date
    source: str
    seen: date


_TABLE: TypeAdapter[tuple[LifeCycle, ...]] = TypeAdapter(tuple[LifeCycle, ...])


@cache
def lifecycle() -> tuple[LifeCycle, ...]:
    """The packaged life-cycle table."""
    text = resources.files("scanners").joinpath("lifecycle.yaml").read_text(encoding="utf-8")
    return _TABLE.validate_python(load_list(text, "lifecycle.yaml"))


def end_of_support(system: str, version: str, table: Iterable[LifeCycle]) -> date | None:
    """Last day of support of a system as a list names it (`Windows 10 Pro`, `10.0 (19045)`), None when the table cannot
    tell.

    Without a build number the latest end of the product is taken, long-term editions apart: what has ended then has
    ended whatever the build.
    """
    name = " ".join(system.casefold().translate(_MARKS).split())
    build, edition = _build(version), _edition(name)
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
