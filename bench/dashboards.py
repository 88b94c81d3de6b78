"""How long the pages of territories take to read, over the figures of a simulated nation: 95th percentile of each.

    .venv/bin/python -m bench.dashboards [--database sqlite postgresql] [--establishments 3000] [--months 60]
        [--indicators 40] [--seed 1]

The nation is that of `bench.nation`; its figures are made once, for the last `--made` months only: a page looks back on
thirteen. Each page is read for every region in turn, so that no two readings in a row touch the same rows. What is
measured is the read-model, not its HTML. Exit code 1 when the dashboard is slower than the gate.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench.findings import Report, each_database, platform_on, settle
from bench.nation import make
from bench.nation_data import Nation, plant
from care.domain.access import PLATFORM, Level, Place, machine_scope
from care.services.indicators import dashboards, one_indicator, own, sites
from care.services.platform import Platform
from care.store.registry import Region

MOST_MS = 200.0
"""95th percentile of a dashboard (issue 7)."""
READINGS = 60


@dataclass(frozen=True)
class _OwnKits:
    """The indicators of the simulation instead of those packaged, and no framework."""

    indicators: Sequence[Any]
    frameworks: tuple[Any, ...] = ()


def main() -> int:
    """Measure each database; exit code 1 when the gate is passed over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--establishments", type=int, default=3000)
    parser.add_argument("--months", type=int, default=60)
    parser.add_argument("--made", type=int, default=60)
    parser.add_argument("--indicators", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    return each_database(chosen.database, partial(measure, chosen))


def measure(chosen: argparse.Namespace, folder: Path, url: str) -> Report:
    """Plant the nation and its figures, then read every page many times."""
    report, platform = Report(), platform_on(folder, url)
    nation = plant(platform, chosen.establishments, chosen.months, chosen.indicators, chosen.seed)
    settle(platform)
    make(platform, nation, nation.months[-chosen.made :])
    settle(platform)
    reading = replace(platform, kits=_OwnKits(nation.definitions))  # type: ignore[arg-type]
    for name, most, read in _pages(reading, nation):
        spent = sorted(_timed(read, rank) for rank in range(READINGS))
        middle, late = spent[READINGS // 2], spent[READINGS * 95 // 100]
        report.lines.append(f"{name}: median {middle:.0f} ms, 95th percentile {late:.0f} ms")
        if most is not None:
            report.gate(late <= most, f"{name}: {late:.0f} ms")
    platform.doorbell.close()
    platform.database.close()
    return report


def _pages(platform: Platform, nation: Nation) -> list[tuple[str, float | None, Callable[[int], object]]]:
    """Each page: its name, its gate in milliseconds if it has one, and what reads it, given the rank of the reading."""
    who, month = machine_scope("bench"), nation.months[-1]
    with platform.database.read() as session:
        regions = [Place(Level.REGION, one) for one in session.scalars(select(Region.id))]
    codes = [one.code for one in nation.definitions]

    def place(rank: int) -> Place:
        return regions[rank % len(regions)]

    def code(rank: int) -> str:
        return codes[rank % len(codes)]

    def site(rank: int) -> int:
        return nation.establishments[rank * 37 % len(nation.establishments)]

    return [
        ("dashboard of a region", MOST_MS, lambda rank: dashboards.read_dashboard(platform, who, place(rank), month)),
        ("dashboard of the nation", MOST_MS, lambda _rank: dashboards.read_dashboard(platform, who, PLATFORM, month)),
        ("map of the regions", MOST_MS, lambda rank: dashboards.read_nation(platform, who, code(rank), month)),
        (
            "an indicator over five years",
            MOST_MS,
            lambda rank: one_indicator.read_indicator(platform, who, place(rank), code(rank), month, 60),
        ),
        ("own indicators", MOST_MS, lambda rank: own.read_own(platform, who, site(rank), month)),
        (
            "establishments of a region",
            None,
            lambda rank: sites.list_sites(platform, who, place(rank), code(rank), month),
        ),
        (
            "establishments of the nation",
            None,
            lambda rank: sites.list_sites(platform, who, PLATFORM, code(rank), month),
        ),
        ("who answered, nation", None, lambda _rank: sites.list_answering(platform, who, PLATFORM, month)),
    ]


def _timed(read: Callable[[int], object], rank: int) -> float:
    begun = time.perf_counter()
    read(rank)
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    raise SystemExit(main())
