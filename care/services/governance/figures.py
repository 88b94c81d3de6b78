"""Monthly figures: accounts and their second factor, INS, Mon espace santé, MSS; month after month, against a target.

An establishment types its figures; a legal entity and a GHT sum those of their establishments, when all are known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope, place_at
from care.domain.frameworks import Confidence
from care.domain.governance import (
    EXPLAINED_FROM,
    FIGURE_GROUPS,
    Direction,
    FigureGroup,
    FigureTarget,
    Indicator,
    interval_of,
    last_months,
    months_between,
    next_month,
    share_of,
    summed,
    written_month,
)
from care.domain.share_rule import percent
from care.services.action_query import today
from care.services.errors import NotFound
from care.services.frameworks.holders import Holder, seen_holder
from care.services.frameworks.library import frameworks_in_use
from care.services.governance.holding import HolderView, names_of, view_of
from care.services.governance.measured_accounts import Measured, measured
from care.services.governance.measured_systems import measured_systems
from care.services.platform import Platform
from care.store.governance import MonthlyFigure
from care.store.trail import TrailEvent
from reports.charts import Chart, shares_chart
from reports.words import Lang as ChartLang
from scanners.model import Lang, Text

SHOWN_MONTHS = 13
"""A year and the same month of the year before."""
_MONTH, _TARGET = Text("Mois", "Month"), Text("Cible", "Target")
THING = "monthly_figure"


@dataclass(frozen=True, slots=True)
class Correction:
    """What a figure was before somebody corrected it."""

    at: datetime
    actor: str
    words: str


@dataclass(frozen=True, slots=True)
class MonthView:
    """One month of an indicator. `part` and `whole` are None when unknown; `share` is cut after a decimal.

    Over several establishments `missing` names those that said nothing, and `known` counts the others. `interval` is
    between which shares the truth lies, counting the `unknown` both ways; `to_explain`: it changed much, and nobody
    said why.
    """

    month: date
    name: str
    id: int
    part: int | None
    whole: int | None
    value: Fraction | None
    share: str
    source: str
    version: int
    changed_by: str
    missing: tuple[str, ...] = ()
    known: int = 1
    corrections: tuple[Correction, ...] = ()
    unknown: int = 0
    explanation: str = ""
    interval: str = ""
    to_explain: bool = False

    @property
    def given(self) -> bool:
        """Whether the figure is known."""
        return self.part is not None


@dataclass(frozen=True, slots=True)
class TargetView:
    """The target in force, and whether the last figure reaches it (None: no figure)."""

    written: str
    year: int | None
    source: str
    confidence: Confidence
    reached: bool | None


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """An indicator and its months, the latest first; its `chart` is drawn for its own page alone.

    `trend` says how the last figure differs from the one before, and `better` whether that is good (None: no change).
    `gaps` are the months that nobody filled since the first one.
    """

    id: str
    group: FigureGroup
    title: str
    part: str
    whole: str
    direction: Direction
    source: str
    confidence: Confidence
    note: str
    months: tuple[MonthView, ...]
    latest: MonthView | None
    trend: str
    better: bool | None
    target: TargetView | None
    measured: Measured | None
    measured_share: str
    gaps: tuple[str, ...]
    chart: Chart | None
    margin: bool = False
    measured_interval: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Every indicator of a holder, group by group."""

    holder: HolderView
    groups: tuple[tuple[str, tuple[IndicatorView, ...]], ...]
    this_month: date

    @property
    def all(self) -> tuple[IndicatorView, ...]:
        """The indicators of every group."""
        return tuple(one for _, group in self.groups for one in group)

    @property
    def known(self) -> int:
        """How many have a figure."""
        return sum(one.latest is not None for one in self.all)


def read_figures(platform: Platform, scope: Scope, place: Place, right: Right = Right.SEE_PROGRAMME) -> Figures:
    """Every indicator over the last thirteen months. NotFound for who does not see all of the holder."""
    day = today(platform)
    with platform.database.read() as session:
        return figures_in(platform, session, scope, seen_holder(session, scope, place, day, right), day)


