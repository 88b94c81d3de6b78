"""What people decide about a finding, and the end of what they decided: written, told, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.findings import Decision, State, Verdict, decision_faults, state_of
from care.services.errors import Invalid, NotFound, Refused
from care.services.no_report import hold_back
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.findings import FindingEvent, FindingRow, SightingRow
from care.store.runs import Run
from care.store.tallies import lock_findings, note_flow, retally
from scanners.catalog import SCANNERS
from scanners.model import Text

STATE_WORDS: Mapping[State, Text] = {
    State.OPEN: Text("ouvert", "open"),
    State.POSTPONED: Text("reporté", "postponed"),
    State.ACCEPTED: Text("risque accepté", "accepted risk"),
    State.FALSE_POSITIVE: Text("faux positif", "false positive"),
    State.FIXED: Text("corrigé", "fixed"),
}


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """What a person decides. `until` (UTC) is due unless it is a false positive; an accepted risk is signed."""

    verdict: Verdict
    reason: str
    until: datetime | None = None
    signatory: str = ""


def decide(platform: Platform, scope: Scope, finding_id: int, draft: DecisionDraft, seen: State | None = None) -> None:
    """Record a person's decision; `seen` is the state that was shown. Invalid names the faulty field.

    Refused when the finding is already fixed, or when somebody decided in the meantime, saying who and what.
    """
    now = platform.clock.now()
    decision = Decision(draft.verdict, None if draft.verdict is Verdict.FALSE_POSITIVE else draft.until)
    faults = decision_faults(decision, draft.reason, draft.signatory, now)
    if faults:
        raise Invalid(faults)
    with platform.database.write() as session:
        row = _to_decide(session, scope, finding_id)
        if row.state is State.FIXED:
            raise Refused(
                Text("Ce constat est déjà corrigé : il n’y a rien à décider.", "This finding is already fixed.")
            )
        if seen is not None and row.state is not seen:
            raise Refused(_decided_meanwhile(session, row))
        row.decided_as, row.decided_until = decision.verdict, decision.until
        row.state = state_of(True, decision, now)
        detail = {
            "verdict": decision.verdict.value,
            "reason": draft.reason.strip(),
            "signatory": draft.signatory.strip(),
            "until": decision.until.isoformat() if decision.until else "",
        }
        _happened(session, row, "decided", scope.actor, now, detail)
        record(session, scope, "finding.decided", _thing(row), now, {"verdict": decision.verdict.value})


def _decided_meanwhile(session: Session, row: FindingRow) -> Text:
    last = session.scalars(
        select(FindingEvent).where(FindingEvent.finding_id == row.id).order_by(FindingEvent.id.desc()).limit(1)
    ).one()
    state = STATE_WORDS[row.state]
    return Text(
        f"{last.actor} a changé l’état de ce constat pendant votre saisie (« {state.fr} ») ; relisez-le, puis "
        "enregistrez de nouveau si votre décision tient.",
        f"{last.actor} changed the state of this finding while you were typing (“{state.en}”); read it, then save "
        "again if your decision stands.",
    )


def withdraw_decision(platform: Platform, scope: Scope, finding_id: int, reason: str) -> None:
    """Take a decision back: the finding is open again. Refused when there is none."""
    now = platform.clock.now()
    if not reason.strip():
        raise Invalid({"reason": Text("Dites pourquoi en une phrase.", "Say why in one sentence.")})
    with platform.database.write() as session:
        row = _to_decide(session, scope, finding_id)
        if row.decided_as is None:
            raise Refused(Text("Aucune décision à retirer.", "There is no decision to withdraw."))
        row.decided_as = row.decided_until = None
        row.state = state_of(row.state is not State.FIXED, None, now)
        _happened(session, row, "withdrawn", scope.actor, now, {"reason": reason.strip()})
        record(session, scope, "finding.decision_withdrawn", _thing(row), now)


def confirm_gone(platform: Platform, scope: Scope, finding_id: int, reason: str) -> None:
    """Close by hand a finding that no later audit can close, because what its target covers has changed.

    Refused while the latest audits still see it or looked at the same perimeter: those close findings by themselves.
    """
    now = platform.clock.now()
    if not reason.strip():
        raise Invalid({"reason": Text("Dites comment vous le savez.", "Say how you know.")})
    with platform.database.write() as session:
        row = _to_decide(session, scope, finding_id)
        present = session.scalars(
            select(SightingRow).where(SightingRow.finding_id == finding_id, SightingRow.gone_at.is_(None))
        ).all()
        if not present or any(_still_covered(session, one) for one in present):
            raise Refused(
                Text(
                    "Ce constat se ferme de lui-même : relancez l’audit de sa cible.",
                    "This finding closes by itself: run the audit of its target again.",
                )
            )
        for one in present:
            one.gone_at = now
        row.state = State.FIXED
        _happened(session, row, "confirmed_gone", scope.actor, now, {"reason": reason.strip()})
        record(session, scope, "finding.confirmed_gone", _thing(row), now)


def _still_covered(session: Session, sighting: SightingRow) -> bool:
    """Whether the latest recorded audit of the target looked at the perimeter in which the finding was last seen.

    Imports of other tools seldom prove that a weakness is gone: a person may always say so. So may they of what the
    latest exposure audit neither saw nor closed: it could not look there (a version hidden since, for one); and of
    what its target no longer leads to.
    """
    if sighting.unwatched_at is not None:
        return False
    latest = session.execute(
        select(Run.perimeter, Run.scanner, Run.collected_to)
        .where(Run.target_id == sighting.target_id, Run.recorded_at.is_not(None), Run.scanner.in_(SCANNERS))
        .order_by(Run.collected_to.desc())
        .limit(1)
    ).first()
    if latest is None or latest.perimeter != sighting.perimeter:
        return False
    return latest.scanner != "exposure" or latest.collected_to is None or latest.collected_to <= sighting.last_seen_at


def expire_decisions(platform: Platform) -> int:
    """End the decisions that are over, and open again the findings still there. Returns how many ended.

    Harmless in any number of workers. Lists call it too: a decision that ended a second ago shows as ended, even after
    a week without a worker.
    """
    now = platform.clock.now()
    with platform.database.read() as session:
        # Not DISTINCT: SQLite would then read the establishments of every finding.
        places = set(session.scalars(select(FindingRow.establishment_id).where(FindingRow.decided_until <= now)))
    return sum(_expire(platform, place, now) for place in sorted(places))


def _expire(platform: Platform, establishment_id: int, now: datetime) -> int:
    with platform.database.write() as session:
        lock_findings(session, establishment_id)
        ended = (FindingRow.establishment_id == establishment_id, FindingRow.decided_until <= now)
        rows = session.scalars(select(FindingRow).where(*ended).order_by(FindingRow.id).with_for_update()).all()
        for row in rows:
            detail = {"verdict": row.decided_as.value if row.decided_as else ""}
            session.add(FindingEvent(finding_id=row.id, at=now, what="expired", actor="CaRE", detail=detail))
            row.state = state_of(row.state is not State.FIXED, None, now)
            row.decided_as = row.decided_until = None
        session.flush()
        retally(session, establishment_id, {row.rule for row in rows})
        hold_back(platform, session, establishment_id)
        return len(rows)


def visible_finding(session: Session, scope: Scope, finding_id: int) -> FindingRow:
    """A finding whose establishment the scope reads; NotFound otherwise."""
    row = session.scalars(
        select(FindingRow).where(
            FindingRow.id == finding_id, within(scope, Right.SEE_FINDINGS, FindingRow.establishment_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _to_decide(session: Session, scope: Scope, finding_id: int) -> FindingRow:
    row = visible_finding(session, scope, finding_id)
    visible_establishment(session, scope, row.establishment_id, Right.DECIDE_FINDING)
    lock_findings(session, row.establishment_id)
    session.refresh(row, with_for_update=True)
    return row


def _thing(row: FindingRow) -> Thing:
    return Thing("finding", row.id, row.establishment_id)


def _happened(
    session: Session, row: FindingRow, what: str, actor: str, now: datetime, detail: Mapping[str, str]
) -> None:
    """Write the new state of a finding, its event, and what it changes in the counts."""
    session.add(FindingEvent(finding_id=row.id, at=now, what=what, actor=actor, detail=dict(detail)))
    session.flush()
    note_flow(session, row.establishment_id, now.date(), {(row.rule, what): 1})
    retally(session, row.establishment_id, {row.rule})
