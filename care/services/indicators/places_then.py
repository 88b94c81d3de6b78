"""Where each establishment was on a day, and in whose name each value speaks: what figures are grouped by.

An establishment counts for a month where it was on its last day, if it was open on that day. One that closed or was
merged into another during the month no longer counts: its successor answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from care.domain.indicators import NO_CATEGORY
from care.domain.months import Month, last_day
from care.store.federation import InstallationEstablishment
from care.store.finess import FinessEntry
from care.store.indicator_columns import EPOCH
from care.store.indicators import FormerPlace, IndicatorHolder, IndicatorValue
from care.store.registry import Establishment, LegalEntity

NOWHERE = -1
"""In columns of identifiers: none (no GHT, no establishment)."""
_LONG_AGO, _NEVER = -(1 << 40), 1 << 40
_PLACE = ["region", "ght", "category"]
_PLACE_THEN = select(
    FormerPlace.establishment_id.label("establishment"),
    FormerPlace.until.label("until"),
    FormerPlace.region_id.label("region"),
    FormerPlace.ght_id.label("ght"),
    FormerPlace.category.label("category"),
)
_PLACE_NOW = (
    select(
        Establishment.id.label("establishment"),
        Establishment.region_id.label("region"),
        LegalEntity.ght_id.label("ght"),
        Establishment.category.label("category"),
        FinessEntry.opened_on.label("opened"),
        Establishment.closed_on.label("closed"),
    )
    .join(LegalEntity, LegalEntity.id == Establishment.legal_entity_id)
    .outerjoin(FinessEntry, FinessEntry.finess == Establishment.finess)
    .order_by(Establishment.id)
)
_HOLDERS = select(
    IndicatorHolder.id.label("holder"),
    IndicatorHolder.establishment_id.label("establishment"),
    IndicatorHolder.installation_id.label("installation"),
    IndicatorHolder.category.label("category"),
).order_by(IndicatorHolder.id)
_SPOKEN_FOR = select(
    InstallationEstablishment.establishment_id.label("establishment"),
    InstallationEstablishment.installation_id.label("installation"),
).order_by(InstallationEstablishment.establishment_id)


@dataclass(frozen=True, slots=True)
class PlacesThen:
    """The establishments open at the end of a month, a row each, and the row that each holder's values speak for.

    `rows`: `establishment`, `region`, `ght` (`NOWHERE` without), `category` (never empty). `row_of` is indexed by the
    holder's identifier: `NOWHERE` when its values count for nobody in this month.
    """

    rows: pd.DataFrame
    row_of: NDArray[np.int64]

    def rows_of(self, holders: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of each of these holders; one that came since this was read counts next time."""
        known = holders < len(self.row_of)
        return np.where(known, self.row_of[np.where(known, holders, 0)], NOWHERE)


class Registry:
    """The registry as it is and as it was, read once for as many months as wanted."""

    def __init__(self, session: Session) -> None:
        self._now = _frame(session, _PLACE_NOW)
        self._now["opened"] = _days(self._now["opened"], _LONG_AGO)
        self._now["closed"] = _days(self._now["closed"], _NEVER)
        self._then = _frame(session, _PLACE_THEN)
        self._then["until"] = _days(self._then["until"], _NEVER)
        self._then = self._then.sort_values("until", kind="stable")
        self._holders = _frame(session, _HOLDERS)
        self._spoken_for = _frame(session, _SPOKEN_FOR)

    def at(self, session: Session, month: Month) -> PlacesThen:
        """Places at the end of a month."""
        day = (last_day(month) - EPOCH).days
        rows = self._where(day)
        rows = rows[(rows["opened"] <= day) & (rows["closed"] > day)].reset_index(drop=True)
        speaking = _pseudonyms_with_values(session, month)
        return PlacesThen(rows[["establishment", *_PLACE]], self._row_of(rows, speaking))

    def _where(self, day: int) -> pd.DataFrame:
        """Every establishment of the registry with its place on a day."""
        since = self._then[self._then["until"] >= day].drop_duplicates("establishment").set_index("establishment")
        rows = self._now.set_index("establishment")
        since = since[since.index.isin(rows.index)]
        rows.loc[since.index, _PLACE] = since[_PLACE]
        rows["category"] = rows["category"].str.strip().replace("", NO_CATEGORY)
        return rows.reset_index()

    def _row_of(self, rows: pd.DataFrame, speaking: Sequence[int]) -> NDArray[np.int64]:
        """The row of every holder: of an establishment, its own; of a pseudonym, one of its installation's."""
        holders = self._holders
        found = np.full(int(holders["holder"].max()) + 1 if len(holders) else 1, NOWHERE, dtype=np.int64)
        row_of = pd.Index(rows["establishment"]).get_indexer(holders["establishment"])
        pseudonyms = holders[holders["holder"].isin(speaking)]
        told = self._spoken_for[self._spoken_for["installation"].isin(pseudonyms["installation"])]
        twice = holders["establishment"].isin(told["establishment"])  # answered under a pseudonym this month
        found[holders["holder"]] = np.where(twice, NOWHERE, row_of)
        for holder, row in _matched(pseudonyms, told, rows).items():
            found[holder] = row
        return found


def _matched(pseudonyms: pd.DataFrame, told: pd.DataFrame, rows: pd.DataFrame) -> Mapping[int, int]:
    """A row for each pseudonym among those its installation speaks for, each taken once: one of its category first.

    Nobody knows which one it is, but regions, groups and categories add up as the registry does. The newest pseudonyms
    come first; those in excess of the establishments count for nobody.
    """
    places: dict[int, list[tuple[int, str]]] = defaultdict(list)
    free = told.merge(rows.reset_index(names="row"), on="establishment")
    for installation, row, category in _tuples(free, "installation", "row", "category"):
        places[installation].append((row, category))
    waiting = _tuples(pseudonyms.sort_values("holder", ascending=False), "holder", "installation", "category")
    found: dict[int, int] = {}
    for exact in (True, False):
        for holder, installation, category in waiting:
            left = places[installation]
            at = next((place for place in left if not exact or place[1] == category), None)
            if holder not in found and at is not None:
                found[holder] = at[0]
                left.remove(at)
    return found


def _tuples(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(zip(*(frame[name].tolist() for name in columns), strict=True))


def _pseudonyms_with_values(session: Session, month: Month) -> Sequence[int]:
    valued = select(IndicatorValue.holder_id).where(
        IndicatorValue.holder_id == IndicatorHolder.id, IndicatorValue.month == month
    )
    return session.scalars(
        select(IndicatorHolder.id).where(IndicatorHolder.pseudonym.is_not(None), valued.exists())
    ).all()


def _frame(session: Session, query: Executable) -> pd.DataFrame:
    """The rows of a query by column; identifiers that are missing become `NOWHERE`."""
    result = session.execute(query)
    frame = pd.DataFrame(result.all(), columns=list(result.keys()))
    for name in frame.columns.intersection(["establishment", "region", "ght", "installation", "holder"]):
        frame[name] = frame[name].astype("Int64").fillna(NOWHERE).astype(np.int64)
    return frame


def _days(days: pd.Series[Any], missing: int) -> pd.Series[Any]:
    """Days since `EPOCH` of a column of dates, which may be anywhere in time."""
    return days.map(lambda one: (one - EPOCH).days if isinstance(one, date) else missing).astype(np.int64)
