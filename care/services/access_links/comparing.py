"""What a supplier said, beside what the register holds and what audits measured; and taken into the register."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.access_links import BELIED, BY_NAME, AskedKind, Compared, Fault, compared
from care.domain.findings import State
from care.domain.remote_access import Technology
from care.services.access_links.rows import answers_of, thing_of
from care.services.access_links.supplier_links import LinkLine, link_line, supplier_link
from care.services.errors import Invalid, NotFound
from care.services.frameworks.marks import mark_establishment
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
from care.store.access_links import AccessAnswer
from care.store.findings import FindingRow
from care.store.remote_access import RemoteAccess
from scanners.model import Scalar, Text

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
    """A link and the accesses that it asks about."""

    link: LinkLine
    accesses: tuple[AnsweredAccess, ...]
    may_manage: bool


def read_answers(platform: Platform, scope: Scope, establishment_id: int, link_id: int) -> Answers:
    """What was answered by a link. NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        link = supplier_link(session, establishment_id, link_id)
        rows = answers_of(session, [link.id])
        held = {row.access_id: session.get_one(RemoteAccess, row.access_id) for row in rows}
        faults = _faults(session, establishment_id)
        return Answers(
            link_line(session, link, now),
            tuple(_answered(row, held[row.access_id], faults) for row in rows),
            scope.allows(Right.MANAGE_TARGETS, place.lineage),
        )


def take_answers(
    platform: Platform, scope: Scope, establishment_id: int, answer_id: int, names: Collection[str]
) -> tuple[str, ...]:
    """Write what was said of one access into the register, for the questions chosen; the columns that changed.

    Invalid when none was chosen; NotFound.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        answer = session.get(AccessAnswer, answer_id, with_for_update=True)
        if answer is None:
            raise NotFound
        link = supplier_link(session, establishment_id, answer.link_id)
        chosen = {name: answer.said[name] for name in names if name in answer.said and name in BY_NAME}
        if not chosen:
            raise Invalid({"names": Text("Choisissez ce qui est à reprendre.", "Choose what is to be taken.")})
        access = session.get_one(RemoteAccess, answer.access_id, with_for_update=True)
        changed = tuple(name for name, value in chosen.items() if _write(access, name, value))
        answer.taken_at, answer.taken_by = now, scope.actor
        if changed:
            access.version, access.changed_at, access.changed_by = access.version + 1, now, scope.actor
            mark_establishment(session, establishment_id, now)
        detail: dict[str, Scalar] = {"supplier": link.name, "access": access.id, "fields": ", ".join(changed)}
        record(session, scope, "supplier_link.taken", thing_of(link), now, detail)
        return changed


def _write(access: RemoteAccess, name: str, value: Any) -> bool:  # noqa: ANN401 - a value of JSON
    if BY_NAME[name].kind is AskedKind.DAY:
        value = date.fromisoformat(value)
    if name == "technology":
        value = Technology(value)
    if getattr(access, name) == value:
        return False
    setattr(access, name, value)
    return True


def _answered(row: AccessAnswer, held: RemoteAccess, faults: Iterable[Fault]) -> AnsweredAccess:
    accounts = {one.casefold() for one in (*held.accounts, *row.said.get("accounts", ()))}
    known = {name: _plain(getattr(held, name)) for name in BY_NAME}
    mine = [one for one in faults if one.account.casefold() in accounts]
    return AnsweredAccess(
        row.id, row.access_id, held.supplier, held.equipment, held.ended_on is not None,
        compared(known, row.said, mine), row.note, row.decided_at, row.decided_by, row.taken_at, row.taken_by,
    )  # fmt: skip


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column of the register
    return value.isoformat() if isinstance(value, date) else value


def _faults(session: Session, establishment_id: int) -> tuple[Fault, ...]:
    """The open findings about accounts of gateways: a subject is `gateway/account`."""
    rules = sorted(frozenset().union(*BELIED.values()))
    query = select(FindingRow.id, FindingRow.rule, FindingRow.subject).where(
        FindingRow.establishment_id == establishment_id, FindingRow.rule.in_(rules), FindingRow.state == State.OPEN
    )
    rows = session.execute(query.order_by(FindingRow.id).limit(_MOST_FAULTS))
    return tuple(Fault(rule, subject.rpartition("/")[2], number) for number, rule, subject in rows)
