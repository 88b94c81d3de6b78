"""What a supplier said, beside what the register holds and what audits measured; and taken into the register."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.access_links import BELIED, Compared, Fault, LinkKind, compared
from care.domain.access_measures import Seen, SeenAccount, contradictions
from care.domain.findings import State
from care.domain.remote_access import Technology
from care.domain.supplier_questions import BY_NAME, AskedKind
from care.domain.suppliers import same_supplier, supplier_key
from care.services.access_links.measured import keys_of, seen_accounts
from care.services.access_links.rows import answers_of, thing_of
from care.services.access_links.supplier_links import LinkLine, link_line, supplier_link
from care.services.errors import Invalid, NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.remote_access.register import REGISTER
from care.services.trail import record
from care.store.access_links import AccessAnswer, AccessLink
from care.store.findings import FindingRow
from care.store.remote_access import RemoteAccess
from scanners.model import Scalar, Text
from scanners.remote_access.suppliers import account_key

_MOST_FAULTS = 2_000


@dataclass(frozen=True, slots=True)
class AnsweredAccess:
    """One access of a link: its two sides, the remark, who answered when, what already went into the register."""

    answer_id: int
    access_id: int
    supplier: str
    equipment: str
    closed: bool
    lines: tuple[Compared, ...]
    note: str
    decided_at: datetime | None
    decided_by: str
    taken_at: datetime | None
    taken_by: str

    @property
    def contradictions(self) -> int:
        """How many answers are not what the register holds or what was measured."""
        return sum(one.differs or one.contradicted for one in self.lines)


@dataclass(frozen=True, slots=True)
class Answers:
    """A link and the accesses that it asks about. `unsaid` are open accounts of the supplier that it names nowhere."""

    link: LinkLine
    accesses: tuple[AnsweredAccess, ...]
    unsaid: tuple[SeenAccount, ...]
    may_manage: bool


def read_answers(platform: Platform, scope: Scope, establishment_id: int, link_id: int) -> Answers:
    """What was answered by a link. NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        link = supplier_link(session, establishment_id, link_id)
        accesses, unsaid = _compared(platform, session, link)
        return Answers(
            link_line(session, link, now), accesses, unsaid, scope.allows(Right.MANAGE_TARGETS, place.lineage)
        )


def last_answers(
    platform: Platform, session: Session, establishment_id: int, supplier: str
) -> tuple[tuple[AnsweredAccess, ...], tuple[SeenAccount, ...]]:
    """What a supplier last answered and the open accounts that it named nowhere; nothing while it answered nothing. Who
    asks was checked before."""
    query = select(AccessLink).where(
        AccessLink.establishment_id == establishment_id,
        AccessLink.kind == LinkKind.SUPPLIER,
        AccessLink.answered_at.is_not(None),
    )
    links = session.scalars(query.order_by(AccessLink.answered_at.desc(), AccessLink.id.desc()))
    link = next((one for one in links if supplier_key(one.name) == supplier_key(supplier)), None)
    return _compared(platform, session, link) if link else ((), ())


def _compared(
    platform: Platform, session: Session, link: AccessLink
) -> tuple[tuple[AnsweredAccess, ...], tuple[SeenAccount, ...]]:
    rows = answers_of(session, [link.id])
    held = {row.access_id: session.get_one(RemoteAccess, row.access_id) for row in rows}
    faults = _faults(session, link.establishment_id)
    seen = seen_accounts(platform, session, link.establishment_id)
    answered = tuple(_answered(row, held[row.access_id], faults, seen) for row in rows)
    if not any(row.said.get("accounts") for row in rows):
        return answered, ()
    told = {name for row in rows for name in (*row.said.get("accounts", ()), *held[row.access_id].accounts)}
    return answered, _unsaid(seen, link.name, told)


def _unsaid(seen: Seen, supplier: str, told: Collection[str]) -> tuple[SeenAccount, ...]:
    """The open accounts that a list gives to the supplier, and that neither it nor the register names."""
    keys = set(keys_of(told).values())
    return tuple(
        one
        for key, found in sorted(seen.accounts.items())
        for one in found
        if key not in keys and one.open is not False and one.company and same_supplier(one.company, supplier)
    )


