"""The budget of a holder, year by year: the share of the digital, and that of cybersecurity, on exact fractions.

A holder says its own figures, or its members do: they are summed only when all of them are known, and who is missing
is named. What nobody said is unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.frameworks import Confidence
from care.domain.governance import Benchmark, Summed, share_of, summed
from care.domain.share_rule import percent
from care.services.action_query import today
from care.services.frameworks.holders import Holder, seen_holder
from care.services.governance.holding import HolderView, names_of, view_of
from care.services.platform import Platform
from care.store.governance import BudgetYear
from care.store.registry import Establishment, LegalEntity
from reports.charts import Chart, shares_chart
from reports.words import Lang as ChartLang
from scanners.model import Lang, Text

AMOUNTS = ("operating", "digital", "cyber")
_TITLE = Text("Part du numérique et de la cybersécurité dans le budget", "Share of the digital and of cybersecurity")
_YEAR = Text("Année", "Year")
_DIGITAL, _CYBER = Text("Part du numérique", "Digital share"), Text("Part de la cybersécurité", "Cyber share")


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a budget: cut after two decimals, never rounded up; its exact fraction; both empty when unknown."""

    value: Fraction | None
    written: str
    exact: str


@dataclass(frozen=True, slots=True)
class Against:
    """A share beside a figure that others quote. `reached` is None when the share is unknown."""

    title: str
    written: str
    source: str
    confidence: Confidence
    reached: bool | None


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount of a year, in whole euros. `own`: the holder said it; else it is the sum of its members.

    `missing` names the members that did not say; `members` is their sum when the holder said something else.
    """

    value: int | None
    own: bool
    missing: tuple[str, ...]
    members: int | None = None


@dataclass(frozen=True, slots=True)
class YearView:
    """One year. `version` is 0 when the holder itself said nothing of it."""

    year: int
    operating: Amount
    digital: Amount
    cyber: Amount
    digital_share: Share
    cyber_of_digital: Share
    cyber_share: Share
    against: tuple[Against, ...]
    source: str
    voted: bool
    version: int
    changed_by: str

    @property
    def missing(self) -> tuple[str, ...]:
        """The members that prevent the digital share from being computed."""
        lacking = (*self.operating.missing, *self.digital.missing)
        return tuple(dict.fromkeys(lacking))


@dataclass(frozen=True, slots=True)
class Budget:
    """The years of a holder, the latest first; `members` counts those whose sum it is."""

    holder: HolderView
    years: tuple[YearView, ...]
    chart: Chart | None
    members: int
    this_year: int
    benchmarks: tuple[Against, ...]

    @property
    def latest(self) -> YearView | None:
        """The latest year whose digital share is known."""
        return next((one for one in self.years if one.digital_share.value is not None), None)


def read_budget(platform: Platform, scope: Scope, place: Place, right: Right = Right.SEE_PROGRAMME) -> Budget:
    """The budget of a holder. NotFound for who does not see all of it."""
    day = today(platform)
    with platform.database.read() as session:
        return budget_in(platform, session, scope, seen_holder(session, scope, place, day, right), day)


def budget_in(platform: Platform, session: Session, scope: Scope, holder: Holder, day: date) -> Budget:
    """The same in the caller's transaction."""
    tree = _tree(session, holder, day)
    keys = {holder.key, *(key for key, _ in tree), *(key for _, sites in tree for key in sites)}
    rows: dict[int, dict[str, BudgetYear]] = {}
    for row in session.scalars(select(BudgetYear).where(BudgetYear.holder.in_(keys))):
        rows.setdefault(row.year, {})[row.holder] = row
    names = names_of(session, [*holder.below, holder.place])
    marks = tuple(platform.kits.governance.benchmarks.values())
    years = tuple(
        _year(number, rows[number], holder.key, tree, names, marks, scope.lang) for number in sorted(rows, reverse=True)
    )
    return Budget(
        holder=view_of(platform, session, scope, holder),
        years=years,
        chart=_chart(years, marks, scope.lang),
        members=len(tree),
        this_year=day.year,
        benchmarks=tuple(_against(one, None, scope.lang) for one in marks),
    )


Tree = Sequence[tuple[str, Sequence[str]]]
"""The members of a holder by key, each with its own members."""


