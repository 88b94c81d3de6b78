"""Closing an action in one establishment: evidence first, then the audit that verifies it.

Evidence, state and audit are written in one transaction: whatever stops the machine, either nothing happened or the
action waits for an audit that exists. What a recorded audit then decides is in `care.services.retests`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import ActionState, closing_fault
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.jobs import ACTIVE, JobState
from care.services import evidence
from care.services.action_rows import (
    UNSETTLED,
    check_works,
    close_site,
    evidence_count,
    happened,
    locked_action,
    site_of,
    tied,
    unsettled_count,
)
from care.services.audits import submit_audit
from care.services.errors import Invalid, NotFound, Refused
from care.services.evidence import Prepared, Source
from care.services.jobs import BUSY_TARGET
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.actions import Action, ActionSite
from care.store.evidence import Evidence
from care.store.findings import FindingRow, SightingRow
from care.store.jobs import Job
from care.store.registry import Establishment
from care.store.runs import Run
from care.store.targets import Target
from scanners.catalog import SCANNERS
from scanners.model import Text

_NO_RIGHT = Text(
    "votre rôle ne permet pas de lancer un audit : demandez-le au RSSI",
    "your role does not allow starting an audit: ask the CISO",
)
_IMPORTED = Text(
    "ses constats viennent d’un rapport importé : importez un nouveau rapport du même outil",
    "its findings come from an imported report: import a new report of the same tool",
)
_ARCHIVED = Text("cette cible est archivée", "this target is archived")


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves the work: a file or an address, a piece of evidence already there, or nothing more than what the
    action already holds. Without a title the evidence takes that of the action; the period is what it speaks of."""

    source: Source | None = None
    evidence_id: int | None = None
    kind: EvidenceKind = EvidenceKind.OTHER
    title: str = ""
    note: str = ""
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing led to: the state of the site, the audits that will verify it, and why others could not start."""

    state: ActionState
    run_ids: tuple[int, ...]
    refused: tuple[str, ...]


def close_action(
    platform: Platform, scope: Scope, action_id: int, establishment_id: int, proof: Proof, note: str = ""
) -> Closing:
    """Give the evidence of what was done in one establishment.

    Without findings left to verify the site closes at once. Otherwise it waits to be verified and the audits of the
    targets that see these findings are asked for; one that cannot start is said, and can be asked for again.
    Invalid when the evidence cannot be used or is missing.
    """
    prepared = _prepare(platform, scope, action_id, establishment_id, proof)
    now = platform.clock.now()
    with platform.database.write() as session:
        # Evidence before the action: a recorded audit locks the chain of evidence first too.
        filed = _prove(session, scope, action_id, establishment_id, proof, prepared, now)
        action = locked_action(session, scope, action_id)
        site = site_of(session, scope, action, establishment_id)
        place = check_works(session, scope, action, site)
        before = site.state
        fault = closing_fault(before, evidence_count(session, action.id, establishment_id), 0, signed=False)
        if fault is not None:
            raise Refused(fault) if before.over else Invalid({"evidence": fault})
        happened(session, action.id, "proof", scope.actor, now, {"note": note.strip()}, establishment_id)
        done = _verify(platform, session, scope, action, site, place, now)
        if filed is not None:
            evidence.tell_filed(session, scope, filed, now)
        detail = {"from": before.value, "to": done.state.value, "runs": len(done.run_ids)}
        record(session, scope, "action.proved", Thing("action", action.id, establishment_id), now, detail)
        return done


def ask_retest(platform: Platform, scope: Scope, action_id: int, establishment_id: int) -> Closing:
    """Ask again for the audits that verify a site. Refused, with the reason, when none can start."""
    now = platform.clock.now()
    with platform.database.write() as session:
        action = locked_action(session, scope, action_id)
        site = site_of(session, scope, action, establishment_id)
        place = check_works(session, scope, action, site)
        if site.state is not ActionState.TO_VERIFY:
            raise Refused(
                Text("Cette action n’attend pas de vérification.", "This action does not wait for verification.")
            )
        done = _verify(platform, session, scope, action, site, place, now)
        if done.state is ActionState.TO_VERIFY and not done.run_ids:
            raise Refused(Text(" ".join(done.refused), " ".join(done.refused)))
        thing = Thing("action", action.id, establishment_id)
        record(session, scope, "action.retest_asked", thing, now, {"runs": len(done.run_ids)})
        return done


def sign_off(
    platform: Platform, scope: Scope, action_id: int, establishment_id: int, signatory: str, reason: str
) -> None:
    """Verify a site by its evidence alone, under somebody's name: when no audit can tell.

    Invalid names the missing field; Refused while an audit that verifies it waits or runs.
    """
    now = platform.clock.now()
    faults = {}
    if not signatory.strip():
        faults["signatory"] = Text("Indiquez qui signe la vérification.", "Say who signs the verification.")
    if not reason.strip():
        faults["reason"] = Text("Dites comment vous le savez.", "Say how you know.")
    if faults:
        raise Invalid(faults)
    with platform.database.write() as session:
        action = locked_action(session, scope, action_id)
        site = site_of(session, scope, action, establishment_id)
        visible_establishment(session, scope, establishment_id, Right.MANAGE_ACTIONS)
        _check_signable(session, site)
        left = unsettled_count(session, action.id, establishment_id)
        fault = closing_fault(site.state, evidence_count(session, action.id, establishment_id), left, signed=True)
        if fault is not None:
            raise Refused(fault)
        close_site(site, scope.actor, now)
        signed_by = signatory.strip()[:200]
        detail = {"signatory": signed_by, "reason": reason.strip(), "unsettled": left}
        happened(session, action.id, "signed", scope.actor, now, detail, establishment_id)
        thing = Thing("action", action.id, establishment_id)
        record(session, scope, "action.signed_off", thing, now, {"signatory": signed_by, "unsettled": left})


def _check_signable(session: Session, site: ActionSite) -> None:
    if site.state is not ActionState.TO_VERIFY:
        raise Refused(
            Text(
                "Donnez d’abord la preuve de ce qui a été fait ; la signature vient ensuite.",
                "First give the evidence of what was done; the signature comes next.",
            )
        )
    under_way = select(Job.id).join(Run, Run.job_id == Job.id).where(Job.state.in_(ACTIVE))
    if session.scalar(under_way.where(Run.id == site.retest_run_id)) is not None:
        raise Refused(
            Text(
                "L’audit de vérification est en attente ou en cours : attendez son résultat, ou annulez-le.",
                "The verifying audit is waiting or running: wait for its result, or cancel it.",
            )
        )


def _prepare(platform: Platform, scope: Scope, action_id: int, establishment_id: int, proof: Proof) -> Prepared | None:
    """What was given, checked and kept; NotFound, Forbidden and Refused before any file is."""
    with platform.database.read() as session:
        action, site = _readable(session, scope, action_id, establishment_id)
        check_works(session, scope, action, site)
        if site.state.over:
            raise Refused(closing_fault(site.state, 1, 0, signed=False) or Text("", ""))
        if proof.source is None and proof.evidence_id is None:
            return None
        visible_establishment(session, scope, establishment_id, Right.ADD_EVIDENCE)
        title, owner, account = proof.title.strip() or action.title, action.owner, action.owner_account_id
    if proof.source is None:
        return None
    details = evidence.Details(proof.kind, title, owner, account, proof.effective_from, proof.effective_to, proof.note)
    return evidence.prepare(platform, establishment_id, details, proof.source)


def _readable(session: Session, scope: Scope, action_id: int, establishment_id: int) -> tuple[Action, ActionSite]:
    row = session.execute(
        select(Action, ActionSite)
        .join(ActionSite, ActionSite.action_id == Action.id)
        .where(
            Action.id == action_id,
            ActionSite.establishment_id == establishment_id,
            within(scope, Right.SEE_ACTIONS, ActionSite.establishment_id),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _prove(
    session: Session,
    scope: Scope,
    action_id: int,
    establishment_id: int,
    proof: Proof,
    prepared: Prepared | None,
    now: datetime,
) -> Evidence | None:
    """File and tie what was given; returns what is new."""
    ref = ThingRef(ThingKind.ACTION, str(action_id))
    if prepared is not None:
        return evidence.file_prepared(session, prepared, [ref], now, scope.actor)
    if proof.evidence_id is not None:
        evidence.tie_in(session, _existing(session, scope, establishment_id, proof.evidence_id), ref, now, scope.actor)
    return None


def _existing(session: Session, scope: Scope, establishment_id: int, evidence_id: int) -> Evidence:
    row = session.scalars(
        select(Evidence).where(
            Evidence.id == evidence_id,
            Evidence.establishment_id == establishment_id,
            Evidence.current.is_(True),
            *evidence.readable(scope),
        )
    ).one_or_none()
    if row is None:
        raise Invalid({"evidence_id": Text("Choisissez une preuve de la liste.", "Choose evidence of the list.")})
    return row


def _verify(
    platform: Platform,
    session: Session,
    scope: Scope,
    action: Action,
    site: ActionSite,
    place: Establishment,
    now: datetime,
) -> Closing:
    """Close at once when nothing is left to verify, else ask for the audits."""
    if not unsettled_count(session, action.id, site.establishment_id):
        close_site(site, scope.actor, now)
        happened(session, action.id, "closed", scope.actor, now, {}, site.establishment_id)
        return Closing(ActionState.CLOSED, (), ())
    if site.state is not ActionState.TO_VERIFY:
        site.state, site.changed_at = ActionState.TO_VERIFY, now
    runs, refused = [], []
    for target in _targets(session, action.id, site.establishment_id):
        try:
            runs.append(_ask(platform, session, scope, place, target))
        except Refused as refusal:
            refused.append((target.name, refusal.text))
    if runs:
        site.retest_run_id = runs[-1]
        happened(session, action.id, "retest_asked", scope.actor, now, {"runs": runs}, site.establishment_id)
    for name, why in refused:
        detail = {"target": name, "fr": why.fr, "en": why.en}
        happened(session, action.id, "retest_refused", scope.actor, now, detail, site.establishment_id)
    said = tuple(f"{name} : {why.fr}" if scope.lang == "fr" else f"{name}: {why.en}" for name, why in refused)
    return Closing(ActionState.TO_VERIFY, tuple(runs), said)


def _targets(session: Session, action_id: int, establishment_id: int) -> Sequence[Target]:
    """The targets that still see the findings left to verify."""
    left = select(FindingRow.id).where(*tied(action_id, establishment_id), FindingRow.state.in_(UNSETTLED))
    seeing = select(SightingRow.target_id).where(SightingRow.finding_id.in_(left), SightingRow.gone_at.is_(None))
    return session.scalars(
        select(Target)
        .where(Target.establishment_id == establishment_id, Target.id.in_(seeing))
        .order_by(Target.scanner, Target.name)
    ).all()


def _ask(platform: Platform, session: Session, scope: Scope, place: Establishment, target: Target) -> int:
    """The run that will verify a target: one that still waits, else a new one. Refused with the reason."""
    if target.archived_at is not None:
        raise Refused(_ARCHIVED)
    if target.scanner not in SCANNERS:
        raise Refused(_IMPORTED)
    waiting = session.scalar(
        select(func.max(Run.id))
        .join(Job, Job.id == Run.job_id)
        .where(Run.target_id == target.id, Job.state == JobState.QUEUED)
    )
    if waiting is not None:
        return waiting
    if not scope.allows(Right.RUN_AUDIT, place.lineage):
        raise Refused(_NO_RIGHT)
    started = submit_audit(platform, session, scope, target)
    if started is None:
        raise Refused(BUSY_TARGET)
    return started.run_id
