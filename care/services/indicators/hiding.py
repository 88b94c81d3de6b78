"""Which figures may not be published: asked of disclosure control for each indicator and month, table by table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from care.domain.disclosure import Cell, Key, hidden_figures
from care.services.indicators.aggregating import NATION

_REGION = "region:"
_READ = ("indicator", "place", "category", "asked", "answered", "measured", "weight", "largest", "others")
"""What is read of each figure: whose it is, then its cell."""


def hidden_rows(figures: pd.DataFrame, of_some: Collection[str] = ()) -> NDArray[np.bool_]:
    """A truth for each figure of a month, those of one indicator being together. Those of GHTs are never published:
    they are made of a region's few.

    `of_some`: the indicators that ask some establishments what another asks of all: beside that one, they tell of those
    they leave out.
    """
    if figures.empty:
        return np.zeros(0, dtype=np.bool_)
    everybody = figures.groupby(["place", "category"])["asked"].transform("max")
    figures = figures.assign(others=(everybody - figures["asked"]).where(figures["indicator"].isin(of_some), 0))
    rows = zip(*(figures[name].tolist() for name in _READ), strict=True)
    tables = groupby(rows, key=itemgetter(0))
    return np.array([hidden for _indicator, table in tables for hidden in _hidden(table)], dtype=np.bool_)


def _hidden(table: Iterator[tuple[Any, ...]]) -> Iterator[bool]:
    cells = [(_key(place, category), Cell(*numbers)) for _indicator, place, category, *numbers in table]
    inside = {(key[0], key[1]): cell for key, cell in cells if key and key[0] is not None and key[1] is not None}
    hidden = hidden_figures(inside)
    return (key is None or key in hidden for key, _cell in cells)


@lru_cache(maxsize=4096)
def _key(place: str, category: str) -> Key | None:
    """How the table of regions by categories calls a figure; None when it is not in it."""
    if place == NATION:
        return None, category or None
    if place.startswith(_REGION):
        return int(place.removeprefix(_REGION)), category or None
    return None
