"""What a reader may choose to lose: the nodes of an establishment by family."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from care.domain.access import Right, Scope
from care.domain.continuity import RESOURCE_KINDS, ResourceKind
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.continuity import Activity, Resource
from scanners.model import Text

MOST_SHOWN = 60
"""Nodes of one family on the page at once; a search narrows them."""
_ACTIVITIES = Text("Activités", "Activities")
_FAMILIES = {
    ResourceKind.INFRASTRUCTURE: Text("Infrastructure", "Infrastructure"),
    ResourceKind.APPLICATION: Text("Applications", "Applications"),
    ResourceKind.SUPPLIER: Text("Fournisseurs", "Suppliers"),
    ResourceKind.PREMISES: Text("Locaux", "Premises"),
    ResourceKind.PEOPLE: Text("Équipes", "People"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One node to lose or not."""

    id: int
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Family:
    """Nodes of one kind, in alphabetical order, chosen ones first; `kind` is None for activities, `more` not shown."""

    kind: ResourceKind | None
    name: str
    total: int
    nodes: tuple[Choice, ...]
    more: int
    chosen: int


def families(
    platform: Platform, scope: Scope, establishment_id: int, words: str = "", chosen: Collection[int] = ()
) -> tuple[Family, ...]:
    """What may be lost, by family, among the names that hold `words`. NotFound for a stranger."""
    day = today(platform)
    in_use = (Resource.establishment_id == establishment_id, Resource.ended_on.is_(None) | (Resource.ended_on > day))
    resources = select(Resource.id, Resource.name, Resource.kind).where(*in_use)
    in_use = (Activity.establishment_id == establishment_id, Activity.ended_on.is_(None) | (Activity.ended_on > day))
    activities = select(Activity.id, Activity.name).where(*in_use)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        found: dict[ResourceKind | None, list[tuple[int, str]]] = {kind: [] for kind in _FAMILIES}
        for number, name, kind in session.execute(resources):
            found[kind].append((number, name))
        found[None] = [(number, name) for number, name in session.execute(activities)]
    return tuple(
        _family(kind, _name(kind, scope.lang), nodes, folded(words), set(chosen))
        for kind, nodes in found.items()
        if nodes
    )


def _name(kind: ResourceKind | None, lang: str) -> str:
    return (_ACTIVITIES if kind is None else _FAMILIES.get(kind, RESOURCE_KINDS[kind])).render(lang)


def _family(kind: ResourceKind | None, name: str, nodes: list[tuple[int, str]], words: str, chosen: set[int]) -> Family:
    mine = [Choice(number, called, number in chosen) for number, called in nodes]
    kept = sorted(
        (one for one in mine if one.chosen or words in folded(one.name)),
        key=lambda one: (not one.chosen, one.name.casefold(), one.id),
    )
    shown = max(MOST_SHOWN, sum(one.chosen for one in mine))
    return Family(kind, name, len(nodes), tuple(kept[:shown]), len(kept[shown:]), sum(one.chosen for one in mine))
