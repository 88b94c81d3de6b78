"""Records what a run found: findings, sightings and events, in the caller's transaction and in a few statements.

The decisions are `care.domain.findings.confront`'s; here is only how they are read and written in bulk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from care.domain.findings import (
    Answered,
    Change,
    Decision,
    Delta,
    Key,
    Known,
    Observed,
    Sighting,
    State,
    Update,
    answered_by,
    confront,
    state_of,
)
from care.store.findings import FindingEvent, FindingRow, SightingRow
from care.store.registry import Establishment
from care.store.runs import RuleOutcome, Run

T = TypeVar("T")

_CHUNK = 5000
"""Identifiers in one IN list: SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose findings are recorded: one run of one target of one establishment."""

    establishment_id: int
    target_id: int
    run_id: int


def record_findings(
    session: Session, place: Place, run: Observed, now: datetime, actor: str, answered: Answered | None = None
) -> Delta:
    """Confront a run with what is known and write the difference. Recording the same facts again writes no finding.

    `answered` tells what newer runs of the target said; it is read from their outcomes when None.
    """
    _one_at_a_time(session, place.establishment_id)
    rules = tuple(run.judged)
    _rename(session, place.establishment_id, run)
    newer = answered or answered_by(_first_conclusive(session, place, run, rules))
    delta = confront(run, _known(session, place, rules), newer, now)
    events = [*_discover(session, place, delta, now), *_update(session, place, delta, now)]
    _bulk(session, FindingEvent, [{**one, "run_id": place.run_id, "at": now, "actor": actor} for one in events])
    return delta


def _one_at_a_time(session: Session, establishment_id: int) -> None:
    """Two runs of one establishment are recorded one after the other (SQLite has one writer anyway)."""
    # Not the stronger FOR UPDATE: rows already added in this transaction (evidence) hold a share of the same key, and
    # two recordings in one establishment would then wait for each other for ever.
    place = select(Establishment.id).where(Establishment.id == establishment_id)
    session.execute(place.with_for_update(key_share=True))


def _rename(session: Session, establishment_id: int, run: Observed) -> None:
    """Findings recorded under a former id of a rule take its present one."""
    for rule, judged in run.judged.items():
        if not judged.aliases:
            continue
        former = (FindingRow.establishment_id == establishment_id, FindingRow.rule.in_(judged.aliases))
        ids = select(FindingRow.id).where(*former)
        session.execute(update(SightingRow).where(SightingRow.finding_id.in_(ids)).values(rule=rule))
        session.execute(update(FindingRow).where(*former).values(rule=rule))


def _known(session: Session, place: Place, rules: Sequence[str]) -> Iterator[Known]:
    mine, elsewhere = _sightings(session, place, rules)
    rows = session.execute(
        select(
            FindingRow.id,
            FindingRow.rule,
            FindingRow.subject_key,
            FindingRow.severity,
            FindingRow.evidence,
            FindingRow.state,
            FindingRow.decided_as,
            FindingRow.decided_until,
            FindingRow.first_seen_at,
        ).where(FindingRow.establishment_id == place.establishment_id, FindingRow.rule.in_(rules))
    )
    for row in rows:
        yield Known(
            id=row.id,
            key=Key(row.rule, row.subject_key),
            severity=row.severity,
            evidence=row.evidence,
            decision=Decision(row.decided_as, row.decided_until) if row.decided_as else None,
            state=row.state,
            sighting=mine.get(row.id),
            elsewhere=row.id in elsewhere,
            first_seen=row.first_seen_at,
        )


def _sightings(session: Session, place: Place, rules: Sequence[str]) -> tuple[Mapping[int, Sighting], frozenset[int]]:
    """What this target has seen, and what other targets of the establishment still see."""
    mine = session.execute(
        select(
            SightingRow.finding_id,
            SightingRow.first_seen_at,
            SightingRow.last_seen_at,
            SightingRow.perimeter,
            SightingRow.gone_at,
        ).where(SightingRow.target_id == place.target_id, SightingRow.rule.in_(rules))
    )
    others = session.scalars(
        select(SightingRow.finding_id)
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(
            FindingRow.establishment_id == place.establishment_id,
            FindingRow.rule.in_(rules),
            SightingRow.target_id != place.target_id,
            SightingRow.gone_at.is_(None),
        )
    )
    return {row[0]: Sighting(*row[1:]) for row in mine}, frozenset(others)


def _first_conclusive(session: Session, place: Place, run: Observed, rules: Sequence[str]) -> Mapping[str, datetime]:
    """When each rule was first answered conclusively after this run, on the same target and perimeter."""
    rows = session.execute(
        select(RuleOutcome.rule, func.min(Run.collected_to))
        .join(Run, Run.id == RuleOutcome.run_id)
        .where(
            Run.target_id == place.target_id,
            Run.perimeter == run.perimeter,
            Run.collected_to > run.at,
            RuleOutcome.rule.in_(rules),
            RuleOutcome.conclusive.is_(True),
        )
        .group_by(RuleOutcome.rule)
    )
    return {rule: at for rule, at in rows if at is not None}


def _discover(session: Session, place: Place, delta: Delta, now: datetime) -> Iterator[dict[str, Any]]:
    """Write the findings never seen before; yields their events."""
    rows = [
        {
            "establishment_id": place.establishment_id,
            "scanner": new.key.rule.partition(".")[0],
            "rule": new.key.rule,
            "subject": new.finding.subject,
            "subject_key": new.key.subject,
            "severity": new.severity,
            "evidence": dict(new.finding.evidence),
            "state": state_of(new.sighting.present, None, now),
            "first_seen_at": new.sighting.first_seen,
        }
        for new in delta.discoveries
    ]
    if not rows:
        return
    written = session.execute(
        insert(FindingRow).returning(FindingRow.id, FindingRow.rule, FindingRow.subject_key), rows
    )
    ids = {Key(rule, subject): number for number, rule, subject in written}
    sightings = [_sighting_row(place, ids[new.key], new.key.rule, new.sighting) for new in delta.discoveries]
    _bulk(session, SightingRow, sightings)
    for new in delta.discoveries:
        yield _event(ids[new.key], Change.NEW.value)


def _update(session: Session, place: Place, delta: Delta, now: datetime) -> Iterator[dict[str, Any]]:
    """Write what changed in known findings; yields the events of those that crossed."""
    busy = [one for one in delta.updates if not one.idle]
    _write_findings(session, [one for one in busy if (one.evidence, one.severity, one.state) != (None, None, None)])
    _write_first_seen(session, busy)
    _bulk(
        session,
        SightingRow,
        [
            _sighting_row(place, one.known.id, one.known.key.rule, one.sighting)
            for one in busy
            if one.sighting is not None and one.known.sighting is None
        ],
    )
    _write_sightings(session, place, busy)
    for one in busy:
        if one.change in (Change.FIXED, Change.BACK):
            yield _event(one.known.id, one.change.value)
        if _expired(one, now):
            yield _event(one.known.id, "expired")


def _expired(one: Update, now: datetime) -> bool:
    decision = one.known.decision
    return one.state is State.OPEN and decision is not None and not decision.holds(now)


def _write_findings(session: Session, updates: Sequence[Update]) -> None:
    if not updates:
        return
    table = FindingRow.__table__
    statement = (
        table.update()  # type: ignore[attr-defined]
        .where(table.c.id == bindparam("finding"))
        .values(evidence=bindparam("new_evidence"), severity=bindparam("new_severity"), state=bindparam("new_state"))
    )
    session.connection().execute(
        statement,
        [
            {
                "finding": one.known.id,
                "new_evidence": dict(one.known.evidence if one.evidence is None else one.evidence),
                "new_severity": one.severity or one.known.severity,
                "new_state": one.state or one.known.state,
            }
            for one in updates
        ],
    )


def _write_first_seen(session: Session, updates: Iterable[Update]) -> None:
    """A run recorded late may have seen a finding earlier than anyone: all of them at its own time."""
    earlier: dict[datetime, list[int]] = defaultdict(list)
    for one in updates:
        if one.first_seen is not None:
            earlier[one.first_seen].append(one.known.id)
    for at, ids in earlier.items():
        for chunk in _chunks(ids):
            moved = update(FindingRow).where(FindingRow.id.in_(chunk)).values(first_seen_at=at)
            session.execute(moved.execution_options(synchronize_session=False))


def _write_sightings(session: Session, place: Place, updates: Iterable[Update]) -> None:
    """Sightings that change alike (nearly always all those of a run) are written together."""
    alike: dict[Sighting, list[int]] = defaultdict(list)
    for one in updates:
        if one.sighting is not None and one.known.sighting is not None:
            alike[one.sighting].append(one.known.id)
    for sighting, ids in alike.items():
        for chunk in _chunks(ids):
            session.execute(
                update(SightingRow)
                .where(SightingRow.target_id == place.target_id, SightingRow.finding_id.in_(chunk))
                .values(
                    first_seen_at=sighting.first_seen,
                    last_seen_at=sighting.last_seen,
                    perimeter=sighting.perimeter,
                    gone_at=sighting.gone_at,
                )
                .execution_options(synchronize_session=False)
            )


def _sighting_row(place: Place, finding_id: int, rule: str, sighting: Sighting) -> dict[str, Any]:
    return {
        "finding_id": finding_id,
        "target_id": place.target_id,
        "rule": rule,
        "first_seen_at": sighting.first_seen,
        "last_seen_at": sighting.last_seen,
        "perimeter": sighting.perimeter,
        "gone_at": sighting.gone_at,
    }


def _event(finding_id: int, what: str) -> dict[str, Any]:
    return {"finding_id": finding_id, "what": what, "detail": {}}


def _bulk(session: Session, table: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(insert(table), rows)


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
