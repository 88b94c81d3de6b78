"""The figures of a month: what holders answered, grouped by the places where their establishments were. With pandas.

An establishment is counted in the nation, in its region, in its GHT, and in its category within the nation and within
its region. A value of another version of the definition than the month's is counted apart, never added to the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from care.domain.indicators import IndicatorDefinition, Measure
from care.domain.months import Month
from care.domain.regional import FEWEST
from care.services.indicators.places_then import NOWHERE, PlacesThen, Registry
from care.store.indicator_columns import value_columns

NATION = "platform:0"
QUARTILES = np.array([0.25, 0.5, 0.75])
_DIGITS = 4
_BATCH = 250_000
"""Values grouped at once, about: what 40,000 establishments answer to all indicators would take gigabytes."""
_WEIGHED = frozenset({Measure.SHARE, Measure.COUNT})
"""Measures to which one establishment may bring more than another."""
_NEVER = 1 << 40
_Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Asked:
    """An indicator as it holds for a month, and the establishments concerned; None for all of them."""

    definition: IndicatorDefinition
    concerned: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class _Groups:
    """Every group of a month. `names`: `place` and `category` (empty for all), a row each. `of`: for each way of
    grouping, the group of every establishment, `NOWHERE` where it is in none."""

    names: pd.DataFrame
    of: tuple[_Ints, ...]

    def asked(self, concerned: NDArray[np.bool_]) -> _Ints:
        """How many of the concerned establishments each group holds."""
        found = np.zeros(len(self.names), dtype=np.int64)
        for group in self.of:
            found += np.bincount(group[concerned & (group != NOWHERE)], minlength=len(found))
        return found


def month_figures(session: Session, registry: Registry, month: Month, asked: Sequence[Asked]) -> pd.DataFrame:
    """Every figure of a month, a row each, those of one indicator together.

    Columns: `indicator`, `version`, `place`, `category`, `asked`, `answered`, `measured`, `other_version`,
    `numerator`, `denominator`, `spread` (as `IndicatorFigure` keeps it), `oldest` (days since 1970, missing when
    nobody answered), `weight` and `largest` (what the answers add up to and the largest of them; zero where each
    establishment weighs the same).
    """
    places = registry.at(session, month)
    groups = _grouped(places.rows)
    parts = [_figures(groups, *batch) for batch in _batches(session, places, month, asked)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["indicator", "place"])


def _grouped(rows: pd.DataFrame) -> _Groups:
    region, ght = "region:" + rows["region"].astype(str), "ght:" + rows["ght"].astype(str)
    category = rows["category"].astype(str)
    inside = rows["ght"] != NOWHERE
    ways = [(NATION, ""), (region, ""), (ght.where(inside, ""), ""), (NATION, category), (region, category)]
    long = pd.concat(
        [pd.DataFrame({"place": place, "category": one}, index=rows.index) for place, one in ways], ignore_index=True
    )
    in_none = long["place"] == ""
    number = long[~in_none].groupby(["place", "category"], sort=True).ngroup()
    group = np.full(len(long), NOWHERE, dtype=np.int64)
    group[number.index] = number
    names = long[~in_none].drop_duplicates().sort_values(["place", "category"], ignore_index=True)
    return _Groups(names, tuple(np.split(group, len(ways))))


_Batch = tuple[list[Asked], list[NDArray[np.bool_]], pd.DataFrame]


def _batches(session: Session, places: PlacesThen, month: Month, asked: Sequence[Asked]) -> Iterator[_Batch]:
    """Indicators, whom each concerns, and what was answered: as many at once as memory may hold."""
    taken: list[Asked] = []
    concerned: list[NDArray[np.bool_]] = []
    frames: list[pd.DataFrame] = []
    held = 0
    for one in asked:
        frame = _values(session, places, month, one.definition).assign(indicator=len(taken))
        frames.append(frame)
        concerned.append(_concerned(places.rows, one, frame["row"].to_numpy()))
        taken.append(one)
        held += len(frame)
        if held >= _BATCH:
            yield taken, concerned, pd.concat(frames, ignore_index=True)
            taken, concerned, frames, held = [], [], [], 0
    if taken:
        yield taken, concerned, pd.concat(frames, ignore_index=True)


def _concerned(rows: pd.DataFrame, asked: Asked, answered: _Ints) -> NDArray[np.bool_]:
    """Whom an indicator concerns: those known to be, and those who answered it: a hospital that keeps its own
    installation says by its answer what this one cannot know, that it applies for a domain."""
    if asked.concerned is None:
        return np.ones(len(rows), dtype=np.bool_)
    found = rows["establishment"].isin(asked.concerned).to_numpy(dtype=np.bool_, copy=True)
    found[answered] = True
    return found


def _values(session: Session, places: PlacesThen, month: Month, definition: IndicatorDefinition) -> pd.DataFrame:
    """What establishments open then answered, a row each: numbers are zero when nothing was measured."""
    values = value_columns(session, definition.code, definition.version, month)
    row = places.rows_of(values.holder)
    kept = row != NOWHERE
    same = values.same[kept]
    measured = same & (values.denominator[kept] > 0)
    numerator, denominator = values.numerator[kept] * measured, values.denominator[kept] * measured
    weight = {Measure.SHARE: denominator, Measure.COUNT: numerator}.get(definition.measure, measured * 0)
    return pd.DataFrame(
        {
            "row": row[kept],
            "answered": same,
            "measured": measured,
            "other_version": 1 - same,
            "numerator": numerator,
            "denominator": denominator,
            "weight": weight,
            "largest": weight,
            "oldest": np.where(same == 1, values.day[kept], _NEVER),
        }
    )


_SUMS = ["answered", "measured", "other_version", "numerator", "denominator", "weight"]


def _figures(
    groups: _Groups, asked: Sequence[Asked], concerned: Sequence[NDArray[np.bool_]], values: pd.DataFrame
) -> pd.DataFrame:
    """The figures of a few indicators: those of every group in which somebody is asked."""
    many = len(groups.names)
    long = _once_per_group(groups, values)
    grouped = long.groupby("key", sort=True)
    counts = np.concatenate([groups.asked(one) for one in concerned])
    keys = np.flatnonzero(counts)
    found = grouped[_SUMS].sum().reindex(keys, fill_value=0)
    found["largest"] = grouped["largest"].max().reindex(keys, fill_value=0)
    oldest = grouped["oldest"].min().reindex(keys, fill_value=_NEVER)
    found["oldest"] = oldest.astype("Int64").mask(oldest == _NEVER)
    found["asked"] = counts[keys]
    measures = pd.Series([one.definition.measure for one in asked])
    spreads = {**_quartiles(long, measures), **_levels(long, measures)}
    found["spread"] = [spreads.get(key, {}) for key in keys.tolist()]
    indicator, group = np.divmod(keys, many)
    found["indicator"] = np.array([one.definition.code for one in asked], dtype=object)[indicator]
    found["version"] = np.array([one.definition.version for one in asked], dtype=object)[indicator]
    for name in ("place", "category"):
        found[name] = groups.names[name].to_numpy(dtype=object)[group]
    return found


def _once_per_group(groups: _Groups, values: pd.DataFrame) -> pd.DataFrame:
    """Values once for every group that they belong to; `key` numbers groups across indicators."""
    row, first = values["row"].to_numpy(), values["indicator"].to_numpy() * len(groups.names)
    ways = [group[row] for group in groups.of]
    kept = [np.flatnonzero(group != NOWHERE) for group in ways]
    long = values.take(np.concatenate(kept))
    return long.assign(key=np.concatenate([first[at] + group[at] for at, group in zip(kept, ways, strict=True)]))


def _quartiles(long: pd.DataFrame, measures: pd.Series[Any]) -> Mapping[int, Any]:
    """The quartiles of what establishments measured, where enough did that none can be told from them."""
    spread = long[(long["measured"] == 1) & long["indicator"].isin(measures.index[measures.isin(_WEIGHED)])]
    enough = spread.groupby("key")["measured"].transform("size") >= FEWEST
    spread = spread[enough]
    found = (spread["numerator"] / spread["denominator"]).groupby(spread["key"]).quantile(QUARTILES).round(_DIGITS)
    three = found.to_numpy().reshape(-1, len(QUARTILES)).tolist()
    return {key: {"quartiles": one} for key, one in zip(_first_of_each(found), three, strict=True)}


def _first_of_each(found: pd.Series[Any]) -> list[int]:
    keys: list[int] = found.index.get_level_values(0)[:: len(QUARTILES)].tolist()
    return keys


def _levels(long: pd.DataFrame, measures: pd.Series[Any]) -> Mapping[int, Any]:
    """How many establishments are at each level, the lowest first."""
    spread = long[(long["measured"] == 1) & long["indicator"].isin(measures.index[measures == Measure.LEVEL])]
    counted = spread.groupby(["key", "numerator"]).size().reset_index(name="many")
    found: dict[int, dict[str, dict[str, int]]] = {}
    for key, level, many in counted.to_numpy().tolist():
        found.setdefault(key, {"levels": {}})["levels"][str(level)] = many
    return found
