"""A region takes the bundles of 3,000 installations (13 months, 40 indicators each), then those of the month after.

    .venv/bin/python -m bench.bundles [--database sqlite postgresql] [--establishments 3000] [--months 13]
        [--indicators 40]

They are given as `care bundle import FILE…` gives them: one transaction a bundle, its signature verified, its values
compared with those stored and written where they differ. The month after, the window has moved by one month and one
value in twelve of the months before has changed. The floor reads the same files, verifies the same signatures, and
inserts every value with one `executemany` in one transaction, into a table without any key: it compares nothing, keeps
no arrival, writes no trail and takes a replay for news. Exit code 1 when a gate is passed over.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from bench.findings import Report, each_database, platform_on, settle
from bench.nation_data import plant_registry
from care.domain.bundles import CONTEXT
from care.domain.federation import BundleVerdict, InstallationState, KeyState
from care.domain.months import Month, first_day, month_of, moved
from care.domain.signed_documents import is_signature
from care.services.federation.receiving import receive_files
from care.services.federation.sorting import read_known
from care.services.platform import Platform
from care.store.federation import Installation, InstallationEstablishment, InstallationKey
from care.store.indicators import IndicatorValue
from care.store.registry import Establishment
from tests.support.federation import Sender
from tests.support.people import MACHINE

MOST_SECONDS = 60.0
"""For 3,000 bundles (issue 7)."""
_MOVED = 12
"""One value in so many of a month told before has changed since."""


def main() -> int:
    """Measure each database; exit code 1 when a gate is passed over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--establishments", type=int, default=3000)
    parser.add_argument("--months", type=int, default=13)
    parser.add_argument("--indicators", type=int, default=40)
    chosen = parser.parse_args()
    return each_database(chosen.database, partial(measure, chosen))


def measure(chosen: argparse.Namespace, folder: Path, url: str) -> Report:
    """Enrol, take the first bundles, then those of the next month."""
    report, platform = Report(), platform_on(folder, url)
    now = platform.clock.now()
    senders = enrol(platform, chosen.establishments, now)
    last = month_of(now.date())
    for title, end in (("first import", moved(last, -1)), ("the month after", last)):
        months = [moved(end, -back) for back in reversed(range(chosen.months))]
        files = bundles(platform, senders, months, chosen.indicators, now)
        settle(platform)
        found: Counter[str] = Counter()
        spent = _timed(partial(_take, platform, files, found))
        floor = _timed(partial(_floor, platform, files))
        size = sum(map(len, files)) / len(files) / 1024
        report.lines.append(
            f"{title}: {len(files)} bundles of {size:.0f} KiB in {spent:.1f} s (at most {MOST_SECONDS:.0f} s),"
            f" {found['written']} values written of {found['values']}; floor {floor:.1f} s, ratio {spent / floor:.1f}"
        )
        report.gate(spent <= MOST_SECONDS, f"{title} takes {spent:.1f} s")
        report.gate(found["taken"] == len(files), f"{len(files) - found['taken']} bundles were not taken")
        report.gate(not found["aside"], f"{found['aside']} values were set aside")
    with platform.database.read() as session:
        kept = session.scalar(select(func.count()).select_from(IndicatorValue))
    expected = chosen.establishments * chosen.indicators * (chosen.months + 1)
    report.lines.append(f"values kept: {kept}")
    report.gate(kept == expected, f"{kept} values are kept, not {expected}")
    platform.doorbell.close()
    platform.database.close()
    return report


def enrol(platform: Platform, many: int, now: datetime) -> dict[str, Sender]:
    """An installation for each establishment, by FINESS number; planted, for enrolments are not what is measured."""
    sites = plant_registry(platform, many, np.random.default_rng(1))
    senders = {}
    with platform.database.write() as session:
        session.query(Establishment).update({"closed_on": None})
        rows = session.execute(
            select(Establishment.id, Establishment.finess, Establishment.region_id).where(Establishment.id.in_(sites))
        ).all()
        for number, (site, finess, region) in enumerate(rows):
            key = Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
            sender = Sender(platform.signer.key_id, identifier=f"00000000-0000-4000-8000-{number:012x}", key=key)
            senders[finess] = sender
            row = Installation(
                identifier=sender.identifier,
                name=f"Installation {number}",
                place=f"region:{region}",
                state=InstallationState.ENROLLED,
                enrolled_at=now,
                enrolled_by="bench",
                changed_at=now,
                changed_by="bench",
            )
            session.add(row)
            session.flush()
            session.add(
                InstallationKey(
                    installation_id=row.id,
                    key_id=sender.key_id,
                    public_key=sender.raw,
                    state=KeyState.ACTIVE,
                    since=now,
                )
            )
            session.add(InstallationEstablishment(establishment_id=site, installation_id=row.id, since=now))
    return senders


def bundles(
    platform: Platform, senders: dict[str, Sender], months: Sequence[Month], many: int, now: datetime
) -> list[bytes]:
    """The next bundle of each: the value of a month depends on the month it is told in for one indicator in twelve."""
    known = sorted(read_known(platform).measures)
    chosen = list(dict(known).items())[:many]
    found = []
    for rank, (finess, sender) in enumerate(senders.items()):
        values = [
            [
                code,
                version,
                month,
                (rank + (months[-1] if number % _MOVED == 0 else month)) % 2,
                1,
                first_day(month).isoformat(),
            ]
            for number, (code, version) in enumerate(chosen)
            for month in months
        ]
        found.append(sender.bundle(now, {finess: values}))
    return found


def _take(platform: Platform, files: Sequence[bytes], found: Counter[str]) -> None:
    for one in receive_files(platform, MACHINE, files):
        found["taken"] += one.verdict is BundleVerdict.TAKEN
        found["values"] += one.values
        found["written"] += one.written
        found["aside"] += one.aside


def _floor(platform: Platform, files: Sequence[bytes]) -> None:
    """The same files by the shortest way."""
    rows = []
    for content in files:
        line, signature, _end = content.split(b"\n")
        told = json.loads(line)
        assert is_signature(base64.b64decode(told["public_key"]), CONTEXT + line, base64.b64decode(signature))
        rows += [(one["finess"], *value) for one in told["holders"] for value in one["values"]]
    mark = "?" if platform.database.embedded else "%s"
    with platform.database.write() as session:
        connection = session.connection()
        connection.exec_driver_sql("DROP TABLE IF EXISTS bench_floor")
        connection.exec_driver_sql(
            "CREATE TABLE bench_floor (finess TEXT, code TEXT, version TEXT, month INT, top INT, bottom INT, day TEXT)"
        )
        marks = ", ".join([mark] * 7)
        connection.exec_driver_sql(f"INSERT INTO bench_floor VALUES ({marks})", rows)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
