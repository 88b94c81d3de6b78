"""The register of remote accesses, read: in the order of review, each access with what the rules say that it lacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.node_names import folded
from care.domain.remote_access import UNSAID, Rank, rank_of, review_key
from care.services.action_query import today
from care.services.paging import Page, bounds
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_rows import rows_of, visible_row
from care.services.remote_access.decided import Decided, to_carry_out
from care.services.remote_access.handing import register_of
from care.services.remote_access.register import REGISTER, AccessDraft
from care.store.governance import SupplierContract
from care.store.remote_access import RemoteAccess
from scanners.catalog import rules_of
from scanners.model import Lang, Ref, Rule, Severity
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.runner import run_rules

PER_PAGE = 50
_LINE = "line"
"""The evidence by which a finding on the register names its line."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What a rule finds wrong with an access, and what to do; `refs` are the requirements that ask for it."""

    rule: str
    title: str
    severity: Severity
    what_to_do: str
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class AccessView:
    """An access with its rank and what it lacks, worst first; `contract` is the name of the one tied to it.

    `assumed` says what was counted as the worst for want of an answer; `decided` what its review decided and is still
    to be carried out.
    """

    id: int
    establishment_id: int
    draft: AccessDraft
    contract: str
    rank: Rank
    assumed: tuple[str, ...]
    lacks: tuple[Lack, ...]
    decided: Decided | None
    over: bool
    ended_on: date | None
    changed_at: datetime
    changed_by: str
    version: int

    @property
    def worst(self) -> Severity | None:
        """The worst of what it lacks."""
        return self.lacks[0].severity if self.lacks else None


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """What a reader asked to see: words of the supplier, the equipment or the owner."""

    words: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class AccessRegister:
    """The accesses that are not closed, in the order of review, and those that are.

    `lines` counts them all, whatever is shown; `without_factor` have no second factor as far as is known, `uncuttable`
    nobody or no way to cut them, `never_reviewed` none within a year.
    """

    establishment_id: int
    page: Page[AccessView]
    ended: tuple[AccessView, ...]
    lines: int
    first: int
    without_factor: int
    uncuttable: int
    late_review: int
    may_manage: bool
    may_export: bool
    may_audit: bool


_TO_COUNT: Mapping[str, frozenset[str]] = {
    "without_factor": frozenset({"remote_access.register_second_factor"}),
    "uncuttable": frozenset({"remote_access.register_emergency_cut", "remote_access.register_cut_procedure"}),
    "late_review": frozenset({"remote_access.register_review"}),
}
FIRST = 12
"""From this score on an access is among the first to review: our choice, vital or high by an open door."""


def read_accesses(
    platform: Platform, scope: Scope, establishment_id: int, wanted: AccessFilter | None = None
) -> AccessRegister:
    """The register of an establishment; NotFound, Forbidden."""
    asked = wanted or AccessFilter()
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        views = views_of(platform, session, rows_of(session, RemoteAccess, place.id), scope.lang)
        rights = [scope.allows(right, place.lineage) for right in (Right.MANAGE_TARGETS, Right.EXPORT, Right.RUN_AUDIT)]
    used = in_review_order(one for one in views if one.ended_on is None)
    counts = {
        name: sum(any(lack.rule in rules for lack in one.lacks) for one in used) for name, rules in _TO_COUNT.items()
    }
    return AccessRegister(
        place.id,
        _page([one for one in used if _matches(one, asked.words)], asked.number),
        tuple(one for one in views if one.ended_on is not None),
        len(used),
        sum(one.rank.score >= FIRST for one in used),
        may_manage=rights[0],
        may_export=rights[1],
        may_audit=rights[2],
        **counts,
    )


def open_access(platform: Platform, scope: Scope, access_id: int) -> AccessView:
    """One access; NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_row(session, scope, RemoteAccess, access_id, see=Right.SEE_FINDINGS)
        (view,) = views_of(platform, session, [row], scope.lang)
        return view


def in_review_order(views: Iterable[AccessView]) -> list[AccessView]:
    """Accesses in the order in which they are to be reviewed."""
    return sorted(
        views, key=lambda one: review_key(one.rank, one.draft.reviewed_on, one.draft.supplier, one.draft.equipment)
    )


def views_of(platform: Platform, session: Session, rows: Sequence[RemoteAccess], lang: Lang) -> tuple[AccessView, ...]:
    """Rows with their rank and what they lack; who asks was checked before."""
    numbers = {row.contract_id for row in rows if row.contract_id is not None}
    contracts = {
        one.id: f"{one.supplier} – {one.subject}"
        for one in session.scalars(select(SupplierContract).where(SupplierContract.id.in_(numbers)))
    }
    lacks = _lacks(platform, session, [row for row in rows if row.ended_on is None], lang)
    decisions = to_carry_out(session, [row.id for row in rows], ZoneInfo(platform.settings.timezone))
    day = today(platform)
    return tuple(
        _view(row, contracts.get(row.contract_id or 0, ""), lacks.get(row.id, ()), decisions.get(row.id), day, lang)
        for row in rows
    )


def _lacks(
    platform: Platform, session: Session, rows: Sequence[RemoteAccess], lang: Lang
) -> Mapping[int, tuple[Lack, ...]]:
    """What the rules on the register say of each row, worst first: the same as its audit."""
    facts = RemoteAccessFacts(platform.clock.now(), "", "", register=register_of(platform, session, rows))
    found: dict[int, list[Lack]] = defaultdict(list)
    for outcome in run_rules(rules_of("remote_access"), facts):
        for finding in outcome.findings:
            line = finding.evidence.get(_LINE)
            if isinstance(line, int):
                found[line].append(_lack(outcome.rule, lang))
    return {line: tuple(sorted(some, key=lambda one: (one.severity.rank, one.rule))) for line, some in found.items()}


def _lack(rule: Rule[RemoteAccessFacts], lang: Lang) -> Lack:
    return Lack(
        rule.id,
        rule.title.render(lang),
        rule.severity,
        rule.remediation.render(lang),
        tuple(ref for ref in rule.refs if ref.framework == "care-rules"),
    )


def _view(
    row: RemoteAccess, contract: str, lacks: tuple[Lack, ...], decided: Decided | None, day: date, lang: Lang
) -> AccessView:
    rank = rank_of(row.criticality, row.technology, second_factor=row.second_factor, on_demand=row.on_demand)
    return AccessView(
        id=row.id,
        establishment_id=row.establishment_id,
        draft=REGISTER.draft_of(row),
        contract=contract,
        rank=rank,
        assumed=tuple(UNSAID[one].render(lang) for one in rank.assumed),
        lacks=lacks,
        decided=decided if row.ended_on is None else None,
        over=row.ends_on is not None and row.ends_on < day,
        ended_on=row.ended_on,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        version=row.version,
    )


def _matches(view: AccessView, words: str) -> bool:
    text = folded(f"{view.draft.supplier} {view.draft.equipment} {view.draft.owner}")
    return all(word in text for word in folded(words).split())


def _page(views: Sequence[AccessView], number: int) -> Page[AccessView]:
    at, size = bounds(number, PER_PAGE)
    return Page(tuple(views[(at - 1) * size : at * size]), at, size, len(views))
