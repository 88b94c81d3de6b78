"""What a recorded audit means for the actions that wait for it, in the transaction that records it.

An action that waits to be verified closes when every finding it is tied to is settled; goes back to work when the audit
still sees one; stays, with the reason, when the audit could not tell. A finding that comes back reopens nothing: the
action says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from care.domain.access import machine_scope
from care.domain.actions import ActionState, Retest, retest_verdict
from care.domain.findings import Observed
from care.services.action_rows import UNSETTLED, close_site, evidence_count, happened, tied
from care.services.trail import Thing, record
from care.store.actions import Action, ActionEvent, ActionFinding, ActionSite
from care.store.bulk import among
from care.store.findings import FindingRow, SightingRow
from care.store.runs import Run

ACTOR = "CaRE"
_LISTED = 20
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run just recorded: whose, of what, what it saw, and the numbers of the findings that came back."""

    establishment_id: int
    target_id: int
    run_id: int
    seen: Observed
    back: Sequence[int]


def after_recording(session: Session, run: Recorded, now: datetime) -> None:
    """Close, send back or leave the actions that wait for this target; note the findings that came back."""
    session.flush()
    _note_returns(session, run, now)
    for site in _waiting(session, run):
        _judge(session, run, site, now)


def _waiting(session: Session, run: Recorded) -> Sequence[ActionSite]:
    """The sites to verify of which a tied finding was ever seen from this target."""
    concerned = (
        select(ActionFinding.action_id)
        .join(SightingRow, SightingRow.finding_id == ActionFinding.finding_id)
        .where(SightingRow.target_id == run.target_id)
    )
    waiting = (
        ActionSite.establishment_id == run.establishment_id,
        ActionSite.state == ActionState.TO_VERIFY,
        ActionSite.action_id.in_(concerned),
    )
    ids = session.scalars(select(ActionSite.action_id).where(*waiting)).all()
    if not ids:
        return ()
    # The action before its site, as whoever works on one does: two who lock them each in their order would wait for
    # each other.
    actions = select(Action.id).where(among(session, Action.id, ids)).order_by(Action.id)
    session.execute(actions.with_for_update(key_share=True)).all()
    return session.scalars(
        select(ActionSite)
        .where(*waiting)
        .order_by(ActionSite.action_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _judge(session: Session, run: Recorded, site: ActionSite, now: datetime) -> None:
    unsettled = session.execute(
        select(FindingRow.id, FindingRow.rule).where(
            *tied(site.action_id, site.establishment_id), FindingRow.state.in_(UNSETTLED)
        )
    ).all()
    here = _seen_from_here(session, run, [number for number, _ in unsettled])
    again = [number for number, last_seen in here.items() if last_seen == run.seen.at]
    if again and not _begun_after(session, run.run_id, site.changed_at):
        _said(session, run, site, now, {"result": "earlier"})
        return
    verdict = retest_verdict(len(unsettled), len(again))
    if verdict is Retest.VERIFIED:
        _verified(session, run, site, now)
    elif verdict is Retest.STILL_THERE:
        site.state, site.changed_at, site.retest_run_id = ActionState.IN_PROGRESS, now, run.run_id
        _said(session, run, site, now, {"result": verdict.value, "count": len(again), "findings": again[:_LISTED]})
    elif here:
        rules = sorted({rule for number, rule in unsettled if number in here})
        _said(session, run, site, now, {"result": verdict.value, "count": len(here), "rules": rules[:_LISTED]})


def _verified(session: Session, run: Recorded, site: ActionSite, now: datetime) -> None:
    """Close by the re-test; evidence withdrawn in the meantime closes nothing."""
    if not evidence_count(session, site.action_id, site.establishment_id):
        _said(session, run, site, now, {"result": "no_evidence"})
        return
    close_site(site, ACTOR, now)
    site.retest_run_id = run.run_id
    _said(session, run, site, now, {"result": Retest.VERIFIED.value})
    _tell_at_the_end(session, Thing("action", site.action_id, site.establishment_id), run.run_id, now)


def _tell_at_the_end(session: Session, thing: Thing, run_id: int, now: datetime) -> None:
    """Write in the trail just before the commit: whoever records a run still has its job to end, and the trail is
    locked last."""

    def tell(_session: Session) -> None:
        record(session, machine_scope(ACTOR), "action.verified", thing, now, {"run": run_id})

    event.listen(session, "before_commit", tell, once=True)


def _said(session: Session, run: Recorded, site: ActionSite, now: datetime, detail: Mapping[str, Any]) -> None:
    written = {"run": run.run_id, **detail}
    happened(session, site.action_id, "retest", ACTOR, now, written, site.establishment_id)


def _seen_from_here(session: Session, run: Recorded, ids: Sequence[int]) -> Mapping[int, datetime]:
    """Which of these findings this target still holds for present, and when it last saw each."""
    found: dict[int, datetime] = {}
    for chunk in _chunks(ids):
        rows = session.execute(
            select(SightingRow.finding_id, SightingRow.last_seen_at).where(
                SightingRow.target_id == run.target_id,
                SightingRow.gone_at.is_(None),
                SightingRow.finding_id.in_(chunk),
            )
        )
        found.update(dict(rows.all()))
    return found


def _begun_after(session: Session, run_id: int, asked_at: datetime) -> bool:
    """Whether a run began to look once the work was said to be done: an older look proves nothing against it."""
    began = session.scalar(select(Run.collected_from).where(Run.id == run_id))
    return began is not None and began >= asked_at


def _note_returns(session: Session, run: Recorded, now: datetime) -> None:
    """Say on each closed action that findings it closed are back."""
    returns: dict[int, list[int]] = defaultdict(list)
    for chunk in _chunks(run.back):
        rows = session.execute(
            select(ActionFinding.action_id, ActionFinding.finding_id)
            .join(ActionSite, ActionSite.action_id == ActionFinding.action_id)
            .where(
                ActionFinding.finding_id.in_(chunk),
                ActionSite.establishment_id == run.establishment_id,
                ActionSite.state == ActionState.CLOSED,
            )
        )
        for action_id, finding_id in rows:
            returns[action_id].append(finding_id)
    events = [
        {
            "action_id": action_id,
            "establishment_id": run.establishment_id,
            "at": now,
            "actor": ACTOR,
            "what": "back",
            "detail": {"run": run.run_id, "count": len(ids), "findings": sorted(ids)[:_LISTED]},
        }
        for action_id, ids in sorted(returns.items())
    ]
    if events:
        session.execute(insert(ActionEvent), events)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[first : first + _CHUNK] for first in range(0, len(ids), _CHUNK))
