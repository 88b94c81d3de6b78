"""Findings to read and to decide: lists at any size, one finding in full, what a person decides about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.findings import State, Verdict
from care.services.errors import NotFound
from care.services.finding_decisions import (
    DecisionDraft,
    confirm_gone,
    decide,
    expire_decisions,
    visible_finding,
    withdraw_decision,
)
from care.services.finding_queries import (
    Count,
    FindingFilter,
    Sort,
    asked_for,
    count_alike,
    count_by_rule,
    count_unwatched,
    find_words,
    read_page,
)
from care.services.finding_queries import (
    unwatched_since as left_since,
)
from care.services.paging import Page, bounds
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.read_events import note_read
from care.services.rule_texts import RuleTitle, equivalents, titles_of, words_of
from care.services.trail import Thing
from care.store.findings import FindingEvent, FindingRow, SightingRow
from care.store.tallies import FindingTally, recount
from care.store.targets import Target
from scanners.catalog import rule_by_id
from scanners.model import Finding, Lang, Ref, Rule, Scalar, Severity

__all__ = [
    "DecisionDraft",
    "FindingFilter",
    "Sort",
    "confirm_gone",
    "decide",
    "expire_decisions",
    "withdraw_decision",
]
"""What a reader asks for is told with the lists that answer, and what is decided with what is decided upon."""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding in a list. Times of sight are those of collections; `last_seen_at` is the latest of all targets;
    `unwatched_since`: since when no target leads there any more, None while one does."""

    id: int
    establishment_id: int
    scanner: str
    rule: str
    title: RuleTitle
    subject: str
    message: str
    severity: Severity
    state: State
    first_seen_at: datetime
    last_seen_at: datetime
    decided_until: datetime | None
    unwatched_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class FindingList:
    """A page of findings, and how many there are by severity and by state among those of the same filter otherwise;
    `unwatched` of those asked for are no longer looked at."""

    page: Page[FindingLine]
    by_severity: Mapping[Severity, int]
    by_state: Mapping[State, int]
    by_scanner: Mapping[str, int]
    unwatched: int = 0


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The findings of one rule: how many, the worst severity among them, since when the oldest is known."""

    rule: str
    scanner: str
    title: RuleTitle
    severity: Severity
    count: int
    oldest_seen_at: datetime


@dataclass(frozen=True, slots=True)
class RuleGroupList:
    """A page of rules that found something, how many findings they make, how many of each severity, and how many that
    no target leads to any more."""

    page: Page[RuleGroup]
    findings: int
    by_severity: Mapping[Severity, int]
    unwatched: int = 0


@dataclass(frozen=True, slots=True)
class SightingView:
    """Where a finding was seen; `archived`: the target is no longer in use."""

    target_id: int
    target_name: str
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    unwatched_at: datetime | None
    archived: bool


@dataclass(frozen=True, slots=True)
class FindingEventView:
    """Something that happened: `what` is new, fixed, back, decided, expired, withdrawn or confirmed_gone.

    `declared`: it was closed because its actor declared an imported report complete.
    """

    at: datetime
    what: str
    actor: str
    run_id: int | None
    verdict: Verdict | None
    reason: str
    signatory: str
    until: datetime | None
    declared: bool


@dataclass(frozen=True, slots=True)
class AlsoSeen:
    """Another rule that looks for the same weakness and finds it in this establishment: how many are open."""

    rule: str
    scanner: str
    title: RuleTitle
    findings: int


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding in full, in the reader's language. `evidence` keeps the order of the rule.

    `foreign` findings come from another tool, in its own words: `description` and `remediation` are plain texts of
    language `words_lang` when it is not the reader's, `links` http or https addresses that nobody checked.
    """

    line: FindingLine
    evidence: tuple[tuple[str, Scalar], ...]
    foreign: bool
    description: str
    remediation: str
    words_lang: str
    refs: tuple[Ref, ...]
    links: tuple[str, ...]
    also_seen: tuple[AlsoSeen, ...]
    sightings: tuple[SightingView, ...]
    events: tuple[FindingEventView, ...]
    decided_as: Verdict | None
    may_decide: bool


