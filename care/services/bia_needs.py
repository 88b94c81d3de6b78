"""The typical needs of a model, offered to an activity: those already in the inventory are tied, the others created."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import RESOURCE_KINDS, Strength
from care.domain.continuity_models import BiaModel, ModelNeed
from care.domain.durations import written
from care.domain.node_names import name_key
from care.services.bia_rows import locked_activity, visible_activity
from care.services.dependencies import DependencyDraft, new_dependency
from care.services.errors import Invalid, NotFound, Refused
from care.services.node_rows import thing
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.resources import ResourceDraft, add_resource
from care.services.taken import invalid_when_taken
from care.services.trail import record
from care.store.continuity import Activity, Dependency, Resource
from care.store.registry import Establishment
from scanners.model import Lang, Scalar, Text

_TAKEN = Text(
    "Quelqu’un vient d’ajouter l’une de ces ressources : rechargez la page et recommencez.",
    "Somebody has just added one of these resources: reload the page and try again.",
)


@dataclass(frozen=True, slots=True)
class NeedOffer:
    """A typical need. `known` says that a resource of that name is there already, `tied` that the activity uses it."""

    number: int
    name: str
    kind_name: str
    essential: bool
    holds: str
    known: bool
    tied: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What was done: resources created, dependencies added."""

    created: int
    tied: int


def offer_needs(platform: Platform, scope: Scope, activity_id: int, model_id: str) -> tuple[NeedOffer, ...]:
    """The typical needs of a model beside what the activity has; Forbidden for who does not manage continuity."""
    model = _model(platform, model_id)
    with platform.database.read() as session:
        activity = visible_activity(session, scope, activity_id)
        visible_establishment(session, scope, activity.establishment_id, Right.MANAGE_CONTINUITY)
        known, tied = _inventory(session, activity, model.needs), _tied(session, activity_id)
        return tuple(
            _offer(number, need, known.get(_key(need, scope.lang)), tied, scope.lang)
            for number, need in enumerate(model.needs)
        )


def take_needs(platform: Platform, scope: Scope, activity_id: int, model_id: str, numbers: Collection[int]) -> Taken:
    """Create the resources chosen that are not there yet, and tie each to the activity. All of them or none."""
    model, now = _model(platform, model_id), platform.clock.now()
    chosen = [need for number, need in enumerate(model.needs) if number in set(numbers)]
    if not chosen:
        raise Invalid({"needs": Text("Cochez au moins un besoin.", "Tick one need at least.")})
    with invalid_when_taken("needs", _TAKEN), platform.database.write() as session:
        activity = visible_activity(session, scope, activity_id)
        place = visible_establishment(session, scope, activity.establishment_id, Right.MANAGE_CONTINUITY)
        if activity.ended_on is not None:
            raise Refused(Text("Cette activité a pris fin.", "This activity has ended."))
        locked_activity(session, activity_id)
        done = _take(session, scope, activity, place, chosen, now)
        detail: dict[str, Scalar] = {
            "name": activity.name,
            "model": model.id,
            "created": done.created,
            "tied": done.tied,
        }
        record(session, scope, "activity.needs_taken", thing(activity), now, detail)
        return done


def _take(
    session: Session, scope: Scope, activity: Activity, place: Establishment, chosen: Sequence[ModelNeed], now: datetime
) -> Taken:
    known, tied = dict(_inventory(session, activity, chosen)), set(_tied(session, activity.id))
    before, created = len(tied), 0
    for need in chosen:
        key = _key(need, scope.lang)
        if key not in known:
            resource = ResourceDraft(need.name.render(scope.lang), need.kind)
            known[key] = add_resource(session, scope, place, resource, now).id
            created += 1
        if known[key] not in tied:
            draft = DependencyDraft(activity.id, known[key], need.strength, need.holds_minutes)
            row = new_dependency(place.id, draft)
            row.created_at, row.created_by = now, scope.actor
            session.add(row)
            tied.add(known[key])
    session.flush()
    return Taken(created, len(tied) - before)


def _model(platform: Platform, model_id: str) -> BiaModel:
    model = platform.kits.models.by_id.get(model_id)
    if model is None:
        raise NotFound
    return model


def _key(need: ModelNeed, lang: Lang) -> str:
    return name_key(need.kind, need.name.render(lang))


def _inventory(session: Session, activity: Activity, needs: Sequence[ModelNeed]) -> Mapping[str, int]:
    """The resources in use that have one of these names, in either language, by their key."""
    keys = {_key(need, lang) for need in needs for lang in ("fr", "en")}
    rows = session.execute(
        select(Resource.name_key, Resource.id).where(
            Resource.establishment_id == activity.establishment_id,
            Resource.ended_on.is_(None),
            Resource.name_key.in_(keys),
        )
    )
    found = {key: number for key, number in rows}  # noqa: C416 - a row is no pair for mypy
    known: dict[str, int | None] = {}
    for need in needs:
        pair = [_key(need, lang) for lang in ("fr", "en")]
        number = next((found[key] for key in pair if key in found), None)
        known |= dict.fromkeys(pair, number)
    return {key: number for key, number in known.items() if number is not None}


def _tied(session: Session, activity_id: int) -> frozenset[int]:
    return frozenset(session.scalars(select(Dependency.needed_id).where(Dependency.dependent_id == activity_id)))


def _offer(number: int, need: ModelNeed, known: int | None, tied: frozenset[int], lang: Lang) -> NeedOffer:
    return NeedOffer(
        number=number,
        name=need.name.render(lang),
        kind_name=RESOURCE_KINDS[need.kind].render(lang),
        essential=need.strength is Strength.ESSENTIAL,
        holds=written(need.holds_minutes, lang) if need.holds_minutes else "",
        known=known is not None,
        tied=known in tied,
    )
