"""Activities of an establishment: what the hospital does, who answers for it, how critical it is, how much it weighs.

An activity is never deleted: it ends on a day, leaves the graph and keeps its history (`care.services.node_ending`).
What hangs on one (needs, BIA, degraded modes, tests, plans) is read by `care.services.node_pages`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Nature, Perimeter
from care.domain.node_names import folded
from care.domain.weights import NOT_A_WEIGHT, Share, WeightSum, canonical, decimal, weight_of, weight_sum
from care.services.errors import Invalid
from care.services.node_rows import (
    MAX_TEXT,
    change,
    changed_detail,
    check_fills,
    check_version,
    kind_name,
    locked_node,
    may_fill,
    name_faults,
    owner_columns,
    text_faults,
    thing,
    visible_node,
)
from care.services.node_writing import NodeView, change_node, create_node, read_alike
from care.services.paging import Page, bounds
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
from care.store.continuity import Activity, Dependency, Node
from care.store.registry import Establishment
from scanners.model import Lang, Text


class Asked(StrEnum):
    """Which nodes of a list are asked for: those in use, those that ended, or all."""

    IN_USE = "in_use"
    ENDED = "ended"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ActivityDraft:
    """An activity as typed in.

    `owner_account_id` wins over the name typed in `owner`. `weight` is a decimal number, comma or point, empty when
    unknown; `weight_origin` says where it was read. `correspondent` is the business contact, `model` the BIA model it
    started from.
    """

    name: str
    kind: ActivityKind
    criticality: CareCriticality
    description: str = ""
    perimeter: Perimeter | None = None
    owner: str = ""
    owner_account_id: int | None = None
    weight: str = ""
    weight_origin: str = ""
    correspondent: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """What a reader asked to see; an empty value asks for everything. `words` are sought in names and owners."""

    kinds: tuple[ActivityKind, ...] = ()
    criticalities: tuple[CareCriticality, ...] = ()
    perimeters: tuple[Perimeter, ...] = ()
    owner: str = ""
    mine: bool = False
    words: str = ""
    asked: Asked = Asked.IN_USE
    number: int = 1
    per_page: int = 50


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One activity of a list. `weight` is written for the reader; `share` is its part of the establishment, exact.

    `needs` counts what it relies on directly, `needed_by` what relies on it, among nodes in use.
    """

    id: int
    name: str
    kind: ActivityKind
    kind_name: str
    criticality: CareCriticality
    perimeter: Perimeter | None
    owner: str
    weight: str
    share: Share | None
    needs: int
    needed_by: int
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class ActivityList:
    """A page of activities; the weights of every activity in use, filters apart; the owners to choose from."""

    page: Page[ActivityLine]
    weights: WeightSum
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityView(NodeView):
    """An activity in full. `weight` is as kept, `weight_written` as read."""

    kind: ActivityKind
    criticality: CareCriticality
    perimeter: Perimeter | None
    weight: str
    weight_written: str
    weight_origin: str
    share: Share | None
    weights: WeightSum
    correspondent: str
    model: str
    may_describe: bool


def list_activities(
    platform: Platform, scope: Scope, establishment_id: int, wanted: ActivityFilter | None = None
) -> ActivityList:
    """A page of the activities of an establishment, the most critical first. NotFound, Forbidden as usual."""
    wanted = wanted or ActivityFilter()
    number, per_page = bounds(wanted.number, wanted.per_page)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        kept = [Activity.establishment_id == establishment_id, *_conditions(wanted, scope)]
        total = session.scalar(select(func.count()).select_from(Activity).where(*kept)) or 0
        query = select(Activity).where(*kept).order_by(_by_criticality(), Activity.name, Activity.id)
        rows = session.scalars(query.limit(per_page).offset((number - 1) * per_page)).all()
        weights = weights_in_use(session, establishment_id)
        needs, needed_by = dependency_counts(session, [row.id for row in rows])
        lines = tuple(_line(row, weights, needs.get(row.id, 0), needed_by.get(row.id, 0), scope.lang) for row in rows)
        return ActivityList(Page(lines, number, per_page, total), weights, owners_of(session, establishment_id))


