"""Records what a run found: findings, sightings and events, in the caller's transaction and in a few statements.

The decisions are `care.domain.findings.confront`'s; here is only how they are read and written in bulk.
"""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import repeat
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, case, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from care.domain.findings import (
    Answered,
    Change,
    Decision,
    Delta,
    Judged,
    Key,
    Known,
    Observed,
    Sighting,
    State,
    Update,
    Written,
    answered_by,
    confront,
    state_of,
)
from care.services.frameworks.marks import mark_establishment
from care.services.retests import Recorded, after_recording
from care.store.bulk import Columns, Same, among, load, next_ids
from care.store.findings import FindingEvent, FindingRow, SightingRow
from care.store.runs import RuleOutcome, Run
from care.store.tallies import lock_findings, note_flow, rename_flow, retally

_MOST_RULES, _MOST_FINDINGS = 2_000, 20_000
"""What is confronted and written together. Databases bound the parameters of a statement (32,766 on SQLite); and all
that is known of 100,000 findings, with what changes of each, weighs more than everything else a worker holds."""
_UNTRACKED = {"synchronize_session": False}
_SIGHTING = ("first_seen_at", "last_seen_at", "perimeter", "gone_at")


class Happened(NamedTuple):
    """Something to write in the history of a finding."""

    finding_id: int
    rule: str
    what: str


@dataclass(frozen=True, slots=True)
class Place:
    """Whose findings are recorded: one run of one target of one establishment."""

    establishment_id: int
    target_id: int
    run_id: int


def record_findings(
    session: Session, place: Place, run: Observed, now: datetime, actor: str, answered: Answered | None = None
) -> Written:
    """Confront a run with what is known and write the difference, a part of its rules after the other. Recording the
    same facts again writes no finding.

    `answered` tells what newer runs of the target said; it is read from their outcomes when None.
    """
    lock_findings(session, place.establishment_id)
    touched = set(_rename(session, place.establishment_id, run))
    flow, written = Counter[tuple[str, str]](), Written()
    with _no_search_for_cycles():
        for part in _parts(run):
            delta = _confronted(session, place, part, answered, now)
            happened = [*_discover(session, place, delta, now), *_update(session, place, delta)]
            _tell(session, happened, place.run_id, now, actor)
            flow.update((rule, what) for _, rule, what in happened)
            touched |= _touched(delta)
            written = written.then(delta)
    note_flow(session, place.establishment_id, now.date(), flow)
    retally(session, place.establishment_id, frozenset(touched))
    recorded = Recorded(place.establishment_id, place.target_id, place.run_id, run, written.back)
    after_recording(session, recorded, now)
    mark_establishment(session, place.establishment_id, now)
    return written


def _parts(run: Observed) -> Iterator[Observed]:
    """The run by groups of rules that can be held together; a rule is never cut."""
    part: dict[str, Judged] = {}
    findings = 0
    for rule, judged in run.judged.items():
        if part and (len(part) >= _MOST_RULES or findings + len(judged.seen) > _MOST_FINDINGS):
            yield replace(run, judged=part)
            part, findings = {}, 0
        part[rule] = judged
        findings += len(judged.seen)
    yield replace(run, judged=part)


