"""Where the names of a mandate live: what its audits found, the new addresses that wait for a yes, the names followed
wherever they go.

The first audit of a target under a mandate establishes where a name lives. An address that is new to it is reported and
not contacted; a person says yes here, by name and date, or has the name followed because its addresses change often.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.services.errors import NotFound, Refused
from care.services.mandates import open_mandate, to_change
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.targets import FollowedName, Mandate, NamePlace, Target
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.looked_at import led_to
from scanners.exposure.mandate import parse_area
from scanners.model import Text

_MOST_PLACES = 20_000
"""Addresses of one target that an audit is told: those seen last."""
_SHOWN = 5
_CHANGED = Text(
    "Cette adresse n’attend plus de réponse : un audit l’a vue changer, ou quelqu’un a déjà répondu. Relisez la liste.",
    "This address waits for no answer any more: an audit saw it change, or somebody answered already. Read the list "
    "again.",
)


@dataclass(frozen=True, slots=True)
class MovedName:
    """A name that leads where no audit of its target looked, since the audit of `since`: its known addresses, the new
    ones, and how a yes calls these."""

    name: str
    target_id: int
    target: str
    mandate_id: int
    since: datetime
    former: tuple[str, ...]
    new: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FollowedView:
    """A name followed wherever it goes: since when, by whom, and its addresses of the last audits."""

    id: int
    name: str
    since: datetime
    by: str
    latest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamesOfMandate:
    """What the page of a mandate says of its names."""

    waiting: tuple[MovedName, ...]
    followed: tuple[FollowedView, ...]


def names_of(platform: Platform, scope: Scope, mandate_id: int) -> NamesOfMandate:
    """The names of a mandate that wait for a yes, and those that are followed. NotFound outside the scope."""
    open_mandate(platform, scope, mandate_id)
    with platform.database.read() as session:
        followed = session.scalars(_followed(mandate_id)).all()
        seen = _by_name(session.scalars(_places().where(NamePlace.mandate_id == mandate_id)))
        return NamesOfMandate(
            _moved(session, _places().where(NamePlace.mandate_id == mandate_id, Target.archived_at.is_(None))),
            tuple(
                FollowedView(row.id, row.name, row.followed_at, row.followed_by, _latest(seen[row.name]))
                for row in followed
            ),
        )


def names_waiting(session: Session, establishment_id: int) -> tuple[MovedName, ...]:
    """The names of an establishment that wait for a yes, under the mandates in use."""
    return _moved(session, _places().where(Target.establishment_id == establishment_id, Target.archived_at.is_(None)))


def accept_places(platform: Platform, scope: Scope, mandate_id: int, places: Collection[str]) -> None:
    """Say yes to new addresses, those that were on the page: the next audit looks there. Refused when one of them does
    not wait any more; NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.write() as session:
        mandate = to_change(session, scope, mandate_id)
        rows = [row for row in _waiting(session, mandate_id) if _shown(row) in places]
        if not rows or len(rows) != len(set(places)):
            raise Refused(_CHANGED)
        _accept(rows, scope, now)
        told = {"name": rows[0].name, "address": ", ".join(row.address for row in rows)}
        record(session, scope, "mandate.place_accepted", _thing(mandate), now, told)


def follow_name(platform: Platform, scope: Scope, mandate_id: int, name: str) -> None:
    """Have a name that audits of a mandate know followed wherever it goes. NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.write() as session:
        mandate = to_change(session, scope, mandate_id)
        known = select(NamePlace.id).where(NamePlace.mandate_id == mandate_id, NamePlace.name == name).limit(1)
        if session.scalar(known) is None:
            raise NotFound
        if session.scalar(_followed(mandate_id).where(FollowedName.name == name)) is not None:
            return
        session.add(FollowedName(mandate_id=mandate_id, name=name, followed_at=now, followed_by=scope.actor))
        _accept(_waiting(session, mandate_id, NamePlace.name == name), scope, now)
        record(session, scope, "mandate.name_followed", _thing(mandate), now, {"name": name})


def leave_name(platform: Platform, scope: Scope, mandate_id: int, followed_id: int) -> None:
    """Stop following a name: its next new address waits for a yes again. NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.write() as session:
        mandate = to_change(session, scope, mandate_id)
        row = session.get(FollowedName, followed_id, with_for_update=True)
        if row is None or row.mandate_id != mandate_id:
            raise NotFound
        if row.ended_at is not None:
            return
        row.ended_at, row.ended_by = now, scope.actor
        record(session, scope, "mandate.name_left", _thing(mandate), now, {"name": row.name})


def known_places(session: Session, target: Target) -> list[dict[str, object]]:
    """Where audits of a target under its mandate looked at its names, or may since somebody said yes: the field of a
    request."""
    rows = session.scalars(
        select(NamePlace)
        .where(NamePlace.target_id == target.id, NamePlace.mandate_id == target.mandate_id, ~NamePlace.waiting)
        .order_by(NamePlace.last_seen_at.desc(), NamePlace.id)
        .limit(_MOST_PLACES)
    )
    return [
        {"name": name, "addresses": [row.address for row in places]} for name, places in sorted(_by_name(rows).items())
    ]


