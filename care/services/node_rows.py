"""Rows of activities and resources for the services that write them: who may, which name is free, who changed what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from care.domain.access import RIGHTS, Level, Right, Role, Scope
from care.domain.continuity import ACTIVITY_KINDS, RESOURCE_KINDS, ActivityKind, Nature, ResourceKind
from care.domain.node_names import NAME_LENGTH, name_key
from care.services.errors import Forbidden, Invalid, NotFound
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing
from care.store.accounts import Account, AccountGrant
from care.store.bulk import among
from care.store.continuity import Activity, Node, Resource
from care.store.registry import Establishment
from scanners.model import Lang, Scalar, Text

MAX_TEXT = 10_000
AnyNode = Activity | Resource
N = TypeVar("N", Activity, Resource, Activity | Resource)
_ACTIVITY, _RESOURCE = Activity.__table__, Resource.__table__
_MOST_PEOPLE = 500
_FIELDS: Mapping[str, Text] = {
    "name": Text("le nom", "the name"),
    "kind": Text("le type", "the kind"),
    "description": Text("la description", "the description"),
    "owner": Text("le responsable", "the owner"),
    "criticality": Text("l’importance pour les soins", "the care criticality"),
    "perimeter": Text("le périmètre", "the perimeter"),
    "weight": Text("le poids", "the weight"),
    "weight_origin": Text("l’origine du poids", "the origin of the weight"),
    "correspondent": Text("le correspondant métier", "the business contact"),
    "model": Text("le modèle", "the model"),
    "place": Text("le lieu", "the place"),
    "contact": Text("le contact", "the contact"),
    "rto_minutes": Text("le délai de reprise", "the recovery time"),
    "pdma_minutes": Text("la perte de données admise", "the admissible data loss"),
    "dmard_minutes": Text("le délai de restauration", "the restore time"),
    "backup_every_minutes": Text("l’intervalle de sauvegarde", "the backup interval"),
    "restart_minutes": Text("le temps de redémarrage", "the restart time"),
    "target_id": Text("la cible d’audit", "the audit target"),
    "remote_access": Text("l’accès distant", "the remote access"),
    "cut": Text("la coupure", "the way to cut it"),
    "ended_on": Text("la date de fin", "the end date"),
}


@dataclass(frozen=True, slots=True)
class NodeLink:
    """A node as other things point to it. `kind` is the value of its kind, `kind_name` its word for the reader."""

    id: int
    nature: Nature
    kind: str
    kind_name: str
    name: str
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account who may own an activity or a resource."""

    account_id: int
    name: str


def kind_name(kind: ActivityKind | ResourceKind | str, lang: str) -> str:
    """The word of a kind of node, given as such or by its value."""
    text = next(
        text for names in (ACTIVITY_KINDS, RESOURCE_KINDS) for one, text in names.items() if one.value == str(kind)
    )
    return text.render(lang)


def node_links(session: Session, ids: Collection[int], lang: Lang) -> dict[int, NodeLink]:
    """Nodes by number, whatever their number, in one query."""
    if not ids:
        return {}
    query = select(
        Node.id, Node.nature, Node.name, Node.ended_on, _ACTIVITY.c.kind, _RESOURCE.c.kind.label("resource_kind")
    )
    joined = query.outerjoin(_ACTIVITY, _ACTIVITY.c.id == Node.id).outerjoin(_RESOURCE, _RESOURCE.c.id == Node.id)
    rows = session.execute(joined.where(among(session, Node.id, sorted(ids))))
    return {
        number: _link(number, nature, name, ended, activity or resource, lang)
        for number, nature, name, ended, activity, resource in rows
    }


def nodes_in_use(session: Session, establishment_id: int, lang: Lang) -> tuple[NodeLink, ...]:
    """Every node of an establishment that has not ended, activities first, by kind then name."""
    query = select(Node.id, Node.nature, Node.name, _ACTIVITY.c.kind, _RESOURCE.c.kind.label("resource_kind"))
    joined = query.outerjoin(_ACTIVITY, _ACTIVITY.c.id == Node.id).outerjoin(_RESOURCE, _RESOURCE.c.id == Node.id)
    rows = session.execute(joined.where(Node.establishment_id == establishment_id, Node.ended_on.is_(None)))
    found = [
        _link(number, nature, name, None, activity or resource, lang)
        for number, nature, name, activity, resource in rows
    ]
    kinds = [one.value for one in (*ActivityKind, *ResourceKind)]
    return tuple(sorted(found, key=lambda one: (kinds.index(one.kind), one.name.casefold(), one.id)))


