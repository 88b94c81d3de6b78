"""What one audit of a repository must know of those before: when each point was first met, what is gone, the turn of
data checks. Pure.

Dates of restore points are chosen by the machines that make them; the dates here are ours. The memory travels in the
facts: each audit is handed that of the one before (`Request.seen`) and gives its own (`Repository.memory`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from scanners.backup.facts import MAX_SNAPSHOTS, BackupFacts, Check, Gone, Memory, Repository, Snapshot, Turn

KEPT_GONE = timedelta(days=400)
"""How long points that are no longer there are remembered (ours: a yearly retention and a month)."""
MAX_GONE = 2_000
GROWTH_AGE = timedelta(days=8)
"""Growth is told between two readings this close (ours: a week and a day): later, many backups explain it."""
_TWICE = 2
_MEMORIES: TypeAdapter[dict[str, Memory]] = TypeAdapter(dict[str, Memory])


def next_share(turn: Turn | None, wanted: int, now: datetime) -> tuple[int, int]:
    """The share of the data to check now, and of how many: the turn in progress is ended before it is cut anew.

    Without a memory, the share turns with the date, so that all is read in time. A turn is dropped when the repository
    has become more than twice as large, or as small, since it began.
    """
    if turn is None or (turn.done and not wanted <= _TWICE * turn.parts <= 2 * _TWICE * wanted):
        return now.date().toordinal() % wanted + 1, wanted
    if not turn.done:
        return 1, wanted
    return min(set(range(1, turn.parts + 1)) - set(turn.done), default=1), turn.parts


def turn_after(turn: Turn | None, check: Check | None, now: datetime) -> Turn | None:
    """The turn once a check was made: only a sound share of the whole repository counts."""
    if check is None or not check.sound or check.newest_only:
        return turn
    completed = turn.completed if turn else None
    if turn is None or turn.parts != check.parts or not turn.done:
        turn = Turn(check.parts, (), now, completed)
    done = tuple(sorted({*turn.done, check.part}))
    return Turn(check.parts, (), now, now) if len(done) >= check.parts else replace(turn, done=done)


def remembered(repository: Repository, before: Memory | None, now: datetime) -> Repository:
    """The repository with what was known of it before, and the memory for the next audit."""
    if not repository.opened:
        return replace(repository, memory=before)
    swapped = before is not None and before.identity != repository.identity
    known = None if swapped else before
    snapshots = _met(repository.snapshots, known, now)
    memory = Memory(
        repository.identity,
        known.since if known else now,
        now,
        snapshots,
        _gone(repository, known, now),
        turn_after(known.turn if known else None, repository.check, now),
        repository.size,
        *_change(before, swapped, now),
    )
    grown = repository.size - known.size if known and known.size and now - known.read_at <= GROWTH_AGE else None
    return replace(repository, snapshots=snapshots, memory=memory, grown=grown)


def _change(before: Memory | None, swapped: bool, now: datetime) -> tuple[str, datetime | None]:
    """The identity before the last change and when it was met."""
    if before is None:
        return "", None
    return (before.identity, now) if swapped else (before.former_identity, before.changed_at)


def _met(snapshots: tuple[Snapshot, ...], known: Memory | None, now: datetime) -> tuple[Snapshot, ...]:
    """The points with the day we first met them, and the figures they had then."""
    before = {_key(one): one for one in known.snapshots} if known else {}
    return tuple(_as_met(one, before.get(_key(one)), now) for one in snapshots)


def _as_met(one: Snapshot, before: Snapshot | None, now: datetime) -> Snapshot:
    if before is None:
        return replace(one, first_seen=now)
    size = before.size if one.size is None else one.size
    files = before.files if one.files is None else one.files
    return replace(one, first_seen=before.first_seen or now, size=size, files=files)


def _gone(repository: Repository, known: Memory | None, now: datetime) -> tuple[Gone, ...]:
    """The points met before and no longer there. What a full list had no room for is not gone."""
    if known is None:
        return ()
    present = {_key(one) for one in repository.snapshots}
    full = len(repository.snapshots) >= MAX_SNAPSHOTS
    oldest = min((one.time for one in repository.snapshots), default=now) if full else None
    lately = [
        Gone(one, known.read_at, now)
        for one in known.snapshots
        if _key(one) not in present and (oldest is None or one.time >= oldest)
    ]
    before = [one for one in known.gone if _key(one.snapshot) not in present and now - one.missed_at <= KEPT_GONE]
    return tuple(sorted((*before, *lately), key=lambda one: (one.snapshot.time, one.snapshot.id))[-MAX_GONE:])


def _key(snapshot: Snapshot) -> tuple[str, datetime]:
    return snapshot.id, snapshot.time


def memories_of(facts: BackupFacts) -> Mapping[str, Memory]:
    """What an audit remembers of each repository."""
    return {one.name: one.memory for one in facts.repositories if one.memory is not None}


def as_asked(facts: BackupFacts) -> dict[str, Any]:
    """The same in the JSON form of `Request.seen`."""
    asked: dict[str, Any] = _MEMORIES.dump_python(dict(memories_of(facts)), mode="json")
    return asked
