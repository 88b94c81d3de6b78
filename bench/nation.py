"""Every figure of the nation made again from the values, beside the same aggregation written directly in pandas.

    .venv/bin/python -m bench.nation [--database sqlite postgresql] [--establishments 3000] [--months 60]
        [--indicators 40] [--seed 1]

The long version, judged by its ratio and its memory, has 40,000 establishments: `--establishments 40000 --months 13`.
The peer reads the same values with `pandas.read_sql_query`, an indicator at a time (all at once would take
gigabytes), joins them with the places of each month, groups them five ways (nation, regions, GHTs, categories of the
nation and of regions) for sums, oldest day, largest part and quartiles, and writes its figures with
`DataFrame.to_sql` into a table without any key. It neither hides small groups nor can it be stopped half-way. Sums of
both are compared. Exit code 1 when a gate is passed over.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pandas as pd
from sqlalchemy import create_engine, func, select, text

from bench.findings import Report, each_database, platform_on, settle
from bench.nation_data import Nation, plant
from care.domain.indicators import IndicatorDefinition, Measure
from care.services.indicators.definitions import DefinitionLibrary
from care.services.indicators.figuring import Maker
from care.services.indicators.marks import mark_months
from care.services.indicators.places_then import Registry
from care.services.platform import Platform
from care.store.indicators import IndicatorFigure, IndicatorValue

MOST_SECONDS = 60.0
"""For every figure of `NATION` establishments, 60 months and 40 indicators (issue 7); more have no bound in seconds."""
NATION = 3_000
MOST_TIMES_PANDAS = 3.0
MOST_MIB = 1024.0
"""Our choice: half of what a job apart may take."""
AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
SUMS = ("answered", "numerator", "denominator")


def main() -> int:
    """Measure each database; exit code 1 when a gate is passed over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--establishments", type=int, default=3000)
    parser.add_argument("--months", type=int, default=60)
    parser.add_argument("--indicators", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    return each_database(chosen.database, partial(measure, chosen))


def measure(chosen: argparse.Namespace, folder: Path, url: str) -> Report:
    """Plant, make everything, make one month, then have the peer do it."""
    report, platform = Report(), platform_on(folder, url)
    begun = time.perf_counter()
    nation = plant(platform, chosen.establishments, chosen.months, chosen.indicators, chosen.seed)
    settle(platform)
    report.lines.append(f"planted {_count(platform, IndicatorValue)} values in {time.perf_counter() - begun:.0f} s")
    first = _timed(lambda: make(platform, nation, nation.months))
    settle(platform)
    began = time.process_time()
    again = _timed(lambda: make(platform, nation, nation.months))
    processor = time.process_time() - began
    one = _timed(lambda: make(platform, nation, nation.months[-1:]))
    mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peer = Peer(platform, nation, url)
    floor = peer.run()
    parts = ", ".join(f"{name} {spent:.1f} s" for name, spent in peer.spent.items())
    worst, unwritten = max(first, again), floor - peer.spent["write"]
    report.lines += [
        f"figures kept: {_count(platform, IndicatorFigure)}",
        f"every figure, tables empty: {first:.1f} s; again: {again:.1f} s (at most {MOST_SECONDS:.0f} s for {NATION})",
        f"processor time of it: {processor:.1f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors",
        f"one month: {one:.2f} s",
        f"pandas: {floor:.1f} s ({parts})",
        f"ratio: {worst / floor:.2f} (at most {MOST_TIMES_PANDAS:.0f}); {worst / unwritten:.2f} had it written nothing",
        f"peak of memory, planting included: {mebibytes:.0f} MiB (at most {MOST_MIB:.0f})",
    ]
    if chosen.establishments <= NATION:
        report.gate(worst <= MOST_SECONDS, f"every figure takes {worst:.1f} s")
    report.gate(worst <= MOST_TIMES_PANDAS * floor, f"{worst / floor:.1f} times pandas")
    report.gate(mebibytes <= MOST_MIB, f"{mebibytes:.0f} MiB")
    report.gate(peer.agrees(), "the figures are not those of the peer")
    platform.doorbell.close()
    platform.database.close()
    return report


def make(platform: Platform, nation: Nation, months: Sequence[int]) -> None:
    """Make these months as the job does."""
    with platform.database.write() as session:
        mark_months(session, months, AT)
    with platform.database.read() as session:
        maker = Maker(platform, session, DefinitionLibrary(nation.definitions, {}))
    for month in months:
        assert maker.make(month)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _count(platform: Platform, table: type[IndicatorValue] | type[IndicatorFigure]) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


class Peer:
    """The same aggregation as one writes it in a notebook, an indicator after the other, with its time by part."""

    def __init__(self, platform: Platform, nation: Nation, url: str) -> None:
        self._platform = platform
        self._engine = create_engine(url)
        self._nation = nation
        self.spent = {"places": 0.0, "read": 0.0, "group": 0.0, "write": 0.0}
        self._sums: dict[str, tuple[int, int, int]] = {}

    def run(self) -> float:
        """Do it all; seconds."""
        with self._part("places"):
            places = self._places()
        for definition in self._nation.definitions:
            with self._part("read"):
                values = self._read(definition.code)
            with self._part("group"):
                figures = _grouped(values, places, definition)
            with self._part("write"):
                figures.to_sql(f"peer_{definition.measure}", self._engine, if_exists="append", index=False)
            whole = figures[(figures["place"] == "platform:0") & (figures["category"] == "")]
            self._sums[definition.code] = tuple(int(whole[one].sum()) for one in SUMS)
        return sum(self.spent.values())

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.spent[name] += time.perf_counter() - begun

    def _places(self) -> pd.DataFrame:
        """Where each holder was at the end of each month; holders are numbered as establishments here."""
        frames = []
        with self._platform.database.read() as session:
            registry = Registry(session)
            for month in self._nation.months:
                rows = registry.at(session, month).rows
                frames.append(rows.assign(month=month).rename(columns={"establishment": "holder_id"}))
        return pd.concat(frames, ignore_index=True)

    def _read(self, code: str) -> pd.DataFrame:
        columns = "holder_id, month, version, numerator, denominator, as_of"
        query = text(f"SELECT {columns} FROM indicator_value WHERE indicator = :code")
        with self._engine.connect() as connection:
            return pd.read_sql_query(query, connection, params={"code": code}, parse_dates=["as_of"])

    def agrees(self) -> bool:
        """Whether the figures kept are those of the peer: answers, numerators and denominators of the nation."""
        sums = (func.sum(getattr(IndicatorFigure, one)) for one in SUMS)
        nation = (IndicatorFigure.place == "platform:0", IndicatorFigure.category == "")
        query = select(IndicatorFigure.indicator, *sums).where(*nation).group_by(IndicatorFigure.indicator)
        with self._platform.database.read() as session:
            kept = {row[0]: tuple(map(int, row[1:])) for row in session.execute(query)}
        return kept == self._sums


def _grouped(values: pd.DataFrame, places: pd.DataFrame, definition: IndicatorDefinition) -> pd.DataFrame:
    joined = places.merge(values, on=["month", "holder_id"], how="left")
    same = joined["version"] == definition.version
    measured = same & (joined["denominator"] > 0)
    joined = joined.assign(
        answered=same,
        other=joined["version"].notna() & ~same,
        measured=measured,
        numerator=joined["numerator"].where(measured),
        denominator=joined["denominator"].where(measured),
        as_of=joined["as_of"].where(same),
        share=(joined["numerator"] / joined["denominator"]).where(measured),
        region="region:" + joined["region"].astype(str),
        ght="ght:" + joined["ght"].astype(str),
        nation="platform:0",
        every="",
    )
    ways = (("nation", "every"), ("region", "every"), ("ght", "every"), ("nation", "category"), ("region", "category"))
    return pd.concat([_one_way(joined, place, category, definition) for place, category in ways], ignore_index=True)


def _one_way(joined: pd.DataFrame, place: str, category: str, definition: IndicatorDefinition) -> pd.DataFrame:
    if place == "ght":
        joined = joined[joined["ght"] != "ght:-1"]
    groups = joined.groupby(["month", place, category])
    found = groups.agg(
        asked=("holder_id", "size"),
        answered=("answered", "sum"),
        measured=("measured", "sum"),
        other=("other", "sum"),
        numerator=("numerator", "sum"),
        denominator=("denominator", "sum"),
        oldest=("as_of", "min"),
        largest=("denominator", "max"),
    )
    if definition.measure in (Measure.SHARE, Measure.COUNT):
        found[["q1", "q2", "q3"]] = groups["share"].quantile([0.25, 0.5, 0.75]).unstack()
    if definition.measure is Measure.LEVEL:
        levels = joined[joined["measured"]].groupby(["month", place, category, "numerator"]).size().unstack()
        found = found.join(levels.rename(columns=lambda one: f"level_{one:.0f}"))
    names = {place: "place", category: "category"}
    return found.reset_index().rename(columns=names).assign(indicator=definition.code, version=definition.version)


if __name__ == "__main__":
    sys.exit(main())
