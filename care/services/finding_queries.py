"""How lists of findings are read at any size: counts come from the tallies, a page from an index.

A filter by words, by target or by run cannot be answered by the tallies: the findings of one establishment are then
read to be counted. Words are sought once, in an index (`find_words`); what follows looks at what they found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, exists, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from care.domain.findings import State
from care.services.paging import bounds
from care.services.rule_texts import called, rules_saying
from care.store.bulk import among
from care.store.findings import FindingEvent, FindingRow, SightingRow
from care.store.imports import ReportedRule
from care.store.tallies import FindingTally
from scanners.model import Severity

STATE_ORDER = (State.OPEN, State.POSTPONED, State.ACCEPTED, State.FALSE_POSITIVE, State.FIXED)
"""What a list by severity shows first: what is to be done, then what was decided, then what is over."""


class Sort(StrEnum):
    """Orders of a list of findings; each ends with the number, so that pages never overlap.

    By severity, what has been there longest comes first among equals.
    """

    SEVERITY = "severity"
    NEWEST = "newest"
    OLDEST = "oldest"
    SUBJECT = "subject"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """What a reader asked to see; an empty value asks for everything. `words` are sought in subjects and titles.

    `holding_words` is written by `find_words` alone: the findings that hold them. `unwatched` keeps those that no
    target leads to any more.
    """

    scanner: str = ""
    severities: tuple[Severity, ...] = ()
    states: tuple[State, ...] = ()
    rule: str = ""
    target_id: int | None = None
    new_in_run: int | None = None
    words: str = ""
    sort: Sort = Sort.SEVERITY
    number: int = 1
    per_page: int = 50
    holding_words: tuple[int, ...] | None = None
    unwatched: bool = False

    @property
    def tallied(self) -> bool:
        """Whether the tallies alone can count what is asked for."""
        return self.target_id is None and self.new_in_run is None and not self.words.strip() and not self.unwatched


@dataclass(frozen=True, slots=True)
class Count:
    """Findings that stand alike."""

    scanner: str
    severity: Severity
    state: State
    findings: int


@dataclass(frozen=True, slots=True)
class RuleCount:
    """The findings of one rule among those asked for; `newest_at` is when the last was first seen."""

    rule: str
    scanner: str
    worst: Severity
    findings: int
    oldest_at: datetime
    newest_at: datetime


def find_words(session: Session, establishment_id: int, wanted: FindingFilter) -> FindingFilter:
    """The filter with the findings that hold its words, read once from the index that holds subjects and rules."""
    words = wanted.words.strip().casefold()
    if not words:
        return wanted
    here = FindingRow.establishment_id == establishment_id
    found = session.scalars(select(FindingRow.id).where(here, _says(establishment_id, words)))
    return replace(wanted, holding_words=tuple(found))


def count_alike(session: Session, establishment_id: int, wanted: FindingFilter) -> list[Count]:
    """How many findings of the filter stand in each state and severity, whatever states and severities it asks for."""
    if wanted.tallied:
        table: Any = FindingTally
        found: Any = func.sum(FindingTally.findings)
        conditions = _of_tally(establishment_id, wanted)
    else:
        table, found, conditions = FindingRow, func.count(), [*_of_findings(session, establishment_id, wanted)]
    alike = (table.scanner, table.severity, table.state)
    return [Count(*row) for row in session.execute(select(*alike, found).where(*conditions).group_by(*alike))]


def count_by_rule(session: Session, establishment_id: int, wanted: FindingFilter) -> list[RuleCount]:
    """The findings of the filter, a line per rule in the order asked for. There are never more lines than rules."""
    if wanted.tallied:
        table: Any = FindingTally
        columns: Any = (func.sum(FindingTally.findings), func.min(table.oldest_at), func.max(table.newest_at))
        conditions = _of_tally(establishment_id, wanted)
    else:
        table = FindingRow
        columns = (func.count(), func.min(FindingRow.first_seen_at), func.max(FindingRow.first_seen_at))
        conditions = [*_of_findings(session, establishment_id, wanted)]
    query = (
        select(table.rule, table.scanner, func.min(table.severity), *columns)
        .where(*conditions, *_within(table, wanted))
        .group_by(table.rule, table.scanner)
    )
    return sorted((RuleCount(*row) for row in session.execute(query)), key=lambda one: _rule_key(one, wanted.sort))


def _rule_key(one: RuleCount, sort: Sort) -> tuple[Any, ...]:
    if sort is Sort.NEWEST:
        return -one.newest_at.timestamp(), one.rule
    if sort is Sort.OLDEST:
        return one.oldest_at, one.rule
    return (one.rule,) if sort is Sort.RULE else (one.worst.rank, -one.findings, one.rule)


def read_page(
    session: Session, establishment_id: int, wanted: FindingFilter, counts: Collection[Count]
) -> Sequence[FindingRow]:
    """The findings of the page asked for, in its order: their numbers from an index, then those rows only."""
    ids = session.scalars(_page(session, establishment_id, wanted, counts)).all()
    rows = {row.id: row for row in session.scalars(select(FindingRow).where(FindingRow.id.in_(ids)))}
    return [rows[number] for number in ids]


def _page(
    session: Session, establishment_id: int, wanted: FindingFilter, counts: Collection[Count]
) -> Select[Any] | CompoundSelect[Any]:
    number, per_page = bounds(wanted.number, wanted.per_page)
    skipped = (number - 1) * per_page
    conditions = conditions_of(session, establishment_id, wanted)
    if wanted.sort is not Sort.SEVERITY:
        numbers = select(FindingRow.id).where(*conditions).order_by(*_order(wanted.sort))
        return numbers.limit(per_page).offset(skipped)
    by_severity = (FindingRow.severity, FindingRow.first_seen_at, FindingRow.id)
    parts = [
        select(FindingRow.id)
        .where(*conditions, FindingRow.state == state)
        .order_by(*by_severity)
        .limit(take)
        .offset(at)
        for state, at, take in _windows(wanted, counts, skipped, per_page)
    ]
    if not parts:
        return select(FindingRow.id).where(FindingRow.id < 0)
    return parts[0] if len(parts) == 1 else union_all(*(select(part.subquery().c.id) for part in parts))


def conditions_of(session: Session, establishment_id: int, wanted: FindingFilter) -> list[ColumnElement[bool]]:
    """What keeps the findings that a filter asks for, once `find_words` has looked for its words."""
    return [*_of_findings(session, establishment_id, wanted), *_within(FindingRow, wanted)]


def _windows(
    wanted: FindingFilter, counts: Collection[Count], skipped: int, per_page: int
) -> Iterator[tuple[State, int, int]]:
    """Where the page lies: (state, findings of that state to skip, findings to take). The index follows each state."""
    left = per_page
    for state in STATE_ORDER:
        there = sum(one.findings for one in counts if one.state is state and asked_for(one, wanted))
        taken = min(left, max(0, there - skipped))
        if taken:
            yield state, skipped, taken
        skipped, left = max(0, skipped - there), left - taken


def asked_for(one: Count, wanted: FindingFilter) -> bool:
    """Whether the filter asks for findings of that state and severity."""
    return (not wanted.states or one.state in wanted.states) and (
        not wanted.severities or one.severity in wanted.severities
    )


def _order(sort: Sort) -> tuple[Any, ...]:
    columns: dict[Sort, tuple[Any, ...]] = {
        Sort.NEWEST: (FindingRow.first_seen_at.desc(),),
        Sort.OLDEST: (FindingRow.first_seen_at,),
        Sort.SUBJECT: (FindingRow.subject_key,),
        Sort.RULE: (FindingRow.rule, FindingRow.severity),
    }
    return (*columns[sort], FindingRow.id)


def _within(table: Any, wanted: FindingFilter) -> list[ColumnElement[bool]]:  # noqa: ANN401 - a table with both columns
    severities = [table.severity.in_(wanted.severities)] if wanted.severities else []
    return [*severities, table.state.in_(wanted.states)] if wanted.states else severities


def _of_tally(establishment_id: int, wanted: FindingFilter) -> list[ColumnElement[bool]]:
    conditions = [FindingTally.establishment_id == establishment_id]
    if wanted.scanner:
        conditions.append(FindingTally.scanner == wanted.scanner)
    if wanted.rule:
        conditions.append(FindingTally.rule == wanted.rule)
    return conditions


def _of_findings(session: Session, establishment_id: int, wanted: FindingFilter) -> Iterator[ColumnElement[bool]]:
    yield FindingRow.establishment_id == establishment_id
    if wanted.scanner:
        yield FindingRow.scanner == wanted.scanner
    if wanted.rule:
        yield FindingRow.rule == wanted.rule
    if wanted.target_id is not None:
        seen = select(SightingRow.finding_id).where(SightingRow.target_id == wanted.target_id)
        yield FindingRow.id.in_(seen)
    if wanted.new_in_run is not None:
        new = select(FindingEvent.finding_id).where(
            FindingEvent.run_id == wanted.new_in_run, FindingEvent.what.in_(("new", "back"))
        )
        yield FindingRow.id.in_(new)
    if wanted.unwatched:
        yield FindingRow.id.in_(_unwatched())
    if wanted.holding_words is not None:
        yield among(session, FindingRow.id, wanted.holding_words)
    elif wanted.words.strip():
        yield _says(establishment_id, wanted.words.strip().casefold())


def _says(establishment_id: int, words: str) -> ColumnElement[bool]:
    foreign = select(ReportedRule.rule).where(ReportedRule.establishment_id == establishment_id, called(words))
    return or_(
        FindingRow.subject_key.contains(words, autoescape=True),
        FindingRow.rule.in_(rules_saying(words)),
        FindingRow.rule.in_(foreign),
    )


def unwatched_since(session: Session, among_those: ColumnElement[bool]) -> Mapping[int, datetime]:
    """The findings among some that are there and that no target leads to any more, and since when."""
    rows = session.execute(
        select(SightingRow.finding_id, func.max(SightingRow.unwatched_at))
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(among_those, SightingRow.finding_id.in_(_unwatched()), SightingRow.gone_at.is_(None))
        .group_by(SightingRow.finding_id)
    )
    return {number: at for number, at in rows if at is not None}


def unwatched_here(session: Session, establishment_id: int) -> Mapping[int, datetime]:
    """Those of an establishment. They are few: their own index is to be read, not that of all its findings (`+ 0`)."""
    return unwatched_since(session, FindingRow.establishment_id + 0 == establishment_id)


def count_unwatched(session: Session, establishment_id: int, wanted: FindingFilter) -> int:
    """How many findings of the filter no target leads to any more; nothing more is read where there is none at all."""
    known = unwatched_here(session, establishment_id)
    if not known:
        return 0
    conditions = conditions_of(session, establishment_id, wanted)
    return session.scalar(select(func.count()).where(*conditions, among(session, FindingRow.id, known))) or 0


def _unwatched() -> Select[int]:
    """From the few sightings that say so (an index of their own): a finding that a target still leads to is watched."""
    left, still = aliased(SightingRow), aliased(SightingRow)
    watched = exists().where(still.finding_id == left.finding_id, still.gone_at.is_(None), still.unwatched_at.is_(None))
    return select(left.finding_id).where(left.unwatched_at.is_not(None), left.gone_at.is_(None), ~watched)