def list_findings(platform: Platform, scope: Scope, establishment_id: int, wanted: FindingFilter) -> FindingList:
    """A page of the findings of one establishment, in the order asked for."""
    number, per_page = bounds(wanted.number, wanted.per_page)
    expire_decisions(platform)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        wanted = find_words(session, establishment_id, wanted)
        counts = count_alike(session, establishment_id, wanted)
        asked = [one for one in counts if asked_for(one, wanted)]
        rows = read_page(session, establishment_id, wanted, counts)
        stateless = replace(wanted, states=())
        any_state = [one for one in counts if asked_for(one, stateless)]
        return FindingList(
            Page(_lines(session, rows, scope.lang), number, per_page, _total(asked)),
            _by_severity(counts, wanted),
            {state: _total(one for one in any_state if one.state is state) for state in State},
            {scanner: _total(one for one in asked if one.scanner == scanner) for scanner in _scanners(asked)},
            count_unwatched(session, establishment_id, wanted),
        )


def group_findings(platform: Platform, scope: Scope, establishment_id: int, wanted: FindingFilter) -> RuleGroupList:
    """The same findings as `list_findings`, one line per rule; by default the gravest first, then the most numerous.

    There are never more lines than rules: they are read at once and paged here.
    """
    number, per_page = bounds(wanted.number, wanted.per_page)
    expire_decisions(platform)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        wanted = find_words(session, establishment_id, wanted)
        groups = count_by_rule(session, establishment_id, wanted)
        first = (number - 1) * per_page
        shown = groups[first : first + per_page]
        titles = titles_of(session, {(establishment_id, one.rule) for one in shown}, scope.lang)
        lines = tuple(
            RuleGroup(one.rule, one.scanner, titles[establishment_id, one.rule], one.worst, one.findings, one.oldest_at)
            for one in shown
        )
        return RuleGroupList(
            Page(lines, number, per_page, len(groups)),
            sum(one.findings for one in groups),
            _by_severity(count_alike(session, establishment_id, wanted), wanted),
            count_unwatched(session, establishment_id, wanted),
        )


def _by_severity(counts: Collection[Count], wanted: FindingFilter) -> Mapping[Severity, int]:
    """What each severity would show, all else being asked for alike; 0 when nothing."""
    any_severity = replace(wanted, severities=())
    return {
        severity: _total(one for one in counts if one.severity is severity and asked_for(one, any_severity))
        for severity in Severity
    }


def _total(counts: Iterable[Count]) -> int:
    return sum(one.findings for one in counts)


def _scanners(counts: Iterable[Count]) -> list[str]:
    return sorted({one.scanner for one in counts})


def open_finding(platform: Platform, scope: Scope, finding_id: int) -> FindingView:
    """One finding with its evidence, its remediation and its history; NotFound outside the scope."""
    expire_decisions(platform)
    with platform.database.read() as session:
        row = visible_finding(session, scope, finding_id)
        rule = rule_by_id(row.rule)
        words = words_of(session, row.establishment_id, row.rule, scope.lang) if rule is None else None
        establishment = visible_establishment(session, scope, row.establishment_id)
        return FindingView(
            line=_lines(session, [row], scope.lang)[0],
            evidence=tuple(row.evidence.items()),
            foreign=words is not None,
            description=words.description if words else "",
            remediation=rule.remediation.render(scope.lang) if rule else words.remediation if words else "",
            words_lang=words.lang if words else "",
            refs=rule.refs if rule else words.refs if words else (),
            links=words.links if words else (),
            also_seen=_also_seen(session, row, scope.lang),
            sightings=_sightings(session, finding_id),
            events=_events(session, finding_id),
            decided_as=row.decided_as,
            may_decide=scope.allows(Right.DECIDE_FINDING, establishment.lineage),
        )


def read_finding(platform: Platform, scope: Scope, establishment_id: int, finding_id: int) -> FindingView:
    """The same, for a person who reads the page of a finding of one establishment: the trail keeps who did. NotFound
    when it belongs elsewhere."""
    finding = open_finding(platform, scope, finding_id)
    if finding.line.establishment_id != establishment_id:
        raise NotFound
    note_read(platform, scope, Thing("finding", finding_id, establishment_id))
    return finding


