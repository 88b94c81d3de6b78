"""A plan on its way to the legal representative: sent, given back with a reason, validated and frozen.

Validation keeps what the plan said that day, sets it in a document, keeps the document's hash and files it among
evidence, tied to the activities it covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import PlanState
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.plans import validation_faults
from care.services import evidence
from care.services.errors import Forbidden, Invalid, Refused
from care.services.evidence import Details, Prepared, Upload
from care.services.places import visible_establishment
from care.services.plan_content import document_of, moment_of, plan_lacks, to_kept
from care.services.plan_rows import (
    activity_ids,
    check_seen,
    check_state,
    locked_plan,
    note,
    series_of,
    touch,
    visible_plan,
)
from care.services.platform import Platform
from care.services.typed_texts import MAX_LINE, length_faults, line_of
from care.store.continuity import Plan
from care.store.evidence import Evidence
from reports.errors import ReportError
from reports.pcra import render_pcra
from reports.pcra_model import PlanDocument, PlanSignature
from scanners.model import Lang, Text

MAX_REASON = 1_000
_OBJECTIVE = ThingRef(ThingKind.REQUIREMENT, "care-d2:O1.C")
"""What a validated plan proves: ANS, CaRE domain 2, objective O1.C."""


@dataclass(frozen=True, slots=True)
class Validation:
    """A signature as typed in: who validates, in what capacity, on which day, to be revised when."""

    name: str
    title: str
    validated_on: date | None
    review_on: date | None


def send_plan(platform: Platform, scope: Scope, plan_id: int, seen: int) -> None:
    """Send a draft to validation. Refused, naming what it lacks, when it is not complete."""
    at = moment_of(platform, scope.lang)
    with platform.database.write() as session:
        row, _place = locked_plan(session, scope, plan_id, Right.MANAGE_CONTINUITY)
        check_seen(platform, session, row, seen)
        check_state(row, PlanState.DRAFT)
        _check_complete(session, row, at.day)
        row.state = PlanState.IN_VALIDATION
        touch(row, scope.actor, at.now)
        note(session, scope, row, "sent", at.now, "state")


def give_back(platform: Platform, scope: Scope, plan_id: int, reason: str, seen: int) -> None:
    """Give a plan back to those who write it, for a reason; it is a draft again."""
    now, kept = platform.clock.now(), line_of(reason)
    if not kept:
        raise Invalid({"reason": Text("Dites pourquoi : ceux qui reprennent le plan en partent.", "Say why.")})
    if faults := length_faults({"reason": (kept, MAX_REASON)}):
        raise Invalid(faults)
    with platform.database.write() as session:
        row, _place = locked_plan(session, scope, plan_id, Right.VALIDATE_PLAN, Right.MANAGE_CONTINUITY)
        check_seen(platform, session, row, seen)
        check_state(row, PlanState.IN_VALIDATION)
        row.state = PlanState.DRAFT
        touch(row, scope.actor, now)
        note(session, scope, row, "given_back", now, "state", reason=kept)


def validate_plan(platform: Platform, scope: Scope, plan_id: int, typed: Validation, seen: int) -> None:
    """Validate a plan in the name of the establishment: for who holds `VALIDATE_PLAN` alone.

    The version validated before is archived. Invalid names each faulty field; Refused when something changed.
    """
    document = _document(platform, scope, plan_id, typed, seen)
    try:
        content = render_pcra(document)
    except ReportError as error:
        raise Refused(Text(error.fr, error.en)) from error
    with platform.database.read() as session:
        row, place = visible_plan(session, scope, plan_id)
        establishment_id, refs = place.id, [_OBJECTIVE, *_things(session, row)]
    prepared = _prepared(platform, establishment_id, document, content, scope.lang)
    _freeze(platform, scope, plan_id, seen, document, prepared, refs)


def _document(platform: Platform, scope: Scope, plan_id: int, typed: Validation, seen: int) -> PlanDocument:
    """What is about to be validated, with its signature; everything is checked before it is set in type."""
    at = moment_of(platform, scope.lang)
    with platform.database.read() as session:
        row, place = visible_plan(session, scope, plan_id)
        if not scope.allows(Right.VALIDATE_PLAN, place.lineage):
            raise Forbidden
        check_seen(platform, session, row, seen)
        check_state(row, PlanState.IN_VALIDATION)
        signature = _signature(typed, at.day)
        _check_complete(session, row, at.day)
        return document_of(session, row, place, at, signature)


def _signature(typed: Validation, day: date) -> PlanSignature:
    name, title = line_of(typed.name), line_of(typed.title)
    faults = validation_faults(name, title, typed.validated_on, typed.review_on, day)
    faults |= length_faults({"name": (name, MAX_LINE), "title": (title, MAX_LINE)})
    if faults or typed.validated_on is None or typed.review_on is None:
        raise Invalid(faults)
    return PlanSignature(name, title, typed.validated_on, typed.review_on)


def _check_complete(session: Session, row: Plan, day: date) -> None:
    missing = [one.text for one in plan_lacks(session, row, day) if one.blocking]
    if missing:
        first = missing[0]
        raise Refused(
            Text(
                f"Ce plan n’est pas complet ({len(missing)} point{'s' if len(missing) > 1 else ''}) : {first.fr}",
                f"This plan is not complete ({len(missing)} point{'s' if len(missing) > 1 else ''}): {first.en}",
            )
        )


def _things(session: Session, row: Plan) -> list[ThingRef]:
    return [ThingRef(ThingKind.ACTIVITY, str(number)) for number in activity_ids(session, row.id)]


def _prepared(
    platform: Platform, establishment_id: int, document: PlanDocument, content: bytes, lang: Lang
) -> Prepared:
    signed = document.signature
    title = Text(f"{document.title}, version {document.number}", f"{document.title}, version {document.number}")
    details = Details(
        EvidenceKind.PLAN,
        title.render(lang)[: evidence.MAX_TITLE],
        owner=signed.name if signed else "",
        effective_from=signed.on if signed else None,
        effective_to=signed.review_on if signed else None,
    )
    upload = Upload(f"pcra-v{document.number}.pdf", BytesIO(content))
    return evidence.prepare(platform, establishment_id, details, upload)


def _freeze(
    platform: Platform,
    scope: Scope,
    plan_id: int,
    seen: int,
    document: PlanDocument,
    prepared: Prepared,
    refs: list[ThingRef],
) -> None:
    now, signed = platform.clock.now(), document.signature
    if signed is None or prepared.kept is None:
        raise ValueError("a validated plan has a signature and a document")
    with platform.database.write() as session:
        row, place = visible_plan(session, scope, plan_id)
        visible_establishment(session, scope, place.id, Right.VALIDATE_PLAN)
        filed = evidence.file_prepared(session, prepared, refs, now, scope.actor, _former(session, row))
        row, _place = locked_plan(session, scope, plan_id, Right.VALIDATE_PLAN)
        check_seen(platform, session, row, seen)
        check_state(row, PlanState.IN_VALIDATION)
        for one in series_of(session, row.series):
            if one.state is PlanState.VALIDATED:
                one.state = PlanState.ARCHIVED
                touch(one, scope.actor, now)
        row.state, row.content, row.sha256 = PlanState.VALIDATED, to_kept(document), prepared.kept.sha256
        row.validated_on, row.validated_by, row.validator_title = signed.on, signed.name, signed.title
        row.review_on = signed.review_on
        touch(row, scope.actor, now)
        note(session, scope, row, "validated", now, "state", by=signed.name, sha256=row.sha256)
        evidence.tell_filed(session, scope, filed, now)


def _former(session: Session, row: Plan) -> Evidence | None:
    """The document of the version validated before, while it is still the one in use."""
    hashes = select(Plan.sha256).where(Plan.series == row.series, Plan.state == PlanState.VALIDATED)
    return session.scalars(
        select(Evidence)
        .where(
            Evidence.establishment_id == row.establishment_id,
            Evidence.kind == EvidenceKind.PLAN,
            Evidence.current.is_(True),
            Evidence.sha256.in_(hashes),
        )
        .order_by(Evidence.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
