"""Resources of an establishment: the applications, infrastructure, suppliers, premises and teams activities rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import Nature, ResourceKind
from care.domain.durations import LONGEST, written
from care.services.activities import Asked, dependency_counts, node_conditions, owners_of
from care.services.errors import Invalid, invalid_when_taken
from care.services.node_rows import (
    MAX_TEXT,
    change,
    changed_detail,
    check_name,
    check_version,
    kind_name,
    locked_node,
    name_faults,
    owner_columns,
    owns,
    taken_meanwhile,
    text_faults,
    thing,
    visible_node,
)
from care.services.paging import Page, bounds
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
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


@dataclass(frozen=True, slots=True)
class ResourceView:
    """A resource in full. `durations` maps each declared duration to its words for the reader."""

    id: int
    establishment_id: int
    name: str
    kind: ResourceKind
    kind_name: str
    description: str
    owner: str
    owner_account_id: int | None
    mine: bool
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
    ended_on: date | None
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    version: int
    may_manage: bool = field(default=False)


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
    now = platform.clock.now()
    with invalid_when_taken("name", taken_meanwhile(draft.name)), platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        row = add_resource(session, scope, place, draft, now)
        detail = {"name": row.name, "kind": row.kind.value, "version": row.version}
        record(session, scope, "resource.created", thing(row), now, detail)
        return row.id


def add_resource(session: Session, scope: Scope, place: Establishment, draft: ResourceDraft, now: datetime) -> Resource:
    """The row of a new resource, checked, in the caller's transaction, which records the trail."""
    values = _checked(session, place, draft, now)
    row = Resource(
        establishment_id=place.id,
        name_key=check_name(session, place.id, draft.kind, values["name"]),
        created_at=now,
        created_by=scope.actor,
        changed_at=now,
        changed_by=scope.actor,
        version=1,
        **values,
    )
    session.add(row)
    session.flush()
    return row


def change_resource(platform: Platform, scope: Scope, resource_id: int, draft: ResourceDraft, version: int) -> None:
    """Change a resource seen at `version`. Refused, saying who changed what, when somebody changed it since."""
    now = platform.clock.now()
    with invalid_when_taken("name", taken_meanwhile(draft.name)), platform.database.write() as session:
        row = locked_node(session, scope, Resource, resource_id)
        check_version(platform, session, row, version)
        place = visible_establishment(session, scope, row.establishment_id)
        fields = set_resource(session, scope, place, row, draft, now)
        if fields:
            record(session, scope, "resource.changed", thing(row), now, changed_detail(row, fields))


def set_resource(
    session: Session, scope: Scope, place: Establishment, row: Resource, draft: ResourceDraft, now: datetime
) -> tuple[str, ...]:
    """Give a locked resource the values of a draft; the names of the fields that changed. Invalid names the faults."""
    values = dict(_checked(session, place, draft, now))
    if row.ended_on is None:
        values["name_key"] = check_name(session, place.id, draft.kind, draft.name.strip(), but=row.id)
    return change(row, values, scope.actor, now)


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


def _checked(session: Session, place: Establishment, draft: ResourceDraft, now: datetime) -> Mapping[str, Any]:
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
    said = {name: _words(getattr(row, name), scope.lang) for name in DURATIONS}
    return ResourceView(
        id=row.id,
        establishment_id=row.establishment_id,
        name=row.name,
        kind=row.kind,
        kind_name=kind_name(row.kind, scope.lang),
        description=row.description,
        owner=row.owner,
        owner_account_id=row.owner_account_id,
        mine=owns(scope, row),
        place=row.place,
        contact=row.contact,
        rto_minutes=row.rto_minutes,
        pdma_minutes=row.pdma_minutes,
        dmard_minutes=row.dmard_minutes,
        backup_every_minutes=row.backup_every_minutes,
        restart_minutes=row.restart_minutes,
        durations=said,
        target=TargetLink(target.id, target.name) if target is not None else None,
        remote_access=row.remote_access,
        cut=row.cut,
        ended_on=row.ended_on,
        created_at=row.created_at,
        created_by=row.created_by,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        version=row.version,
        may_manage=scope.allows(Right.MANAGE_CONTINUITY, place.lineage),
    )
