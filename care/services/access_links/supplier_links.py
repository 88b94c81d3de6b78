"""Links handed to suppliers: made, listed, withdrawn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.access_links import LinkKind
from care.domain.mail import deliverable
from care.domain.suppliers import supplier_key
from care.services.access_links.letters import to_supplier
from care.services.access_links.rows import (
    MAX_ACCESSES,
    Made,
    add_link,
    answers_of,
    handed,
    public_link,
    thing_of,
)
from care.services.errors import Invalid, NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.remote_access.handing import by_supplier
from care.services.trail import record
from care.services.typed_texts import line_of, lines_of
from care.store.access_links import AccessLink
from scanners.model import Scalar, Text

DAYS, MOST_DAYS = 30, 90
"""How long a link is good unless said otherwise, and at most: our choice."""
MAX_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """A link to make: for which supplier, by which address, for how many days."""

    supplier: str
    email: str = ""
    note: str = ""
    days: int = DAYS


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link as lists show it. `asked` accesses, of which `answered`; `open`: it can still be answered."""

    id: int
    supplier: str
    email: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    opened_at: datetime | None
    answered_at: datetime | None
    signed_by: str
    revoked_at: datetime | None
    asked: int
    answered: int
    taken: int
    open: bool


@dataclass(frozen=True, slots=True)
class SupplierLinks:
    """The links of an establishment, newest first, and the suppliers that can be asked with their open accesses."""

    links: tuple[LinkLine, ...]
    suppliers: tuple[tuple[str, int], ...]
    may_manage: bool


def read_links(platform: Platform, scope: Scope, establishment_id: int) -> SupplierLinks:
    """The links of an establishment. NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        query = select(AccessLink).where(
            AccessLink.establishment_id == establishment_id, AccessLink.kind == LinkKind.SUPPLIER
        )
        rows = session.scalars(query.order_by(AccessLink.id.desc())).all()
        counts = _counts(session, [row.id for row in rows])
        return SupplierLinks(
            tuple(_line(row, counts[row.id], now) for row in rows),
            tuple((names[0].supplier, len(names)) for names in by_supplier(session, establishment_id).values()),
            scope.allows(Right.MANAGE_TARGETS, place.lineage),
        )


def make_link(platform: Platform, scope: Scope, establishment_id: int, draft: LinkDraft) -> Made:
    """Make a link for a supplier about its open accesses. Invalid by field; Refused when it has too many."""
    now = platform.clock.now()
    one = _checked(draft)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        accesses = by_supplier(session, establishment_id).get(supplier_key(one.supplier), [])
        if not accesses:
            raise Invalid(
                {"supplier": Text("Ce fournisseur n’a aucun accès ouvert.", "This supplier has no open access.")}
            )
        if len(accesses) > MAX_ACCESSES:
            raise Refused(
                Text(
                    f"Ce fournisseur a plus de {MAX_ACCESSES} accès ouverts : regroupez-les dans le registre.",
                    f"This supplier has more than {MAX_ACCESSES} open accesses: group them in the register.",
                )
            )
        link = AccessLink(
            establishment_id=establishment_id, kind=LinkKind.SUPPLIER, name=accesses[0].supplier, email=one.email,
            note=one.note, created_at=now, created_by=scope.actor, expires_at=now + timedelta(days=one.days),
        )  # fmt: skip
        token = add_link(session, link, accesses, scope.lang)
        until = link.expires_at.astimezone(ZoneInfo(platform.settings.timezone)).date()
        letter = to_supplier(scope.lang, place.name, link.name, len(accesses), public_link(platform, token), until)
        made = handed(platform, session, link, token, letter if one.email else None)
        detail: dict[str, Scalar] = {"supplier": link.name, "accesses": len(accesses), "mailed": made.mailed}
        record(session, scope, "supplier_link.made", thing_of(link), now, detail)
        return made


def withdraw_link(platform: Platform, scope: Scope, establishment_id: int, link_id: int) -> str:
    """Make a link open nothing any more; what was answered stays. The supplier's name; twice changes nothing."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        link = supplier_link(session, establishment_id, link_id, lock=True)
        if link.revoked_at is None:
            link.revoked_at = now
            record(session, scope, "supplier_link.withdrawn", thing_of(link), now, {"supplier": link.name})
        return link.name


def supplier_link(session: Session, establishment_id: int, link_id: int, *, lock: bool = False) -> AccessLink:
    """A supplier's link of an establishment; NotFound."""
    link = session.get(AccessLink, link_id, with_for_update=lock or None)
    if link is None or link.establishment_id != establishment_id or link.kind is not LinkKind.SUPPLIER:
        raise NotFound
    return link


def link_line(session: Session, link: AccessLink, now: datetime) -> LinkLine:
    """One link as lists show it."""
    return _line(link, _counts(session, [link.id])[link.id], now)


def _checked(draft: LinkDraft) -> LinkDraft:
    one = LinkDraft(line_of(draft.supplier), line_of(draft.email), lines_of(draft.note), draft.days)
    faults: dict[str, Text] = {}
    if not one.supplier:
        faults["supplier"] = Text("Choisissez un fournisseur.", "Choose a supplier.")
    if one.email and not deliverable(one.email):
        faults["email"] = Text(f"« {one.email} » n’est pas une adresse.", f"“{one.email}” is no address.")
    if len(one.note) > MAX_NOTE:
        faults["note"] = Text(f"{MAX_NOTE} signes au plus.", f"At most {MAX_NOTE} characters.")
    if not 1 <= one.days <= MOST_DAYS:
        faults["days"] = Text(f"Entre 1 et {MOST_DAYS} jours.", f"Between 1 and {MOST_DAYS} days.")
    if faults:
        raise Invalid(faults)
    return one


def _counts(session: Session, link_ids: list[int]) -> dict[int, tuple[int, int, int]]:
    counts: dict[int, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for row in answers_of(session, link_ids):
        asked, answered, taken = counts[row.link_id]
        counts[row.link_id] = (
            asked + 1,
            answered + (row.decided_at is not None),
            taken + (row.taken_at is not None),
        )
    return counts


def _line(row: AccessLink, counts: tuple[int, int, int], now: datetime) -> LinkLine:
    return LinkLine(
        row.id, row.name, row.email, row.created_at, row.created_by, row.expires_at, row.opened_at, row.answered_at,
        row.signed_by, row.revoked_at, *counts, open=row.revoked_at is None and row.expires_at > now,
    )  # fmt: skip
