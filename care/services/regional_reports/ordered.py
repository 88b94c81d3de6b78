"""Regional reports that come by themselves: ordered by who manages the region, made when due, ended for good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from care.domain.access import RIGHTS, Lineage, Place, Right, Scope, place_at
from care.domain.mail import deliverable
from care.domain.regional_reports import Every, ReportForm, allowed_forms, has_public_form, next_due, told_month
from care.services import jobs
from care.services.errors import Invalid, NotFound
from care.services.library import today
from care.services.places import place_lineage, place_name
from care.services.platform import Platform
from care.services.regional_reports.asking import ReportAsk, order_of
from care.services.stale import refuse_stale
from care.services.territories import check_territory
from care.services.trail import Thing, record
from care.services.typed_texts import MAX_LINE, line_of
from care.services.work import Hold
from care.store.accounts import Account
from care.store.support import ReportOrder
from scanners.model import LANGS, Scalar, Text

MOST_RECIPIENTS = 50
_NAMES = {
    "title": Text("le titre", "the title"),
    "forms": Text("les formes", "the forms"),
    "public": Text("la diffusion", "the audience"),
    "every": Text("le rythme", "how often"),
    "recipients": Text("les destinataires", "the recipients"),
    "lang": Text("la langue", "the language"),
}


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as typed."""

    title: str
    forms: tuple[ReportForm, ...]
    public: bool
    every: Every
    recipients: tuple[str, ...]
    lang: str = "fr"


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as people read it."""

    id: int
    place: Place
    place_name: str
    title: str
    forms: tuple[ReportForm, ...]
    public: bool
    every: Every
    recipients: tuple[str, ...]
    lang: str
    next_on: date
    last_made_at: datetime | None
    changed_at: datetime
    changed_by: str
    version: int


def list_orders(platform: Platform, scope: Scope) -> tuple[OrderView, ...]:
    """The orders that run, of places the reader manages, by title."""
    with platform.database.read() as session:
        rows = session.scalars(
            select(ReportOrder).where(ReportOrder.ended_at.is_(None)).order_by(ReportOrder.title, ReportOrder.id)
        ).all()
        return tuple(_view(session, row, scope.lang) for row in rows if _manages(session, scope, place_at(row.place)))


def read_order(platform: Platform, scope: Scope, order_id: int) -> OrderView:
    """One order that runs. NotFound."""
    with platform.database.read() as session:
        return _view(session, _row(session, scope, order_id), scope.lang)


def create_order(platform: Platform, scope: Scope, place: Place, draft: OrderDraft) -> int:
    """Order a report; its first is due on the next 11th. Invalid, NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.write() as session:
        check_territory(session, scope, place, Right.MANAGE_REGION)
        recipients = _checked(session, place, draft, now)
        row = ReportOrder(
            place=place.key,
            next_on=next_due(draft.every, today(platform)),
            changed_at=now,
            changed_by=scope.actor,
            **_columns(draft, recipients),
        )
        session.add(row)
        session.flush()
        record(session, scope, "report_order.created", Thing("report_order", row.id), now, _detail(row))
        return row.id


def change_order(platform: Platform, scope: Scope, order_id: int, draft: OrderDraft, version: int) -> None:
    """Change an order seen at `version`. Invalid, Refused when somebody changed it since, NotFound."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row, thing = _row(session, scope, order_id, lock=True), Thing("report_order", order_id)
        if row.version != version:
            refuse_stale(platform, session, thing, (row.changed_at, row.changed_by), version, _NAMES)
        new = _columns(draft, _checked(session, place_at(row.place), draft, now))
        fields = [name for name, value in new.items() if getattr(row, name) != value]
        if "every" in fields:
            row.next_on = next_due(draft.every, today(platform))
        for name in fields:
            setattr(row, name, new[name])
        row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor
        record(session, scope, "report_order.changed", thing, now, _detail(row) | {"fields": ", ".join(fields)})


def end_order(platform: Platform, scope: Scope, order_id: int) -> None:
    """Order it no more. NotFound."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _row(session, scope, order_id, lock=True)
        row.ended_at, row.version, row.changed_at, row.changed_by = now, row.version + 1, now, scope.actor
        record(session, scope, "report_order.ended", Thing("report_order", order_id), now)


def make_what_is_due(platform: Platform, hold: Hold) -> None:
    """The job of the day: a report for every order that is due, once for its month whatever happens."""
    day = today(platform)
    with platform.database.write() as session:
        rows = session.scalars(
            select(ReportOrder)
            .where(ReportOrder.ended_at.is_(None), ReportOrder.next_on <= day)
            .order_by(ReportOrder.id)
            .with_for_update()
        ).all()
        for row in rows:
            _submit(platform, session, row)
            row.next_on = next_due(Every(row.every), day)
        hold.finish(session, Text(f"Rapports demandés : {len(rows)}.", f"Reports asked for: {len(rows)}."))