def keep_places(session: Session, target_id: int, mandate_id: int | None, facts: ExposureFacts, at: datetime) -> None:
    """Keep where an audit found the names that its mandate or its target lists, in the transaction that records it.

    A new address that waits is forgotten once its name was seen elsewhere or nowhere, or once the target no longer
    leads to that name; one that was accepted stays accepted.
    """
    mandate = session.get(Mandate, mandate_id) if mandate_id is not None else None
    if mandate is None:
        return
    listed = parse_area(mandate.scope, "scope").names.union(facts.targets)
    looked = {(name, host.address) for host in facts.hosts for name in host.names if name in listed}
    waiting = {(found.name, address) for found in facts.found_names for address in found.moved_to}
    rows = session.scalars(
        select(NamePlace).where(NamePlace.target_id == target_id, NamePlace.mandate_id == mandate.id)
    )
    known = {(row.name, row.address): row for row in rows}
    resolved = {name for name, _ in looked}.union((found.name for found in facts.found_names), facts.absent_names)
    led = led_to(facts, {})
    _forget(session, known, waiting, lambda name: name in resolved or not (name in facts.targets or led(name)))
    for name, address in sorted(looked | waiting):
        row = known.get((name, address))
        if row is None:
            row = NamePlace(
                target_id=target_id, mandate_id=mandate.id, name=name, address=address, waiting=True, first_seen_at=at
            )
            session.add(row)
        row.waiting = row.waiting and (name, address) in waiting
        row.last_seen_at = at


def _forget(
    session: Session,
    known: Mapping[tuple[str, str], NamePlace],
    waiting: Collection[tuple[str, str]],
    answered: Callable[[str], bool],
) -> None:
    """Addresses that waited and to which their name leads no more, as far as the audit could tell."""
    for place, row in known.items():
        if row.waiting and place not in waiting and answered(row.name):
            session.delete(row)


def _places() -> Select[NamePlace]:
    """The places of the targets that are under the same mandate still, those seen last first."""
    return (
        select(NamePlace)
        .join(Target, (Target.id == NamePlace.target_id) & (Target.mandate_id == NamePlace.mandate_id))
        .order_by(NamePlace.name, NamePlace.last_seen_at.desc(), NamePlace.address)
    )


def _followed(mandate_id: int) -> Select[FollowedName]:
    return (
        select(FollowedName)
        .where(FollowedName.mandate_id == mandate_id, FollowedName.ended_at.is_(None))
        .order_by(FollowedName.name)
    )


def _waiting(session: Session, mandate_id: int, *wanted: ColumnElement[bool]) -> Sequence[NamePlace]:
    return session.scalars(
        select(NamePlace)
        .where(NamePlace.mandate_id == mandate_id, NamePlace.waiting, *wanted)
        .order_by(NamePlace.name, NamePlace.address)
        .with_for_update()
    ).all()


def _accept(rows: Iterable[NamePlace], scope: Scope, now: datetime) -> None:
    for row in rows:
        row.waiting, row.accepted_at, row.accepted_by = False, now, scope.actor


def _moved(session: Session, query: Select[NamePlace]) -> tuple[MovedName, ...]:
    """The names of these places that wait, each with its known addresses."""
    found: dict[tuple[str, int], list[NamePlace]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.name, row.target_id].append(row)
    asked = {place: rows for place, rows in found.items() if any(row.waiting for row in rows)}
    numbers = {target for _name, target in asked}
    named = dict(session.execute(select(Target.id, Target.name).where(Target.id.in_(numbers))).all())
    return tuple(_move(name, target, named[target], rows) for (name, target), rows in sorted(asked.items()))


def _move(name: str, target_id: int, target: str, rows: Sequence[NamePlace]) -> MovedName:
    new = [row for row in rows if row.waiting]
    return MovedName(
        name=name,
        target_id=target_id,
        target=target,
        mandate_id=new[0].mandate_id,
        since=min(row.first_seen_at for row in new),
        former=_latest(rows),
        new=tuple(row.address for row in new),
        places=tuple(map(_shown, new)),
    )


def _shown(row: NamePlace) -> str:
    """What a yes is said to. The number alone would not do: SQLite gives that of a row deleted to another."""
    return f"{row.id} {row.target_id} {row.name} {row.address}"


def _latest(rows: Iterable[NamePlace]) -> tuple[str, ...]:
    """The addresses of the last audit that looked at any of them."""
    looked = [row for row in rows if not row.waiting]
    last = max((row.last_seen_at for row in looked), default=None)
    return tuple(row.address for row in looked if row.last_seen_at == last)[:_SHOWN]


def _by_name(rows: Iterable[NamePlace]) -> Mapping[str, list[NamePlace]]:
    found: dict[str, list[NamePlace]] = defaultdict(list)
    for row in rows:
        found[row.name].append(row)
    return found


def _thing(mandate: Mandate) -> Thing:
    return Thing("mandate", mandate.id, mandate.establishment_id)
