"""The directory of crisis: who to call when nothing works, cell by cell, the head of a cell first.

Numbers of people are personal data: only who may see contacts reads them. A contact removed is really erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import CELL_KINDS, CellKind
from care.domain.crisis import ContactFacts, Gap, Lack, directory_gaps
from care.services.action_query import today
from care.services.crisis_rows import FIELDS, check_version
from care.services.errors import Invalid, NotFound, Refused
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.crisis import CrisisContact
from scanners.model import Scalar, Text

MAX_CONTACTS = 300
"""A directory that needs more is no longer read in a crisis: our choice."""
LENGTHS: Mapping[str, int] = {
    "function": 200,
    "name": 200,
    "organisation": 200,
    "phone": 60,
    "fallback": 60,
    "mail": 200,
    "deputy": 300,
    "note": 300,
}
FIELD_NAMES: Mapping[str, Text] = {
    "cell": Text("la cellule", "the cell"),
    "function": Text("la fonction", "the function"),
    "name": Text("le nom", "the name"),
    "organisation": Text("l’organisme", "the organisation"),
    "phone": Text("le téléphone", "the telephone"),
    "fallback": Text("le numéro de secours", "the fallback number"),
    "mail": Text("l’adresse de messagerie", "the mail address"),
    "deputy": Text("le suppléant", "the deputy"),
    "note": Text("la remarque", "the note"),
    "checked_on": Text("la date de vérification", "the date of the check"),
    "rank": Text("l’ordre", "the order"),
}
SAY_FUNCTION = Text("Dites la fonction : c’est elle qu’on cherche dans une crise.", "Say the function.")


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A contact as typed in. `fallback` does not go through the telephones of the establishment."""

    cell: CellKind
    function: str
    name: str = ""
    organisation: str = ""
    phone: str = ""
    fallback: str = ""
    mail: str = ""
    deputy: str = ""
    note: str = ""
    checked_on: date | None = None


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact. `lead` is the first of its cell: it heads it. `gaps` say what it lacks, in the reader's language, and
    `lacks` in short."""

    id: int
    establishment_id: int
    draft: ContactDraft
    lead: bool
    first: bool
    last: bool
    gaps: tuple[str, ...]
    lacks: tuple[Lack, ...]
    changed_at: datetime
    changed_by: str
    version: int


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell and its people; `gaps` speak of the cell itself."""

    cell: CellKind
    name: str
    contacts: tuple[ContactView, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Directory:
    """The directory of an establishment: every cell, empty ones included."""

    cells: tuple[CellView, ...]
    may_change: bool

    @property
    def contacts(self) -> tuple[ContactView, ...]:
        """Everyone, cell after cell."""
        return tuple(contact for cell in self.cells for contact in cell.contacts)

    @property
    def gaps(self) -> tuple[str, ...]:
        """Everything that is missing."""
        return tuple(gap for cell in self.cells for gap in (*cell.gaps, *_of(cell.contacts)))


def _of(contacts: Iterable[ContactView]) -> Iterable[str]:
    return (gap for contact in contacts for gap in contact.gaps)


def open_directory(platform: Platform, scope: Scope, establishment_id: int) -> Directory:
    """The directory of an establishment, for who may see contacts."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTACTS)
        rows = directory_rows(session, establishment_id)
        may_change = scope.allows(Right.MANAGE_CONTINUITY, place.lineage)
    return Directory(_cells(rows, today(platform), scope.lang), may_change)


def directory_rows(session: Session, establishment_id: int) -> list[CrisisContact]:
    """Every contact, cells in their order, the head of each first."""
    query = select(CrisisContact).where(CrisisContact.establishment_id == establishment_id)
    order = list(CellKind)
    rows = session.scalars(query.order_by(CrisisContact.rank, CrisisContact.id))
    return sorted(rows, key=lambda row: order.index(row.cell))


def gaps_of(rows: Sequence[CrisisContact], day: date) -> tuple[Gap, ...]:
    """What these contacts, in order, lack."""
    leads = {next(group).id for _, group in groupby(rows, key=lambda row: row.cell)}
    return directory_gaps([_facts(row, lead=row.id in leads) for row in rows], day)


def _facts(row: CrisisContact, *, lead: bool) -> ContactFacts:
    return ContactFacts(
        row.cell,
        row.function,
        lead=lead,
        named=bool(row.name),
        phone=bool(row.phone),
        fallback=bool(row.fallback),
        deputy=bool(row.deputy),
        checked_on=row.checked_on,
    )


def _cells(rows: Sequence[CrisisContact], day: date, lang: str) -> tuple[CellView, ...]:
    gaps = gaps_of(rows, day)
    views: dict[CellKind, list[ContactView]] = {cell: [] for cell in CellKind}
    for position, row in enumerate(rows):
        mates = [one for one in rows if one.cell is row.cell]
        mine = [gap for gap in gaps if gap.position == position]
        views[row.cell].append(_view(row, mine, lang, first=mates[0] is row, last=mates[-1] is row))
    return tuple(
        CellView(
            cell,
            CELL_KINDS[cell].render(lang),
            tuple(contacts),
            tuple(gap.text.render(lang) for gap in gaps if gap.cell is cell and gap.position is None),
        )
        for cell, contacts in views.items()
    )


def _view(row: CrisisContact, gaps: Sequence[Gap], lang: str, *, first: bool, last: bool) -> ContactView:
    return ContactView(
        id=row.id,
        establishment_id=row.establishment_id,
        draft=draft_of(row),
        lead=first and row.cell is not CellKind.NONE,
        first=first,
        last=last,
        gaps=tuple(gap.text.render(lang) for gap in gaps),
        lacks=tuple(gap.lack for gap in gaps),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        version=row.version,
    )


def draft_of(row: CrisisContact) -> ContactDraft:
    """What a person typed in."""
    return ContactDraft(**{item.name: getattr(row, item.name) for item in fields(ContactDraft)})


def open_contact(platform: Platform, scope: Scope, contact_id: int) -> ContactView:
    """One contact; NotFound outside the scope."""
    with platform.database.read() as session:
        row = session.scalars(
            select(CrisisContact).where(
                CrisisContact.id == contact_id, within(scope, Right.SEE_CONTACTS, CrisisContact.establishment_id)
            )
        ).one_or_none()
        if row is None:
            raise NotFound
        rows = directory_rows(session, row.establishment_id)
    found = (contact for cell in _cells(rows, today(platform), scope.lang) for contact in cell.contacts)
    return next(contact for contact in found if contact.id == contact_id)


def add_contact(platform: Platform, scope: Scope, establishment_id: int, draft: ContactDraft) -> int:
    """Add a contact at the end of its cell; returns its number."""
    now, draft = platform.clock.now(), cleaned(draft, today(platform))
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        rows = directory_rows(session, establishment_id)
        check_room(len(rows) + 1)
        rank = 1 + max((row.rank for row in rows if row.cell is draft.cell), default=-1)
        row = new_row(establishment_id, draft, rank, scope, now)
        session.add(row)
        session.flush()
        detail: dict[str, Scalar] = {"cell": draft.cell.value, "version": 1}
        record(session, scope, "contact.added", _thing(row), now, detail)
        return row.id


def new_row(establishment_id: int, draft: ContactDraft, rank: int, scope: Scope, now: datetime) -> CrisisContact:
    """A contact to add."""
    return CrisisContact(
        establishment_id=establishment_id,
        rank=rank,
        changed_at=now,
        changed_by=scope.actor,
        version=1,
        **{item.name: getattr(draft, item.name) for item in fields(ContactDraft)},
    )


def check_room(count: int) -> None:
    """Refused when a directory would hold more than `MAX_CONTACTS`."""
    if count > MAX_CONTACTS:
        raise Refused(
            Text(
                f"L’annuaire de crise compte au plus {MAX_CONTACTS} contacts : au-delà, personne ne le lit en crise.",
                f"The crisis directory holds {MAX_CONTACTS} contacts at most: beyond, nobody reads it in a crisis.",
            )
        )


def change_contact(platform: Platform, scope: Scope, contact_id: int, draft: ContactDraft, version: int) -> None:
    """Change a contact seen at `version`. Refused, saying who changed what, when somebody changed it since."""
    now, draft = platform.clock.now(), cleaned(draft, today(platform))
    with platform.database.write() as session:
        row = _locked(session, scope, contact_id)
        check_version(platform, session, row, version, _thing(row), FIELD_NAMES)
        changed = apply_draft(session, row, draft)
        if not changed:
            return
        touch(row, scope, now)
        detail: dict[str, Scalar] = {FIELDS: ",".join(changed), "version": row.version}
        record(session, scope, "contact.changed", _thing(row), now, detail)


def apply_draft(session: Session, row: CrisisContact, draft: ContactDraft) -> list[str]:
    """Write a draft into a row; the names of what changed. A contact that changes cell goes to its end."""
    changed = [name for name, value in asdict(draft).items() if value != getattr(row, name)]
    if "cell" in changed:
        row.rank = _end(session, row.establishment_id, draft.cell)
    for name in changed:
        setattr(row, name, getattr(draft, name))
    return changed


def touch(row: CrisisContact, scope: Scope, now: datetime) -> None:
    """Mark a locked contact as changed."""
    row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor


def _end(session: Session, establishment_id: int, cell: CellKind) -> int:
    last = session.scalar(
        select(func.max(CrisisContact.rank)).where(
            CrisisContact.establishment_id == establishment_id, CrisisContact.cell == cell
        )
    )
    return 0 if last is None else last + 1


def remove_contact(platform: Platform, scope: Scope, contact_id: int, version: int) -> None:
    """Erase a contact seen at `version`; the trail keeps its function, never the person."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _locked(session, scope, contact_id)
        check_version(platform, session, row, version, _thing(row), FIELD_NAMES)
        thing, detail = _thing(row), {"cell": row.cell.value, "function": row.function}
        session.delete(row)
        record(session, scope, "contact.removed", thing, now, detail)


def move_contact(platform: Platform, scope: Scope, contact_id: int, *, up: bool) -> None:
    """Put a contact before or after its neighbour in its cell; the first heads the cell. Nothing at the ends."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _locked(session, scope, contact_id)
        mates = [one for one in directory_rows(session, row.establishment_id) if one.cell is row.cell]
        place = mates.index(row)
        other = place + (-1 if up else 1)
        if not 0 <= other < len(mates):
            return
        mates[place], mates[other] = mates[other], mates[place]
        for rank, one in enumerate(mates):
            one.rank = rank
        touch(row, scope, now)
        record(session, scope, "contact.moved", _thing(row), now, {FIELDS: "rank", "version": row.version})


def check_contacts(platform: Platform, scope: Scope, establishment_id: int, contact_ids: Sequence[int]) -> int:
    """Say that these numbers were tried today; returns how many. NotFound when one belongs elsewhere."""
    now, day = platform.clock.now(), today(platform)
    wanted = set(contact_ids)
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        query = select(CrisisContact).where(
            CrisisContact.id.in_(wanted), CrisisContact.establishment_id == establishment_id
        )
        rows = session.scalars(query.order_by(CrisisContact.id).with_for_update()).all()
        if len(rows) != len(wanted):
            raise NotFound
        if not rows:
            raise Invalid({"contacts": Text("Cochez au moins un contact.", "Tick at least one contact.")})
        for row in rows:
            row.checked_on = day
            touch(row, scope, now)
        record(session, scope, "contact.checked", Thing("directory", establishment_id, establishment_id), now,
               {"count": len(rows)})  # fmt: skip
        return len(rows)


def start_from_kit(platform: Platform, scope: Scope, establishment_id: int) -> int:
    """Give every empty cell the functions it usually holds, nobody appointed yet; returns how many were added."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        staffed = {row.cell for row in directory_rows(session, establishment_id)}
        usual = [one for one in platform.kits.crisis.functions if one.cell not in staffed]
        for rank, one in enumerate(usual):
            draft = ContactDraft(one.cell, one.function.render(scope.lang))
            session.add(new_row(establishment_id, draft, rank, scope, now))
        if usual:
            thing = Thing("directory", establishment_id, establishment_id)
            record(session, scope, "contact.started", thing, now, {"count": len(usual)})
        return len(usual)


def cleaned(draft: ContactDraft, day: date) -> ContactDraft:
    """The draft on single lines. Invalid names the fields that cannot be used."""
    texts = {name: line_of(getattr(draft, name)) for name in LENGTHS}
    faults = {
        name: Text(f"{LENGTHS[name]} caractères au plus.", f"{LENGTHS[name]} characters at most.")
        for name, text in texts.items()
        if len(text) > LENGTHS[name]
    }
    if not texts["function"]:
        faults["function"] = SAY_FUNCTION
    for name in ("phone", "fallback"):
        if texts[name] and not any(sign.isdigit() for sign in texts[name]):
            faults[name] = Text("Un numéro contient des chiffres.", "A number holds digits.")
    if texts["mail"] and "@" not in texts["mail"]:
        faults["mail"] = Text("Cette adresse n’a pas de @.", "This address has no @.")
    if draft.checked_on is not None and draft.checked_on > day:
        faults["checked_on"] = Text("Cette date est dans le futur.", "This date is in the future.")
    if faults:
        raise Invalid(faults)
    return ContactDraft(cell=draft.cell, checked_on=draft.checked_on, **texts)


def _locked(session: Session, scope: Scope, contact_id: int) -> CrisisContact:
    """A contact this person may change, locked; NotFound for a stranger, Forbidden for who only reads."""
    row = session.scalars(
        select(CrisisContact)
        .where(CrisisContact.id == contact_id, within(scope, Right.SEE, CrisisContact.establishment_id))
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound
    visible_establishment(session, scope, row.establishment_id, Right.MANAGE_CONTINUITY)
    return row


def _thing(row: CrisisContact) -> Thing:
    return Thing("contact", row.id, row.establishment_id)
