"""“Who is exposed?” over the facts of a nation: 3,000 establishments with 100 products each, planted.

    .venv/bin/python -m bench.alerts [--database sqlite postgresql] [--establishments 3000] [--products 100]
        [--rounds 10]

The answer is that of the service, with names, ranges of versions and counts, to a region that manages everything.
Beside it stands the floor: one SELECT DISTINCT written by hand, of the establishments that have the product, without
any version. Exit code 1 when the slowest answer takes more than 2 s.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from bench.findings import Report, each_database, platform_on, settle
from care.domain.access import PLATFORM
from care.domain.alerts import Criterion, Exposure, ProductSource
from care.services.alerts.asking import who_is_exposed
from care.services.platform import Platform
from care.store.alerts import ProductSurvey, SeenProduct
from care.store.bulk import Same, load
from care.store.registry import Establishment, LegalEntity, Region
from care.store.runs import Run
from care.store.targets import Target
from scanners.versions import Span
from tests.support.people import MACHINE, valid_finess

MOST_SECONDS = 2.0
NAMES = ("openbsd:openssh", "apache:http_server", "igor_sysoev:nginx", "php:php", "openssl:openssl", "fortinet:fortios")
OTHERS = 5_000
"""Other products that a nation runs: most are seen in a few places only."""
QUESTIONS = {
    "one range of one product": (Criterion("openbsd:openssh", Span("", "9.8p1")),),
    "three branches and a namesake": (
        Criterion("fortinet:fortios", Span("7.0", "7.0.14")),
        Criterion("fortinet:fortios", Span("7.2", "7.2.7")),
        Criterion("f5:nginx", Span("", "1.25.3")),
    ),
    "a plain name, every version": (Criterion("php"),),
    "a product nobody runs": (Criterion("nobody:nothing", Span("1", "2")),),
}


@dataclass(frozen=True)
class Nation:
    """How much is planted. One establishment in ten was never audited."""

    establishments: int
    products: int


def main() -> int:
    """Measure each database; exit code 1 when a gate is passed over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--establishments", type=int, default=3_000)
    parser.add_argument("--products", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=10)
    chosen = parser.parse_args()
    return each_database(chosen.database, partial(measure, chosen))


def measure(chosen: argparse.Namespace, folder: Path, url: str) -> Report:
    """Plant, then ask each question several times."""
    report, platform = Report(), platform_on(folder, url)
    plant(platform, Nation(chosen.establishments, chosen.products))
    settle(platform)
    report.lines += ["| question | exposed | floor | median | slowest | times floor |", "|---|---|---|---|---|---|"]
    for name, criteria in QUESTIONS.items():
        floor = timed(partial(bare, platform, criteria), chosen.rounds)
        asked = timed(partial(who_is_exposed, platform, MACHINE, PLATFORM, criteria), chosen.rounds)
        exposed = who_is_exposed(platform, MACHINE, PLATFORM, criteria).counts[Exposure.EXPOSED]
        middle, base = statistics.median(asked), statistics.median(floor)
        report.lines.append(
            f"| {name} | {exposed} | {base * 1000:.0f} ms | {middle * 1000:.0f} ms | {max(asked) * 1000:.0f} ms"
            f" | {middle / base:.1f} |"
        )
        report.gate(max(asked) <= MOST_SECONDS, f"{name}: {max(asked):.2f} s, more than {MOST_SECONDS} s")
    platform.doorbell.close()
    platform.database.close()
    return report


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    """Seconds of each round."""
    taken = []
    for _round in range(rounds):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return taken


def bare(platform: Platform, criteria: tuple[Criterion, ...]) -> int:
    """The floor: the establishments with a product of these very names, and nothing else."""
    marks = ", ".join(f":p{number}" for number in range(len(criteria)))
    query = text(f"SELECT DISTINCT establishment_id FROM seen_product WHERE product IN ({marks})")
    with platform.database.engine.connect() as connection:
        values = {f"p{number}": one.product for number, one in enumerate(criteria)}
        return len(connection.execute(query, values).all())


def plant(platform: Platform, nation: Nation, seed: int = 7) -> None:
    """Establishments over the 18 regions, one exposure audit each, its products drawn from one seed."""
    chance, now = random.Random(seed), datetime.now(UTC).replace(microsecond=0)
    with platform.database.write() as session:
        places = _places(session, nation.establishments, now)
        audited = [place for place in places if place % 10]
        targets = _each(session, Target, [_target(place, now) for place in audited])
        runs = _each(session, Run, [_run(p, t, now) for p, t in zip(audited, targets, strict=True)])
        session.execute(insert(ProductSurvey), [
            {"target_id": target, "establishment_id": place, "run_id": run, "scanner": "exposure",
             "looked": True, "complete": True,
             "seen_at": now - timedelta(days=chance.randrange(90)), "products": nation.products}
            for place, target, run in zip(audited, targets, runs, strict=True)
        ])  # fmt: skip
        for part in range(0, len(audited), 500):
            chunk = slice(part, part + 500)
            _products(session, chance, audited[chunk], targets[chunk], runs[chunk], nation.products, now)


def _places(session: Session, count: int, now: datetime) -> list[int]:
    regions = session.scalars(select(Region.id)).all()
    entities = _each(session, LegalEntity, [
        {"finess": valid_finess(f"03{number:06}"), "name": f"CH {number:04}", "region_id": regions[number % 18],
         "supports_ght": False, "created_at": now}
        for number in range(count)
    ])  # fmt: skip
    return _each(session, Establishment, [
        {"finess": valid_finess(f"04{number:06}"), "name": f"Hôpital {number:04}", "legal_entity_id": entity,
         "region_id": regions[number % 18], "created_at": now}
        for number, entity in enumerate(entities)
    ])  # fmt: skip


def _each(session: Session, table: type, rows: list[dict[str, object]]) -> list[int]:
    query = insert(table).returning(table.id, sort_by_parameter_order=True)  # type: ignore[attr-defined]
    return list(session.scalars(query, rows))


def _target(place: int, now: datetime) -> dict[str, object]:
    return {"establishment_id": place, "scanner": "exposure", "name": "Internet", "request": {}, "version": 1,
            "created_at": now, "created_by": "bench", "changed_at": now}  # fmt: skip


def _run(place: int, target: int, now: datetime) -> dict[str, object]:
    return {"establishment_id": place, "target_id": target, "scanner": "exposure", "asked_at": now,
            "asked_by": "bench"}  # fmt: skip


def _products(
    session: Session, chance: random.Random, places: list[int], targets: list[int], runs: list[int], each: int,
    now: datetime,
) -> None:  # fmt: skip
    drawn = [_product(chance) for _ in range(each * len(places))]
    columns = {
        "establishment_id": [place for place in places for _ in range(each)],
        "target_id": [target for target in targets for _ in range(each)],
        "run_id": [run for run in runs for _ in range(each)],
        "product": [one[0] for one in drawn],
        "version": [one[1] for one in drawn],
        "cpe": Same(""),
        "subject": [f"192.0.2.{number % 250}:443/tcp" for number in range(len(drawn))],
        "source": Same(ProductSource.MEASURED),
        "seen_at": Same(now),
    }
    load(session, SeenProduct, len(drawn), columns)


def _product(chance: random.Random) -> tuple[str, str]:
    version = f"{chance.randrange(12)}.{chance.randrange(30)}.{chance.randrange(10)}"
    if chance.random() < 0.4:
        return chance.choice(NAMES), "" if chance.random() < 0.1 else version
    number = chance.randrange(OTHERS)
    return f"maker{number % 300}:product{number}", version


if __name__ == "__main__":
    sys.exit(main())
