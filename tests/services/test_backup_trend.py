"""How the backups went: months over a year, never rounded up, and the longest time without a good point."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from care.domain.backups import Medium
from care.services.backups import reading, trend
from care.services.backups.inventory import SYSTEMS, SystemDraft
from care.services.platform import Platform
from care.store.backups import BackupReading
from scanners.model import Lang
from tests.support.backups import BackupAudits, PlantedBackups, plant_backups, repository
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals

both = pytest.mark.both_databases
NOW = datetime(2026, 3, 31, 8, tzinfo=UTC)
FRENCH = replace(MACHINE, lang="fr")
NIGHT = timedelta(days=1)


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedBackups:
    return plant_backups(platform, hospitals.valley)


@pytest.fixture
def audits(platform: Platform, clock: FixedClock) -> BackupAudits:
    return BackupAudits(platform, clock)


def nights(*ago: float) -> list[datetime]:
    return [NOW - timedelta(days=one) for one in ago]


@pytest.mark.parametrize(
    ("points", "days", "since", "until"),
    [
        (nights(0.5, 1, 2, 3), 1, 2, 1),
        (nights(0.5, 1, 5, 6), 4, 5, 1),
        (nights(3, 4, 5), 3, 3, None),
        (nights(40, 100), 60, 100, 40),
        (nights(89, 90, 97), 89, 89, None),
        (nights(0, 91, 110), 91, 91, 0),
        (nights(0.5, 91, 110), 90.5, 91, 0.5),
        (nights(200), 200, 200, None),
        (nights(1, -5), 1, 1, None),
    ],
)
def test_the_longest_time_without_a_point_touches_the_last_90_days(
    points: list[datetime], days: float, since: float, until: float | None
) -> None:
    (begin,) = nights(since)
    end = None if not until else nights(until)[0]
    assert trend.longest_lapse(points, NOW) == trend.Lapse(round(days * 24 * 60), begin, end)


def test_without_any_point_there_is_no_figure() -> None:
    assert trend.longest_lapse([], NOW) is None
    assert trend.longest_lapse(nights(-1), NOW) is None


def months(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> list[tuple[date, int, int, int]]:
    with platform.database.read() as session:
        found = trend.months_of(session, hospitals.valley, clock.now())
    return [(one.first, one.systems, one.kept, one.whole) for one in found]


def later(audits: BackupAudits, clock: FixedClock, target: int, days: float, hours: float = 4, **changes: Any) -> int:
    """An audit some days later, of a repository whose newest point is some hours old then."""
    clock.forward(days=days)
    return audits.run(target, repository(clock.now(), hours, **changes), hours=0)


@both
def test_a_month_counts_what_every_audit_of_it_found(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, audits: BackupAudits, clock: FixedClock
) -> None:
    target = audits.target(hospitals.valley)
    later(audits, clock, target, 0)
    assert months(platform, hospitals, clock) == [(date(2026, 3, 1), 3, 1, 1)]
    later(audits, clock, target, 1, opened=False, snapshots=(), check=None, restore=None)
    assert months(platform, hospitals, clock) == [(date(2026, 3, 1), 3, 0, 1)]  # the tape and its yearly test stand
    for days, hours in ((31, 4), (1, 30), (30, 4)):
        later(audits, clock, target, days, hours)
    assert [(first.month, kept) for first, _systems, kept, _whole in months(platform, hospitals, clock)] == [
        (3, 0), (4, 0), (5, 1),
    ]  # fmt: skip


@both
def test_an_audit_that_saw_the_end_of_an_exceeding_found_it_in_time(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, audits: BackupAudits, clock: FixedClock
) -> None:
    target = audits.target(hospitals.valley)
    later(audits, clock, target, 0, 40)
    later(audits, clock, target, 31)
    assert [(kept, systems) for _first, systems, kept, _whole in months(platform, hospitals, clock)] == [(0, 3), (1, 3)]


def test_a_system_that_is_judged_without_a_pdma_is_not_within_it(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, audits: BackupAudits, clock: FixedClock
) -> None:
    view = reading.open_system(platform, FRENCH, planted.good)
    SYSTEMS.change(platform, MACHINE, planted.good, replace(view.draft, pdma_minutes=None), view.version)
    later(audits, clock, audits.target(hospitals.valley), 0)
    assert months(platform, hospitals, clock) == [(date(2026, 3, 1), 3, 0, 1)]


def test_a_year_is_cut_and_months_without_audit_are_holes(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, audits: BackupAudits, clock: FixedClock
) -> None:
    target = audits.target(hospitals.valley)
    later(audits, clock, target, 0)
    assert reading.read_board(platform, FRENCH, hospitals.valley).year is None
    later(audits, clock, target, 61)
    year = reading.read_board(platform, FRENCH, hospitals.valley).year
    assert year is not None
    assert year.chart.rows == (
        ("03/2026", "33\u00a0%", "33\u00a0%"),
        ("04/2026", "non mesuré", "non mesuré"),
        ("05/2026", "33\u00a0%", "0\u00a0%"),
    )
    assert year.said.startswith("Dans la PDMA à chaque audit : 1 sur 3 en mars 2026, 1 sur 3 en mai 2026.")
    clock.forward(days=400)
    assert reading.read_board(platform, FRENCH, hospitals.valley).year is None


@pytest.mark.parametrize(("lang", "words"), [("fr", "99\u00a0%"), ("en", "99%")])
def test_one_system_of_two_hundred_at_fault_is_not_all_of_them(
    platform: Platform, hospitals: Hospitals, audits: BackupAudits, clock: FixedClock, lang: Lang, words: str
) -> None:
    numbers = [
        SYSTEMS.add(platform, MACHINE, hospitals.valley, SystemDraft(f"Système {rank}", "A", Medium.NAS))
        for rank in range(200)
    ]
    run = audits.run(audits.target(hospitals.valley))
    with platform.database.write() as session:
        session.query(BackupReading).delete()
        for at in (clock.now(), clock.now() - timedelta(days=5)):
            session.add_all(
                BackupReading(
                    establishment_id=hospitals.valley, system_id=number, run_id=run, read_at=at, measured=True,
                    last_good_at=at, pdma_minutes=60, met=5 if number != numbers[0] else 4,
                )
                for number in numbers
            )  # fmt: skip
        told = trend.year_of(session, hospitals.valley, clock.now(), lang)
    assert told is not None
    assert {row[2] for row in told.chart.rows} == {words}
    assert {row[1] for row in told.chart.rows} == {words.replace("99", "100")}


def test_the_board_tells_the_longest_time_from_points_and_audits(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, audits: BackupAudits, clock: FixedClock
) -> None:
    target = audits.target(hospitals.valley)

    def dpi() -> trend.Lapse | None:
        board = reading.read_board(platform, FRENCH, hospitals.valley)
        return next(one.lapse for one in board.lines if one.name == "DPI")

    assert dpi() is None
    points = repository(clock.now()).snapshots
    first, second, *_others, last = sorted(one.time for one in points)
    audits.run(target, repository(clock.now(), snapshots=points), hours=0)
    assert dpi() == trend.Lapse(24 * 60, last - timedelta(days=1), last)
    clock.forward(days=2)
    kept = tuple(one for one in points if one.time in (first, second))  # their retention took the others away
    audits.run(target, repository(clock.now(), snapshots=kept), hours=0)
    assert dpi() == trend.Lapse(38 * 24 * 60, second, last)
    audits.run(target, repository(clock.now(), snapshots=()), hours=0)
    assert dpi() is None
