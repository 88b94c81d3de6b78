"""How the backups of an establishment went: a year month by month, and the longest time without a good point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import cast

from sqlalchemy import and_, case, extract, func, or_, select
from sqlalchemy.orm import Session

from care.domain.governance import last_months, written_month
from care.store.backups import BackupBreach, BackupReading
from reports.charts import Chart, rate_chart
from reports.words import Lang as ReportLang
from scanners.backup.account import CONDITIONS
from scanners.model import Lang, Text

MONTHS = 13
"""The month going on, and the same one a year before."""
GAP_DAYS = 90
_TITLE = Text("Systèmes en règle à chaque audit du mois", "Systems in order at each audit of the month")
_MONTH = Text("Mois", "Month")
_NAMES = (
    Text("Sauvegarde dans la PDMA", "Backup within the PDMA"),
    Text("3-2-1-1-0 complet", "Whole 3-2-1-1-0"),
)


@dataclass(frozen=True, slots=True)
class Month:
    """How many systems the audits of a month judged, and how many of them each audit found with a backup within
    the PDMA (`kept`), and with every condition of 3-2-1-1-0 (`whole`)."""

    first: date
    systems: int
    kept: int
    whole: int


@dataclass(frozen=True, slots=True)
class Trend:
    """A year of backups as a picture with its table, and in a sentence."""

    chart: Chart
    said: str


@dataclass(frozen=True, slots=True)
class Lapse:
    """The longest time without a good restore point: minutes, from which point, until which (None: still going on)."""

    minutes: int
    since: datetime
    until: datetime | None


def longest_lapse(points: Iterable[datetime], now: datetime) -> Lapse | None:
    """The longest time without a good point that touches the last 90 days; None when no point is known.

    A point taken away by its retention between two audits makes it longer, never shorter.
    """
    known = sorted({one for one in points if one <= now})
    if not known:
        return None
    start = now - timedelta(days=GAP_DAYS)
    marks = [*[one for one in known if one <= start][-1:], *[one for one in known if one > start], now]
    since, until = max(pairwise(marks), key=lambda ends: (ends[1] - ends[0], ends[1]))
    return Lapse(round((until - since).total_seconds() / 60), since, None if until == now else until)


def points_seen(session: Session, numbers: Sequence[int], now: datetime) -> Mapping[int, Sequence[datetime]]:
    """The newest good points that the audits of the last 90 days met, of each system: some are gone since."""
    query = select(BackupReading.system_id, BackupReading.last_good_at).where(
        BackupReading.system_id.in_(numbers),
        BackupReading.read_at >= now - timedelta(days=GAP_DAYS),
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for number, point in session.execute(query.distinct()):
        if point is not None:
            found[number].append(point)
    return found


def year_of(session: Session, establishment_id: int, now: datetime, lang: Lang) -> Trend | None:
    """The year up to now; None under two months with an audit: one point is no trend."""
    months = months_of(session, establishment_id, now)
    if len(months) < 2:
        return None
    by_day, last = {one.first: one for one in months}, now.date()
    shown = [day for day in last_months(last, MONTHS) if day >= months[0].first]
    points = [(f"{day:%m/%Y}" if lang == "fr" else f"{day:%Y-%m}", _rates(by_day.get(day))) for day in shown]
    heads = [one.render(lang) for one in _NAMES]
    chart = rate_chart(_TITLE.render(lang), _MONTH.render(lang), heads, points, cast("ReportLang", lang))
    return Trend(chart, _said(months[0], months[-1], lang))


def months_of(session: Session, establishment_id: int, now: datetime) -> tuple[Month, ...]:
    """The months of the last year in which an audit judged systems, oldest first."""
    first = last_months(now.date(), MONTHS)[0]
    late = select(BackupBreach.id).where(
        BackupBreach.system_id == BackupReading.system_id,
        BackupBreach.began_at <= BackupReading.read_at,
        or_(BackupBreach.ended_at.is_(None), BackupBreach.ended_at > BackupReading.read_at),
    )
    kept = and_(
        BackupReading.measured,
        BackupReading.last_good_at.is_not(None),
        BackupReading.pdma_minutes.is_not(None),
        ~late.exists(),
    )
    year, month = extract("year", BackupReading.read_at), extract("month", BackupReading.read_at)
    query = (
        select(year, month, func.min(case((kept, 1), else_=0)), func.min(BackupReading.met))
        .where(
            BackupReading.establishment_id == establishment_id,
            BackupReading.read_at >= datetime(first.year, first.month, 1, tzinfo=now.tzinfo),
            BackupReading.read_at <= now,
        )
        .group_by(year, month, BackupReading.system_id)
    )
    found: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for of_year, of_month, held, met in session.execute(query):
        found[date(int(of_year), int(of_month), 1)].append((held, met))
    return tuple(
        Month(day, len(ones), sum(held for held, _met in ones), sum(met == len(CONDITIONS) for _held, met in ones))
        for day, ones in sorted(found.items())
    )


def _rates(month: Month | None) -> tuple[float | None, float | None]:
    """Both shares cut to a whole percent, never rounded up: one system of two hundred at fault is not all of them."""
    if month is None:
        return None, None
    return month.kept * 100 // month.systems / 100, month.whole * 100 // month.systems / 100


def _said(first: Month, last: Month, lang: Lang) -> str:
    then, now = written_month(first.first, lang), written_month(last.first, lang)
    return Text(
        f"Dans la PDMA à chaque audit : {first.kept} sur {first.systems} en {then}, {last.kept} sur {last.systems} en "
        f"{now}. 3-2-1-1-0 complet : {first.whole} sur {first.systems}, puis {last.whole} sur {last.systems}.",
        f"Within the PDMA at each audit: {first.kept} of {first.systems} in {then}, {last.kept} of {last.systems} in "
        f"{now}. Whole 3-2-1-1-0: {first.whole} of {first.systems}, then {last.whole} of {last.systems}.",
    ).render(lang)
