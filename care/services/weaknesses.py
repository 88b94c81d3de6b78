"""The same weakness over many establishments is one line with its places: for a GHT, an entity, a region, everything.

All counts come from the tallies. Establishments outside the reader's scope are neither shown nor counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Place, Reach, Right, Scope, lineage
from care.domain.findings import State
from care.domain.node_names import folded
from care.services.errors import Forbidden, NotFound
from care.services.findings import expire_decisions
from care.services.paging import Page, bounds
from care.services.place_choices import PlaceChoice, SeenSite, choices_among, name_among, seen_sites
from care.services.platform import Platform
from care.services.rule_texts import title_in
from care.store.imports import ReportedRule
from care.store.registry import Establishment, visible
from care.store.tallies import FindingFlow, FindingTally
from reports.spreadsheets import csv_bytes
from scanners.catalog import rule_by_id
from scanners.model import Lang, Ref, Severity, Text

LATELY = timedelta(days=30)
"""What counts as fixed lately: long enough for a monthly committee to see it."""
_FEW = 30
"""Establishments of a GHT, at most as a rule: their counts are few enough to be sorted."""
DECIDED = (State.POSTPONED, State.ACCEPTED, State.FALSE_POSITIVE)


class WeaknessSort(StrEnum):
    """Orders of a list of weaknesses; each ends with the rule, so that pages never overlap."""

    SEVERITY = "severity"
    SPREAD = "spread"
    FINDINGS = "findings"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class WeaknessFilter:
    """What a reader asked to see; an empty value asks for everything. `shared`: in two establishments at least."""

    states: tuple[State, ...] = (State.OPEN,)
    severity: Severity | None = None
    scanner: str = ""
    words: str = ""
    shared: bool = False
    sort: WeaknessSort = WeaknessSort.SEVERITY
    number: int = 1
    per_page: int = 25


@dataclass(frozen=True, slots=True)
class WeaknessLine:
    """One rule over the place: the worst severity, in how many establishments, how many findings in the states asked
    for, since when the oldest is known, and how many were fixed in the last 30 days."""

    rule: str
    scanner: str
    title: str
    severity: Severity
    establishments: int
    findings: int
    oldest_at: datetime
    fixed_lately: int


@dataclass(frozen=True, slots=True)
class WeaknessList:
    """A page of weaknesses of `place`, out of `place.establishments`; `by_severity` counts weaknesses whatever the
    severity asked for. `places` are those the reader may choose."""

    place: PlaceChoice
    places: tuple[PlaceChoice, ...]
    page: Page[WeaknessLine]
    findings: int
    by_severity: Mapping[Severity, int]


@dataclass(frozen=True, slots=True)
class WeaknessSite:
    """A weakness in one establishment. `oldest_at` is that of what is present, None when all is fixed."""

    establishment_id: int
    name: str
    severity: Severity
    open: int
    decided: int
    fixed: int
    oldest_at: datetime | None
    fixed_lately: int
    may_act: bool


@dataclass(frozen=True, slots=True)
class WeaknessView:
    """One weakness with the establishments of a page; the sums are over all of them."""

    place: PlaceChoice
    places: tuple[PlaceChoice, ...]
    rule: str
    scanner: str
    title: str
    severity: Severity
    remediation: str
    refs: tuple[Ref, ...]
    page: Page[WeaknessSite]
    open: int
    decided: int
    fixed: int


def list_weaknesses(platform: Platform, scope: Scope, place: Place, wanted: WeaknessFilter) -> WeaknessList:
    """The weaknesses of a place, one line per rule. PLATFORM means all that the reader sees.

    NotFound when the reader sees nothing of the place, Forbidden when he sees it but not its findings.
    """
    number, per_page = bounds(wanted.number, wanted.per_page)
    expire_decisions(platform)
    with platform.database.read() as session:
        here = _where(session, scope, place)
        found = [one for one in _lines(session, scope, here, wanted) if _kept(one, wanted)]
        lines = sorted(
            (one for one in found if wanted.severity in (None, one.severity)), key=lambda one: _key(one, wanted.sort)
        )
        first = (number - 1) * per_page
        shown = _with_fixed(session, here, lines[first : first + per_page], platform.clock.now())
        by_severity = Counter(one.severity for one in found)
        return WeaknessList(
            here.choice,
            here.choices,
            Page(tuple(shown), number, per_page, len(lines)),
            sum(one.findings for one in lines),
            {severity: by_severity[severity] for severity in Severity},
        )


def open_weakness(
    platform: Platform, scope: Scope, place: Place, rule: str, number: int = 1, per_page: int = 25
) -> WeaknessView:
    """One weakness and its establishments, the worst and the most numerous first.

    NotFound when no establishment that the reader sees there ever had it; else as `list_weaknesses`.
    """
    number, per_page = bounds(number, per_page)
    expire_decisions(platform)
    with platform.database.read() as session:
        here = _where(session, scope, place)
        sites = _sites(session, scope, here, rule, platform.clock.now())
        if not sites:
            raise NotFound
        first = (number - 1) * per_page
        known = rule_by_id(rule)
        return WeaknessView(
            place=here.choice,
            places=here.choices,
            rule=rule,
            scanner=rule.partition(".")[0],
            title=_titles(session, here, [rule], scope.lang)[rule],
            severity=min((one.severity for one in sites), key=lambda one: one.rank),
            remediation=_remediation(session, here, rule, scope.lang),
            refs=known.refs if known else (),
            page=Page(tuple(sites[first : first + per_page]), number, per_page, len(sites)),
            open=sum(one.open for one in sites),
            decided=sum(one.decided for one in sites),
            fixed=sum(one.fixed for one in sites),
        )


def export_weaknesses(platform: Platform, scope: Scope, place: Place, wanted: WeaknessFilter) -> bytes:
    """The weaknesses of the filter, every page of them, as CSV; only establishments that the reader may export."""
    expire_decisions(platform)
    with platform.database.read() as session:
        here = _where(session, scope, place, Right.EXPORT)
        found = [one for one in _lines(session, scope, here, wanted) if _kept(one, wanted)]
        lines = sorted(
            (one for one in found if wanted.severity in (None, one.severity)), key=lambda one: _key(one, wanted.sort)
        )
        shown = _with_fixed(session, here, lines, platform.clock.now())
        return csv_bytes(_headers(_HEADERS, scope.lang), [_cells(one, here.choice) for one in shown])


def export_weakness(platform: Platform, scope: Scope, place: Place, rule: str) -> bytes:
    """The establishments of one weakness as CSV; only those that the reader may export."""
    expire_decisions(platform)
    with platform.database.read() as session:
        here = _where(session, scope, place, Right.EXPORT)
        sites = _sites(session, scope, here, rule, platform.clock.now())
        if not sites:
            raise NotFound
        rows = [
            (
                one.name,
                one.severity.value,
                one.open,
                one.decided,
                one.fixed,
                one.oldest_at.date() if one.oldest_at else None,
                one.fixed_lately,
            )
            for one in sites
        ]
        return csv_bytes(_headers(_SITE_HEADERS, scope.lang), rows)


_HEADERS = (
    Text("Faiblesse", "Weakness"),
    Text("Règle", "Rule"),
    Text("Gravité", "Severity"),
    Text("Établissements touchés", "Establishments affected"),
    Text("Établissements vus", "Establishments seen"),
    Text("Constats", "Findings"),
    Text("Le plus ancien", "Oldest"),
    Text("Corrigés en 30 jours", "Fixed in 30 days"),
)
_SITE_HEADERS = (
    Text("Établissement", "Establishment"),
    Text("Gravité", "Severity"),
    Text("Ouverts", "Open"),
    Text("Décidés", "Decided"),
    Text("Corrigés", "Fixed"),
    Text("Le plus ancien", "Oldest"),
    Text("Corrigés en 30 jours", "Fixed in 30 days"),
)


def _headers(texts: Iterable[Text], lang: Lang) -> list[str]:
    return [text.render(lang) for text in texts]


def _cells(one: WeaknessLine, place: PlaceChoice) -> tuple[Any, ...]:
    return (
        one.title,
        one.rule,
        one.severity.value,
        one.establishments,
        place.establishments,
        one.findings,
        one.oldest_at.date(),
        one.fixed_lately,
    )


@dataclass(frozen=True, slots=True)
class _Here:
    """The place read: the establishments seen in it, and what else the reader may choose."""

    choice: PlaceChoice
    choices: tuple[PlaceChoice, ...]
    establishments: Mapping[int, SeenSite]
    ids: Select[int]
    everything: bool

    def of(self, column: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - a column of establishments
        """The condition that keeps the rows of this place; none when it is the whole registry."""
        return [] if self.everything else [column.in_(self.ids)]


def _where(session: Session, scope: Scope, place: Place, right: Right = Right.SEE_FINDINGS) -> _Here:
    readable = (visible(scope.reach(Right.SEE_FINDINGS)), visible(scope.reach(right)))
    seen = seen_sites(session, readable)
    if not seen and not scope.allows_somewhere(right):
        raise Forbidden
    choices = choices_among(scope, seen, Right.SEE_FINDINGS)
    inside = [one for one in seen if one.within(place)]
    if not inside and place != PLATFORM:
        raise _refusal(session, scope, place)
    everything = len(inside) == session.scalar(select(func.count()).select_from(Establishment))
    choice = next(
        (one for one in choices if one.place == place), PlaceChoice(place, name_among(place, inside), len(inside))
    )
    ids = select(Establishment.id).where(*readable, visible(Reach.of(place)))
    return _Here(choice, choices, {one.id: one for one in inside}, ids, everything)


def _refusal(session: Session, scope: Scope, place: Place) -> NotFound | Forbidden:
    known = select(Establishment.id).where(visible(scope.reach(Right.SEE)), visible(Reach.of(place))).limit(1)
    return NotFound() if session.scalar(known) is None else Forbidden()


def _lines(session: Session, scope: Scope, here: _Here, wanted: WeaknessFilter) -> list[WeaknessLine]:
    """Every weakness of the place in the states asked for, in no order; fixes are not counted yet."""
    # Over many establishments the rows are read rule by rule, in the order of the table; an index by establishment
    # would have them all sorted again, in memory. Adding nothing to the column keeps SQLite from that index.
    wide = len(here.establishments) > _FEW
    conditions = [*here.of(FindingTally.establishment_id + 0 if wide else FindingTally.establishment_id)]
    if wanted.states:
        conditions.append(FindingTally.state.in_(wanted.states))
    if wanted.scanner:
        conditions.append(FindingTally.rule.startswith(f"{wanted.scanner}.", autoescape=True))
    rows = session.execute(
        select(
            FindingTally.rule,
            func.min(FindingTally.severity),
            func.count(FindingTally.establishment_id.distinct()),
            func.sum(FindingTally.findings),
            func.min(FindingTally.oldest_at),
        )
        .where(*conditions)
        .group_by(FindingTally.rule)
    ).all()
    titles = _titles(session, here, [row[0] for row in rows], scope.lang)
    return [
        WeaknessLine(rule, rule.partition(".")[0], titles[rule], worst, places, int(findings), oldest, 0)
        for rule, worst, places, findings, oldest in rows
    ]


def _titles(session: Session, here: _Here, rules: Collection[str], lang: Lang) -> Mapping[str, str]:
    """The title of each rule: ours, else that of a report imported here, else its id."""
    titles = dict.fromkeys(rules, "")
    titles |= {rule: known.title.render(lang) for rule in rules if (known := rule_by_id(rule))}
    foreign = [rule for rule, title in titles.items() if not title]
    if foreign:
        words = (func.max(ReportedRule.title_fr), func.max(ReportedRule.title_en))
        reported = select(ReportedRule.rule, *words).where(
            ReportedRule.rule.in_(foreign), *here.of(ReportedRule.establishment_id)
        )
        for rule, fr, en in session.execute(reported.group_by(ReportedRule.rule)):
            titles[rule] = title_in(rule, fr, en, lang)
    return {rule: title or rule for rule, title in titles.items()}


def _remediation(session: Session, here: _Here, rule: str, lang: Lang) -> str:
    known = rule_by_id(rule)
    if known is not None:
        return known.remediation.render(lang)
    theirs = select(ReportedRule).where(ReportedRule.rule == rule, *here.of(ReportedRule.establishment_id))
    one = session.scalars(theirs.order_by(ReportedRule.reported_at.desc()).limit(1)).first()
    return Text(one.remediation_fr, one.remediation_en or one.remediation_fr).render(lang) if one else ""


def _kept(one: WeaknessLine, wanted: WeaknessFilter) -> bool:
    if wanted.shared and one.establishments < 2:
        return False
    words = folded(wanted.words)
    if not words:
        return True
    rule = rule_by_id(one.rule)
    refs = " ".join(map(str, rule.refs)) if rule else ""
    return words in folded(f"{one.rule} {one.title} {refs}")


def _key(one: WeaknessLine, sort: WeaknessSort) -> tuple[Any, ...]:
    spread = (-one.establishments, -one.findings, one.rule)
    keys: dict[WeaknessSort, tuple[Any, ...]] = {
        WeaknessSort.SPREAD: (-one.establishments, one.severity.rank, *spread),
        WeaknessSort.FINDINGS: (-one.findings, one.rule),
        WeaknessSort.OLDEST: (one.oldest_at, one.rule),
    }
    return keys.get(sort, (one.severity.rank, *spread))


def _with_fixed(session: Session, here: _Here, lines: Sequence[WeaknessLine], now: datetime) -> Iterator[WeaknessLine]:
    fixed = _fixed(session, here, FindingFlow.rule, [one.rule for one in lines], now)
    for one in lines:
        yield replace(one, fixed_lately=fixed.get(one.rule, 0))


def _fixed(session: Session, here: _Here, by: Any, rules: Collection[str], now: datetime) -> Mapping[Any, int]:  # noqa: ANN401
    """Fixed in the last 30 days among these rules, by rule or by establishment."""
    rows = session.execute(
        select(by, func.sum(FindingFlow.went))
        .where(
            FindingFlow.day > (now - LATELY).date(),
            FindingFlow.rule.in_(rules),
            FindingFlow.went > 0,
            *here.of(FindingFlow.establishment_id),
        )
        .group_by(by)
    )
    return {key: int(count) for key, count in rows}


def _sites(session: Session, scope: Scope, here: _Here, rule: str, now: datetime) -> list[WeaknessSite]:
    rows = session.execute(
        select(
            FindingTally.establishment_id,
            FindingTally.state,
            FindingTally.severity,
            FindingTally.findings,
            FindingTally.oldest_at,
        ).where(FindingTally.rule == rule, *here.of(FindingTally.establishment_id))
    )
    alike: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        alike[row.establishment_id].append(row)
    fixed = _fixed(session, here, FindingFlow.establishment_id, [rule], now)
    sites = [_site(scope, here.establishments[number], found, fixed.get(number, 0)) for number, found in alike.items()]
    return sorted(sites, key=lambda one: (not one.open, one.severity.rank, -one.open, one.name, one.establishment_id))


def _site(scope: Scope, seen: SeenSite, found: Sequence[Any], fixed_lately: int) -> WeaknessSite:
    present = [row for row in found if row.state is not State.FIXED]
    return WeaknessSite(
        establishment_id=seen.id,
        name=seen.name,
        severity=min((row.severity for row in present or found), key=lambda one: one.rank),
        open=_sum(found, (State.OPEN,)),
        decided=_sum(found, DECIDED),
        fixed=_sum(found, (State.FIXED,)),
        oldest_at=min((row.oldest_at for row in present), default=None),
        fixed_lately=fixed_lately,
        may_act=scope.allows(
            Right.MANAGE_ACTIONS,
            lineage(region=seen.region_id, ght=seen.ght_id, legal_entity=seen.entity_id, establishment=seen.id),
        ),
    )


def _sum(rows: Sequence[Any], states: Collection[State]) -> int:
    return sum(row.findings for row in rows if row.state in states)
