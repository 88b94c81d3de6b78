"""The target of what the platform holds of remote accesses: the register, the lists of accounts, sessions and tickets.

It is made with the first line of the register or the first list that counts, and comes back every night. It is the
target of the scanner of remote accesses whose request is empty: no bastion is looked at, register and lists are handed
over when an audit starts (ADR 0029, 0040). People neither see nor change it among the targets they describe.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.schedule import Every, Recurrence
from care.services.own_targets import make_target, wait_for_others
from care.services.scanning import REGISTER_SCANNER, of_register_alone
from care.store.lists import BroughtList
from care.store.remote_access import RemoteAccess
from care.store.targets import Target
from scanners.lists.kinds import KINDS_OF

TARGET_NAMES = ("Registre des accès distants", "Registre des accès distants (plateforme)")
"""The name of the target; the second is for those who named a bastion after the first."""
_EVERY_NIGHT = Recurrence(Every.DAY, hour=4, minute=40)


def keep_audited(session: Session, scope: Scope, establishment_id: int, now: datetime) -> None:
    """Make the target when there is something to judge, in the transaction that wrote it."""
    if own_target(session, establishment_id) is not None or not holds_something(session, establishment_id):
        return
    wait_for_others(session, establishment_id)
    if own_target(session, establishment_id) is None:
        _make(session, establishment_id, scope.actor, now)


def own_target(session: Session, establishment_id: int) -> Target | None:
    """The target, if it was made."""
    query = select(Target).where(
        Target.establishment_id == establishment_id, of_register_alone(), Target.archived_at.is_(None)
    )
    return session.scalars(query.order_by(Target.id).limit(1)).one_or_none()


def holds_something(session: Session, establishment_id: int) -> bool:
    """Whether the register has an open line, or a list of remote accesses counts."""
    lines = select(RemoteAccess.id).where(
        RemoteAccess.establishment_id == establishment_id, RemoteAccess.ended_on.is_(None)
    )
    lists = select(BroughtList.id).where(
        BroughtList.establishment_id == establishment_id,
        BroughtList.kind.in_(KINDS_OF[REGISTER_SCANNER]),
        BroughtList.confirmed_at.is_not(None),
        BroughtList.taken_back_at.is_(None),
        BroughtList.folder != "",
    )
    return any(session.scalar(query.limit(1)) is not None for query in (lines, lists))


def _make(session: Session, establishment_id: int, actor: str, now: datetime) -> None:
    taken = set(
        session.scalars(
            select(Target.name).where(Target.establishment_id == establishment_id, Target.scanner == REGISTER_SCANNER)
        )
    )
    name = TARGET_NAMES[TARGET_NAMES[0] in taken]
    make_target(session, establishment_id, REGISTER_SCANNER, name, _EVERY_NIGHT, actor, now)