def _link(
    number: int, nature: Nature, name: str, ended: date | None, kind: ActivityKind | ResourceKind, lang: Lang
) -> NodeLink:
    return NodeLink(number, nature, kind.value, kind_name(kind, lang), name, ended)


def visible_node(session: Session, scope: Scope, table: type[N], node_id: int) -> N:
    """A node that the reader may see; NotFound otherwise."""
    return _one(session, scope, table, node_id, lock=False)


def locked_node(
    session: Session, scope: Scope, table: type[N], node_id: int, right: Right = Right.MANAGE_CONTINUITY
) -> N:
    """A node about to be changed, locked until the commit; NotFound for a stranger, Forbidden for a reader."""
    row = _one(session, scope, table, node_id, lock=True)
    visible_establishment(session, scope, row.establishment_id, right)
    return row


def _one(session: Session, scope: Scope, table: type[N], node_id: int, *, lock: bool) -> N:
    query = select(table).where(table.id == node_id, within(scope, Right.SEE_CONTINUITY, table.establishment_id))
    if lock:  # FOR NO KEY UPDATE: dependencies that point to the node may be added meanwhile
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row  # type: ignore[return-value]  # of a union of tables, mypy keeps their mother


def owns(scope: Scope, node: Node) -> bool:
    """Whether the node is in the charge of who asks."""
    return node.owner_account_id is not None and node.owner_account_id == scope.account_id


def check_fills(session: Session, scope: Scope, node: Node) -> None:
    """Forbidden unless `scope` manages continuity there, or owns this node and may fill its own."""
    place = visible_establishment(session, scope, node.establishment_id, Right.SEE_CONTINUITY)
    if not (scope.allows(Right.MANAGE_CONTINUITY, place.lineage) or may_fill(scope, node, place)):
        raise Forbidden


def may_fill(scope: Scope, node: Node, place: Establishment) -> bool:
    """Whether the node is in the charge of who asks, who may fill what is his own there."""
    return owns(scope, node) and scope.allows(Right.FILL_OWN_ACTIVITY, place.lineage)


def check_name(
    session: Session, establishment_id: int, kind: ActivityKind | ResourceKind, name: str, but: int | None = None
) -> str:
    """The key of a name that is free among the nodes in use; Invalid (`name`), naming who holds it, otherwise."""
    key = name_key(kind, name)
    holder = session.scalars(
        select(Node.name).where(Node.establishment_id == establishment_id, Node.name_key == key, Node.id != (but or 0))
    ).one_or_none()
    if holder is not None:
        raise Invalid({"name": taken(kind, holder)})
    return key


def taken(kind: ActivityKind | ResourceKind, holder: str) -> Text:
    """The sentence for a name already in use."""
    names: Mapping[Any, Text] = {**ACTIVITY_KINDS, **RESOURCE_KINDS}
    fr, en = names[kind].fr.lower(), names[kind].en.lower()
    return Text(
        f"« {holder} » existe déjà dans cet établissement ({fr}) : ouvrez la fiche existante ou donnez un nom qui "
        "distingue les deux.",
        f"“{holder}” already exists in this establishment ({en}): open the existing sheet or give a name that tells "
        "them apart.",
    )


def taken_meanwhile(name: str) -> Text:
    """The sentence when somebody used the name at the same time."""
    return Text(
        f"Quelqu’un vient de créer « {name.strip()} » dans cet établissement : rechargez la liste.",
        f"Somebody has just created “{name.strip()}” in this establishment: reload the list.",
    )


def owner_columns(
    session: Session, establishment: Establishment, account_id: int | None, typed: str, now: datetime
) -> dict[str, Any]:
    """The owner's columns: an account that may fill its own activities there, or a name, or nobody yet."""
    if account_id is None:
        return {"owner": typed.strip(), "owner_account_id": None}
    account = session.scalars(
        select(Account).where(Account.id == account_id, _may_own(establishment, now))
    ).one_or_none()
    if account is None:
        raise Invalid({"owner_account": Text("Choisissez une personne de la liste.", "Choose a person of the list.")})
    return {"owner": account.name, "owner_account_id": account.id}


