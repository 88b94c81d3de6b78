"""The support of one establishment: for the region that follows it, and for its own people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.support import CONTACT_NAMES, NEXT_STATES, ContactKind, StepState, UseState, step_state
from care.services.library import today as local_day
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.support.editing import ContactDraft, FileDraft, contact_row
from care.services.support.offers import ServiceOffer, offered_to, titles_of_offers
from care.store.support import ServiceUse, SupportContact, SupportFile


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A visit or another contact; `late` when it was planned for a day that is over and nobody told how it went."""

    id: int
    kind: ContactKind
    kind_name: str
    held_on: date
    held: bool
    late: bool
    by: str
    summary: str
    changed_at: datetime
    changed_by: str
    version: int


@dataclass(frozen=True, slots=True)
class UseLine:
    """The use of a service. `next` are what the region may say of it now."""

    id: int
    service: str
    title: str
    state: UseState
    asked_on: date
    began_on: date | None
    ended_on: date | None
    note: str
    changed_at: datetime
    changed_by: str
    version: int
    next: tuple[UseState, ...]


@dataclass(frozen=True, slots=True)
class SupportView:
    """The support of an establishment. `note` is empty for who is not of the region; `version` is 0 before anything was
    written. `offers` are the services it may ask for, those in use apart."""

    establishment_id: int
    name: str
    region: str
    grades: str
    grades_to_check: bool
    owner: str
    next_step: str
    next_on: date | None
    state: StepState
    note: str
    version: int
    changed_at: datetime | None
    changed_by: str
    planned: tuple[ContactLine, ...]
    held: tuple[ContactLine, ...]
    uses: tuple[UseLine, ...]
    offers: tuple[ServiceOffer, ...]
    may_support: bool
    may_ask: bool

    @property
    def draft(self) -> FileDraft:
        """The same as a form shows it."""
        return FileDraft(self.owner, self.next_step, self.next_on, self.note)


def open_support(platform: Platform, scope: Scope, establishment_id: int) -> SupportView:
    """The support of an establishment, the internal note for its region only. NotFound, Forbidden."""
    today = local_day(platform)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_ACTIONS)
        supports = scope.allows(Right.MANAGE_REGION, place.lineage)
        file = session.get(SupportFile, place.id)
        contacts = _contacts(session, place.id, scope.lang, today)
        uses = uses_of(session, [place.id])[place.id]
        busy = {one.service for one in uses if not one.state.over}
        offers = tuple(one for one in offered_to(session, place.region_id) if one.id not in busy)
        step = (file.next_step, file.next_on) if file else ("", None)
        return SupportView(
            establishment_id=place.id,
            name=place.name,
            region=place.region.name,
            grades=place.region.grades,
            grades_to_check=place.region.to_check,
            owner=file.owner if file else "",
            next_step=step[0],
            next_on=step[1],
            state=step_state(*step, today),
            note=file.note if file and supports else "",
            version=file.version if file else 0,
            changed_at=file.changed_at if file else None,
            changed_by=file.changed_by if file else "",
            planned=tuple(one for one in reversed(contacts) if not one.held),
            held=tuple(one for one in contacts if one.held),
            uses=uses,
            offers=offers,
            may_support=supports,
            may_ask=scope.allows(Right.MANAGE_PROGRAMME, place.lineage),
        )


def open_contact(platform: Platform, scope: Scope, contact_id: int) -> tuple[int, ContactDraft, int]:
    """A contact to change: its establishment, what is written, its version. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = contact_row(session, scope, contact_id)
        draft = ContactDraft(row.kind, row.held_on, row.by, row.held, row.summary)
        return row.establishment_id, draft, row.version


def _contacts(session: Session, establishment_id: int, lang: str, today: date) -> list[ContactLine]:
    """The latest first."""
    query = select(SupportContact).where(SupportContact.establishment_id == establishment_id)
    rows = session.scalars(query.order_by(SupportContact.held_on.desc(), SupportContact.id.desc()))
    return [
        ContactLine(
            id=row.id,
            kind=row.kind,
            kind_name=CONTACT_NAMES[row.kind].render(lang),
            held_on=row.held_on,
            held=row.held,
            late=not row.held and row.held_on < today,
            by=row.by,
            summary=row.summary,
            changed_at=row.changed_at,
            changed_by=row.changed_by,
            version=row.version,
        )
        for row in rows
    ]


def uses_of(session: Session, establishments: Iterable[int]) -> Mapping[int, tuple[UseLine, ...]]:
    """The services that each establishment asked for or uses, those still going on first."""
    asked = list(establishments)
    query = select(ServiceUse).where(ServiceUse.establishment_id.in_(asked))
    rows = session.scalars(query.order_by(ServiceUse.asked_on.desc(), ServiceUse.id.desc())).all()
    titles = titles_of_offers(session, {row.service for row in rows})
    found: dict[int, list[UseLine]] = {one: [] for one in asked}
    for row in sorted(rows, key=lambda one: one.state.over):
        found[row.establishment_id].append(_use(row, titles))
    return {site: tuple(lines) for site, lines in found.items()}


def _use(row: ServiceUse, titles: Mapping[str, str]) -> UseLine:
    return UseLine(
        id=row.id,
        service=row.service,
        title=titles.get(row.service, row.service),
        state=row.state,
        asked_on=row.asked_on,
        began_on=row.began_on,
        ended_on=row.ended_on,
        note=row.note,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        version=row.version,
        next=NEXT_STATES.get(row.state, ()),
    )
