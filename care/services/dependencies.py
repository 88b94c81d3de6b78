"""Dependencies: which activity or resource relies on which, how strongly, how long it holds without it.

They tie nodes in use of one establishment. A cycle of essential ties is allowed, because hospitals have some, and is
named at entry.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import Nature, Strength
from care.domain.durations import LONGEST, written
from care.domain.ways import shortest_way
from care.services.errors import Invalid, NotFound, Refused
from care.services.node_rows import NodeLink, node_links, nodes_in_use, text_faults
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.taken import invalid_when_taken
from care.services.trail import Thing, record
from care.store.continuity import Dependency, Node
from care.store.trail import TrailEvent
from scanners.model import Lang, Scalar, Text

MAX_ALTERNATIVE, MAX_NOTE = 60, 300
_HOLDS_TOO_LONG = Text(
    "Tenir plus d’un an sans un besoin, c’est ne pas en avoir besoin : indiquez une durée plus courte, ou retirez-le.",
    "Holding more than a year without a need is not needing it: give a shorter time, or remove it.",
)
_ALREADY = Text("Cette dépendance est déjà enregistrée.", "This dependency is already recorded.")


@dataclass(frozen=True, slots=True)
class DependencyDraft:
    """A dependency as typed in: `dependent_id` relies on `needed_id` and holds `holds_minutes` without it.

    Needs of one dependent that share `alternative` stand in for one another.
    """

    dependent_id: int
    needed_id: int
    strength: Strength = Strength.ESSENTIAL
    holds_minutes: int = 0
    alternative: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DependencyView:
    """A dependency in full. `seen` marks what was shown: an edit gives it back, and is refused when it is stale."""

    id: int
    establishment_id: int
    dependent: NodeLink
    needed: NodeLink
    strength: Strength
    holds_minutes: int
    holds: str
    alternative: str
    note: str
    seen: str


@dataclass(frozen=True, slots=True)
class Added:
    """A new dependency, and the cycle it closes: the names along it, the first one again at the end; empty if none."""

    id: int
    cycle: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a node may be tied to: the other ends that are free, and the alternative groups it already has."""

    node: NodeLink
    others: tuple[NodeLink, ...]
    alternatives: tuple[str, ...]


def possible_ends(platform: Platform, scope: Scope, establishment_id: int, node_id: int, *, needs: bool) -> Choices:
    """The nodes that a node may need (or that may need it, unless `needs`); NotFound for another establishment's."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        nodes = {one.id: one for one in nodes_in_use(session, establishment_id, scope.lang)}
        if node_id not in nodes:
            raise NotFound
        here, there = Dependency.dependent_id, Dependency.needed_id
        tied = set(
            session.scalars(select(there).where(here == node_id) if needs else select(here).where(there == node_id))
        )
        node = nodes[node_id]
        others = tuple(
            one
            for one in nodes.values()
            if one.id != node_id and one.id not in tied and _possible(*((node, one) if needs else (one, node)))
        )
        groups = select(Dependency.alternative).where(Dependency.dependent_id == node_id, Dependency.alternative != "")
        return Choices(node, others, tuple(sorted(session.scalars(groups.distinct()))) if needs else ())


def _possible(dependent: NodeLink, needed: NodeLink) -> bool:
    return not (dependent.nature is Nature.RESOURCE and needed.nature is Nature.ACTIVITY)


def open_dependency(platform: Platform, scope: Scope, dependency_id: int) -> DependencyView:
    """One dependency; NotFound outside the scope."""
    with platform.database.read() as session:
        row = _row(session, scope, dependency_id, lock=False)
        links = node_links(session, [row.dependent_id, row.needed_id], scope.lang)
        return tie_view(row, links, scope.lang)


def add_dependency(platform: Platform, scope: Scope, establishment_id: int, draft: DependencyDraft) -> Added:
    """Tie two nodes in use of an establishment. Invalid by field; NotFound for a node of another establishment."""
    now = platform.clock.now()
    with invalid_when_taken("needed_id", _ALREADY), platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        links = _locked_ends(session, establishment_id, draft, scope.lang)
        dependent, needed = links[draft.dependent_id], links[draft.needed_id]
        faults = dict(dependency_faults(draft, dependent, needed))
        if not faults and _known(session, draft):
            faults["needed_id"] = Text(
                f"« {dependent.name} » dépend déjà de « {needed.name} » : modifiez cette dépendance.",
                f"“{dependent.name}” already relies on “{needed.name}”: change that dependency.",
            )
        if faults:
            raise Invalid(faults)
        row = new_dependency(establishment_id, draft)
        row.created_at, row.created_by = now, scope.actor
        session.add(row)
        session.flush()
        essential = draft.strength is Strength.ESSENTIAL
        cycle = named_cycle(session, establishment_id, draft, scope.lang) if essential else ()
        detail = {**_detail(row, links), "cycle": " → ".join(cycle)[:500]}
        record(session, scope, "dependency.added", _thing(row), now, detail)
        return Added(row.id, cycle)


def new_dependency(establishment_id: int, draft: DependencyDraft) -> Dependency:
    """The row of a checked draft, without who and when."""
    return Dependency(
        establishment_id=establishment_id,
        dependent_id=draft.dependent_id,
        needed_id=draft.needed_id,
        strength=draft.strength,
        holds_minutes=draft.holds_minutes,
        alternative=draft.alternative.strip(),
        note=draft.note.strip(),
    )


def change_dependency(platform: Platform, scope: Scope, dependency_id: int, draft: DependencyDraft, seen: str) -> None:
    """Change a dependency that was shown as `seen`; its two ends never change. Refused when it is stale."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _row(session, scope, dependency_id, lock=True)
        visible_establishment(session, scope, row.establishment_id, Right.MANAGE_CONTINUITY)
        links = node_links(session, [row.dependent_id, row.needed_id], scope.lang)
        if _mark(row) != seen:
            raise Refused(_changed_meanwhile(platform, session, row))
        faults = value_faults(draft)
        if faults:
            raise Invalid(faults)
        row.strength, row.holds_minutes = draft.strength, draft.holds_minutes
        row.alternative, row.note = draft.alternative.strip(), draft.note.strip()
        if _mark(row) != seen:
            session.flush()
            record(session, scope, "dependency.changed", _thing(row), now, _detail(row, links))


