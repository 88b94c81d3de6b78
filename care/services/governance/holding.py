"""Whose registers are shown: an establishment, a legal entity or a GHT, seen by who sees all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.services.errors import Forbidden, NotFound
from care.services.frameworks.holders import Holder, seen_holder
from care.services.places import place_lineage, preload
from care.services.platform import Platform
from care.services.trail import Thing
from care.store.registry import Establishment, Ght, LegalEntity


@dataclass(frozen=True, slots=True)
class HolderView:
    """Whose page it is and what the reader may do there. `sites` counts its establishments in being; `around` are the
    places above and below that the reader may open, widest first."""

    place: Place
    name: str
    sites: int
    may_manage: bool
    may_act: bool
    may_export: bool
    around: tuple[tuple[Place, str], ...]

    @property
    def single(self) -> bool:
        """Whether it is one establishment."""
        return self.place.level is Level.ESTABLISHMENT


def view_of(platform: Platform, session: Session, scope: Scope, holder: Holder) -> HolderView:
    """The holder as pages show it."""
    places = (*reversed(holder.above), *holder.below)
    names = names_of(session, places)
    below = set(holder.below)  # who sees a holder sees all that is in it
    seen = [one for one in places if one in below or holds(platform, session, scope, one, Right.SEE_PROGRAMME)]
    return HolderView(
        holder.place,
        holder.name,
        len(holder.sites),
        holds(platform, session, scope, holder.place, Right.MANAGE_PROGRAMME),
        holds(platform, session, scope, holder.place, Right.MANAGE_ACTIONS),
        holds(platform, session, scope, holder.place, Right.EXPORT),
        tuple((one, names[one.key]) for one in seen),
    )


def holds(platform: Platform, session: Session, scope: Scope, place: Place, right: Right) -> bool:
    """Whether the reader holds a right on all of a place: on the place itself, else on every establishment of it."""
    if scope.allows(right, place_lineage(session, place)):
        return True
    if place.level is Level.ESTABLISHMENT:
        return False
    try:
        seen_holder(session, scope, place, platform.clock.now().date(), right)
    except (NotFound, Forbidden):
        return False
    return True


def names_of(session: Session, places: Iterable[Place]) -> Mapping[str, str]:
    """The names of places by their key, one query a level."""
    levels = {Ght: Level.GHT, LegalEntity: Level.LEGAL_ENTITY, Establishment: Level.ESTABLISHMENT}
    return {f"{levels[type(row)]}:{row.id}": row.name for row in preload(session, places) if type(row) in levels}


def keys_below(holder: Holder) -> tuple[str, ...]:
    """The holder and all that is below it, as tables hold them."""
    return (holder.key, *(one.key for one in holder.below))


def siblings(session: Session, holder: Holder) -> tuple[Place, ...]:
    """The members of the same GHT that are neither the holder, nor above nor below it."""
    ght = next((one.id for one in holder.above if one.level is Level.GHT), None)
    if ght is None:
        return ()
    entities = session.scalars(select(LegalEntity.id).where(LegalEntity.ght_id == ght)).all()
    sites = session.scalars(select(Establishment.id).where(Establishment.legal_entity_id.in_(entities)))
    known = {holder.place, *holder.above, *holder.below}
    members = [Place(Level.LEGAL_ENTITY, one) for one in entities]
    members += [Place(Level.ESTABLISHMENT, one) for one in sites]
    return tuple(one for one in members if one not in known)


def thing(kind: str, number: int | str, holder: Holder) -> Thing:
    """What the trail says was written, in its establishment when the holder is one."""
    alone = holder.place.id if holder.place.level is Level.ESTABLISHMENT else None
    return Thing(kind, number, alone)
