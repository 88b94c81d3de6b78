"""Following alerts: how many establishments are exposed, how many answered, and where each stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, place_at
from care.domain.alerts import (
    ANSWER_NAMES,
    EXPOSURE_NAMES,
    FINAL_ANSWERS,
    AlertAnswer,
    Criterion,
    Exposure,
    criteria_of,
)
from care.services.alerts.asking import WORST_FIRST
from care.services.alerts.writing import AlertDraft, alert_row, draft_of
from care.services.errors import Forbidden
from care.services.paging import Page, bounds
from care.services.place_choices import SeenSite, seen_sites
from care.services.places import place_lineage, place_name
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.alerts import Alert, AlertPlace
from care.store.federation import InstallationEstablishment
from care.store.registry import Establishment
from reports.spreadsheets import Cell, csv_bytes
from scanners.model import Severity, Text

_ANSWERS_FIRST = tuple(AlertAnswer)
Counts = Mapping[tuple[Exposure, AlertAnswer], int]


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert in a list. `asked` establishments received it; `counts` by what facts say and what they answer."""

    id: int
    place: str
    title: str
    reference: str
    severity: Severity
    published_at: datetime
    published_by: str
    answer_by: date | None
    reminded_at: datetime | None
    closed_at: datetime | None
    version: int
    counts: Counts

    @property
    def asked(self) -> int:
        """Establishments that received it."""
        return sum(self.counts.values())

    @property
    def answered(self) -> int:
        """Those that said anything."""
        return sum(count for (_facts, answer), count in self.counts.items() if answer is not AlertAnswer.NONE)

    @property
    def settled(self) -> int:
        """Those that are done with it."""
        return sum(count for (_facts, answer), count in self.counts.items() if answer in FINAL_ANSWERS)

    def having(self, *wanted: Exposure | AlertAnswer) -> int:
        """How many have all these words."""
        return sum(count for key, count in self.counts.items() if all(one in key for one in wanted))