def take_answers(
    platform: Platform, scope: Scope, establishment_id: int, answer_id: int, names: Collection[str], seen: str
) -> tuple[str, ...]:
    """Write what was said of one access into the register, as a person who types it, for the questions chosen; the
    columns that changed. `seen` is when the answer that was shown was given (ISO).

    Invalid when none was chosen or the register does not take one; Refused when the supplier answered again since;
    NotFound.
    """
    now = platform.clock.now()
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        answer = _answer(session, establishment_id, answer_id, seen)
        access = session.get_one(RemoteAccess, answer.access_id)
        before, version = REGISTER.draft_of(access), access.version
        chosen = {name: _taken(name, answer.said[name]) for name in names if name in answer.said and name in BY_NAME}
    if not chosen:
        raise Invalid({"names": Text("Choisissez ce qui est à reprendre.", "Choose what is to be taken.")})
    changed = tuple(name for name, value in chosen.items() if getattr(before, name) != value)
    if changed:
        REGISTER.change(platform, scope, access.id, replace(before, **chosen), version)
    with platform.database.write() as session:
        answer = _answer(session, establishment_id, answer_id, seen, lock=True)
        answer.taken_at, answer.taken_by = now, scope.actor
        link = supplier_link(session, establishment_id, answer.link_id)
        detail: dict[str, Scalar] = {"supplier": link.name, "access": answer.access_id, "fields": ", ".join(changed)}
        record(session, scope, "supplier_link.taken", thing_of(link), now, detail)
    return changed


def _answer(session: Session, establishment_id: int, answer_id: int, seen: str, *, lock: bool = False) -> AccessAnswer:
    answer = session.get(AccessAnswer, answer_id, with_for_update=lock or None)
    if answer is None or answer.decided_at is None:
        raise NotFound
    supplier_link(session, establishment_id, answer.link_id)
    if answer.decided_at.isoformat() != seen:
        raise Refused(
            Text(
                "Le fournisseur a répondu de nouveau entre-temps : relisez sa réponse, puis recommencez.",
                "The supplier answered again in the meantime: read its answer again, then start over.",
            )
        )
    return answer


def _taken(name: str, value: Any) -> Any:  # noqa: ANN401 - a value of JSON, and as the draft holds it
    if BY_NAME[name].kind is AskedKind.DAY:
        return date.fromisoformat(value)
    if name == "technology":
        return Technology(value)
    return tuple(value) if isinstance(value, list) else value


def _answered(row: AccessAnswer, held: RemoteAccess, faults: Iterable[Fault], seen: Seen) -> AnsweredAccess:
    keys = keys_of((*row.said.get("accounts", ()), *held.accounts))
    accounts = set(keys.values())
    known = {name: _plain(getattr(held, name)) for name in BY_NAME}
    mine = [
        one
        for one in faults
        if (same_supplier(one.account, held.supplier) if one.company else account_key(one.account) in accounts)
    ]
    return AnsweredAccess(
        row.id, row.access_id, held.supplier, held.equipment, held.ended_on is not None,
        compared(known, row.said, mine, contradictions(row.said, keys, seen)), row.note, row.decided_at,
        row.decided_by, row.taken_at, row.taken_by,
    )  # fmt: skip


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column of the register
    return value.isoformat() if isinstance(value, date) else value


def _faults(session: Session, establishment_id: int) -> tuple[Fault, ...]:
    """The findings about accounts of lists and gateways (a subject is `place/account`) and about interventions, which
    name their company. One that is accepted or put off is measured all the same."""
    rules = sorted(frozenset().union(*BELIED.values()))
    query = select(FindingRow.id, FindingRow.rule, FindingRow.subject, FindingRow.evidence).where(
        FindingRow.establishment_id == establishment_id,
        FindingRow.rule.in_(rules),
        FindingRow.state.in_((State.OPEN, State.ACCEPTED, State.POSTPONED)),
    )
    rows = session.execute(query.order_by(FindingRow.id).limit(_MOST_FAULTS))
    return tuple(_fault(rule, subject, evidence, number) for number, rule, subject, evidence in rows)


def _fault(rule: str, subject: str, evidence: Mapping[str, Any], number: int) -> Fault:
    if rule in BELIED["report_clause"]:
        return Fault(rule, str(evidence.get("supplier", "")), number, company=True)
    return Fault(rule, subject.rpartition("/")[2], number)
