"""Degraded modes to start from: those that the model of an activity proposes, and that it does not have yet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from care.domain.access import Scope
from care.domain.continuity_models import BiaModel
from care.domain.node_names import folded
from care.services.degraded_modes import SheetDraft
from care.services.degraded_rows import LIVING
from care.services.errors import NotFound
from care.services.node_rows import visible_node
from care.services.platform import Platform
from care.store.continuity import Activity, DegradedMode


@dataclass(frozen=True, slots=True)
class Proposal:
    """A degraded mode of a model, in the reader's language: a first draft to make one's own, never official.

    `rank` is its place in the model.
    """

    rank: int
    model: str
    title: str
    steps: tuple[str, ...]


def proposed_modes(platform: Platform, scope: Scope, activity_id: int) -> tuple[Proposal, ...]:
    """What the model of an activity proposes, or the model that its name suggests, apart from what it already has."""
    with platform.database.read() as session:
        activity = visible_node(session, scope, Activity, activity_id)
        titles = session.scalars(
            select(DegradedMode.title).where(DegradedMode.activity_id == activity_id, DegradedMode.state.in_(LIVING))
        )
        known = {folded(title) for title in titles}
        model = _model(platform, activity)
    found = _proposals(model, scope) if model else ()
    return tuple(one for one in found if folded(one.title) not in known)


def draft_of(platform: Platform, scope: Scope, activity_id: int, rank: int) -> SheetDraft:
    """The draft that a proposal makes; NotFound for a rank that is not proposed."""
    proposal = next((one for one in proposed_modes(platform, scope, activity_id) if one.rank == rank), None)
    if proposal is None:
        raise NotFound
    return SheetDraft(proposal.title, steps="\n".join(f"{n}. {step}" for n, step in enumerate(proposal.steps, 1)))


def _model(platform: Platform, activity: Activity) -> BiaModel | None:
    models = platform.kits.models
    return models.by_id.get(activity.model) or models.likely(activity.name)


def _proposals(model: BiaModel, scope: Scope) -> tuple[Proposal, ...]:
    lang = scope.lang
    return tuple(
        Proposal(rank, model.title.render(lang), one.title.render(lang), tuple(step.render(lang) for step in one.steps))
        for rank, one in enumerate(model.modes)
    )
