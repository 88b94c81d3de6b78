"""An establishment and the alerts sent to it: what its own audits saw, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, place_at
from care.domain.alerts import FINAL_ANSWERS, AlertAnswer, Criterion, Exposure, ProductSource, criteria_of, exposure_by
from care.services.alerts.exposure import latest
from care.services.errors import Invalid, NotFound, Refused
from care.services.places import place_name, visible_establishment
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.services.typed_texts import lines_of
from care.store.alerts import Alert, AlertPlace, ProductSurvey, SeenProduct
from care.store.federation import RegionLink
from care.store.targets import Target
from scanners.model import Severity, Text

MAX_NOTE = 2_000
MOST_SEEN = 200
"""Places shown of what was seen; the others are counted."""
NAMES: Mapping[str, Text] = {"answer": Text("la réponse", "the answer"), "note": Text("la précision", "the detail")}


@dataclass(frozen=True, slots=True)
class OwnAlert:
    """An alert as an establishment sees it. `sender` is the territory or the region that sent it."""

    id: int
    title: str
    reference: str
    severity: Severity
    sender: str
    published_at: datetime
    answer_by: date | None
    closed_at: datetime | None
    exposure: Exposure
    seen: int
    facts_at: datetime | None
    answer: AlertAnswer
    note: str
    answered_at: datetime | None
    answered_by: str
    version: int

    @property
    def waiting(self) -> bool:
        """Whether an answer is still expected."""
        return self.closed_at is None and self.answer not in FINAL_ANSWERS


@dataclass(frozen=True, slots=True)
class SeenHere:
    """A product of the alert: where, how it is known and when. `scanner`: of the audit or of the imported report."""

    product: str
    version: str
    subject: str
    target_id: int
    target: str
    scanner: str
    run_id: int
    source: ProductSource
    seen_at: datetime
    exposure: Exposure


@dataclass(frozen=True, slots=True)
class Survey:
    """A target whose products are known, and since when; `looked`: what it does not name was looked for."""

    target: str
    scanner: str
    seen_at: datetime
    looked: bool
    complete: bool


@dataclass(frozen=True, slots=True)
class OwnAlertView:
    """One alert with its message, what was seen here (`more` places are left out), and what was looked at at all."""

    line: OwnAlert
    criteria: tuple[Criterion, ...]
    message: str
    link: str
    seen: tuple[SeenHere, ...]
    more: int
    surveys: tuple[Survey, ...]
    may_answer: bool


def alerts_of(platform: Platform, scope: Scope, establishment_id: int) -> tuple[OwnAlert, ...]:
    """The alerts sent to an establishment: those that wait for it first, then the latest. NotFound, Forbidden."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        rows = session.execute(_of(establishment_id).order_by(Alert.published_at.desc(), Alert.id.desc())).all()
        lines = [_line(session, scope, alert, place) for alert, place in rows]
    return tuple(sorted(lines, key=lambda one: not one.waiting))


def _of(establishment_id: int) -> Select[Alert, AlertPlace]:
    return (
        select(Alert, AlertPlace)
        .join(AlertPlace, AlertPlace.alert_id == Alert.id)
        .where(AlertPlace.establishment_id == establishment_id)
    )


def _line(session: Session, scope: Scope, alert: Alert, place: AlertPlace) -> OwnAlert:
    return OwnAlert(
        id=alert.id,
        title=alert.title,
        reference=alert.reference,
        severity=alert.severity,
        sender=_sender(session, scope, alert),
        published_at=alert.published_at,
        answer_by=alert.answer_by,
        closed_at=alert.closed_at,
        exposure=place.exposure,
        seen=place.seen,
        facts_at=place.facts_at,
        answer=place.answer,
        note=place.note,
        answered_at=place.answered_at,
        answered_by=place.answered_by,
        version=place.version,
    )


def _sender(session: Session, scope: Scope, alert: Alert) -> str:
    if not alert.origin:
        return place_name(session, place_at(alert.place), scope.lang)
    return session.scalar(select(RegionLink.name).where(RegionLink.identifier == alert.origin)) or ""


