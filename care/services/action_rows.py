"""Rows of actions for the services that write them: who may, what happened, which due date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from care.domain.access import RIGHTS, Level, Lineage, Right, Role, Scope
from care.domain.actions import ActionState, CareCriticality
from care.domain.due_dates import DEFAULT_DAYS, DueDays, due_on, from_json
from care.domain.evidence import ThingKind, ThingRef
from care.domain.findings import State
from care.services.errors import Forbidden, NotFound, Refused
from care.services.evidence import proofs_of
from care.services.places import within
from care.services.platform import Platform
from care.store.accounts import Account, AccountGrant
from care.store.actions import Action, ActionEvent, ActionFinding, ActionSite, DuePolicy
from care.store.evidence import EvidenceTie
from care.store.findings import FindingRow, SightingRow
from care.store.registry import Establishment
from care.store.targets import Target
from scanners.model import Severity, Text

UNSETTLED = (State.OPEN, State.POSTPONED)
"""States of a finding that an action still has to close: fixed, false positive and accepted ones are settled."""

_FIELDS: Mapping[str, Text] = {
    "title": Text("l’intitulé", "the title"),
    "description": Text("la description", "the description"),
    "severity": Text("la gravité", "the severity"),
    "criticality": Text("l’importance pour les soins", "the care criticality"),
    "due_on": Text("l’échéance", "the due date"),
    "effort_days": Text("l’effort", "the effort"),
    "owner": Text("le responsable", "the owner"),
    "funding": Text("le financement", "the funding"),
    "sheet": Text("la fiche de remédiation", "the remediation sheet"),
    "costs": Text("les coûts", "the costs"),
    "shares": Text("le partage des coûts", "the cost shares"),
    "sites": Text("les établissements", "the establishments"),
}


def locked_action(session: Session, scope: Scope, action_id: int) -> Action:
    """An action of which the reader sees a site, locked until the end of the transaction; NotFound otherwise."""
    # FOR NO KEY UPDATE: events that point to the action may be added meanwhile (a re-test being recorded).
    mine = select(ActionSite.action_id).where(within(scope, Right.SEE_ACTIONS, ActionSite.establishment_id))
    action = session.scalars(
        select(Action)
        .where(Action.id == action_id, Action.id.in_(mine))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if action is None:
        raise NotFound
    return action


def site_of(session: Session, scope: Scope, action: Action, establishment_id: int) -> ActionSite:
    """One site of a locked action, locked too; NotFound when it is none or the reader does not see it."""
    site = session.scalars(
        select(ActionSite)
        .where(
            ActionSite.action_id == action.id,
            ActionSite.establishment_id == establishment_id,
            within(scope, Right.SEE_ACTIONS, ActionSite.establishment_id),
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if site is None:
        raise NotFound
    return site


def places_of(session: Session, ids: Collection[int]) -> Mapping[int, Establishment]:
    """Establishments by number with what their lineage needs, in one query."""
    rows = session.scalars(
        select(Establishment).where(Establishment.id.in_(ids)).options(joinedload(Establishment.legal_entity))
    )
    return {row.id: row for row in rows}


def all_sites(session: Session, action_id: int) -> Sequence[int]:
    """The establishments of an action, those the reader does not see included."""
    return session.scalars(select(ActionSite.establishment_id).where(ActionSite.action_id == action_id)).all()


def manages(scope: Scope, lineages: Collection[Lineage]) -> bool:
    """Whether `scope` manages actions on all of them."""
    return bool(lineages) and all(scope.allows(Right.MANAGE_ACTIONS, one) for one in lineages)


def managed(session: Session, scope: Scope, ids: Collection[int]) -> Sequence[Establishment]:
    """These establishments, if `scope` manages actions in each: NotFound for one it does not see, else Forbidden."""
    found = places_of(session, ids)
    if len(found) != len(set(ids)) or not all(scope.allows(Right.SEE, one.lineage) for one in found.values()):
        raise NotFound
    if not manages(scope, [one.lineage for one in found.values()]):
        raise Forbidden
    return list(found.values())


def check_manages(session: Session, scope: Scope, action: Action) -> Sequence[int]:
    """The sites of an action that `scope` may change as a whole; Forbidden when it does not manage one of them."""
    sites = all_sites(session, action.id)
    if not manages(scope, [one.lineage for one in places_of(session, sites).values()]):
        raise Forbidden
    return sites


def works_on(scope: Scope, action: Action, where: Lineage) -> bool:
    """Whether `scope` may say how far an action is there: it manages actions, or owns this one."""
    owns = action.owner_account_id is not None and action.owner_account_id == scope.account_id
    return scope.allows(Right.MANAGE_ACTIONS, where) or (owns and scope.allows(Right.SEE_ACTIONS, where))


def check_works(session: Session, scope: Scope, action: Action, site: ActionSite) -> Establishment:
    """The establishment of a site on which `scope` may work; Forbidden otherwise."""
    place = places_of(session, [site.establishment_id])[site.establishment_id]
    if not works_on(scope, action, place.lineage):
        raise Forbidden
    return place


def happened(
    session: Session,
    action_id: int,
    what: str,
    actor: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
    establishment_id: int | None = None,
) -> None:
    """Add an event; `establishment_id` is None when it concerns every site."""
    session.add(
        ActionEvent(
            action_id=action_id,
            establishment_id=establishment_id,
            at=now,
            actor=actor,
            what=what,
            detail=dict(detail or {}),
        )
    )


def check_version(platform: Platform, session: Session, action: Action, seen: int) -> None:
    """Refused, saying who changed what since, when the action is no longer the one that was shown."""
    if action.version == seen:
        return
    events = session.scalars(
        select(ActionEvent)
        .where(ActionEvent.action_id == action.id, ActionEvent.what.in_(("changed", "due", "tied", "untied")))
        .order_by(ActionEvent.id.desc())
        .limit(50)
    )
    since = [one for one in events if int(one.detail.get("version", 0)) > seen]
    zone = ZoneInfo(platform.settings.timezone)
    raise Refused(_who_changed_what(action, since, zone))


def _who_changed_what(action: Action, since: Sequence[ActionEvent], zone: ZoneInfo) -> Text:
    who = ", ".join(dict.fromkeys(one.actor for one in since)) or action.changed_by
    at = action.changed_at.astimezone(zone)
    names = {name for one in since for name in one.detail.get("fields", {})}
    fields = [words for name, words in _FIELDS.items() if name in names]
    what_fr = ", ".join(one.fr for one in fields) or "cette action"
    what_en = ", ".join(one.en for one in fields) or "this action"
    return Text(
        f"Entre-temps, {who} a modifié {what_fr} (le {at:%d/%m/%Y à %H:%M}). Rien n’est perdu : comparez avec ce que "
        "vous avez saisi, corrigez si besoin, puis enregistrez de nouveau.",
        f"In the meantime, {who} changed {what_en} (on {at:%Y-%m-%d at %H:%M}). Nothing is lost: compare with what "
        "you typed, correct it if need be, then save again.",
    )


def touched(action: Action, actor: str, now: datetime) -> int:
    """Mark a locked action as changed; returns its new version."""
    action.version += 1
    action.changed_at, action.changed_by = now, actor
    return action.version


def note_change(
    session: Session, action: Action, actor: str, now: datetime, fields: Mapping[str, tuple[Any, Any]]
) -> None:
    """Count one more version of a locked action and say what changed: `fields` gives old and new values, as JSON."""
    version = touched(action, actor, now)
    detail = {"version": version, "fields": {name: list(values) for name, values in fields.items()}}
    happened(session, action.id, "changed", actor, now, detail)


def policies_of(session: Session, establishment_ids: Collection[int]) -> list[DueDays]:
    """The due policies that apply in some establishments."""
    stored = session.scalars(
        select(DuePolicy).where(
            or_(DuePolicy.establishment_id.in_(establishment_ids), DuePolicy.establishment_id.is_(None))
        )
    ).all()
    own = {one.establishment_id: from_json(one.days) for one in stored}
    common = own.get(None, DEFAULT_DAYS)
    return [own.get(number, common) for number in establishment_ids]


def policy_date(session: Session, action: Action, sites: Collection[int], zone: str) -> date:
    """The due date that the policies give to an action."""
    created = action.created_at.astimezone(ZoneInfo(zone)).date()
    return due_on(created, action.severity, action.criticality, policies_of(session, sites))


def evidence_count(session: Session, action_id: int, establishment_id: int) -> int:
    """How many pieces of evidence prove an action in one establishment.

    Those replaced or withdrawn prove nothing; nor do those tied before the action was reopened there.
    """
    ref = ThingRef(ThingKind.ACTION, str(action_id))
    found = proofs_of(session, establishment_id, ref)
    since = _reopened_at(session, action_id, establishment_id)
    if since is None or not found:
        return len(found)
    fresh = select(func.count()).where(
        EvidenceTie.evidence_id.in_(found),
        EvidenceTie.thing_kind == ref.kind,
        EvidenceTie.thing_id == ref.id,
        EvidenceTie.tied_at >= since,
    )
    return session.scalar(fresh) or 0


def _reopened_at(session: Session, action_id: int, establishment_id: int) -> datetime | None:
    """When somebody last started again what was over there; None when nobody did."""
    moves = session.scalars(
        select(ActionEvent)
        .where(
            ActionEvent.action_id == action_id,
            ActionEvent.establishment_id == establishment_id,
            ActionEvent.what == "moved",
        )
        .order_by(ActionEvent.id.desc())
    )
    return next((one.at for one in moves if ActionState(one.detail["from"]).over), None)


def tied(action_id: int, establishment_id: int) -> tuple[ColumnElement[bool], ...]:
    """The conditions on `FindingRow` that keep the findings an action is to close in one establishment."""
    ids = select(ActionFinding.finding_id).where(ActionFinding.action_id == action_id)
    return (FindingRow.establishment_id == establishment_id, FindingRow.id.in_(ids))


def unsettled_count(session: Session, action_id: int, establishment_id: int) -> int:
    """How many tied findings of a site are not known as fixed."""
    kept = (*tied(action_id, establishment_id), FindingRow.state.in_(UNSETTLED))
    return session.scalar(select(func.count()).select_from(FindingRow).where(*kept)) or 0


def worst_severity(session: Session, action_id: int) -> Severity | None:
    """The worst severity among the findings of an action; None without any."""
    return session.scalar(
        select(FindingRow.severity)
        .join(ActionFinding, ActionFinding.finding_id == FindingRow.id)
        .where(ActionFinding.action_id == action_id)
        .order_by(FindingRow.severity)
        .limit(1)
    )


def worst_criticality(session: Session, action_id: int) -> CareCriticality | None:
    """What care loses at worst with the targets that see the findings of an action; None without any."""
    found = session.scalars(
        select(Target.criticality)
        .join(SightingRow, SightingRow.target_id == Target.id)
        .join(ActionFinding, ActionFinding.finding_id == SightingRow.finding_id)
        .where(ActionFinding.action_id == action_id)
        .distinct()
    )
    return min(found, key=lambda one: one.rank, default=None)


def accounts_reaching(establishments: Collection[Establishment], now: datetime) -> ColumnElement[bool]:
    """The condition on `Account` that keeps those who may see the actions of one of these establishments."""
    places = [place for one in establishments for place in one.lineage]

    def at(level: Level) -> set[int]:
        return {place.id for place in places if place.level is level}

    roles = [role for role in Role if Right.SEE_ACTIONS in RIGHTS[role]]
    reaching = select(AccountGrant.account_id).where(
        AccountGrant.role.in_(roles),
        or_(AccountGrant.expires_at.is_(None), AccountGrant.expires_at > now),
        or_(
            AccountGrant.level == Level.PLATFORM,
            AccountGrant.region_id.in_(at(Level.REGION)),
            AccountGrant.ght_id.in_(at(Level.GHT)),
            AccountGrant.legal_entity_id.in_(at(Level.LEGAL_ENTITY)),
            AccountGrant.establishment_id.in_(at(Level.ESTABLISHMENT)),
        ),
    )
    return Account.active.is_(True) & Account.id.in_(reaching)


def close_site(site: ActionSite, by: str, now: datetime) -> None:
    """Mark a site closed; whoever calls has checked its evidence."""
    site.state, site.changed_at = ActionState.CLOSED, now
    site.closed_at, site.closed_by = now, by