def remove_dependency(platform: Platform, scope: Scope, dependency_id: int) -> DependencyView:
    """Untie two nodes; the trail keeps what it was. Returns it as it was."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _row(session, scope, dependency_id, lock=True)
        visible_establishment(session, scope, row.establishment_id, Right.MANAGE_CONTINUITY)
        links = node_links(session, [row.dependent_id, row.needed_id], scope.lang)
        view, detail, thing = tie_view(row, links, scope.lang), _detail(row, links), _thing(row)
        session.delete(row)
        session.flush()
        record(session, scope, "dependency.removed", thing, now, detail)
        return view


def dependency_faults(draft: DependencyDraft, dependent: NodeLink, needed: NodeLink) -> Mapping[str, Text]:
    """What is wrong with a dependency between two known nodes, by field; empty when nothing is."""
    faults = dict(value_faults(draft))
    if dependent.id == needed.id:
        faults["needed_id"] = Text(
            f"« {dependent.name} » ne peut pas dépendre d’elle-même.", f"“{dependent.name}” cannot rely on itself."
        )
    elif not _possible(dependent, needed):
        faults["needed_id"] = Text(
            f"« {dependent.name} » est une ressource : elle ne dépend pas d’une activité. Dites plutôt de quelles "
            "ressources elle a besoin.",
            f"“{dependent.name}” is a resource: it does not rely on an activity. Say which resources it needs instead.",
        )
    for field, node in (("dependent_id", dependent), ("needed_id", needed)):
        if node.ended_on is not None:
            faults[field] = _over(node.name, node.ended_on)
    return faults


def value_faults(draft: DependencyDraft) -> Mapping[str, Text]:
    """What is wrong with the values of a dependency, its two ends apart."""
    texts = {"alternative": (draft.alternative, MAX_ALTERNATIVE), "note": (draft.note, MAX_NOTE)}
    faults = text_faults(texts)
    if not 0 <= draft.holds_minutes <= LONGEST:
        faults["holds_minutes"] = _HOLDS_TOO_LONG
    return faults


def _over(name: str, on: date) -> Text:
    return Text(
        f"« {name} » a pris fin le {on:%d/%m/%Y} : rouvrez-la d’abord, ou choisissez-en une autre.",
        f"“{name}” ended on {on:%Y-%m-%d}: reopen it first, or choose another one.",
    )


def needs_of_all(session: Session, establishment_id: int) -> Mapping[int, Sequence[int]]:
    """What each node in use of an establishment cannot do without, among nodes in use."""
    used = select(Node.id).where(Node.establishment_id == establishment_id, Node.ended_on.is_(None))
    query = select(Dependency.dependent_id, Dependency.needed_id).where(
        Dependency.establishment_id == establishment_id,
        Dependency.strength == Strength.ESSENTIAL,
        Dependency.dependent_id.in_(used),
        Dependency.needed_id.in_(used),
    )
    needs: dict[int, list[int]] = defaultdict(list)
    for dependent, needed in session.execute(query.order_by(Dependency.id)):
        needs[dependent].append(needed)
    return needs


def named_cycle(session: Session, establishment_id: int, draft: DependencyDraft, lang: Lang) -> tuple[str, ...]:
    """The names along the shortest cycle through one dependency, the first again at the end; empty without one."""
    way = shortest_way(needs_of_all(session, establishment_id), draft.needed_id, draft.dependent_id)
    links = node_links(session, way, lang)
    return (links[draft.dependent_id].name, *(links[one].name for one in way)) if way else ()


def _locked_ends(session: Session, establishment_id: int, draft: DependencyDraft, lang: Lang) -> Mapping[int, NodeLink]:
    """Both nodes, held so that neither ends meanwhile; NotFound unless both are of the establishment."""
    wanted = {draft.dependent_id, draft.needed_id}
    query = select(Node.id).where(Node.id.in_(wanted), Node.establishment_id == establishment_id).order_by(Node.id)
    if set(session.scalars(query.with_for_update(key_share=True))) != wanted:
        raise NotFound
    return node_links(session, wanted, lang)


def _known(session: Session, draft: DependencyDraft) -> bool:
    query = select(Dependency.id).where(
        Dependency.dependent_id == draft.dependent_id, Dependency.needed_id == draft.needed_id
    )
    return session.scalar(query) is not None


def _row(session: Session, scope: Scope, dependency_id: int, *, lock: bool) -> Dependency:
    query = select(Dependency).where(
        Dependency.id == dependency_id, within(scope, Right.SEE_CONTINUITY, Dependency.establishment_id)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def _changed_meanwhile(platform: Platform, session: Session, row: Dependency) -> Text:
    query = select(TrailEvent).where(TrailEvent.thing_kind == "dependency", TrailEvent.thing_id == str(row.id))
    event = session.scalars(query.order_by(TrailEvent.number.desc()).limit(1)).one_or_none()
    who = event.actor if event else row.created_by
    at = (event.at if event else row.created_at).astimezone(ZoneInfo(platform.settings.timezone))
    return Text(
        f"Entre-temps, {who} a modifié cette dépendance (le {at:%d/%m/%Y à %H:%M}) : elle tient maintenant "
        f"{written(row.holds_minutes, 'fr')}. Rien n’est perdu : comparez, puis enregistrez de nouveau.",
        f"In the meantime, {who} changed this dependency (on {at:%Y-%m-%d at %H:%M}): it now holds "
        f"{written(row.holds_minutes, 'en')}. Nothing is lost: compare, then save again.",
    )


def _mark(row: Dependency) -> str:
    """What a dependency says, in short: two equal marks are the same values."""
    said = "\x1f".join((row.strength.value, str(row.holds_minutes), row.alternative, row.note))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def tie_view(row: Dependency, links: Mapping[int, NodeLink], lang: Lang) -> DependencyView:
    """A dependency in full, its two ends among `links`."""
    return DependencyView(
        id=row.id,
        establishment_id=row.establishment_id,
        dependent=links[row.dependent_id],
        needed=links[row.needed_id],
        strength=row.strength,
        holds_minutes=row.holds_minutes,
        holds=written(row.holds_minutes, lang),
        alternative=row.alternative,
        note=row.note,
        seen=_mark(row),
    )


def _detail(row: Dependency, links: Mapping[int, NodeLink]) -> dict[str, Scalar]:
    return {
        "dependent": links[row.dependent_id].name,
        "needed": links[row.needed_id].name,
        "strength": row.strength.value,
        "holds_minutes": row.holds_minutes,
        "alternative": row.alternative,
    }


def _thing(row: Dependency) -> Thing:
    return Thing("dependency", row.id, row.establishment_id)