def open_alert(platform: Platform, scope: Scope, establishment_id: int, alert_id: int) -> OwnAlertView:
    """One alert as an establishment sees it. NotFound, Forbidden."""
    with platform.database.read() as session:
        site = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        alert, place = _one(session, establishment_id, alert_id)
        criteria = criteria_of(alert.criteria)
        seen = _seen(session, establishment_id, criteria)
        return OwnAlertView(
            line=_line(session, scope, alert, place),
            criteria=criteria,
            message=alert.message,
            link=alert.link,
            seen=tuple(seen[:MOST_SEEN]),
            more=max(0, len(seen) - MOST_SEEN),
            surveys=_surveys(session, establishment_id),
            may_answer=alert.closed_at is None and scope.allows(Right.DECIDE_FINDING, site.lineage),
        )


def _one(session: Session, establishment_id: int, alert_id: int) -> tuple[Alert, AlertPlace]:
    row = session.execute(_of(establishment_id).where(Alert.id == alert_id)).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _seen(session: Session, establishment_id: int, criteria: Sequence[Criterion]) -> list[SeenHere]:
    rows = session.execute(
        select(SeenProduct, Target.name, Target.scanner)
        .join(Target, Target.id == SeenProduct.target_id)
        .where(SeenProduct.establishment_id == establishment_id, Target.archived_at.is_(None))
        .order_by(SeenProduct.product, SeenProduct.version, SeenProduct.subject, SeenProduct.id)
    )
    known = {row.id: (row, name, scanner) for row, name, scanner in rows}
    said = [
        _seen_here(*known[row.id], exposure)
        for row in latest(row for row, _name, _scanner in known.values())
        if (exposure := exposure_by(criteria, row.product, row.version, row.source)) is not None
    ]
    return sorted(said, key=lambda one: (one.exposure is not Exposure.EXPOSED, tuple(ProductSource).index(one.source)))


def _seen_here(row: SeenProduct, target: str, scanner: str, exposure: Exposure) -> SeenHere:
    return SeenHere(
        product=row.product,
        version=row.version,
        subject=row.subject,
        target_id=row.target_id,
        target=target,
        scanner=scanner,
        run_id=row.run_id,
        source=row.source,
        seen_at=row.seen_at,
        exposure=exposure,
    )


def _surveys(session: Session, establishment_id: int) -> tuple[Survey, ...]:
    rows = session.execute(
        select(Target.name, ProductSurvey.scanner, ProductSurvey.seen_at, ProductSurvey.looked, ProductSurvey.complete)
        .join(Target, Target.id == ProductSurvey.target_id)
        .where(ProductSurvey.establishment_id == establishment_id, Target.archived_at.is_(None))
        .order_by(ProductSurvey.seen_at.desc(), Target.id)
    )
    return tuple(Survey(*row) for row in rows)


def answer(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    alert_id: int,
    said: AlertAnswer,
    note: str,
    version: int,
) -> None:
    """Say what an establishment did about an alert, seen at `version`; an answer may change until the alert is closed.

    Invalid, NotFound, Forbidden; Refused when somebody answered since, or the alert is closed.
    """
    now, note = platform.clock.now(), lines_of(note)
    if len(note) > MAX_NOTE:
        raise Invalid({"note": Text(f"{MAX_NOTE} signes au plus.", f"At most {MAX_NOTE} characters.")})
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.DECIDE_FINDING)
        alert, _place = _one(session, establishment_id, alert_id)
        place = session.get_one(AlertPlace, (alert_id, establishment_id), with_for_update=True)
        thing = Thing("alert_answer", f"{alert_id}:{establishment_id}", establishment_id)
        if place.version != version:
            changed = (place.answered_at or alert.published_at, place.answered_by)
            refuse_stale(platform, session, thing, changed, version, NAMES)
        if alert.closed_at is not None:
            raise Refused(Text("Cette alerte est close.", "This alert is closed."))
        place.answer, place.note = said, note
        place.answered_at, place.answered_by, place.version = now, scope.actor, place.version + 1
        detail = {"alert": alert.id, "answer": said.value, "fields": "answer, note", "version": place.version}
        record(session, scope, "alert.answered", thing, now, detail)
