"""Writing an alert: sent to the establishments of a territory, corrected, recalled to those that are silent, closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Place, Reach, Right, Scope, place_at
from care.domain.alerts import MOST_CRITERIA, AlertAnswer, Criterion, Exposure, criteria_of, is_product
from care.domain.jobs import JobKind
from care.services import jobs
from care.services.alerts.standing import restate
from care.services.errors import Invalid, NotFound, Refused
from care.services.library import today
from care.services.places import place_lineage
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.territories import check_territory
from care.services.trail import Thing, record
from care.services.typed_texts import MAX_LINE, MAX_TEXT, line_of, lines_of
from care.store.alerts import Alert, AlertPlace
from care.store.registry import Establishment, still_open, visible
from scanners.model import Scalar, Severity, Text
from scanners.versions import MAX_VERSION, Span, compare

MAX_REFERENCE = 100
MAX_LINK = 500
NAMES: Mapping[str, Text] = {
    "title": Text("le titre", "the title"),
    "reference": Text("la référence", "the reference"),
    "severity": Text("la gravité", "the severity"),
    "criteria": Text("les produits", "the products"),
    "message": Text("le message", "the message"),
    "link": Text("le lien", "the link"),
    "answer_by": Text("la date de réponse", "the day to answer by"),
    "closed": Text("la clôture", "the closing"),
}
_CLOSED = Text(
    "Cette alerte est close : elle ne se change plus. Diffusez-en une nouvelle s’il le faut.",
    "This alert is closed: it no longer changes. Send a new one if need be.",
)


@dataclass(frozen=True, slots=True)
class TypedCriterion:
    """A criterion as typed: a product and the bounds of its versions, empty where there is none."""

    product: str
    since: str = ""
    before: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.product.strip() or self.since.strip() or self.before.strip())


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert as typed. `link` is an http or https address; `answer_by` the last day to answer, if there is one."""

    title: str
    severity: Severity
    criteria: tuple[TypedCriterion, ...]
    reference: str = ""
    message: str = ""
    link: str = ""
    answer_by: date | None = None


def checked_criteria(typed: Sequence[TypedCriterion]) -> tuple[Criterion, ...]:
    """The criteria typed, empty lines left out. Invalid says what is wrong with which line."""
    filled = [(number, one) for number, one in enumerate(typed, start=1) if not one.empty]
    if not filled:
        said = Text("Donnez au moins un produit à chercher.", "Give at least one product to look for.")
        raise Invalid({"criteria": said})
    if len(filled) > MOST_CRITERIA:
        said = Text(f"{MOST_CRITERIA} produits au plus.", f"At most {MOST_CRITERIA} products.")
        raise Invalid({"criteria": said})
    return tuple(_criterion(number, one) for number, one in filled)


def _criterion(number: int, typed: TypedCriterion) -> Criterion:
    product, since, before = (line_of(one).lower() for one in (typed.product, typed.since, typed.before))
    if not is_product(product):
        raise _wrong_line(
            number,
            "donnez un produit, soit « éditeur:produit » comme dans la fiche CVE, soit un nom d’au moins deux signes",
            "give a product, either “vendor:product” as in the CVE record, or a name of at least two characters",
        )
    for bound in (since, before):
        if bound and (len(bound) > MAX_VERSION or not any(sign.isdigit() for sign in bound)):
            raise _wrong_line(number, f"« {bound[:40]} » n’est pas une version", f"“{bound[:40]}” is no version")
    if since and before and compare(since, before) >= 0:
        raise _wrong_line(
            number,
            f"la version corrigée ({before}) ne vient pas après la première version touchée ({since})",
            f"the fixed version ({before}) does not come after the first one affected ({since})",
        )
    return Criterion(product, Span(since, before))


def _wrong_line(number: int, fr: str, en: str) -> Invalid:
    return Invalid({"criteria": Text(f"Produit {number} : {fr}.", f"Product {number}: {en}.")})


