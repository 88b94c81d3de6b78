"""Closing an exercise: its continuity test gets its result, its figures are kept, its report is sealed among evidence.

Closing again corrects: the trail keeps what was said before, and a newer report takes the place of the former one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.eligibility import Duty
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.exercises import PLAYED, ExerciseStage
from care.services import evidence
from care.services.continuity_test_rows import thing_of
from care.services.continuity_tests import ResultDraft, times_of, write_result
from care.services.errors import Invalid, Refused
from care.services.evidence import Details, Prepared, Upload
from care.services.exercises import versions
from care.services.exercises.figures import measure
from care.services.exercises.outcome import Closing, Outcome, closing_of, gap_texts, judged
from care.services.exercises.retex import report_of, typeset
from care.services.exercises.rooms import exercise_row
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import record
from care.services.typed_texts import MAX_TEXT
from care.store.continuity import ContinuityTest
from care.store.evidence import Evidence
from care.store.exercises import Exercise
from scanners.model import Scalar, Text

_FIELDS = {"closing": Text("la clôture", "the closing")}


@dataclass(frozen=True, slots=True)
class _Ready:
    """A closing prepared outside of the transaction that writes it: the report typeset and kept."""

    closing: Closing
    refs: tuple[ThingRef, ...]
    counts_for: tuple[str, ...]
    figures: dict[str, Any]
    gaps: str
    report: Prepared


def propose_closing(platform: Platform, scope: Scope, exercise_id: int) -> Closing:
    """The closing as recorded, else as proposed. Refused before FINEX; NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        _check_over(row)
        return closing_of(platform, session, row, measure(platform, session, row, now)[1])


def close_exercise(platform: Platform, scope: Scope, exercise_id: int, outcome: Outcome, seen: int) -> None:
    """Close an exercise as confirmed, or correct its closing; `seen` is its version when the form was filled.

    Invalid names each faulty field; Refused, saying who was quicker, when the exercise was changed since.
    """
    ready = _prepare(platform, scope, exercise_id, outcome, seen)
    now = platform.clock.now()
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        former = _former(session, row)
        filed = evidence.file_prepared(session, ready.report, ready.refs, now, scope.actor, former)
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE, lock=True)
        _check(platform, session, row, seen)
        again = row.stage is ExerciseStage.CLOSED
        test = session.get_one(ContinuityTest, row.test_id, with_for_update=True)
        told = write_result(platform, session, test, _result(session, row, ready), scope.actor, now)
        _freeze(row, ready, scope.actor, now)
        if told is not None:
            record(session, scope, told.action, thing_of(test), now, told.detail)
        detail: dict[str, Scalar] = {
            "version": row.version,
            "fields": "closing",
            "counts_for": ", ".join(ready.counts_for),
        }
        thing = versions.thing_of(row)
        record(session, scope, "exercise.corrected" if again else "exercise.closed", thing, now, detail)
        evidence.tell_filed(session, scope, filed, now)


def _prepare(platform: Platform, scope: Scope, exercise_id: int, outcome: Outcome, seen: int) -> _Ready:
    now = platform.clock.now()
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        _check(platform, session, row, seen)
        figures = measure(platform, session, row, now)[1]
        closing = replace(closing_of(platform, session, row, figures), outcome=outcome)
        if len(outcome.directorates) > 300 or len(outcome.observed) > MAX_TEXT:
            raise Invalid({"observed": Text("Ce texte est trop long.", "This text is too long.")})
        found = [one.duty for one in judged(session, row, closing) if one.counts]
        report = report_of(platform, session, scope, row, closing)
        gaps = "\n".join(gap_texts(session, row))
        details = _details(row, closing, scope)
        refs = (
            ThingRef(ThingKind.EXERCISE, str(row.id)),
            ThingRef(ThingKind.TEST, str(row.test_id)),
            *(ThingRef(ThingKind.REQUIREMENT, str(one)) for one in found if one is Duty.D2_O1_D),
        )
        name, establishment_id = f"retex-{row.id}.pdf", row.establishment_id
    upload = Upload(name, BytesIO(typeset(report)))
    prepared = evidence.prepare(platform, establishment_id, details, upload)
    return _Ready(closing, refs, tuple(map(str, found)), figures.kept(), gaps, prepared)


def _details(row: Exercise, closing: Closing, scope: Scope) -> Details:
    title = Text(f"Retour d’expérience : {row.title}", f"Report of the exercise: {row.title}")
    return Details(
        EvidenceKind.REPORT,
        title.render(scope.lang)[: evidence.MAX_TITLE],
        owner=row.director,
        effective_from=closing.done_on,
    )


def _check_over(row: Exercise) -> None:
    if row.stage not in PLAYED:
        raise Refused(
            Text(
                "Cet exercice n’est pas terminé : il ne se clôt pas encore.",
                "This exercise is not over: it cannot be closed yet.",
            )
        )


def _check(platform: Platform, session: Session, row: Exercise, seen: int) -> None:
    _check_over(row)
    if row.version != seen:
        thing = versions.thing_of(row)
        refuse_stale(platform, session, thing, (row.changed_at, row.changed_by), seen, _FIELDS)


def _former(session: Session, row: Exercise) -> Evidence | None:
    """The report filed by the closing before, while nobody withdrew it."""
    sha256 = (row.result or {}).get("report")
    if not sha256:
        return None
    query = select(Evidence).where(
        Evidence.establishment_id == row.establishment_id,
        Evidence.kind == EvidenceKind.REPORT,
        Evidence.sha256 == str(sha256),
        Evidence.current.is_(True),
    )
    return session.scalars(query.order_by(Evidence.id.desc()).limit(1).with_for_update()).one_or_none()


def _result(session: Session, row: Exercise, ready: _Ready) -> ResultDraft:
    said = ready.closing.outcome
    return ResultDraft(
        done_on=ready.closing.done_on,
        result=said.result,
        observed=said.observed,
        gaps=ready.gaps,
        participants=said.participants,
        cyber_triggered=said.cyber_triggered,
        degraded_played=said.degraded_played,
        management_present=said.management_present,
        directorates=said.directorates,
        in_maintenance=said.in_maintenance,
        times=times_of(session, row.test_id),
    )


def _freeze(row: Exercise, ready: _Ready, actor: str, now: datetime) -> None:
    """Keep the figures, the hash of the report and what the exercise counts for."""
    if ready.report.kept is None:
        raise ValueError("a report is a file")
    row.result = {**ready.figures, "report": ready.report.kept.sha256, "counts_for": list(ready.counts_for)}
    row.stage, row.closed_at = ExerciseStage.CLOSED, row.closed_at or now
    row.version += 1
    row.changed_at, row.changed_by = now, actor