def possible_owners(platform: Platform, scope: Scope, establishment_id: int) -> tuple[Person, ...]:
    """The accounts that may own an activity of an establishment, by name; Forbidden for who does not manage it."""
    now = platform.clock.now()
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        query = select(Account.id, Account.name).where(_may_own(place, now)).order_by(Account.name, Account.id)
        return tuple(Person(number, name) for number, name in session.execute(query.limit(_MOST_PEOPLE)))


def _may_own(establishment: Establishment, now: datetime) -> ColumnElement[bool]:
    """The condition on `Account` that keeps those who may fill an activity of their own there."""
    at = {place.level: place.id for place in establishment.lineage}
    roles = [role for role in Role if Right.FILL_OWN_ACTIVITY in RIGHTS[role]]
    reaching = select(AccountGrant.account_id).where(
        AccountGrant.role.in_(roles),
        or_(AccountGrant.expires_at.is_(None), AccountGrant.expires_at > now),
        or_(
            AccountGrant.level == Level.PLATFORM,
            AccountGrant.region_id == at.get(Level.REGION, 0),
            AccountGrant.ght_id == at.get(Level.GHT, 0),
            AccountGrant.legal_entity_id == at.get(Level.LEGAL_ENTITY, 0),
            AccountGrant.establishment_id == at.get(Level.ESTABLISHMENT, 0),
        ),
    )
    return Account.active.is_(True) & Account.id.in_(reaching)


def check_version(platform: Platform, session: Session, node: Node, seen: int) -> None:
    """Refused, saying who changed what since, when the node is no longer the one that was shown."""
    if node.version != seen:
        refuse_stale(platform, session, thing(node), (node.changed_at, node.changed_by), seen, _FIELDS)


def change(node: Node, values: Mapping[str, Any], actor: str, now: datetime) -> tuple[str, ...]:
    """Write the values that differ; returns the names of those fields, and counts one more version if there are."""
    differing = [name for name, value in values.items() if getattr(node, name) != value]
    for name in differing:
        setattr(node, name, values[name])
    if differing:
        touch(node, actor, now)
    return tuple(name for name in differing if name in _FIELDS)


def touch(node: Node, actor: str, now: datetime) -> None:
    """Mark a locked node as changed."""
    node.version += 1
    node.changed_at, node.changed_by = now, actor


def changed_detail(node: Node, fields: Sequence[str], more: Mapping[str, Scalar] | None = None) -> dict[str, Scalar]:
    """What the trail keeps of a change: the fields and the version, which `check_version` reads again."""
    return {"fields": ", ".join(fields), "version": node.version, **(more or {})}


def thing(node: Node) -> Thing:
    """The node as the trail names it."""
    return Thing(node.nature.value, node.id, node.establishment_id)


def text_faults(texts: Mapping[str, tuple[str, int]], long: Collection[str] = ()) -> dict[str, Text]:
    """What is wrong with texts, by field: each comes with its longest length; only `long` ones hold several lines."""
    faults: dict[str, Text] = {}
    for field, (text, longest) in texts.items():
        if len(text.strip()) > longest:
            faults[field] = Text(f"{longest} signes au plus.", f"At most {longest} characters.")
        elif not (text.translate(_LINES) if field in long else text).translate(_NO_BREAKS).isprintable():
            faults[field] = Text(
                "Ce texte contient un signe invisible (tabulation, retour, code) : retapez-le.",
                "This text holds an invisible sign (tab, line end, code): type it again.",
            )
    return faults


_LINES = str.maketrans("", "", "\r\n\t")
_NO_BREAKS = str.maketrans("", "", "\u00a0\u202f")
"""French texts pasted from a word processor hold them before « : » and inside « quotes »."""


def name_faults(name: str) -> dict[str, Text]:
    """What is wrong with the name of a node."""
    if not name.strip():
        return {"name": Text("Donnez un nom.", "Give a name.")}
    return text_faults({"name": (name.strip(), NAME_LENGTH)})
