"""Resources of an establishment: the applications, infrastructure, suppliers, premises and teams activities rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import Nature, ResourceKind
from care.domain.durations import LONGEST, written
from care.services.activities import Asked, dependency_counts, node_conditions, owners_of
from care.services.errors import Invalid
from care.services.node_rows import (
    MAX_TEXT,
    kind_name,
    name_faults,
    owner_columns,
    text_faults,
    visible_node,
)
from care.services.node_writing import NodeView, add_node, change_node, create_node, read_alike
from care.services.paging import Page, bounds
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.continuity import Resource
from care.store.registry import Establishment
from care.store.targets import Target
from scanners.model import Lang, Text

DURATIONS = ("rto_minutes", "pdma_minutes", "dmard_minutes", "backup_every_minutes", "restart_minutes")
"""The fields of a resource that are durations, in whole minutes."""


@dataclass(frozen=True, slots=True)
class ResourceDraft:
    """A resource as typed in; durations are whole minutes, None when nobody said. `owner_account_id` wins."""

    name: str
    kind: ResourceKind
    description: str = ""
    owner: str = ""
    owner_account_id: int | None = None
    place: str = ""
    contact: str = ""
    rto_minutes: int | None = None
    pdma_minutes: int | None = None
    dmard_minutes: int | None = None
    backup_every_minutes: int | None = None
    restart_minutes: int | None = None
    target_id: int | None = None
    remote_access: str = ""
    cut: str = ""


@dataclass(frozen=True, slots=True)
class ResourceFilter:
    """What a reader asked to see; an empty value asks for everything. `words` are sought in names and owners."""

    kinds: tuple[ResourceKind, ...] = ()
    owner: str = ""
    words: str = ""
    asked: Asked = Asked.IN_USE
    number: int = 1
    per_page: int = 50


@dataclass(frozen=True, slots=True)
class ResourceLine:
    """One resource of a list; `rto` and `pdma` are written for the reader, empty when nobody declared them."""

    id: int
    name: str
    kind: ResourceKind
    kind_name: str
    owner: str
    place: str
    rto: str
    pdma: str
    needs: int
    needed_by: int
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class ResourceList:
    """A page of resources, and the owners to choose from."""

    page: Page[ResourceLine]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetLink:
    """The audit target that measures a resource."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceView(NodeView):
    """A resource in full. `durations` maps each declared duration to its words for the reader."""

    kind: ResourceKind
    place: str
    contact: str
    rto_minutes: int | None
    pdma_minutes: int | None
    dmard_minutes: int | None
    backup_every_minutes: int | None
    restart_minutes: int | None
    durations: Mapping[str, str]
    target: TargetLink | None
    remote_access: str
    cut: str


def list_resources(
    platform: Platform, scope: Scope, establishment_id: int, wanted: ResourceFilter | None = None
) -> ResourceList:
    """A page of the resources of an establishment, by kind then name. NotFound, Forbidden as usual."""
    wanted = wanted or ResourceFilter()
    number, per_page = bounds(wanted.number, wanted.per_page)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        kept = [Resource.establishment_id == establishment_id, *_conditions(wanted)]
        total = session.scalar(select(func.count()).select_from(Resource).where(*kept)) or 0
        query = select(Resource).where(*kept).order_by(_by_kind(), Resource.name, Resource.id)
        rows = session.scalars(query.limit(per_page).offset((number - 1) * per_page)).all()
        needs, needed_by = dependency_counts(session, [row.id for row in rows])
        lines = tuple(_line(row, needs.get(row.id, 0), needed_by.get(row.id, 0), scope.lang) for row in rows)
        owners = owners_of(session, establishment_id, Nature.RESOURCE)
        return ResourceList(Page(lines, number, per_page, total), owners)


def open_resource(platform: Platform, scope: Scope, resource_id: int) -> ResourceView:
    """One resource; NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_node(session, scope, Resource, resource_id)
        place = visible_establishment(session, scope, row.establishment_id, Right.SEE_CONTINUITY)
        target = session.get(Target, row.target_id) if row.target_id is not None else None
        return _view(row, target, scope, place)


def create_resource(platform: Platform, scope: Scope, establishment_id: int, draft: ResourceDraft) -> int:
    """Record a resource and return its number. Invalid names each faulty field."""
    return create_node(platform, scope, establishment_id, Resource, draft.name, partial(_checked, draft))


def add_resource(session: Session, scope: Scope, place: Establishment, draft: ResourceDraft, now: datetime) -> Resource:
    """The row of a new resource, checked, in the caller's transaction, which records the trail."""
    return add_node(session, scope, place, Resource, _checked(draft, session, place, now), now)


