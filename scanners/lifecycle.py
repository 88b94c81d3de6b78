"""When operating systems stop receiving security updates: one dated table (`lifecycle.yaml`) for every scanner. Pure
but for the reading of the packaged table.

An establishment may import a newer table: its rows replace those of the packaged one, version by version. They are part
of the facts of every audit that judges by them, so that facts judged again are judged alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from scanners.errors import SaidError
from scanners.read_yaml import load_list

_BUILD = re.compile(r"\b(?:10\.0\.|6\.[0-3]\.|5\.[12]\.)?\(?(\d{4,5})\)?")
_LOWER = r"^[^A-Z]+$"
MAX_ROWS = 20_000
LIFECYCLE_FILE = "lifecycle.yaml"
"""What an imported table is called, among the data of the platform."""
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

    product: Annotated[str, Field(min_length=2, max_length=100, pattern=_LOWER)]
    version: Annotated[str, Field(max_length=50)]
    build: Annotated[int, Field(ge=0, le=1_000_000)]
    edition: Literal["", "pro", "enterprise", "ltsc"]
    end: date
    source: Annotated[str, Field(max_length=500)]
    seen: date


_TABLE: TypeAdapter[tuple[LifeCycle, ...]] = TypeAdapter(tuple[LifeCycle, ...])


@cache
def lifecycle() -> tuple[LifeCycle, ...]:
    """The packaged life-cycle table."""
    text = resources.files("scanners").joinpath("lifecycle.yaml").read_text(encoding="utf-8")
    return _TABLE.validate_python(load_list(text, "lifecycle.yaml"))


def read_lifecycle(text: str, name: str) -> tuple[LifeCycle, ...]:
    """The rows of a table that somebody wrote (`docs/formats.md`); `name` is what messages call it. SaidError says
    which row is wrong and how."""
    rows = load_list(text, name)
    if len(rows) > MAX_ROWS:
        raise _refused(name, f"plus de {MAX_ROWS} lignes", f"more than {MAX_ROWS} rows")
    try:
        table = _TABLE.validate_python(rows)
    except ValidationError as error:
        first = error.errors()[0]
        row, *place = first["loc"]
        where = ".".join(str(step) for step in place)
        number = int(row) + 1 if isinstance(row, int) else row
        raise _refused(
            name,
            f"ligne {number} du tableau, {where} : valeur ou champ non accepté ({first['msg']})",
            f"row {number} of the table, {where}: value or field not accepted ({first['msg']})",
        ) from error
    if not table:
        raise _refused(name, "le tableau est vide", "the table is empty")
    twice = next((key for key, count in Counter(map(_key, table)).items() if count > 1), None)
    if twice is not None:
        words = " ".join(str(part) for part in twice if part)
        raise _refused(name, f"« {words} » y figure deux fois", f"“{words}” is there twice")
    return table


def imported_rows(text: str) -> tuple[LifeCycle, ...]:
    """The rows of the table that an administrator imported, none when its text is empty. SaidError as above."""
    return read_lifecycle(text, LIFECYCLE_FILE) if text else ()


def rows_as_json(rows: tuple[LifeCycle, ...]) -> list[dict[str, Any]]:
    """Rows as facts hold them."""
    document: list[dict[str, Any]] = _TABLE.dump_python(rows, mode="json")
    return document


def rows_from_json(document: object) -> tuple[LifeCycle, ...]:
    """Rows that facts hold, none in those of before. ValueError when they are no rows."""
    if isinstance(document, list) and len(document) > MAX_ROWS:
        raise ValueError("the table of life cycles is too long")
    return () if document is None else _TABLE.validate_python(document)


def with_imported(imported: Iterable[LifeCycle]) -> tuple[LifeCycle, ...]:
    """The packaged table, with the rows of an imported one in place of the same versions."""
    rows = {_key(row): row for row in lifecycle()}
    return tuple((rows | {_key(row): row for row in imported}).values())


def dated(table: Iterable[LifeCycle]) -> date | None:
    """The day on which the latest row was compiled."""
    return max((row.seen for row in table), default=None)


def _key(row: LifeCycle) -> tuple[str, int, str]:
    return row.product, row.build, row.edition


def _refused(name: str, fr: str, en: str) -> SaidError:
    return SaidError(
        f"La table {name} est refusée : {fr} ; corrigez-la d’après docs/formats.md, rien n’a été repris.",
        f"The table {name} is refused: {en}; correct it from docs/formats.md, nothing was taken.",
    )


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