def figures_in(platform: Platform, session: Session, scope: Scope, holder: Holder, day: date) -> Figures:
    """The same in the caller's transaction."""
    months = last_months(day, SHOWN_MONTHS)
    book = _Book.of(platform, session, scope, holder, day)
    found = [book.view(one, months) for one in platform.kits.governance.indicators.values()]
    groups = tuple(
        (words.render(scope.lang), tuple(one for one in found if one.group is group))
        for group, words in FIGURE_GROUPS.items()
    )
    return Figures(view_of(platform, session, scope, holder), groups, day.replace(day=1))


def read_indicator(platform: Platform, scope: Scope, place: Place, code: str) -> tuple[HolderView, IndicatorView]:
    """One indicator with every month ever given and its corrections. NotFound for an unknown code."""
    day = today(platform)
    with platform.database.read() as session:
        holder = seen_holder(session, scope, place, day)
        indicator = platform.kits.governance.indicators.get(code)
        if indicator is None:
            raise NotFound
        book = _Book.of(platform, session, scope, holder, day)
        first = min((row.month for row in book.rows.get(code, ())), default=day.replace(day=1))
        months = tuple(months_between(min(first, last_months(day, SHOWN_MONTHS)[0]), day.replace(day=1)))
        found = replace(book.view(indicator, months), chart=book.chart(indicator, months))
        if holder.place.level is Level.ESTABLISHMENT:
            found = _with_corrections(session, found, scope.lang)
        return view_of(platform, session, scope, holder), found