def publish(platform: Platform, scope: Scope, place: Place, draft: AlertDraft) -> int:
    """Send an alert to every open establishment of a place; its number. Letters are written by a job, at once.

    Invalid, NotFound, Forbidden; Refused when there is no establishment to send it to.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        check_territory(session, scope, place, Right.MANAGE_REGION)
        values = _checked(platform, draft)
        row = Alert(
            identifier=str(uuid4()),
            place=place.key,
            published_at=now,
            published_by=scope.actor,
            changed_at=now,
            changed_by=scope.actor,
            **values,
        )
        session.add(row)
        session.flush()
        sent = _send_to(session, row, place, today(platform))
        if not sent:
            raise Refused(Text("Ce territoire n’a aucun établissement ouvert.", "No establishment is open there."))
        tell_by_job(platform, session, row, scope.actor)
        detail: dict[str, Scalar] = {
            "title": row.title,
            "reference": row.reference,
            "place": row.place,
            "establishments": sent,
            "version": row.version,
        }
        record(session, scope, "alert.published", Thing("alert", row.id), now, detail)
        return row.id


def _checked(platform: Platform, draft: AlertDraft, kept: Alert | None = None) -> dict[str, object]:
    title, reference, link = line_of(draft.title), line_of(draft.reference), draft.link.strip()
    faults: dict[str, Text] = {}
    if not 0 < len(title) <= MAX_LINE:
        faults["title"] = Text(f"Un titre de 1 à {MAX_LINE} signes.", f"A title of 1 to {MAX_LINE} characters.")
    if len(reference) > MAX_REFERENCE:
        faults["reference"] = Text(f"{MAX_REFERENCE} signes au plus.", f"At most {MAX_REFERENCE} characters.")
    if len(draft.message) > MAX_TEXT:
        faults["message"] = Text(f"{MAX_TEXT} signes au plus.", f"At most {MAX_TEXT} characters.")
    if link and not _is_address(link):
        faults["link"] = Text(
            "Donnez une adresse complète, qui commence par https:// ou http://.",
            "Give a full address, beginning with https:// or http://.",
        )
    if draft.answer_by and draft.answer_by < today(platform) and (kept is None or kept.answer_by != draft.answer_by):
        faults["answer_by"] = Text("Cette date est passée.", "This day is over.")
    try:
        criteria = checked_criteria(draft.criteria)
    except Invalid as wrong:
        faults |= wrong.fields
    if faults:
        raise Invalid(faults)
    return {
        "title": title,
        "reference": reference,
        "severity": draft.severity,
        "criteria": [one.as_json() for one in criteria],
        "message": lines_of(draft.message),
        "link": link,
        "answer_by": draft.answer_by,
    }


def _is_address(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    plain = link.isprintable() and " " not in link and len(link) <= MAX_LINK
    return plain and parts.scheme in {"http", "https"} and bool(parts.hostname)


def _send_to(session: Session, row: Alert, place: Place, day: date) -> int:
    """Send it to the open establishments of a place that do not have it yet; how many it reached."""
    known = select(AlertPlace.establishment_id).where(AlertPlace.alert_id == row.id)
    inside = (visible(Reach.of(place)), still_open(day), Establishment.id.not_in(known))
    numbers = session.scalars(select(Establishment.id).where(*inside)).all()
    reached = [
        AlertPlace(alert_id=row.id, establishment_id=number, exposure=Exposure.UNKNOWN, seen=0, answer=AlertAnswer.NONE)
        for number in numbers
    ]
    restate(session, row, reached)
    session.add_all(reached)
    session.flush()
    return len(reached)


def tell_by_job(platform: Platform, session: Session, row: Alert, actor: str, reminder: str = "") -> None:
    """Have the letters of an alert written; with `reminder`, the day (ISO), only to those who did not answer."""
    order = jobs.Order(
        JobKind.ALERT,
        {"alert": row.id, "reminder": reminder},
        slot_key=f"alert:{row.id}:{row.version}:{reminder}",
    )
    jobs.submit(platform, session, order, actor)


def alert_row(session: Session, scope: Scope, alert_id: int, *, lock: bool = False) -> Alert:
    """An alert of ours, for who manages its territory: NotFound for anybody else."""
    row = session.get(Alert, alert_id, with_for_update=lock or None)
    if row is None or row.origin or not scope.allows(Right.MANAGE_REGION, place_lineage(session, place_at(row.place))):
        raise NotFound
    return row


def _to_change(platform: Platform, session: Session, scope: Scope, alert_id: int, version: int) -> Alert:
    row = alert_row(session, scope, alert_id, lock=True)
    if row.version != version:
        thing = Thing("alert", row.id)
        refuse_stale(platform, session, thing, (row.changed_at, row.changed_by), version, NAMES)
    if row.closed_at is not None:
        raise Refused(_CLOSED)
    return row


def change(platform: Platform, scope: Scope, alert_id: int, draft: AlertDraft, version: int) -> None:
    """Correct an alert seen at `version`; what it says of each establishment is stated again, and establishments
    registered since receive it too. Invalid, NotFound; Refused when somebody changed it since or it is closed."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _to_change(platform, session, scope, alert_id, version)
        values = _checked(platform, draft, row)
        fields = [name for name, value in values.items() if getattr(row, name) != value]
        for name in fields:
            setattr(row, name, values[name])
        _step(row, scope, now)
        restate(session, row, session.scalars(select(AlertPlace).where(AlertPlace.alert_id == row.id)).all())
        added = _send_to(session, row, place_at(row.place), today(platform))
        tell_by_job(platform, session, row, scope.actor)
        detail: dict[str, Scalar] = {"fields": ", ".join(fields), "version": row.version, "added": added}
        record(session, scope, "alert.changed", Thing("alert", row.id), now, detail)


def remind(platform: Platform, scope: Scope, alert_id: int) -> None:
    """Have those who did not settle the alert written to again, once a day at most. Refused once it is closed."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = alert_row(session, scope, alert_id, lock=True)
        if row.closed_at is not None:
            raise Refused(_CLOSED)
        row.reminded_at = now
        tell_by_job(platform, session, row, scope.actor, today(platform).isoformat())
        record(session, scope, "alert.reminded", Thing("alert", row.id), now)


def close(platform: Platform, scope: Scope, alert_id: int, version: int) -> None:
    """End an alert: nothing more is asked nor stated. NotFound; Refused when somebody changed it since."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _to_change(platform, session, scope, alert_id, version)
        row.closed_at = now
        _step(row, scope, now)
        detail: dict[str, Scalar] = {"fields": "closed", "version": row.version}
        record(session, scope, "alert.closed", Thing("alert", row.id), now, detail)


def _step(row: Alert, scope: Scope, now: datetime) -> None:
    row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor


def draft_of(row: Alert) -> AlertDraft:
    """An alert as it would be typed."""
    return AlertDraft(
        title=row.title,
        severity=row.severity,
        criteria=tuple(
            TypedCriterion(one.product, one.span.since, one.span.before) for one in criteria_of(row.criteria)
        ),
        reference=row.reference,
        message=row.message,
        link=row.link,
        answer_by=row.answer_by,
    )