def _confronted(session: Session, place: Place, run: Observed, answered: Answered | None, now: datetime) -> Delta:
    rules = tuple(run.judged)
    newer = answered or answered_by(first_conclusive(session, place, run, rules))
    return confront(run, _known(session, place, run.judged), newer, now)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """A recording makes tens of thousands of objects, none of them garbage: looking for cycles among them again and
    again costs a third of its time (bench/findings.py)."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def known_findings(session: Session, place: Place, run: Observed) -> tuple[Known, ...]:
    """The findings that recording this run would be confronted with: to foresee it, as nothing is locked."""
    return tuple(_known(session, place, run.judged))


def _touched(delta: Delta) -> frozenset[str]:
    """The rules whose counts may have changed."""
    found = {new.key.rule for new in delta.discoveries}
    moved = (one for one in delta.updates if (one.state, one.severity, one.first_seen) != (None, None, None))
    return frozenset(found | {one.known.key.rule for one in moved})


def _rename(session: Session, establishment_id: int, run: Observed) -> frozenset[str]:
    """Findings recorded under a former id of a rule take its present one; returns the ids concerned."""
    concerned: set[str] = set()
    for rule, judged in run.judged.items():
        if not judged.aliases:
            continue
        former = (FindingRow.establishment_id == establishment_id, FindingRow.rule.in_(judged.aliases))
        ids = select(FindingRow.id).where(*former)
        session.execute(update(SightingRow).where(SightingRow.finding_id.in_(ids)).values(rule=rule))
        session.execute(update(FindingRow).where(*former).values(rule=rule))
        rename_flow(session, establishment_id, judged.aliases, rule)
        concerned |= {rule, *judged.aliases}
    return frozenset(concerned)


def _known(session: Session, place: Place, judged: Mapping[str, Judged]) -> Iterator[Known]:
    rules = tuple(judged)
    mine, elsewhere = _sightings(session, place, rules)
    rows = session.connection().execute(
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
        ).where(FindingRow.establishment_id == place.establishment_id, _about(FindingRow.rule, rules))
    )
    # By position: a name looked up ten times a row is a tenth of a recording.
    for number, rule, subject, severity, evidence, state, verdict, until, first_seen in rows:
        last, still = elsewhere.get(number, (None, False))
        again = judged[rule].seen.get(subject) if rule in judged else None
        told = again.evidence if again is not None and again.evidence == evidence else evidence  # alike: kept once
        yield Known(
            number,
            Key(rule, subject),
            severity,
            told,
            Decision(verdict, until) if verdict else None,
            state,
            mine.get(number),
            still,
            last,
            first_seen,
        )


def _sightings(
    session: Session, place: Place, rules: Sequence[str]
) -> tuple[Mapping[int, Sighting], Mapping[int, tuple[datetime, bool]]]:
    """What this target has seen; when other targets of the establishment last saw a finding, and whether they do."""
    mine = session.connection().execute(
        select(
            SightingRow.finding_id,
            SightingRow.first_seen_at,
            SightingRow.last_seen_at,
            SightingRow.perimeter,
            SightingRow.gone_at,
        ).where(SightingRow.target_id == place.target_id, _about(SightingRow.rule, rules))
    )
    others = session.connection().execute(
        select(SightingRow.finding_id, func.max(SightingRow.last_seen_at), _some_present())
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(
            FindingRow.establishment_id == place.establishment_id,
            _about(FindingRow.rule, rules),
            SightingRow.target_id != place.target_id,
        )
        .group_by(SightingRow.finding_id)
    )
    return {row[0]: Sighting(*row[1:]) for row in mine}, {row[0]: (row[1], bool(row[2])) for row in others}


def _some_present() -> ColumnElement[int]:
    return func.max(case((SightingRow.gone_at.is_(None), 1), else_=0))


def _about(column: InstrumentedAttribute[str], rules: Sequence[str]) -> ColumnElement[bool]:
    """The condition that keeps these rules; those of their scanner when they are many, as other tools have thousands.

    What is kept too many is not confronted; databases bound the parameters of a statement (32,766 on SQLite).
    """
    if len(rules) <= _MOST_RULES:
        return column.in_(rules)
    scanners = sorted({rule.partition(".")[0] for rule in rules})
    return or_(*(column.startswith(f"{scanner}.", autoescape=True) for scanner in scanners))


def first_conclusive(session: Session, place: Place, run: Observed, rules: Sequence[str]) -> Mapping[str, datetime]:
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


def _discover(session: Session, place: Place, delta: Delta, now: datetime) -> list[Happened]:
    """Write the findings never seen before; returns their events."""
    new = delta.discoveries
    ids = next_ids(session, FindingRow, len(new)) if new else []
    rules = [one.key.rule for one in new]
    findings: Columns = {
        "id": ids,
        "establishment_id": Same(place.establishment_id),
        "scanner": [rule.partition(".")[0] for rule in rules],
        "rule": rules,
        "subject": [one.finding.subject for one in new],
        "subject_key": [one.key.subject for one in new],
        "severity": [one.severity for one in new],
        "evidence": [dict(one.finding.evidence) for one in new],
        "state": [state_of(one.sighting.present, None, now) for one in new],
        "first_seen_at": [one.sighting.first_seen for one in new],
    }
    load(session, FindingRow, len(new), findings)
    _see(session, place, list(zip(ids, rules, [one.sighting for one in new], strict=True)))
    return list(map(Happened, ids, rules, repeat(Change.NEW.value)))


def _see(session: Session, place: Place, seen: Sequence[tuple[int, str, Sighting]]) -> None:
    """Write what this target had never seen: (finding, rule, sighting)."""
    sightings: Columns = {
        "finding_id": [finding_id for finding_id, _, _ in seen],
        "target_id": Same(place.target_id),
        "rule": [rule for _, rule, _ in seen],
        "first_seen_at": [one.first_seen for _, _, one in seen],
        "last_seen_at": [one.last_seen for _, _, one in seen],
        "perimeter": [one.perimeter for _, _, one in seen],
        "gone_at": [one.gone_at for _, _, one in seen],
    }
    load(session, SightingRow, len(seen), sightings)


def _tell(session: Session, happened: Sequence[Happened], run_id: int, now: datetime, actor: str) -> None:
    events: Columns = {
        "finding_id": [one.finding_id for one in happened],
        "run_id": Same(run_id),
        "at": Same(now),
        "what": [one.what for one in happened],
        "actor": Same(actor),
        "detail": Same({}),
    }
    load(session, FindingEvent, len(happened), events)


def _update(session: Session, place: Place, delta: Delta) -> Iterator[Happened]:
    """Write what changed in known findings; yields the events of those that crossed."""
    busy = [one for one in delta.updates if not one.idle]
    _write_evidence(session, [one for one in busy if (one.evidence, one.severity) != (None, None)])
    _write_states(session, busy)
    _write_first_seen(session, busy)
    _write_sightings(session, place, busy)
    for one in busy:
        known = one.known
        if one.change in (Change.FIXED, Change.BACK):
            yield Happened(known.id, known.key.rule, one.change.value)
        if one.ended and known.state is not State.OPEN:
            yield Happened(known.id, known.key.rule, "expired")


def _write_evidence(session: Session, updates: Sequence[Update]) -> None:
    if not updates:
        return
    table = FindingRow.__table__
    statement = (
        table.update()  # type: ignore[attr-defined]
        .where(table.c.id == bindparam("finding"))
        .values(evidence=bindparam("new_evidence"), severity=bindparam("new_severity"))
    )
    session.connection().execute(
        statement,
        [
            {
                "finding": one.known.id,
                "new_evidence": dict(one.known.evidence if one.evidence is None else one.evidence),
                "new_severity": one.severity or one.known.severity,
            }
            for one in updates
        ],
    )


def _write_states(session: Session, updates: Iterable[Update]) -> None:
    """Findings that change alike are written together; a decision that has ended is emptied."""
    alike: dict[tuple[State, bool], list[int]] = defaultdict(list)
    for one in updates:
        if one.state is not None or one.ended:
            alike[one.state or one.known.state, one.ended].append(one.known.id)
    for (state, ended), ids in alike.items():
        emptied = {"decided_as": None, "decided_until": None} if ended else {}
        moved = update(FindingRow).where(among(session, FindingRow.id, ids)).values(state=state, **emptied)
        session.execute(moved, execution_options=_UNTRACKED)


def _write_first_seen(session: Session, updates: Iterable[Update]) -> None:
    """A run recorded late may have seen a finding earlier than anyone: all of them at its own time."""
    earlier: dict[datetime, list[int]] = defaultdict(list)
    for one in updates:
        if one.first_seen is not None:
            earlier[one.first_seen].append(one.known.id)
    for at, ids in earlier.items():
        moved = update(FindingRow).where(among(session, FindingRow.id, ids)).values(first_seen_at=at)
        session.execute(moved, execution_options=_UNTRACKED)


def _write_sightings(session: Session, place: Place, updates: Iterable[Update]) -> None:
    """Sightings that change alike (nearly always all those of a run) are written together."""
    first: list[tuple[int, str, Sighting]] = []
    alike: dict[Sighting, list[int]] = defaultdict(list)
    for one in updates:
        if one.sighting is None:
            continue
        if one.known.sighting is None:
            first.append((one.known.id, one.known.key.rule, one.sighting))
        else:
            alike[one.sighting].append(one.known.id)
    _see(session, place, first)
    for sighting, ids in alike.items():
        values = (sighting.first_seen, sighting.last_seen, sighting.perimeter, sighting.gone_at)
        seen = update(SightingRow).where(
            SightingRow.target_id == place.target_id, among(session, SightingRow.finding_id, ids)
        )
        session.execute(seen.values(dict(zip(_SIGHTING, values, strict=True))), execution_options=_UNTRACKED)
