"""Which figures may not be published: asked of disclosure control for each indicator and month, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from care.domain.disclosure import Cell, Key, hidden_breakdowns, hidden_figures
from care.services.indicators.aggregating import NATION

_REGION = "region:"
_COUNTS = ["asked", "answered", "measured"]
_OTHERS = ["others", "others_answered", "others_measured"]
_READ = ("indicator", "place", "category", *_COUNTS, "weight", "largest", *_OTHERS)
"""What is read of each figure: whose it is, then its cell."""


def hidden_rows(figures: pd.DataFrame, within: Mapping[str, str] | None = None) -> NDArray[np.bool_]:
    """A truth for each figure of a month, those of one indicator being together. Those of GHTs are never published:
    they are made of a region's few.

    `within`: the indicators that ask some of the establishments of another, and this other. Beside it, they tell of
    those they leave out; and what it hides, they hide, lest the one be worked out of the other.
    """
    if figures.empty:
        return np.zeros(0, dtype=np.bool_)
    wider = within or {}
    rows = zip(*(_with_others(figures, wider)[name].tolist() for name in _READ), strict=True)
    tables = {code: list(table) for code, table in groupby(rows, key=itemgetter(0))}
    hidden: dict[str, frozenset[Key]] = {}
    for code in sorted(tables, key=lambda one: one in wider):  # those that stand within another come after it
        hidden[code] = hidden_figures(_inside(tables[code]), hidden.get(wider.get(code, ""), frozenset()))
    return np.array([_is_hidden(row, hidden[code]) for code, table in tables.items() for row in table], dtype=np.bool_)


def _with_others(figures: pd.DataFrame, within: Mapping[str, str]) -> pd.DataFrame:
    """The figures, with the counts of those whom an indicator leaves out of the one it stands within."""
    whose = ["indicator", "place", "category"]
    others = pd.DataFrame(0, index=figures.index, columns=_OTHERS)
    for code, wider in within.items():
        mine = figures[figures["indicator"] == code]
        beside = mine[whose].assign(indicator=wider).merge(figures[[*whose, *_COUNTS]], how="left", on=whose)
        left_out = beside[_COUNTS].to_numpy(dtype=float) - mine[_COUNTS].to_numpy(dtype=float)
        others.loc[mine.index] = np.nan_to_num(left_out).clip(min=0).astype(np.int64)
    return figures.assign(**{name: others[name] for name in _OTHERS})


_Row = tuple[Any, ...]


def _inside(table: list[_Row]) -> Mapping[tuple[int, str], Cell]:
    cells = ((_key(place, category), Cell(*numbers)) for _indicator, place, category, *numbers in table)
    return {(key[0], key[1]): cell for key, cell in cells if key and key[0] is not None and key[1] is not None}


def _is_hidden(row: _Row, hidden: frozenset[Key]) -> bool:
    key = _key(row[1], row[2])
    return key is None or key in hidden


def marked_spreads(figures: pd.DataFrame) -> pd.Series[Any]:
    """How establishments spread under each figure of a month; `hidden` in it where the number at each level may not be
    published. The figures say themselves whether they are `hidden`."""
    columns = (figures[name].tolist() for name in ("indicator", "place", "category", "spread", "hidden"))
    tables = groupby(zip(*columns, strict=True), itemgetter(0))
    marked = [one for _code, table in tables for one in _marked(list(table))]
    return pd.Series(marked, index=figures.index, dtype=object)


def _marked(table: list[_Row]) -> list[Mapping[str, Any]]:
    """The same for one indicator."""
    spreads: list[Mapping[str, Any]] = [row[3] for row in table]
    levels = sorted({level for one in spreads for level in one.get("levels", ())})
    if not levels:
        return spreads
    keys = [_key(row[1], row[2]) for row in table]
    inside = {
        (key[0], key[1]): tuple(spread.get("levels", {}).get(level, 0) for level in levels)
        for key, spread in zip(keys, spreads, strict=True)
        if key and key[0] is not None and key[1] is not None
    }
    kept = hidden_breakdowns(inside, [key for key, row in zip(keys, table, strict=True) if key and row[4]])
    return [
        {**spread, "hidden": True} if key in kept and "levels" in spread else spread
        for key, spread in zip(keys, spreads, strict=True)
    ]


@lru_cache(maxsize=4096)
def _key(place: str, category: str) -> Key | None:
    """How the table of regions by categories calls a figure; None when it is not in it."""
    if place == NATION:
        return None, category or None
    if place.startswith(_REGION):
        return int(place.removeprefix(_REGION)), category or None
    return None
