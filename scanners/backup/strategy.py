"""What several rules ask of the same facts: good restore points, copies that count, 3-2-1.

A declared copy counts until something disproves it: an empty repository, damage, a restore that came back wrong, a
newest point that is too old, a date in the future.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scanners.backup.facts import BackupFacts, Copy, Repository, RestoreTest, Snapshot, System
from scanners.backup.standing import unchangeable
from scanners.lists.words import plain

CLOCK_TOLERANCE = timedelta(hours=1)
"""A snapshot dated later than this after the collection is in the future (ours: clocks of a hospital may differ)."""

OLD_AFTER = timedelta(days=35)
"""A copy without declared interval is stale past it (ours): a monthly tape, and a few days to make it."""
MISSED = 2
"""A copy is stale past this many of its own intervals (ours): one run may fail."""
LEAST = timedelta(days=2)
"""And never before two days (ours): an hourly copy that stops is late before it is lost, which the PDMA tells."""

_ZONES = timedelta(days=1)
"""A day that somebody gives may be tomorrow’s where they are."""

COPIES, MEDIA, OUTSIDE = 3, 2, 1
"""3-2-1: copies with the production, different media, copies off-site or offline (D2.O3.C; domain.md SAV-11)."""


def in_future(facts: BackupFacts, snapshot: Snapshot) -> bool:
    """Whether a snapshot claims to have been made after we first met it: it stays misdated once that day has come."""
    return snapshot.time > (snapshot.first_seen or facts.collected_at) + CLOCK_TOLERANCE


def damaged(repository: Repository) -> bool:
    """Whether a check or a restore proved that data is lost."""
    check, restore = repository.check, repository.restore
    return (check is not None and not check.sound) or (restore is not None and not restore.good)


def good_points(facts: BackupFacts, repository: Repository, host: str = "") -> tuple[datetime, ...]:
    """Times of the restore points one can count on, oldest first: none in the future, none in a damaged repository."""
    if damaged(repository):
        return ()
    return tuple(
        sorted(
            _dated(snapshot)
            for snapshot in repository.snapshots
            if not in_future(facts, snapshot) and is_of(snapshot, host)
        )
    )


def _dated(snapshot: Snapshot) -> datetime:
    """When a snapshot was made, at the latest: its own date is chosen by its machine, the day we met it is not."""
    return min(snapshot.time, snapshot.first_seen or snapshot.time)


def is_of(snapshot: Snapshot, host: str) -> bool:
    """Whether a snapshot is one of this machine; plain files do not tell theirs."""
    return not snapshot.host or host.casefold() in ("", snapshot.host.casefold())


def unnamed(facts: BackupFacts, copy: Copy) -> bool:
    """Whether nobody can tell which points of a repository are those of a copy: it names no machine, and the repository
    holds those of several, or of one that a copy of another system names."""
    repository = facts.repository(copy.repository)
    if copy.host or repository is None:
        return False
    hosts = {point.host.casefold() for point in repository.snapshots if point.host}
    return len(hosts) > 1 or any(
        other.host.casefold() in hosts
        for system in facts.plan.systems
        for other in system.copies
        if facts.repository(other.repository) is repository and other.host and copy not in system.copies
    )


def copy_points(facts: BackupFacts, copy: Copy) -> tuple[datetime, ...] | None:
    """Good restore points of a copy, oldest first; None when CaRE could not read it, or cannot tell which are its."""
    repository = facts.repository(copy.repository)
    if repository is None or not (repository.opened or damaged(repository)):
        return None
    points = good_points(facts, repository, copy.host)
    return None if points and unnamed(facts, copy) else points


def measured_points(facts: BackupFacts, system: System) -> tuple[datetime, ...] | None:
    """Good restore points of a system over all its copies in repositories, oldest first.

    None when they cannot be told: no copy is in a repository, or one of the repositories was not read.
    """
    copies = [copy_points(facts, copy) for copy in system.copies if copy.repository is not None]
    if not copies or any(points is None for points in copies):
        return None
    return tuple(sorted({point for points in copies if points is not None for point in points}))


def in_repositories(facts: BackupFacts, system: System) -> tuple[Repository, ...]:
    """What was read of the repositories of a system's copies, each once."""
    names = dict.fromkeys(copy.repository for copy in system.copies if copy.repository is not None)
    return tuple(one for name in names if (one := facts.repository(name)) is not None)