@dataclass(frozen=True, slots=True)
class FollowLine:
    """Where one establishment stands. `told` people were written to, None before the letters are made; with
    `elsewhere` another installation speaks for it."""

    establishment_id: int
    name: str
    ght: str
    exposure: Exposure
    seen: int
    facts_at: datetime | None
    answer: AlertAnswer
    note: str
    answered_at: datetime | None
    answered_by: str
    told: int | None
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An alert with what it looks for, and a page of establishments, the most pressing first."""

    alert: AlertLine
    draft: AlertDraft
    criteria: tuple[Criterion, ...]
    message: str
    link: str
    untold: int
    page: Page[FollowLine]


@dataclass(frozen=True, slots=True)
class FollowFilter:
    """What a reader asked to see; None asks for everything."""

    exposure: Exposure | None = None
    answer: AlertAnswer | None = None
    number: int = 1
    per_page: int = 50


def list_alerts(platform: Platform, scope: Scope) -> tuple[AlertLine, ...]:
    """The alerts that this person manages, open ones and the latest first. Forbidden for who manages no territory."""
    if not scope.allows_somewhere(Right.MANAGE_REGION):
        raise Forbidden
    with platform.database.read() as session:
        rows = session.scalars(select(Alert).where(Alert.origin == "").order_by(Alert.published_at.desc())).all()
        mine = [row for row in rows if scope.allows(Right.MANAGE_REGION, place_lineage(session, place_at(row.place)))]
        counts = _counts(session, [row.id for row in mine])
        lines = [_alert_line(session, scope, row, counts.get(row.id, {})) for row in mine]
    return tuple(sorted(lines, key=lambda one: one.closed_at is not None))


def _counts(session: Session, alert_ids: Sequence[int]) -> dict[int, dict[tuple[Exposure, AlertAnswer], int]]:
    query = (
        select(AlertPlace.alert_id, AlertPlace.exposure, AlertPlace.answer, func.count())
        .where(AlertPlace.alert_id.in_(alert_ids))
        .group_by(AlertPlace.alert_id, AlertPlace.exposure, AlertPlace.answer)
    )
    found: dict[int, dict[tuple[Exposure, AlertAnswer], int]] = {}
    for alert_id, exposure, answer, count in session.execute(query):
        found.setdefault(alert_id, {})[exposure, answer] = count
    return found


def _alert_line(session: Session, scope: Scope, row: Alert, counts: Counts) -> AlertLine:
    return AlertLine(
        id=row.id,
        place=place_name(session, place_at(row.place), scope.lang),
        title=row.title,
        reference=row.reference,
        severity=row.severity,
        published_at=row.published_at,
        published_by=row.published_by,
        answer_by=row.answer_by,
        reminded_at=row.reminded_at,
        closed_at=row.closed_at,
        version=row.version,
        counts=counts,
    )


def follow(platform: Platform, scope: Scope, alert_id: int, asked: FollowFilter) -> FollowUp:
    """One alert, and where each establishment stands. NotFound."""
    number, per_page = bounds(asked.number, asked.per_page)
    with platform.database.read() as session:
        row = alert_row(session, scope, alert_id)
        lines = _follow_lines(session, row)
        kept = [one for one in lines if _wanted(one, asked)]
        start = (number - 1) * per_page
        return FollowUp(
            alert=_alert_line(session, scope, row, _counts(session, [row.id]).get(row.id, {})),
            draft=draft_of(row),
            criteria=criteria_of(row.criteria),
            message=row.message,
            link=row.link,
            untold=sum(one.told == 0 and not one.elsewhere for one in lines),
            page=Page(tuple(kept[start : start + per_page]), number, per_page, len(kept)),
        )


def _wanted(one: FollowLine, asked: FollowFilter) -> bool:
    return asked.exposure in {None, one.exposure} and asked.answer in {None, one.answer}


def _follow_lines(session: Session, row: Alert) -> list[FollowLine]:
    places = {
        one.establishment_id: one for one in session.scalars(select(AlertPlace).where(AlertPlace.alert_id == row.id))
    }
    asked = select(AlertPlace.establishment_id).where(AlertPlace.alert_id == row.id)
    elsewhere = set(session.scalars(select(InstallationEstablishment.establishment_id)))
    sites = seen_sites(session, [Establishment.id.in_(asked)])
    return sorted((_line(site, places[site.id], site.id in elsewhere) for site in sites), key=_pressing)


def _line(site: SeenSite, place: AlertPlace, elsewhere: bool) -> FollowLine:
    return FollowLine(
        establishment_id=site.id,
        name=site.name,
        ght=site.ght or "",
        exposure=place.exposure,
        seen=place.seen,
        facts_at=place.facts_at,
        answer=place.answer,
        note=place.note,
        answered_at=place.answered_at,
        answered_by=place.answered_by,
        told=place.told,
        elsewhere=elsewhere,
    )


def _pressing(one: FollowLine) -> tuple[bool, int, int, str, int]:
    settled = one.answer in FINAL_ANSWERS
    return settled, WORST_FIRST.index(one.exposure), _ANSWERS_FIRST.index(one.answer), one.name, one.establishment_id


_HEADER = (
    Text("Établissement", "Establishment"),
    Text("GHT", "GHT"),
    Text("Ce que disent les relevés", "What stored facts say"),
    Text("Endroits", "Places"),
    Text("Relevé du", "Facts of"),
    Text("Réponse", "Answer"),
    Text("Précision", "Detail"),
    Text("Répondu le", "Answered on"),
    Text("Par", "By"),
    Text("Personnes prévenues", "People told"),
)


def follow_up_csv(platform: Platform, scope: Scope, alert_id: int) -> bytes:
    """One line an establishment. NotFound, Forbidden."""
    if not scope.allows_somewhere(Right.EXPORT):
        raise Forbidden
    zone = ZoneInfo(platform.settings.timezone)
    with platform.database.write() as session:
        row = alert_row(session, scope, alert_id)
        rows = list(_cells(_follow_lines(session, row), zone, scope.lang))
        record(session, scope, "alert.exported", Thing("alert", row.id), platform.clock.now(), {"form": "csv"})
    return csv_bytes([one.render(scope.lang) for one in _HEADER], rows)


def _cells(lines: Iterable[FollowLine], zone: ZoneInfo, lang: str) -> Iterable[list[Cell]]:
    for one in lines:
        yield [
            one.name,
            one.ght,
            EXPOSURE_NAMES[one.exposure].render(lang),
            one.seen,
            one.facts_at.astimezone(zone) if one.facts_at else None,
            ANSWER_NAMES[one.answer].render(lang),
            one.note,
            one.answered_at.astimezone(zone) if one.answered_at else None,
            one.answered_by,
            one.told,
        ]