@dataclass(frozen=True)
class _Book:
    """What is needed to show the indicators of a holder, read once."""

    platform: Platform
    session: Session
    scope: Scope
    holder: Holder
    day: date
    rows: Mapping[str, Sequence[MonthlyFigure]]
    names: Mapping[int, str]
    parameters: Mapping[str, tuple[int, str, Confidence]]

    @classmethod
    def of(cls, platform: Platform, session: Session, scope: Scope, holder: Holder, day: date) -> _Book:
        """The figures of the establishments of a holder."""
        rows: dict[str, list[MonthlyFigure]] = defaultdict(list)
        query = select(MonthlyFigure).where(MonthlyFigure.establishment_id.in_(holder.sites))
        for row in session.scalars(query):
            rows[row.code].append(row)
        places = [Place(Level.ESTABLISHMENT, one) for one in holder.sites]
        names = {place_at(key).id: name for key, name in names_of(session, places).items()}
        return cls(platform, session, scope, holder, day, rows, names, _parameters(platform, session, day))

    def view(self, indicator: Indicator, months: Sequence[date]) -> IndicatorView:
        """An indicator over these months, oldest first."""
        lang = self.scope.lang
        by_month = self._by_month(indicator.id)
        found = [self._month(month, by_month.get(month, {}), margin=indicator.margin) for month in months]
        if indicator.margin and self.holder.place.level is Level.ESTABLISHMENT:
            found = list(_to_explain(found))
        known = [one for one in found if one.value is not None]
        latest = next((one for one in reversed(found) if one.given), None)
        target = indicator.target_of(latest.month if latest else self.day)
        asked = (self.platform, self.session, self.scope, self.holder.sites, indicator.measured)
        seen = measured(*asked) or measured_systems(*asked)
        trend, better = _trend(known, indicator.direction, lang)
        aimed = self._target(indicator, target, known[-1] if known else None) if target else None
        return IndicatorView(
            id=indicator.id,
            group=indicator.group,
            title=indicator.title.render(lang),
            part=indicator.part.render(lang),
            whole=indicator.whole.render(lang),
            direction=indicator.direction,
            source=indicator.source.render(lang),
            confidence=indicator.confidence,
            note=indicator.note.render(lang) if indicator.note else "",
            months=tuple(reversed(found)),
            latest=latest,
            trend=trend,
            better=better,
            target=aimed,
            measured=seen,
            measured_share=_share(share_of(seen.part, seen.whole), lang) if seen else "",
            gaps=self._gaps(by_month, lang),
            chart=None,
            margin=indicator.margin,
            measured_interval=_interval(seen.part, seen.whole, seen.unknown, lang) if seen else "",
        )

    def _by_month(self, code: str) -> Mapping[date, dict[int, MonthlyFigure]]:
        found: dict[date, dict[int, MonthlyFigure]] = defaultdict(dict)
        for row in self.rows.get(code, ()):
            found[row.month][row.establishment_id] = row
        return found

    def _month(self, month: date, rows: Mapping[int, MonthlyFigure], *, margin: bool = False) -> MonthView:
        lang = self.scope.lang
        said = [(name, rows.get(site)) for site, name in self.names.items()]
        parts = summed([(name, row.part if row else None) for name, row in said])
        wholes = summed([(name, row.whole if row else None) for name, row in said])
        value = share_of(parts.value, wholes.value)
        unknown = sum(row.unknown for row in rows.values()) if margin else 0
        row = rows.get(self.holder.place.id) if self.holder.place.level is Level.ESTABLISHMENT else None
        return MonthView(
            month=month,
            name=written_month(month, lang),
            id=row.id if row else 0,
            part=parts.value,
            whole=wholes.value,
            value=value,
            share=_share(value, lang),
            source=row.source if row else "",
            version=row.version if row else 0,
            changed_by=row.changed_by if row else "",
            missing=parts.missing if rows else (),
            known=len(rows),
            unknown=unknown,
            explanation=row.explanation if row else "",
            interval=_interval(parts.value or 0, wholes.value, unknown, lang) if wholes.value is not None else "",
        )

    def _target(self, indicator: Indicator, target: FigureTarget, latest: MonthView | None) -> TargetView:
        value, source, confidence = self.parameters.get(
            target.parameter, (target.percent, target.source.render(self.scope.lang), target.confidence)
        )
        aim, reached = Fraction(value, 100), None
        if latest is not None and latest.value is not None:
            higher = indicator.direction is Direction.HIGHER
            reached = latest.value >= aim if higher else latest.value <= aim
        return TargetView(_whole(value, self.scope.lang), target.year, source, confidence, reached)

    def _gaps(self, by_month: Mapping[date, Mapping[int, MonthlyFigure]], lang: Lang) -> tuple[str, ...]:
        """The months since the first one, over for a month at least, that not everybody filled."""
        if not by_month:
            return ()
        wanted = [one for one in months_between(min(by_month), self.day) if next_month(one) <= self.day]
        return tuple(written_month(one, lang) for one in wanted if len(by_month.get(one, ())) < len(self.names))

    def chart(self, indicator: Indicator, wanted: Sequence[date]) -> Chart | None:
        """The months and the target as a picture; None when nothing is known."""
        months = [self._month(month, self._by_month(indicator.id).get(month, {})) for month in wanted]
        if all(one.value is None for one in months):
            return None
        lang: ChartLang = "fr" if self.scope.lang == "fr" else "en"
        lines: list[tuple[str, list[Fraction | None]]] = [
            (indicator.title.render(lang), [one.value for one in months]),
        ]
        if indicator.targets:
            lines.append((_TARGET.render(lang), [self._aim(indicator, one.month) for one in months]))
        labels = [f"{one.month:%m/%Y}" if lang == "fr" else f"{one.month:%Y-%m}" for one in months]
        return shares_chart(indicator.title.render(lang), _MONTH.render(lang), labels, lines, lang)

    def _aim(self, indicator: Indicator, month: date) -> Fraction | None:
        target = indicator.target_of(month)
        if target is None:
            return None
        return Fraction(self.parameters.get(target.parameter, (target.percent, "", target.confidence))[0], 100)


def blank_month(month: date, lang: Lang) -> MonthView:
    """A month of which nobody said anything."""
    return MonthView(month, written_month(month, lang), 0, None, None, None, "", "", 0, "")


