"""Actions to write: created from findings or from nothing, in one establishment or many; changed, moved, commented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, func, literal, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import ActionSource, ActionState, CareCriticality, move_faults
from care.domain.due_dates import MAX_DAYS
from care.services.action_events import STATES
from care.services.action_notices import tell_owner
from care.services.action_query import today
from care.services.action_rows import (
    UNSETTLED,
    accounts_reaching,
    check_manages,
    check_version,
    check_works,
    happened,
    locked_action,
    managed,
    note_change,
    places_of,
    policy_date,
    site_of,
    touched,
    worst_criticality,
    worst_severity,
)
from care.services.errors import Invalid, NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.accounts import Account
from care.store.actions import Action, ActionEvent, ActionFinding, ActionSite
from care.store.findings import FindingRow
from scanners.model import Severity, Text

MAX_TITLE = 200
MAX_TEXT = 10_000
MAX_EFFORT = 2000
MAX_SITES = 500
_CHUNK = 5000
_MOVES = ("moved", "proof", "closed", "signed", "retest")
"""The events that change the state of a site."""


@dataclass(frozen=True, slots=True)
class ActionDraft:
    """An action as typed in.

    `severity` and `criticality` None take the worst of the findings and of their targets; `due_on` None follows the
    policy. `owner_account_id` wins over the name typed in `owner`. `effort_days` is in days of work.
    """

    title: str
    description: str = ""
    source: ActionSource = ActionSource.FINDING
    source_ref: str = ""
    severity: Severity | None = None
    criticality: CareCriticality | None = None
    due_on: date | None = None
    effort_days: float | None = None
    owner: str = ""
    owner_account_id: int | None = None
    funding: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The findings an action is to close: some by number, or all the open ones of a rule in each of its sites."""

    finding_ids: tuple[int, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may own an action."""

    account_id: int
    name: str


def possible_owners(platform: Platform, scope: Scope, establishment_ids: Sequence[int]) -> tuple[Person, ...]:
    """The accounts that see the actions of one of these establishments, by name; Forbidden for who manages none."""
    now = platform.clock.now()
    with platform.database.read() as session:
        places = managed(session, scope, establishment_ids)
        rows = session.execute(
            select(Account.id, Account.name).where(accounts_reaching(places, now)).order_by(Account.name).limit(500)
        )
        return tuple(Person(number, name) for number, name in rows)


def create_action(
    platform: Platform,
    scope: Scope,
    establishment_ids: Sequence[int],
    draft: ActionDraft,
    chosen: Chosen | None = None,
) -> int:
    """Create an action over one or several establishments and return its number.

    Forbidden unless actions are managed in each. Invalid names the faulty fields. The findings of each site are tied
    in the same transaction.
    """
    with platform.database.write() as session:
        return add_action(platform, session, scope, establishment_ids, draft, chosen)


def add_action(
    platform: Platform,
    session: Session,
    scope: Scope,
    establishment_ids: Sequence[int],
    draft: ActionDraft,
    chosen: Chosen | None = None,
) -> int:
    """`create_action` in the caller's write transaction, of which it is the last thing."""
    now, chosen = platform.clock.now(), chosen or Chosen()
    _check(draft, today(platform), None)
    if not 0 < len(set(establishment_ids)) <= MAX_SITES:
        raise Invalid({"establishments": Text("Choisissez au moins un établissement.", "Choose an establishment.")})
    places = managed(session, scope, establishment_ids)
    sites = [place.id for place in places]
    action = Action(
        title=draft.title.strip(),
        description=draft.description.strip(),
        source=draft.source,
        source_ref=draft.source_ref.strip(),
        rule=chosen.rule or None,
        sheet=draft.sheet or None,
        severity=draft.severity or Severity.INFO,
        criticality=draft.criticality or CareCriticality.MODERATE,
        due_on=draft.due_on or today(platform),
        due_chosen=draft.due_on is not None,
        effort_days=draft.effort_days,
        funding=draft.funding.strip(),
        created_at=now,
        created_by=scope.actor,
        changed_at=now,
        changed_by=scope.actor,
        version=1,
        **_owner(session, scope, places, draft, now),
    )
    session.add(action)
    session.flush()
    session.add_all(
        ActionSite(action_id=action.id, establishment_id=site, state=ActionState.TO_DO, changed_at=now)
        for site in sites
    )
    session.flush()
    count = _tie(session, scope, action, sites, chosen)
    _weigh(session, action, draft)
    action.findings, action.sites = count, len(sites)
    if not action.due_chosen:
        action.due_on = policy_date(session, action, sites, platform.settings.timezone)
    happened(session, action.id, "created", scope.actor, now, {"findings": count, "sites": len(sites)})
    tell_owner(platform, session, scope, action, sites)
    record(session, scope, "action.created", _thing(action, sites), now, {"title": action.title, "sites": len(sites)})
    return action.id


def change_action(platform: Platform, scope: Scope, action_id: int, draft: ActionDraft, version: int) -> None:
    """Change an action seen at `version`. Refused, saying who changed what, when somebody changed it since."""
    now = platform.clock.now()
    with platform.database.write() as session:
        action = locked_action(session, scope, action_id)
        sites = check_manages(session, scope, action)
        check_version(platform, session, action, version)
        _check(draft, today(platform), action)
        before, owner = _values(action), action.owner_account_id
        action.title, action.description = draft.title.strip(), draft.description.strip()
        action.severity = draft.severity or action.severity
        action.criticality = draft.criticality or action.criticality
        action.effort_days, action.funding = draft.effort_days, draft.funding.strip()
        action.sheet = draft.sheet or None
        for name, value in _owner(session, scope, list(places_of(session, sites).values()), draft, now).items():
            setattr(action, name, value)
        action.due_chosen = draft.due_on is not None
        action.due_on = draft.due_on or policy_date(session, action, sites, platform.settings.timezone)
        changed = {name: (before[name], value) for name, value in _values(action).items() if value != before[name]}
        if not changed:
            return
        note_change(session, action, scope.actor, now, changed)
        tell_owner(platform, session, scope, action, sites, owner)
        record(session, scope, "action.changed", _thing(action, sites), now, {"fields": ", ".join(changed)})


def move(
    platform: Platform,
    scope: Scope,
    action_id: int,
    establishment_id: int,
    after: ActionState,
    reason: str = "",
    seen: ActionState | None = None,
) -> None:
    """Say where an action stands in one establishment; `seen` is the state that was shown.

    Invalid when the move is impossible or unexplained; Refused when somebody moved it in the meantime.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        action = locked_action(session, scope, action_id)
        site = site_of(session, scope, action, establishment_id)
        check_works(session, scope, action, site)
        if seen is not None and site.state is not seen:
            raise Refused(_moved_meanwhile(session, site))
        faults = move_faults(site.state, after, reason)
        if faults:
            raise Invalid(faults)
        detail = {"from": site.state.value, "to": after.value, "reason": reason.strip()[:MAX_TEXT]}
        site.state, site.changed_at = after, now
        site.closed_at = site.closed_by = site.retest_run_id = None
        if after is ActionState.ABANDONED:
            site.closed_at, site.closed_by = now, scope.actor
        happened(session, action.id, "moved", scope.actor, now, detail, establishment_id)
        thing = Thing("action", action.id, establishment_id)
        record(session, scope, "action.moved", thing, now, {"from": detail["from"], "to": detail["to"]})


def _moved_meanwhile(session: Session, site: ActionSite) -> Text:
    """Who changed the state of a site last, and to what."""
    who = session.scalar(
        select(ActionEvent.actor)
        .where(
            ActionEvent.action_id == site.action_id,
            ActionEvent.establishment_id == site.establishment_id,
            ActionEvent.what.in_(_MOVES),
        )
        .order_by(ActionEvent.id.desc())
        .limit(1)
    )
    state = STATES[site.state]
    return Text(
        f"{who or 'Quelqu’un'} a changé l’état de cette action pendant ce temps (« {state.fr} ») ; relisez-la avant de "
        "choisir.",
        f"{who or 'Somebody'} moved this action in the meantime (“{state.en}”); read it again before choosing.",
    )


def comment(platform: Platform, scope: Scope, action_id: int, text: str, establishment_id: int | None = None) -> None:
    """Write a comment, on one site or on the whole. Whoever reads the action may."""
    now, said = platform.clock.now(), text.strip()
    if not said:
        raise Invalid({"text": Text("Écrivez votre commentaire.", "Write your comment.")})
    if len(said) > MAX_TEXT:
        raise Invalid({"text": Text("Ce commentaire est trop long.", "This comment is too long.")})
    with platform.database.write() as session:
        action = locked_action(session, scope, action_id)
        if establishment_id is not None:
            site_of(session, scope, action, establishment_id)
        happened(session, action.id, "commented", scope.actor, now, {"text": said}, establishment_id)
        record(session, scope, "action.commented", Thing("action", action.id, establishment_id), now)


def tie_findings(platform: Platform, scope: Scope, action_id: int, establishment_id: int, chosen: Chosen) -> int:
    """Tie findings of one site to an action; returns how many were not tied yet.

    A worse severity raises that of the action, and its due date with it unless a person chose that date.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        action = locked_action(session, scope, action_id)
        _managed_site(session, scope, action, establishment_id)
        count = _tie(session, scope, action, [establishment_id], chosen)
        if not count:
            return 0
        action.findings += count
        _raise_severity(platform, session, action)
        detail = {"count": count, "version": touched(action, scope.actor, now)}
        happened(session, action.id, "tied", scope.actor, now, detail, establishment_id)
        thing = Thing("action", action.id, establishment_id)
        record(session, scope, "action.findings_tied", thing, now, {"count": count})
        return count


def untie_finding(platform: Platform, scope: Scope, action_id: int, finding_id: int) -> None:
    """Take a finding off an action; NotFound when it is not tied."""
    now = platform.clock.now()
    with platform.database.write() as session:
        action = locked_action(session, scope, action_id)
        finding = session.get(FindingRow, finding_id)
        tie = session.get(ActionFinding, (action_id, finding_id))
        if finding is None or tie is None:
            raise NotFound
        _managed_site(session, scope, action, finding.establishment_id)
        session.delete(tie)
        action.findings -= 1
        detail = {"findings": [finding_id], "version": touched(action, scope.actor, now)}
        happened(session, action.id, "untied", scope.actor, now, detail, finding.establishment_id)
        thing = Thing("action", action.id, finding.establishment_id)
        record(session, scope, "action.finding_untied", thing, now, {"finding": finding_id})


def add_sites(platform: Platform, scope: Scope, action_id: int, establishment_ids: Sequence[int]) -> int:
    """Extend an action to more establishments, with their open findings of its rule; returns how many were added."""
    now = platform.clock.now()
    with platform.database.write() as session:
        action = locked_action(session, scope, action_id)
        known = set(check_manages(session, scope, action))
        added = [one.id for one in managed(session, scope, establishment_ids) if one.id not in known]
        if not added:
            return 0
        session.add_all(
            ActionSite(action_id=action.id, establishment_id=site, state=ActionState.TO_DO, changed_at=now)
            for site in added
        )
        session.flush()
        action.sites += len(added)
        if action.rule:
            action.findings += _tie(session, scope, action, added, Chosen(rule=action.rule))
            _raise_severity(platform, session, action)
        note_change(session, action, scope.actor, now, {"sites": (len(known), len(known) + len(added))})
        record(session, scope, "action.extended", _thing(action, [*known, *added]), now, {"sites": len(added)})
        return len(added)


def _thing(action: Action, sites: Sequence[int]) -> Thing:
    return Thing("action", action.id, sites[0] if len(sites) == 1 else None)


def _managed_site(session: Session, scope: Scope, action: Action, establishment_id: int) -> None:
    site_of(session, scope, action, establishment_id)
    visible_establishment(session, scope, establishment_id, Right.MANAGE_ACTIONS)


def short_title(words: str) -> str:
    """Words as a title of an action: cut, and marked so, when they are too long for one."""
    return words if len(words) <= MAX_TITLE else f"{words[: MAX_TITLE - 1]}…"


def _check(draft: ActionDraft, day: date, known: Action | None) -> None:
    faults: dict[str, Text] = {}
    if not 0 < len(draft.title.strip()) <= MAX_TITLE:
        faults["title"] = Text("Donnez un intitulé de 200 signes au plus.", "Give a title of at most 200 characters.")
    if len(draft.description) > MAX_TEXT:
        faults["description"] = Text("Ce texte est trop long.", "This text is too long.")
    for name in ("owner", "source_ref"):
        if len(getattr(draft, name)) > MAX_TITLE:
            faults[name] = Text("200 signes au plus.", "At most 200 characters.")
    if len(draft.funding) > 100:
        faults["funding"] = Text("100 signes au plus.", "At most 100 characters.")
    if draft.effort_days is not None and not 0 < draft.effort_days <= MAX_EFFORT:
        faults["effort_days"] = Text(
            "Un nombre de jours positif est attendu.", "A positive number of days is expected."
        )
    unchanged = known is not None and draft.due_on == known.due_on
    if draft.due_on is not None and not unchanged and not 0 <= (draft.due_on - day).days <= MAX_DAYS:
        faults["due_on"] = Text(
            "Choisissez une date à venir, dans les trois ans.", "Choose a date to come, within three years."
        )
    if faults:
        raise Invalid(faults)


def _owner(
    session: Session, scope: Scope, places: Sequence[Any], draft: ActionDraft, now: datetime
) -> Mapping[str, Any]:
    """The owner's columns: an account that sees one of the places, or a name; by default who creates the action."""
    if draft.owner_account_id is None:
        name = draft.owner.strip() or scope.name or scope.actor
        return {"owner": name, "owner_account_id": None if draft.owner.strip() else scope.account_id}
    account = session.scalars(
        select(Account).where(Account.id == draft.owner_account_id, accounts_reaching(places, now))
    ).one_or_none()
    if account is None:
        raise Invalid({"owner_account": Text("Choisissez une personne de la liste.", "Choose a person of the list.")})
    return {"owner": account.name, "owner_account_id": account.id}


def _tie(session: Session, scope: Scope, action: Action, sites: Sequence[int], chosen: Chosen) -> int:
    """Tie what was chosen, but for what already is; returns how many. NotFound for a finding of another place."""
    known = select(ActionFinding.finding_id).where(ActionFinding.action_id == action.id)
    base = [FindingRow.establishment_id.in_(sites), FindingRow.id.not_in(known)]
    if chosen.rule:
        return _tie_those(session, action, [*base, FindingRow.rule == chosen.rule, FindingRow.state.in_(UNSETTLED)])
    _check_chosen(session, scope, sites, chosen.finding_ids)
    return sum(
        _tie_those(session, action, [*base, FindingRow.id.in_(chosen.finding_ids[first : first + _CHUNK])])
        for first in range(0, len(chosen.finding_ids), _CHUNK)
    )


def _tie_those(session: Session, action: Action, conditions: list[Any]) -> int:
    rows = select(literal(action.id), FindingRow.id).where(*conditions)
    table: Table = ActionFinding.__table__  # type: ignore[assignment]
    tying = table.insert().from_select(["action_id", "finding_id"], rows)
    return session.connection().execute(tying.execution_options(preserve_rowcount=True)).rowcount


def _check_chosen(session: Session, scope: Scope, sites: Sequence[int], ids: Sequence[int]) -> None:
    """Every chosen finding lies in one of the sites, where findings may be read."""
    if not ids:
        return
    for place in places_of(session, sites).values():
        if not scope.allows(Right.SEE_FINDINGS, place.lineage):
            raise NotFound
    found = sum(
        session.scalar(
            select(func.count())
            .select_from(FindingRow)
            .where(FindingRow.establishment_id.in_(sites), FindingRow.id.in_(ids[first : first + _CHUNK]))
        )
        or 0
        for first in range(0, len(ids), _CHUNK)
    )
    if found != len(set(ids)):
        raise NotFound


def _weigh(session: Session, action: Action, draft: ActionDraft) -> None:
    """What was not chosen follows from the findings: rule, severity, criticality."""
    session.flush()
    severity = draft.severity or worst_severity(session, action.id)
    if severity is None:
        raise Invalid({"severity": Text("Choisissez une gravité.", "Choose a severity.")})
    action.severity = severity
    action.criticality = draft.criticality or worst_criticality(session, action.id) or CareCriticality.MODERATE
    if action.rule is None:
        mine = select(ActionFinding.finding_id).where(ActionFinding.action_id == action.id)
        rules = session.scalars(select(FindingRow.rule).where(FindingRow.id.in_(mine)).distinct().limit(2)).all()
        action.rule = rules[0] if len(rules) == 1 else None


def _raise_severity(platform: Platform, session: Session, action: Action) -> None:
    worst = worst_severity(session, action.id)
    if worst is not None and worst.rank < action.severity.rank:
        action.severity = worst
    if not action.due_chosen:
        sites = session.scalars(select(ActionSite.establishment_id).where(ActionSite.action_id == action.id)).all()
        action.due_on = policy_date(session, action, sites, platform.settings.timezone)


_COMPARED = tuple(
    one.name for one in fields(ActionDraft) if one.name not in {"source", "source_ref", "owner_account_id"}
)


def _values(action: Action) -> dict[str, Any]:
    """What an edit may change, as an event keeps it."""
    found = {name: getattr(action, name) for name in _COMPARED}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}
