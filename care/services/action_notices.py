"""Telling somebody that an action is theirs."""

from __future__ import annotations

from collections.abc import Sequence

from babel.dates import format_date
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.services import notices
from care.services.platform import Platform
from care.store.accounts import Account
from care.store.actions import Action
from care.store.registry import Establishment
from scanners.model import Text


def tell_owner(
    platform: Platform, session: Session, scope: Scope, action: Action, sites: Sequence[int], before: int | None = None
) -> None:
    """Write to the owner of an action, unless they already were (`before`) or gave it to themselves."""
    owner = session.get(Account, action.owner_account_id) if action.owner_account_id is not None else None
    if owner is None or owner.id in {before, scope.account_id}:
        return
    notices.tell(
        platform,
        session,
        owner.id,
        "assigned",
        establishment_id=sites[0] if len(sites) == 1 else None,
        title=action.title,
        by=scope.name or scope.actor,
        due=format_date(action.due_on, "long", locale=owner.lang),
        where=_where(session, sites).render(owner.lang),
        address=notices.address(platform, f"/establishments/{sites[0]}/actions/{action.id}" if sites else ""),
    )


def _where(session: Session, sites: Sequence[int]) -> Text:
    place = session.get(Establishment, sites[0]) if len(sites) == 1 else None
    if place is not None:
        return Text(place.name, place.name)
    return Text(f"{len(sites)} établissements", f"{len(sites)} establishments")