def counts(facts: BackupFacts, copy: Copy) -> bool:
    """Whether a copy may be counted: nothing says that it holds no usable data, or only data too old to use."""
    return copy_points(facts, copy) != () and not (stale(facts, copy) or dated_ahead(facts, copy))


def stale(facts: BackupFacts, copy: Copy) -> bool:
    """Whether the newest good point of a copy, or the day that somebody gave, is older than its bound."""
    points, repository = copy_points(facts, copy), facts.repository(copy.repository)
    if points is None and repository is not None and unnamed(facts, copy):
        points = good_points(facts, repository)  # those of any machine: the copy has none newer
    if points:
        age = facts.collected_at - points[-1]
    elif points is None and copy.last_success is not None:
        age = timedelta(days=facts.days_since(copy.last_success) - 1)  # since the end of that day
    else:
        return False
    return age > _old_after(copy)


def _old_after(copy: Copy) -> timedelta:
    if copy.interval_hours is None:
        return OLD_AFTER
    return max(MISSED * timedelta(hours=copy.interval_hours), LEAST)


def dated_ahead(facts: BackupFacts, copy: Copy) -> bool:
    """Whether a copy that CaRE cannot read is dated in the future, a day of time zones apart."""
    day = copy.last_success
    return day is not None and copy_points(facts, copy) is None and day > facts.said_by() + _ZONES


def restore_ahead(test: object, today: date) -> bool:
    """Whether a restore test is dated in the future, a day of time zones apart: it proves nothing."""
    return isinstance(test, RestoreTest) and test.date > today + _ZONES


def points_ahead(facts: BackupFacts, copy: Copy) -> int:
    """How many restore points of the repository of a copy are dated in the future: none of them counts."""
    repository = facts.repository(copy.repository)
    found = repository.snapshots if repository is not None else ()
    return sum(in_future(facts, one) and is_of(one, copy.host) for one in found)


def last_told(system: System, today: date) -> date | None:
    """The newest day that somebody gave to a copy in no repository; one in the future hides none of the others."""
    days = (copy.last_success for copy in system.copies if copy.repository is None and copy.last_success is not None)
    return max((day for day in days if day <= today + _ZONES), default=None)


def outside(system: System, copy: Copy) -> bool:
    """Whether a copy is in another building than the production."""
    return _building(copy.site) != _building(system.production.site)


def _building(site: str) -> str:
    """A site as it is compared: “Batiment  A” is “Bâtiment A”."""
    return plain(site) or site.casefold()


def sheltered(system: System, copy: Copy) -> bool:
    """Whether a copy is offline or in another building: out of reach of what hits the production."""
    return copy.offline is True or outside(system, copy)


@dataclass(frozen=True, slots=True)
class Strategy:
    """3-2-1 of one system. `copies` counts the production.

    `explained` tells each copy in the words of the plan, which are the same in both languages; `discounted` names those
    that are empty, damaged, too old or dated in the future.
    """

    copies: int
    media: int
    sheltered: int
    immutable: int
    explained: str
    discounted: str

    @property
    def three_two_one(self) -> bool:
        """Whether the three counts are reached."""
        return self.copies >= COPIES and self.media >= MEDIA and self.sheltered >= OUTSIDE


def strategy(facts: BackupFacts, system: System) -> Strategy:
    """The 3-2-1 count of a system, copy by copy."""
    good = [copy for copy in system.copies if counts(facts, copy)]
    return Strategy(
        copies=1 + len(good),
        media=len({system.production.medium, *(copy.medium for copy in good)}),
        sheltered=sum(sheltered(system, copy) for copy in good),
        immutable=sum(unchangeable(facts, system, copy) and sheltered(system, copy) for copy in good),
        explained="; ".join(_explained(facts, system)),
        discounted=", ".join(copy.name for copy in system.copies if not counts(facts, copy)),
    )


def weak_systems(facts: BackupFacts) -> tuple[str, ...]:
    """Names of the systems without 3-2-1 or without a sheltered immutable copy."""
    found = ((system.name, strategy(facts, system)) for system in facts.plan.systems)
    return tuple(name for name, one in found if not (one.three_two_one and one.immutable))


def _explained(facts: BackupFacts, system: System) -> Iterator[str]:
    yield f"production ({system.production.medium}, {system.production.site})"
    for copy in system.copies:
        marks = ["offline"] * (copy.offline is True) + ["immutable"] * unchangeable(facts, system, copy)
        yield f"{copy.name} ({', '.join([copy.medium, copy.site, *marks])})"