def _parameters(platform: Platform, session: Session, day: date) -> Mapping[str, tuple[int, str, Confidence]]:
    """The values of frameworks that targets name, in use today: a value, its source, how sure it is."""
    wanted = {
        target.parameter
        for one in platform.kits.governance.indicators.values()
        for target in one.targets
        if target.parameter
    }
    in_use = frameworks_in_use(platform, session, day)
    found: dict[str, tuple[int, str, Confidence]] = {}
    for name in wanted:
        framework, _, parameter = name.partition(":")
        known = in_use[framework].parameters.get(parameter) if framework in in_use else None
        if known is not None and isinstance(known.value, int):
            found[name] = (known.value, known.source, known.confidence)
    return found


def _trend(known: Sequence[MonthView], direction: Direction, lang: Lang) -> tuple[str, bool | None]:
    """How the last figure differs from the one before, in points; empty when there are not two."""
    if len(known) < 2:
        return "", None
    before, last = known[-2], known[-1]
    change = (last.value or Fraction(0)) - (before.value or Fraction(0))
    tenths = int(abs(change) * 1000)
    whole, rest = divmod(tenths, 10)
    sign = "+" if change > 0 else "−" if change < 0 else ""
    written = f"{sign}{whole}{',' if lang == 'fr' else '.'}{rest}"
    words = Text(f"{written} point depuis {before.name}", f"{written} point since {before.name}")
    if tenths >= 20:
        words = Text(f"{written} points depuis {before.name}", f"{written} points since {before.name}")
    if change == 0:
        words = Text(f"Inchangé depuis {before.name}", f"Unchanged since {before.name}")
    return words.render(lang), None if change == 0 else (change > 0) == (direction is Direction.HIGHER)


def _to_explain(months: Iterable[MonthView]) -> Iterator[MonthView]:
    """The months, marked when they differ much from the figure before and nobody said why."""
    before: Fraction | None = None
    for one in months:
        much = before is not None and one.value is not None and abs(one.value - before) >= EXPLAINED_FROM
        yield replace(one, to_explain=much and not one.explanation)
        before = one.value if one.value is not None else before


def _interval(part: int, whole: int, unknown: int, lang: Lang) -> str:
    """From one share to the other, empty when nothing is unknown."""
    bounds = interval_of(part, whole, unknown) if unknown else None
    if bounds is None:
        return ""
    least, most = (_share(one, lang) for one in bounds)
    return Text(f"de {least} à {most}", f"from {least} to {most}").render(lang)


def _share(value: Fraction | None, lang: Lang) -> str:
    return "" if value is None else percent(value, lang, 1)


def _whole(value: int, lang: Lang) -> str:
    return f"{value}\u00a0%" if lang == "fr" else f"{value}%"


def _with_corrections(session: Session, view: IndicatorView, lang: Lang) -> IndicatorView:
    """The months with what was written of each of them, the latest first."""
    ids = {str(one.id) for one in view.months if one.id}
    events: dict[str, list[Correction]] = defaultdict(list)
    query = select(TrailEvent).where(
        TrailEvent.thing_kind == THING, TrailEvent.thing_id.in_(ids), TrailEvent.action == "monthly_figure.corrected"
    )
    for event in session.scalars(query.order_by(TrailEvent.number.desc())):
        events[event.thing_id].append(_correction(event, lang))
    months: Iterable[MonthView] = (
        replace(one, corrections=tuple(events[str(one.id)])) if str(one.id) in events else one for one in view.months
    )
    return replace(view, months=tuple(months))


def _correction(event: TrailEvent, lang: Lang) -> Correction:
    detail = event.detail
    before = f"{detail.get('part_before')} / {detail.get('whole_before')}"
    after = f"{detail.get('part')} / {detail.get('whole')}"
    words = Text(f"{before} corrigé en {after}", f"{before} corrected to {after}")
    return Correction(event.at, event.actor, words.render(lang))
