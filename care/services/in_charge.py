"""Who is in charge of a place: those who hold a right there, the nearest level first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from care.domain.access import RIGHTS, Grant, Level, Lineage, Place, Right
from care.services.places import place_lineage
from care.store.accounts import Account

_NARROW_FIRST = tuple(reversed(Level))


class People:
    """Who may be told about what, with each place's people looked up once."""

    def __init__(self, session: Session, now: datetime) -> None:
        rows = session.scalars(select(Account).where(Account.active).options(selectinload(Account.grants)))
        self._grants: dict[int, tuple[Grant, ...]] = {
            row.id: tuple(one.grant for one in row.grants if one.grant.current(now)) for row in rows
        }
        self._nearest: dict[tuple[Place, Right], frozenset[int]] = {}

    def known(self, account_id: int) -> bool:
        """Whether an account is open."""
        return account_id in self._grants

    def holds(self, account_id: int, right: Right, where: Lineage) -> bool:
        """Whether an account has a right somewhere on a lineage."""
        grants = self._grants.get(account_id, ())
        return any(right in RIGHTS[grant.role] and grant.place in where for grant in grants)

    def in_charge(self, session: Session, place: Place, right: Right) -> frozenset[int]:
        """The accounts that hold a right at the narrowest level around a place where somebody does."""
        if (place, right) not in self._nearest:
            self._nearest[place, right] = self._look(place_lineage(session, place), right)
        return self._nearest[place, right]

    def _look(self, where: Lineage, right: Right) -> frozenset[int]:
        for level in _NARROW_FIRST:
            at_level = {place for place in where if place.level is level}
            found = {
                account_id
                for account_id, grants in self._grants.items()
                if any(right in RIGHTS[grant.role] and grant.place in at_level for grant in grants)
            }
            if found:
                return frozenset(found)
        return frozenset()
