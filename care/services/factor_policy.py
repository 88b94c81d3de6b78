"""Which roles must have a second factor: a setting of the platform, kept in the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Role, Scope
from care.services.errors import Forbidden
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.accounts import Account, AccountGrant, RequiredFactor


@dataclass(frozen=True, slots=True)
class Standing:
    """The roles that must have one, and how many open accounts of each role have none yet."""

    required: frozenset[Role]
    without: dict[Role, int]


def anybody_must() -> ColumnElement[bool]:
    """Whether any role must have one, to be asked with another row: each page asks, most platforms require none."""
    return select(RequiredFactor.role).exists()


def is_required(session: Session, roles: Collection[Role]) -> bool:
    """Whether one of these roles must have a second factor."""
    if not roles:
        return False
    query = select(RequiredFactor.role).where(RequiredFactor.role.in_(list(roles))).limit(1)
    return session.scalar(query) is not None


def standing(platform: Platform, scope: Scope) -> Standing:
    """What is asked today. Forbidden unless accounts are managed everywhere: it binds the whole platform."""
    _check(scope)
    counted = (
        select(AccountGrant.role, func.count(AccountGrant.account_id.distinct()))
        .join(Account, Account.id == AccountGrant.account_id)
        .where(Account.active, Account.second_factor_since.is_(None))
        .group_by(AccountGrant.role)
    )
    with platform.database.read() as session:
        found = {row[0]: int(row[1]) for row in session.execute(counted)}
        return Standing(_required(session), {role: found.get(role, 0) for role in Role})


def require(platform: Platform, scope: Scope, roles: Collection[Role]) -> None:
    """Ask these roles for a second factor, and no others. Who has none adds one before anything else."""
    _check(scope)
    now, wanted = platform.clock.now(), frozenset(roles)
    with platform.database.write() as session:
        # The rows of two administrators at once must not be mixed: both change them under the lock of all accounts.
        session.execute(select(Account.id).order_by(Account.id).with_for_update())
        present = _required(session)
        if present == wanted:
            return
        session.execute(delete(RequiredFactor).where(RequiredFactor.role.in_(list(present - wanted))))
        session.add_all(RequiredFactor(role=role, since=now, required_by=scope.actor) for role in wanted - present)
        detail = {"roles": ", ".join(sorted(wanted))}
        record(session, scope, "factor_policy.changed", Thing("factor_policy", "roles"), now, detail)


def _required(session: Session) -> frozenset[Role]:
    return frozenset(session.scalars(select(RequiredFactor.role)))


def _check(scope: Scope) -> None:
    if not scope.reach(Right.MANAGE_ACCOUNTS).everywhere:
        raise Forbidden
