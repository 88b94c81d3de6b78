"""Which manual an establishment is certified with: the official one when imported, else our themes; that of ESSMS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.certification import FRAMEWORKS, MANUAL, SOCIAL, THEMES, is_social
from care.domain.frameworks import Framework
from care.services.errors import NotFound
from care.services.frameworks.holders import Holder
from care.services.frameworks.library import frameworks_in_use
from care.services.library import today
from care.services.platform import Platform
from care.store.registry import Establishment


def manuals_in_use(platform: Platform, session: Session) -> Mapping[str, Framework]:
    """The frameworks that certification stands on, by id."""
    known = frameworks_in_use(platform, session, today(platform))
    return {name: known[name] for name in FRAMEWORKS if name in known}


def manual_names(known: Iterable[str], categories: Iterable[str]) -> tuple[str, ...]:
    """The manuals of establishments of these FINESS categories, the one to begin with first. The others stay within
    reach: a category is a word of a register, and people know better."""
    kinds = [is_social(one) for one in categories]
    first = (SOCIAL, MANUAL, THEMES) if kinds and all(kinds) else (MANUAL, THEMES, SOCIAL)
    return tuple(name for name in first if name in set(known))


def categories_of(session: Session, sites: Iterable[int]) -> tuple[str, ...]:
    """The FINESS categories of some establishments, as the registry holds them."""
    return tuple(session.scalars(select(Establishment.category).where(Establishment.id.in_(list(sites)))))


def manual_of(
    platform: Platform, session: Session, holder: Holder, asked: str = ""
) -> tuple[Framework, list[Framework]]:
    """The manual asked for, or the first that fits; and every one that can be asked for. NotFound for another."""
    known = manuals_in_use(platform, session)
    names = manual_names(known, categories_of(session, holder.sites))
    name = asked or next(iter(names), "")
    if name not in names:
        raise NotFound
    return known[name], [known[one] for one in names]
