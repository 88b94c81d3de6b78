"""What rules ask of points that are gone: how long they had to stay, and whether thinning out explains it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from scanners.backup.facts import BackupFacts, Gone, Snapshot, System
from scanners.backup.strategy import in_repositories, is_of

_DAY, _WEEK, _MONTH = timedelta(days=1.5), timedelta(days=7.5), timedelta(days=31.5)
"""Distance between the points that tools keep when they thin out, with half a day of jobs that start late (ours)."""


def spacing(age: timedelta) -> timedelta:
    """How far apart kept points are at that age: a day for a week, a week for a month, a month beyond."""
    if age <= timedelta(days=7):
        return _DAY
    return _WEEK if age <= timedelta(days=31) else _MONTH


def thinned(gone: Gone, present: Sequence[Snapshot]) -> bool:
    """Whether a point that is gone was one of several that a tool thins out: a newer one stands, and one is near."""
    mine = [one for one in present if one.series == gone.snapshot.series]
    near = spacing(gone.missed_at - gone.snapshot.time)
    newer = any(one.time >= gone.snapshot.time for one in mine)
    return newer and any(abs(one.time - gone.snapshot.time) <= near for one in mine)


def retention_of(facts: BackupFacts, repository: str) -> timedelta | None:
    """The longest retention declared for what a repository holds; None when nobody said."""
    said = [
        copy.retention_days or system.retention_days
        for system in facts.plan.systems
        for copy in system.copies
        if copy.repository == repository
    ]
    known = [days for days in said if days is not None]
    return timedelta(days=max(known)) if known else None


def forgotten_points(facts: BackupFacts, system: System) -> list[Gone]:
    """Points of a system that were seen and are gone."""
    hosts = {copy.repository: copy.host for copy in system.copies}
    return [
        gone
        for one in in_repositories(facts, system)
        for gone in (one.memory.gone if one.memory else ())
        if is_of(gone.snapshot, hosts.get(one.name, ""))
    ]