def change_resource(platform: Platform, scope: Scope, resource_id: int, draft: ResourceDraft, version: int) -> None:
    """Change a resource seen at `version`. Refused, saying who changed what, when somebody changed it since."""
    change_node(platform, scope, Resource, resource_id, version, draft.name, partial(_checked, draft))


def resource_faults(draft: ResourceDraft) -> Mapping[str, Text]:
    """What is wrong with a resource as typed, by field; empty when nothing is."""
    texts = {
        "description": (draft.description, MAX_TEXT),
        "owner": (draft.owner, 200),
        "place": (draft.place, 200),
        "contact": (draft.contact, 300),
        "remote_access": (draft.remote_access, 300),
        "cut": (draft.cut, 500),
    }
    faults = name_faults(draft.name) | text_faults(texts, ("description",))
    for name in DURATIONS:
        minutes = getattr(draft, name)
        least = 1 if name == "backup_every_minutes" else 0
        if minutes is not None and not least <= minutes <= LONGEST:
            faults[name] = _TOO_OFTEN if minutes < least else TOO_LONG
    return faults


_TOO_OFTEN = Text(
    "Un intervalle nul entre deux sauvegardes n’existe pas ; pour une copie continue, indiquez 1 min.",
    "Two backups always have some time between them; for a continuous copy, write 1 min.",
)
TOO_LONG = Text(
    "Au-delà d’un an, ce n’est plus une interruption mais une fermeture : indiquez une durée plus courte.",
    "Beyond a year this is no longer an interruption but a closure: give a shorter time.",
)


def _checked(draft: ResourceDraft, session: Session, place: Establishment, now: datetime) -> Mapping[str, Any]:
    """The columns of a draft; Invalid with everything that is wrong."""
    faults = resource_faults(draft)
    if faults:
        raise Invalid(faults)
    if draft.target_id is not None:
        target = session.get(Target, draft.target_id)
        if target is None or target.establishment_id != place.id:
            raise Invalid({"target_id": Text("Choisissez une cible de la liste.", "Choose a target of the list.")})
    return resource_values(draft) | owner_columns(session, place, draft.owner_account_id, draft.owner, now)


def resource_values(draft: ResourceDraft) -> dict[str, Any]:
    """The columns of a sound draft, its owner apart."""
    return {
        "name": draft.name.strip(),
        "kind": draft.kind,
        "description": draft.description.strip().replace("\r\n", "\n").replace("\r", "\n"),
        "place": draft.place.strip(),
        "contact": draft.contact.strip(),
        "remote_access": draft.remote_access.strip(),
        "cut": draft.cut.strip(),
        "target_id": draft.target_id,
        **{name: getattr(draft, name) for name in DURATIONS},
    }


def _conditions(wanted: ResourceFilter) -> list[ColumnElement[bool]]:
    found = node_conditions(wanted.asked, wanted.owner, wanted.words)
    if wanted.kinds:
        found.append(Resource.kind.in_(wanted.kinds))
    return found


def _by_kind() -> ColumnElement[int]:
    ranks = {one.value: rank for rank, one in enumerate(ResourceKind)}
    return case(ranks, value=Resource.kind, else_=len(ranks))


def _line(row: Resource, needs: int, needed_by: int, lang: Lang) -> ResourceLine:
    return ResourceLine(
        id=row.id,
        name=row.name,
        kind=row.kind,
        kind_name=kind_name(row.kind, lang),
        owner=row.owner,
        place=row.place,
        rto=_words(row.rto_minutes, lang),
        pdma=_words(row.pdma_minutes, lang),
        needs=needs,
        needed_by=needed_by,
        ended_on=row.ended_on,
    )


def _words(minutes: int | None, lang: Lang) -> str:
    return "" if minutes is None else written(minutes, lang)


def _view(row: Resource, target: Target | None, scope: Scope, place: Establishment) -> ResourceView:
    said = {name: getattr(row, name) for name in DURATIONS}
    return ResourceView(
        **read_alike(row, scope, place),
        **said,
        kind=row.kind,
        place=row.place,
        contact=row.contact,
        durations={name: _words(minutes, scope.lang) for name, minutes in said.items()},
        target=TargetLink(target.id, target.name) if target is not None else None,
        remote_access=row.remote_access,
        cut=row.cut,
    )