def open_activity(platform: Platform, scope: Scope, activity_id: int) -> ActivityView:
    """One activity; NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_node(session, scope, Activity, activity_id)
        place = visible_establishment(session, scope, row.establishment_id, Right.SEE_CONTINUITY)
        return _view(row, weights_in_use(session, row.establishment_id), scope, place)


def create_activity(platform: Platform, scope: Scope, establishment_id: int, draft: ActivityDraft) -> int:
    """Record an activity and return its number. Invalid names each faulty field."""
    return create_node(platform, scope, establishment_id, Activity, draft.name, partial(_checked, draft))


def change_activity(platform: Platform, scope: Scope, activity_id: int, draft: ActivityDraft, version: int) -> None:
    """Change an activity seen at `version`. Refused, saying who changed what, when somebody changed it since."""
    change_node(platform, scope, Activity, activity_id, version, draft.name, partial(_checked, draft))


def describe_activity(
    platform: Platform, scope: Scope, activity_id: int, description: str, correspondent: str, version: int
) -> None:
    """What the owner of an activity may change: its description and its business contact. Refused when stale."""
    now = platform.clock.now()
    faults = text_faults({"description": (description, MAX_TEXT), "correspondent": (correspondent, 200)}, _LONG)
    with platform.database.write() as session:
        row = locked_node(session, scope, Activity, activity_id, Right.SEE_CONTINUITY)
        check_fills(session, scope, row)
        if faults:
            raise Invalid(faults)
        check_version(platform, session, row, version)
        values = {"description": _lines(description), "correspondent": correspondent.strip()}
        fields = change(row, values, scope.actor, now)
        if fields:
            record(session, scope, "activity.changed", thing(row), now, changed_detail(row, fields))


def weights_in_use(session: Session, establishment_id: int) -> WeightSum:
    """The weights of the activities in use of an establishment."""
    return weight_sum(
        session.scalars(
            select(Activity.weight).where(Activity.establishment_id == establishment_id, Activity.ended_on.is_(None))
        )
    )


def dependency_counts(session: Session, ids: list[int]) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """How many nodes in use each of these relies on, and how many rely on each."""
    used = select(Node.id).where(Node.ended_on.is_(None))
    needs = (
        select(Dependency.dependent_id, func.count())
        .where(Dependency.dependent_id.in_(ids), Dependency.needed_id.in_(used))
        .group_by(Dependency.dependent_id)
    )
    needed_by = (
        select(Dependency.needed_id, func.count())
        .where(Dependency.needed_id.in_(ids), Dependency.dependent_id.in_(used))
        .group_by(Dependency.needed_id)
    )
    return dict(session.execute(needs).all()), dict(session.execute(needed_by).all())


def owners_of(session: Session, establishment_id: int, nature: Nature = Nature.ACTIVITY) -> tuple[str, ...]:
    """The owners of the nodes in use, by name."""
    query = select(Node.owner).where(
        Node.establishment_id == establishment_id, Node.nature == nature, Node.ended_on.is_(None), Node.owner != ""
    )
    return tuple(sorted(session.scalars(query.distinct()), key=str.casefold))


def activity_faults(draft: ActivityDraft) -> Mapping[str, Text]:
    """What is wrong with an activity as typed, by field; empty when nothing is."""
    texts = {
        "description": (draft.description, MAX_TEXT),
        "owner": (draft.owner, 200),
        "weight_origin": (draft.weight_origin, 300),
        "correspondent": (draft.correspondent, 200),
        "model": (draft.model, 64),
    }
    faults = name_faults(draft.name) | text_faults(texts, _LONG)
    if draft.weight.strip():
        faults |= _weight_faults(draft)
    return faults


def _weight_faults(draft: ActivityDraft) -> dict[str, Text]:
    try:
        weight_of(draft.weight)
    except ValueError:
        return {"weight": NOT_A_WEIGHT}
    if not draft.weight_origin.strip():
        return {
            "weight_origin": Text(
                "Dites d’où vient ce poids (SAE 2025, séjours du PMSI, comptabilité…) : un chiffre sans origine ne se "
                "défend pas.",
                "Say where this weight comes from (SAE 2025, PMSI stays, accounts…): a figure without an origin cannot "
                "be defended.",
            )
        }
    return {}


_LONG = ("description",)


def _lines(text: str) -> str:
    """Several lines as they are kept: line feeds only."""
    return text.strip().replace("\r\n", "\n").replace("\r", "\n")


def _checked(draft: ActivityDraft, session: Session, place: Establishment, now: datetime) -> Mapping[str, Any]:
    """The columns of a draft; Invalid with everything that is wrong."""
    faults = activity_faults(draft)
    if faults:
        raise Invalid(faults)
    return activity_values(draft) | owner_columns(session, place, draft.owner_account_id, draft.owner, now)


def activity_values(draft: ActivityDraft) -> dict[str, Any]:
    """The columns of a sound draft, its owner apart."""
    return {
        "name": draft.name.strip(),
        "kind": draft.kind,
        "criticality": draft.criticality,
        "description": _lines(draft.description),
        "perimeter": draft.perimeter,
        "weight": canonical(draft.weight) if draft.weight.strip() else "",
        "weight_origin": draft.weight_origin.strip(),
        "correspondent": draft.correspondent.strip(),
        "model": draft.model.strip(),
    }


def _conditions(wanted: ActivityFilter, scope: Scope) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = list(node_conditions(wanted.asked, wanted.owner, wanted.words))
    if wanted.mine:
        found.append(Activity.owner_account_id == (scope.account_id or 0))
    if wanted.kinds:
        found.append(Activity.kind.in_(wanted.kinds))
    if wanted.criticalities:
        found.append(Activity.criticality.in_(wanted.criticalities))
    if wanted.perimeters:
        found.append(Activity.perimeter.in_(wanted.perimeters))
    return found


def node_conditions(asked: Asked, owner: str, words: str) -> list[ColumnElement[bool]]:
    """The conditions on `Node` of a list. Names are sought without case or accents, owners without case."""
    found: list[ColumnElement[bool]] = []
    if asked is not Asked.ALL:
        found.append(Node.ended_on.is_(None) if asked is Asked.IN_USE else Node.ended_on.is_not(None))
    if owner.strip():
        found.append(Node.owner == owner.strip())
    if sought := words.strip():
        in_name = Node.name_key.contains(folded(sought), autoescape=True)
        found.append(in_name | Node.owner.icontains(sought, autoescape=True))
    return found


def _by_criticality() -> ColumnElement[int]:
    ranks = {one.value: one.rank for one in CareCriticality}
    return case(ranks, value=Activity.criticality, else_=len(ranks))


def _line(row: Activity, weights: WeightSum, needs: int, needed_by: int, lang: Lang) -> ActivityLine:
    return ActivityLine(
        id=row.id,
        name=row.name,
        kind=row.kind,
        kind_name=kind_name(row.kind, lang),
        criticality=row.criticality,
        perimeter=row.perimeter,
        owner=row.owner,
        weight=decimal(weight_of(row.weight), lang) if row.weight else "",
        share=weights.share(row.weight) if row.ended_on is None else None,
        needs=needs,
        needed_by=needed_by,
        ended_on=row.ended_on,
    )


def _view(row: Activity, weights: WeightSum, scope: Scope, place: Establishment) -> ActivityView:
    alike = read_alike(row, scope, place)
    return ActivityView(
        **alike,
        kind=row.kind,
        criticality=row.criticality,
        perimeter=row.perimeter,
        weight=row.weight,
        weight_written=decimal(weight_of(row.weight), scope.lang) if row.weight else "",
        weight_origin=row.weight_origin,
        share=weights.share(row.weight) if row.ended_on is None else None,
        weights=weights,
        correspondent=row.correspondent,
        model=row.model,
        may_describe=alike["may_manage"] or may_fill(scope, row, place),
    )
