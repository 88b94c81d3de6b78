"""The audit of the register alone: its target, made with the first line, that comes back every night.

It is the target of the scanner of remote accesses whose request is empty: no bastion is looked at, the register is
handed over when an audit starts. People neither see nor change it among the targets they describe.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.schedule import Every, Recurrence
from care.services.audits import Started, submit_audit
from care.services.errors import Refused
from care.services.own_targets import make_target, wait_for_others
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.scanning import REGISTER_SCANNER, of_register_alone
from care.store.remote_access import RemoteAccess
from care.store.targets import Target
from scanners.model import Text

TARGET_NAMES = ("Registre des accès distants", "Registre des accès distants (plateforme)")
"""The name of the target; the second is for those who named a bastion after the first."""
_EVERY_NIGHT = Recurrence(Every.DAY, hour=4, minute=40)
_EMPTY = Text(
    "Le registre n’a pas d’accès ouvert : notez-en un d’abord.",
    "The register holds no open access: write one down first.",
)


def keep_audited(session: Session, scope: Scope, establishment_id: int, now: datetime) -> None:
    """Make the target of the register when it has its first line, in the transaction that wrote it."""
    if own_target(session, establishment_id) is not None or not _has_lines(session, establishment_id):
        return
    wait_for_others(session, establishment_id)
    if own_target(session, establishment_id) is None:
        _make(session, establishment_id, scope.actor, now)


def ask_check(platform: Platform, scope: Scope, establishment_id: int) -> Started | None:
    """Audit the register now. Refused when it is empty, or when an audit of it is already going on."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        keep_audited(session, scope, establishment_id, now)
        target = own_target(session, establishment_id)
        if target is None or not _has_lines(session, establishment_id):
            raise Refused(_EMPTY)
        return submit_audit(platform, session, scope, target)


def own_target(session: Session, establishment_id: int) -> Target | None:
    """The target of the register alone, if it was made."""
    query = select(Target).where(
        Target.establishment_id == establishment_id, of_register_alone(), Target.archived_at.is_(None)
    )
    return session.scalars(query.order_by(Target.id).limit(1)).one_or_none()


def _has_lines(session: Session, establishment_id: int) -> bool:
    query = select(RemoteAccess.id).where(
        RemoteAccess.establishment_id == establishment_id, RemoteAccess.ended_on.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def _make(session: Session, establishment_id: int, actor: str, now: datetime) -> None:
    taken = set(
        session.scalars(
            select(Target.name).where(Target.establishment_id == establishment_id, Target.scanner == REGISTER_SCANNER)
        )
    )
    name = TARGET_NAMES[TARGET_NAMES[0] in taken]
    make_target(session, establishment_id, REGISTER_SCANNER, name, _EVERY_NIGHT, actor, now)