def _also_seen(session: Session, row: FindingRow, lang: Lang) -> tuple[AlsoSeen, ...]:
    same = sorted(equivalents(row.rule))
    if not same:
        return ()
    counted = session.execute(
        select(FindingTally.rule, FindingTally.scanner, func.sum(FindingTally.findings))
        .where(
            FindingTally.establishment_id == row.establishment_id,
            FindingTally.rule.in_(same),
            FindingTally.state == State.OPEN,
        )
        .group_by(FindingTally.rule, FindingTally.scanner)
        .order_by(FindingTally.rule)
    ).all()
    titles = titles_of(session, {(row.establishment_id, rule) for rule, _, _ in counted}, lang)
    return tuple(AlsoSeen(rule, scanner, titles[row.establishment_id, rule], count) for rule, scanner, count in counted)


def recount_findings(platform: Platform) -> int:
    """Make the counts kept beside the findings again, if they are wrong; returns how many rows were."""
    with platform.database.write() as session:
        return recount(session)


def _lines(session: Session, rows: Sequence[FindingRow], lang: Lang) -> tuple[FindingLine, ...]:
    """Lines of a list, two more queries for all of them."""
    latest = session.execute(
        select(SightingRow.finding_id, func.max(SightingRow.last_seen_at))
        .where(SightingRow.finding_id.in_([row.id for row in rows]))
        .group_by(SightingRow.finding_id)
    )
    last_seen = dict(latest.all())
    titles = titles_of(session, {(row.establishment_id, row.rule) for row in rows}, lang)
    since = left_since(session, FindingRow.id.in_([row.id for row in rows]))
    return tuple(
        _line(
            row,
            titles[row.establishment_id, row.rule],
            last_seen.get(row.id, row.first_seen_at),
            since.get(row.id),
            lang,
        )
        for row in rows
    )


def _line(
    row: FindingRow, title: RuleTitle, last_seen_at: datetime, unwatched_since: datetime | None, lang: Lang
) -> FindingLine:
    return FindingLine(
        id=row.id,
        establishment_id=row.establishment_id,
        scanner=row.scanner,
        rule=row.rule,
        title=title,
        subject=row.subject,
        message=message_of(rule_by_id(row.rule), row, lang),
        severity=row.severity,
        state=row.state,
        first_seen_at=row.first_seen_at,
        last_seen_at=last_seen_at,
        decided_until=row.decided_until,
        unwatched_since=unwatched_since,
    )


def message_of(rule: Rule[Any] | None, row: FindingRow, lang: Lang) -> str:
    """The rule's sentence; empty when the rule is gone or now speaks of evidence this finding does not hold."""
    if rule is None:
        return ""
    try:
        return rule.describe(Finding(row.subject, row.evidence), lang)
    except (KeyError, ValueError, TypeError):
        return ""


def _sightings(session: Session, finding_id: int) -> tuple[SightingView, ...]:
    rows = session.execute(
        select(SightingRow, Target.name, Target.archived_at)
        .join(Target, Target.id == SightingRow.target_id)
        .where(SightingRow.finding_id == finding_id)
        .order_by(SightingRow.first_seen_at)
    )
    return tuple(
        SightingView(
            row.target_id,
            name,
            row.first_seen_at,
            row.last_seen_at,
            row.gone_at,
            row.unwatched_at,
            archived_at is not None,
        )
        for row, name, archived_at in rows
    )


def _events(session: Session, finding_id: int) -> tuple[FindingEventView, ...]:
    rows = session.scalars(select(FindingEvent).where(FindingEvent.finding_id == finding_id).order_by(FindingEvent.id))
    return tuple(_event_view(row) for row in rows)


def _event_view(row: FindingEvent) -> FindingEventView:
    verdict, until = row.detail.get("verdict"), row.detail.get("until")
    return FindingEventView(
        at=row.at,
        what=row.what,
        actor=row.actor,
        run_id=row.run_id,
        verdict=Verdict(verdict) if verdict else None,
        reason=row.detail.get("reason", ""),
        signatory=row.detail.get("signatory", ""),
        until=datetime.fromisoformat(until) if until else None,
        declared=bool(row.detail.get("declared")),
    )