def _tree(session: Session, holder: Holder, day: date) -> Tree:
    """The legal entities of a GHT with their establishments, the establishments of an entity; those in being."""
    if holder.place.level is Level.ESTABLISHMENT:
        return ()
    living = session.execute(
        select(Establishment.id, Establishment.legal_entity_id).where(Establishment.id.in_(holder.sites))
    ).all()
    if holder.place.level is Level.LEGAL_ENTITY:
        return [(f"{Level.ESTABLISHMENT}:{one}", ()) for one, _ in living]
    entities = session.scalars(
        select(LegalEntity.id).where(LegalEntity.ght_id == holder.place.id).order_by(LegalEntity.name)
    )
    of = {entity: [f"{Level.ESTABLISHMENT}:{one}" for one, above in living if above == entity] for entity in entities}
    return [(Place(Level.LEGAL_ENTITY, entity).key, sites) for entity, sites in of.items() if sites]


def _year(
    year: int,
    rows: Mapping[str, BudgetYear],
    key: str,
    tree: Tree,
    names: Mapping[str, str],
    marks: Iterable[Benchmark],
    lang: Lang,
) -> YearView:
    operating, digital, cyber = (_amount(name, rows, key, tree, names) for name in AMOUNTS)
    share = share_of(digital.value, operating.value)
    own = rows.get(key)
    return YearView(
        year=year,
        operating=operating,
        digital=digital,
        cyber=cyber,
        digital_share=_written(share, lang),
        cyber_of_digital=_written(share_of(cyber.value, digital.value), lang),
        cyber_share=_written(share_of(cyber.value, operating.value), lang),
        against=tuple(_against(one, share, lang) for one in marks),
        source=own.source if own else "",
        voted=own.voted if own else any(row.voted for row in rows.values()),
        version=own.version if own else 0,
        changed_by=own.changed_by if own else "",
    )


def _amount(name: str, rows: Mapping[str, BudgetYear], key: str, tree: Tree, names: Mapping[str, str]) -> Amount:
    own = _said(name, rows, key)
    below = _summed(name, rows, tree, names) if tree else Summed(None, ())
    if own is None:
        return Amount(below.value, own=False, missing=below.missing)
    other = below.value if below.value != own else None
    return Amount(own, own=True, missing=(), members=other)


def _summed(name: str, rows: Mapping[str, BudgetYear], tree: Tree, names: Mapping[str, str]) -> Summed:
    """The sum over members; a member that said nothing is the sum of its own members."""
    values: list[tuple[str, int | None]] = []
    for member, sites in tree:
        said = _said(name, rows, member)
        inner = summed([(names[site], _said(name, rows, site)) for site in sites])
        values.append((names[member], inner.value if said is None else said))
    return summed(values)


def _said(name: str, rows: Mapping[str, BudgetYear], key: str) -> int | None:
    row = rows.get(key)
    found: int | None = getattr(row, name) if row else None
    return found


def _written(share: Fraction | None, lang: Lang) -> Share:
    if share is None:
        return Share(None, "", "")
    return Share(share, percent(share, lang), f"{share.numerator}/{share.denominator}")


def _against(mark: Benchmark, share: Fraction | None, lang: Lang) -> Against:
    return Against(
        title=mark.title.render(lang),
        written=percent(mark.share, lang, 1),
        source=mark.source.render(lang),
        confidence=mark.confidence,
        reached=None if share is None else share >= mark.share,
    )


def _chart(years: Sequence[YearView], marks: Sequence[Benchmark], lang: Lang) -> Chart | None:
    """Shares over the years, oldest first; None when none is known."""
    if all(one.digital_share.value is None and one.cyber_share.value is None for one in years):
        return None
    shown = list(reversed(years))
    lines: list[tuple[str, list[Fraction | None]]] = [
        (_DIGITAL.render(lang), [one.digital_share.value for one in shown]),
        (_CYBER.render(lang), [one.cyber_share.value for one in shown]),
    ]
    for mark in marks:
        lines.append((mark.title.render(lang), [mark.share for _ in shown]))
    chart_lang: ChartLang = "fr" if lang == "fr" else "en"
    labels = [str(one.year) for one in shown]
    return shares_chart(_TITLE.render(lang), _YEAR.render(lang), labels, lines, chart_lang)