def _submit(platform: Platform, session: Session, row: ReportOrder) -> None:
    forms = tuple(ReportForm(one) for one in row.forms)
    ask = ReportAsk(place_at(row.place), told_month(row.next_on), forms, row.public)
    key = f"report-order:{row.id}:{ask.month}"
    jobs.submit(platform, session, order_of(ask, row.lang, row.id, key), row.changed_by)


def _row(session: Session, scope: Scope, order_id: int, *, lock: bool = False) -> ReportOrder:
    row = session.get(ReportOrder, order_id, with_for_update=lock or None)
    if row is None or row.ended_at is not None or not _manages(session, scope, place_at(row.place)):
        raise NotFound
    return row


def _manages(session: Session, scope: Scope, place: Place) -> bool:
    return scope.allows(Right.MANAGE_REGION, place_lineage(session, place))


def _checked(session: Session, place: Place, draft: OrderDraft, now: datetime) -> tuple[str, ...]:
    """The recipients, each once. Invalid, by field."""
    title, faults = line_of(draft.title), dict[str, Text]()
    if not 0 < len(title) <= MAX_LINE:
        faults["title"] = Text(f"Un titre de 1 à {MAX_LINE} signes.", f"A title of 1 to {MAX_LINE} characters.")
    if draft.public and not has_public_form(place.level):
        faults["public"] = Text(
            "Les chiffres d’un GHT ne sont jamais publics : choisissez la forme réservée.",
            "Figures of a GHT are never public: choose the reserved form.",
        )
    allowed = allowed_forms(place.level, public=draft.public)
    if not draft.forms or not set(draft.forms) <= set(allowed):
        faults["forms"] = Text(
            "Choisissez au moins une forme ; les données ouvertes n’existent que sous la forme publique.",
            "Choose at least one form; open data exists in the public form only.",
        )
    if draft.lang not in LANGS:
        faults["lang"] = Text("Français ou anglais.", "French or English.")
    recipients = tuple(dict.fromkeys(one.strip().lower() for one in draft.recipients if one.strip()))
    fault = _recipients_fault(session, place, recipients, now, public=draft.public)
    if fault:
        faults["recipients"] = fault
    if faults:
        raise Invalid(faults)
    return recipients


def _recipients_fault(
    session: Session, place: Place, recipients: tuple[str, ...], now: datetime, *, public: bool
) -> Text | None:
    if not 0 < len(recipients) <= MOST_RECIPIENTS:
        return Text(f"De 1 à {MOST_RECIPIENTS} adresses.", f"From 1 to {MOST_RECIPIENTS} addresses.")
    wrong = [one for one in recipients if not deliverable(one)]
    if wrong:
        return Text(f"Adresse mal écrite : {wrong[0]}.", f"Address not well written: {wrong[0]}.")
    unknown = [] if public else sorted(set(recipients) - _entitled(session, place_lineage(session, place), now))
    if unknown:
        return Text(
            f"La forme réservée ne s’annonce qu’à qui voit ce territoire dans CaRE : {unknown[0]} n’est l’adresse "
            "d’aucun compte qui le voit. Retirez-la, ou choisissez la forme publique.",
            f"The reserved form is announced to who sees this place in CaRE only: {unknown[0]} is the address of no "
            "account that does. Take it out, or choose the public form.",
        )
    return None


def _entitled(session: Session, where: Lineage, now: datetime) -> frozenset[str]:
    """The addresses of accounts that see the region there."""
    accounts = session.scalars(
        select(Account).where(Account.active, Account.email != "").options(selectinload(Account.grants))
    )
    return frozenset(one.email.strip().lower() for one in accounts if _sees(one, where, now))


def _sees(account: Account, where: Lineage, now: datetime) -> bool:
    grants: Iterable[Lineage] = (
        frozenset({one.grant.place})
        for one in account.grants
        if one.grant.current(now) and Right.SEE_REGION in RIGHTS[one.grant.role]
    )
    return any(found & where for found in grants)


def _columns(draft: OrderDraft, recipients: tuple[str, ...]) -> dict[str, object]:
    return {
        "title": line_of(draft.title),
        "forms": [one.value for one in draft.forms],
        "public": draft.public,
        "every": draft.every.value,
        "recipients": list(recipients),
        "lang": draft.lang,
    }


def _detail(row: ReportOrder) -> dict[str, Scalar]:
    return {
        "place": row.place,
        "title": row.title,
        "forms": ", ".join(row.forms),
        "public": row.public,
        "every": row.every,
        "recipients": len(row.recipients),
        "version": row.version,
    }


def _view(session: Session, row: ReportOrder, lang: str) -> OrderView:
    place = place_at(row.place)
    return OrderView(
        id=row.id,
        place=place,
        place_name=place_name(session, place, lang),
        title=row.title,
        forms=tuple(ReportForm(one) for one in row.forms),
        public=row.public,
        every=Every(row.every),
        recipients=tuple(row.recipients),
        lang=row.lang,
        next_on=row.next_on,
        last_made_at=row.last_made_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        version=row.version,
    )
