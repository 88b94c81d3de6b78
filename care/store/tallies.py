"""Counts of findings, kept in the transactions that change findings: lists over a region never count findings again.

Both tables follow from `finding` and `finding_event` alone: `recount` makes them again, `differences` says whether they
are true (tests/services/test_tallies.py, `care doctor`). Whoever changes findings of an establishment holds
`lock_findings` and calls `retally` for the rules touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Select, String, case, cast, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from care.domain.findings import State
from care.store.base import Base, SeverityRank, text_enum
from care.store.bulk import load
from care.store.findings import FindingEvent, FindingRow
from care.store.registry import Establishment
from care.store.upsert import conflict_insert
from scanners.model import Severity

APPEARED = ("new", "back")
WENT = ("fixed", "confirmed_gone")
_RULES_AT_ONCE = 1000


class FindingTally(Base):
    """How many findings of one rule stand alike in an establishment, and when the first and the last were first seen.

    There is no row for a count of zero.
    """

    __tablename__ = "finding_tally"
    __table_args__ = (
        # Each holds all that its reader wants, in the order it wants it: weaknesses in one state over establishments
        # (in several states they follow the primary key), lists of one establishment.
        Index("ix_finding_tally_weakness", "state", "rule", "establishment_id", "severity", "findings", "oldest_at"),
        Index(
            "ix_finding_tally_place",
            *("establishment_id", "state", "severity", "scanner", "rule", "findings", "oldest_at", "newest_at"),
        ),
        {"sqlite_with_rowid": False},
    )

    rule: Mapped[str] = mapped_column(String(100), primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    state: Mapped[State] = mapped_column(text_enum(State), primary_key=True)
    severity: Mapped[Severity] = mapped_column(SeverityRank(), primary_key=True)
    scanner: Mapped[str] = mapped_column(String(32))
    findings: Mapped[int]
    oldest_at: Mapped[datetime]
    newest_at: Mapped[datetime]


class FindingFlow(Base):
    """How many findings of one rule appeared (new or back) and went in an establishment on one day (UTC)."""

    __tablename__ = "finding_flow"
    __table_args__ = ({"sqlite_with_rowid": False},)

    rule: Mapped[str] = mapped_column(String(100), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    appeared: Mapped[int]
    went: Mapped[int]


TALLY = tuple(one.name for one in FindingTally.__table__.columns)
FLOW = tuple(one.name for one in FindingFlow.__table__.columns)


def lock_findings(session: Session, establishment_id: int) -> None:
    """Changes of the findings of one establishment happen one after the other (SQLite has one writer anyway)."""
    # Not the stronger FOR UPDATE: rows already added in this transaction (evidence) hold a share of the same key, and
    # two recordings in one establishment would then wait for each other for ever.
    place = select(Establishment.id).where(Establishment.id == establishment_id)
    session.execute(place.with_for_update(key_share=True))


def retally(session: Session, establishment_id: int, rules: Collection[str]) -> None:
    """Count again the findings of these rules; nothing is written where nothing changed."""
    wanted = sorted(rules)
    for first in range(0, len(wanted), _RULES_AT_ONCE):
        some = wanted[first : first + _RULES_AT_ONCE]
        mine = (FindingTally.establishment_id == establishment_id, FindingTally.rule.in_(some))
        counted = _by_rule(session, counts().where(_of(establishment_id, some)))
        written = _by_rule(session, select(*FindingTally.__table__.columns).where(*mine))
        stale = [rule for rule in some if counted.get(rule) != written.get(rule)]
        if stale:
            gone = delete(FindingTally).where(mine[0], FindingTally.rule.in_(stale))
            session.execute(gone, execution_options={"synchronize_session": False})
            _write(session, FindingTally, TALLY, [row for rule in stale for row in counted.get(rule, ())])


def _of(establishment_id: int, rules: Collection[str]) -> Any:  # noqa: ANN401 - a condition
    return (FindingRow.establishment_id == establishment_id) & FindingRow.rule.in_(rules)


def counts() -> Any:  # noqa: ANN401 - a Select of the columns
    """The tally as it follows from the findings, in the order of its columns."""
    return select(
        FindingRow.rule,
        FindingRow.establishment_id,
        FindingRow.state,
        FindingRow.severity,
        func.min(FindingRow.scanner),
        func.count(),
        func.min(FindingRow.first_seen_at),
        func.max(FindingRow.first_seen_at),
    ).group_by(FindingRow.establishment_id, FindingRow.rule, FindingRow.state, FindingRow.severity)


def _by_rule(session: Session, query: Select[Any]) -> Mapping[str, set[tuple[Any, ...]]]:
    rows: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for row in session.connection().execute(query):
        rows[row.rule].add(tuple(row))
    return rows


def _write(session: Session, table: type[Base], names: tuple[str, ...], rows: Collection[tuple[Any, ...]]) -> None:
    load(session, table, len(rows), dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {})


def note_flow(session: Session, establishment_id: int, day: date, happened: Mapping[tuple[str, str], int]) -> None:
    """Add what happened that day: (rule, what) -> how many, `what` being that of the events."""
    appeared: dict[str, int] = defaultdict(int)
    went: dict[str, int] = defaultdict(int)
    for (rule, what), count in happened.items():
        appeared[rule] += count if what in APPEARED else 0
        went[rule] += count if what in WENT else 0
    rows = [(day, rule, appeared[rule], went[rule]) for rule in appeared if appeared[rule] or went[rule]]
    _add_flow(session, establishment_id, rows)


def rename_flow(session: Session, establishment_id: int, former: Collection[str], rule: str) -> None:
    """What happened to a rule under a former id is told under its present one."""
    theirs = (FindingFlow.establishment_id == establishment_id, FindingFlow.rule.in_(former))
    columns = select(FindingFlow.day, func.sum(FindingFlow.appeared), func.sum(FindingFlow.went))
    rows = session.execute(columns.where(*theirs).group_by(FindingFlow.day)).all()
    _add_flow(session, establishment_id, [(day, rule, appeared, went) for day, appeared, went in rows])
    session.execute(delete(FindingFlow).where(*theirs), execution_options={"synchronize_session": False})


def _add_flow(session: Session, establishment_id: int, rows: Collection[tuple[date, str, int, int]]) -> None:
    if not rows:
        return
    insert = conflict_insert(session.get_bind().dialect.name, FindingFlow)
    more = {name: FindingFlow.__table__.c[name] + insert.excluded[name] for name in ("appeared", "went")}
    added = insert.on_conflict_do_update(index_elements=("rule", "day", "establishment_id"), set_=more)
    names = ("day", "rule", "appeared", "went")
    values = [{"establishment_id": establishment_id, **dict(zip(names, row, strict=True))} for row in rows]
    session.connection().execute(added, values)


def flows(session: Session) -> Select[Any]:
    """The flow as it follows from the events, in the order of its columns."""
    day = _day(session)
    went = FindingEvent.what.in_(WENT)
    return (
        select(
            FindingRow.rule,
            day,
            FindingRow.establishment_id,
            func.sum(case((went, 0), else_=1)),
            func.sum(case((went, 1), else_=0)),
        )
        .join(FindingRow, FindingRow.id == FindingEvent.finding_id)
        .where(FindingEvent.what.in_((*APPEARED, *WENT)))
        .group_by(FindingRow.establishment_id, day, FindingRow.rule)
    )


def _day(session: Session) -> Any:  # noqa: ANN401 - an expression of the dialect
    if session.get_bind().dialect.name == "sqlite":
        return func.date(FindingEvent.at, type_=Date())
    return cast(func.timezone("UTC", FindingEvent.at), Date)


def recount(session: Session) -> int:
    """Make both tables again from findings and events, in the caller's write transaction; returns rows corrected."""
    wrong = differences(session)
    if wrong:
        for table, names, query in _truth(session):
            session.execute(delete(table), execution_options={"synchronize_session": False})
            _write(session, table, names, [tuple(row) for row in session.connection().execute(query)])
    return wrong


def differences(session: Session) -> int:
    """How many rows of the two tables are missing, left over or wrong: 0 when all is true."""
    wrong = 0
    for table, _names, query in _truth(session):
        connection = session.connection()
        counted = {tuple(row) for row in connection.execute(query)}
        written = {tuple(row) for row in connection.execute(select(*table.__table__.columns))}
        wrong += len(counted ^ written)
    return wrong


def _truth(session: Session) -> tuple[tuple[type[Base], tuple[str, ...], Select[Any]], ...]:
    return (FindingTally, TALLY, counts()), (FindingFlow, FLOW, flows(session))
