"""Records an import like an audit: run, outcomes, texts, findings and evidence in one transaction, by a worker.

The same lifecycle as our own audits, on the tool's own dates: reports imported late, twice or in any order give the
same findings. A check closes only what its file proves, or what a person declares complete, by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, machine_scope
from care.domain.evidence import EvidenceKind, ThingKind
from care.domain.findings import Change, Observed, Written
from care.domain.import_steps import Step
from care.domain.jobs import JobKind
from care.services import evidence, jobs
from care.services.ads_twice import refuse_ads_twice
from care.services.alerts.seeing import keep_reported
from care.services.coverage import answered_after, coverage_of, observed_in, outcome_rows
from care.services.errors import Invalid, NotFound, Refused
from care.services.frameworks import standings
from care.services.import_drafts import BROUGHT, GONE, NOT_COMPARED, NOT_READ, Held, ask, held, open_draft, taken
from care.services.import_preview import find_target_row, gap_document, known_rules, newer_reports, undeclarable
from care.services.places import visible_establishment
from care.services.platform import Platform, StoredFile
from care.services.recording import Place, record_findings
from care.services.reported_texts import keep_texts
from care.services.trail import Thing, record
from care.services.work import Hold
from care.store.evidence import Evidence, EvidenceTie
from care.store.findings import FindingEvent
from care.store.imports import ImportDraft, ImportedReport
from care.store.jobs import Job
from care.store.runs import RuleOutcome, Run
from care.store.tallies import lock_findings
from care.store.targets import Target
from care.store.upsert import insert_missing
from scanners.collection import Cancelled
from scanners.imported.model import Report, Tool
from scanners.model import Status, Text

MAX_TARGET_NAME = 200
_MEDIA_TYPES = {Tool.NMAP: "application/xml", Tool.NESSUS: "application/xml", Tool.OPENVAS: "application/xml",
                Tool.PINGCASTLE: "application/xml"}  # fmt: skip
OPENING = Text("Ouverture du rapport.", "Opening the report.")
RECORDED = Text("Import enregistré.", "Import recorded.")


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person confirmed: the target's name, and the declaration that the report is complete for it."""

    target: str
    complete: bool


def confirm(platform: Platform, scope: Scope, draft_id: int, target: str, complete: bool = False) -> None:
    """Have a worker record the import; asked twice, it is recorded once.

    `complete` is the person's declaration that what the report no longer names on this target is fixed. Invalid names
    `target`; Refused when the file itself says that it is not complete, or while it is being read.
    """
    decided = checked(target, complete)
    view = open_draft(platform, scope, draft_id)
    if view.step in {Step.RECORDING, Step.RECORDED}:
        return
    if not view.readable:
        raise NotFound(GONE)
    with platform.database.write() as session:
        row = taken(session, scope, draft_id)
        if row.run_id is not None or (row.job_id != view.job_id and _being_recorded(session, row)):
            return  # someone was quicker
        if row.preview is None or view.step.busy:
            raise Refused(NOT_READ)
        _check_declarable(row, decided)
        if row.tool == BROUGHT and row.preview["target"] != decided.target:
            raise Refused(NOT_COMPARED)
        args = {"target": decided.target, "complete": complete, "lang": scope.lang}
        who = {"account": scope.account_id, "address": scope.address}
        ask(platform, session, row, JobKind.RECORD_IMPORT, scope.actor, {**args, **who})


def checked(target: str, complete: bool) -> Decided:
    """What a person decides, once the name is one; Invalid names `target`."""
    name = target.strip()
    if not 0 < len(name) <= MAX_TARGET_NAME or not name.isprintable():
        raise Invalid(
            {"target": Text("Donnez un nom de 200 signes au plus.", "Give a name of at most 200 characters.")}
        )
    return Decided(name, complete)


def cancel_recording(platform: Platform, scope: Scope, draft_id: int) -> None:
    """Ask for the end of a recording: nothing is then recorded, and the draft can be confirmed again."""
    view = open_draft(platform, scope, draft_id)
    if view.step is not Step.RECORDING or view.job_id is None:
        raise Refused(Text("Aucun enregistrement n’est en cours.", "No recording is going on."))
    jobs.cancel(platform, scope, view.job_id)


def record_import(platform: Platform, hold: Hold) -> None:
    """The job: record a draft as its person confirmed it. Cancelled, or killed, it leaves the draft as it was."""
    args: dict[str, Any] = dict(hold.claim.args)
    draft_id = int(args["draft"])
    hold.stage(0.05, OPENING)
    content = held(platform, draft_id)
    report = content.report()
    if hold.cancelled():
        raise Cancelled
    hold.stage(0.3, _recording(report))
    scope = confirmed_by(platform, hold, args)

    def end(session: Session) -> None:
        standings.ask(platform, session, scope.actor)
        hold.finish(session, RECORDED)

    record_draft(platform, scope, draft_id, content, report, Decided(args["target"], args["complete"]), end)


def record_draft(
    platform: Platform,
    scope: Scope,
    draft_id: int,
    content: Held,
    report: Report,
    decided: Decided,
    end: Callable[[Session], None] = lambda _session: None,
) -> int:
    """Record a report in one transaction, ended by `end`; returns its run, the first one when asked again."""
    kept, attachment_type = content.keep(platform), content.attachment_type()
    with platform.database.write() as session:
        row = taken(session, scope, draft_id)
        if row.run_id is None:
            _check_declarable(row, decided)
            refuse_ads_twice(session, row, report, platform.settings.timezone)
            files = _Files(decided.target, decided.complete, kept, attachment_type)
            row.run_id = _record(session, scope, row, report, files, platform.clock.now())
            row.preview = None  # the run tells it from now on
        run_id = row.run_id
        end(session)
    content.forget()
    return run_id


def _recording(report: Report) -> Text:
    count = sum(len(check.findings) for check in report.checks)
    return Text(f"Enregistrement de {count} constats.", f"Recording {count} findings.")


def confirmed_by(platform: Platform, hold: Hold, args: Mapping[str, Any]) -> Scope:
    """Who confirmed, whose right was checked then: the trail names them."""
    with platform.database.read() as session:
        actor = session.get_one(Job, hold.claim.job_id).submitted_by
    return replace(machine_scope(actor, args["lang"]), account_id=args["account"], address=args["address"])


def _being_recorded(session: Session, row: ImportDraft) -> bool:
    job = session.get(Job, row.job_id) if row.job_id is not None else None
    return job is not None and job.kind is JobKind.RECORD_IMPORT and not job.state.over


def _check_declarable(row: ImportDraft, decided: Decided) -> None:
    cut = undeclarable((row.preview or {}).get("gaps", []))
    if decided.complete and cut:
        raise Refused(cut)


@dataclass(frozen=True, slots=True)
class _Files:
    """What a person confirmed, with the files already in the evidence store."""

    target: str
    complete: bool
    kept: tuple[StoredFile, ...]
    attachment_type: str


def _record(session: Session, scope: Scope, draft: ImportDraft, report: Report, decided: _Files, now: datetime) -> int:
    visible_establishment(session, scope, draft.establishment_id, Right.RUN_AUDIT)
    target = target_of(session, scope, draft, decided.target, now)
    media_type = _MEDIA_TYPES.get(report.tool, "application/json")
    sent = Sent(decided.kept[0], draft.name, media_type, report.finished_at.date())
    file = evidence_of(session, draft, sent, now, scope.actor)
    run = _run(session, scope, target, report, file, now)
    if decided.attachment_type:
        tie(session, _attached(session, draft, decided, report, now, scope.actor), run.id, now, scope.actor)
    lock_findings(session, draft.establishment_id)  # what is read below must not change before it is written
    coverage = coverage_of(report, decided.complete)
    known = known_rules(session, target.id)
    seen = observed_in(report, coverage, known)
    written = _findings(session, scope, run, seen, now)
    outcomes = outcome_rows(run.id, report, coverage, known)
    if outcomes:
        session.execute(insert(RuleOutcome), outcomes)
    _count(run, written, outcomes)
    session.add(
        ImportedReport(
            run_id=run.id,
            tool_version=report.version[:100],
            hosts=len(report.hosts),
            left_out=report.left_out,
            declared_by=scope.actor if decided.complete else "",
            coverage=coverage.to_bytes(),
        )
    )
    session.flush()
    keep_reported(session, run, report)
    keep_texts(session, draft.establishment_id, report)
    if decided.complete:
        _mark_declared(session, run.id)
    detail = {
        "tool": report.tool.value, "target": target.name, "sha256": draft.sha256, "complete": decided.complete,
        "new": written.counts.get(Change.NEW, 0), "fixed": written.counts.get(Change.FIXED, 0),
    }  # fmt: skip
    record(session, scope, "import.recorded", Thing("run", run.id, draft.establishment_id), now, detail)
    return run.id


def target_of(session: Session, scope: Scope, draft: ImportDraft, name: str, now: datetime) -> Target:
    """The target of that name, made when it is new (two people may confirm at once)."""
    insert_missing(
        session,
        Target,
        establishment_id=draft.establishment_id,
        scanner=draft.tool,
        name=name,
        request={},
        version=1,
        created_at=now,
        created_by=scope.actor,
        changed_at=now,
    )
    found = find_target_row(session, draft.establishment_id, draft.tool, name)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Sent:
    """How the file of an import is kept: its content, its name, its media type, the day it speaks of."""

    stored: StoredFile
    name: str
    media_type: str
    day: date


def evidence_of(session: Session, draft: ImportDraft, sent: Sent, now: datetime, actor: str) -> Evidence:
    """The file as evidence; the same file imported again is the same evidence."""
    known = session.scalars(
        select(Evidence)
        .where(
            Evidence.establishment_id == draft.establishment_id,
            Evidence.kind == EvidenceKind.IMPORT,
            Evidence.sha256 == sent.stored.sha256,
            Evidence.withdrawn_at.is_(None),
        )
        .order_by(Evidence.id)
        .limit(1)
    ).one_or_none()
    if known is not None:
        return known
    about = evidence.EvidenceDraft(draft.establishment_id, EvidenceKind.IMPORT, sent.name, sent.media_type, sent.day)
    return evidence.add(session, sent.stored, about, now, actor)


def _attached(
    session: Session, draft: ImportDraft, decided: _Files, report: Report, now: datetime, actor: str
) -> Evidence:
    about = evidence.EvidenceDraft(
        draft.establishment_id,
        EvidenceKind.REPORT,
        draft.attachment,
        decided.attachment_type,
        report.finished_at.date(),
    )
    return evidence.add(session, decided.kept[1], about, now, actor)


def tie(session: Session, row: Evidence, run_id: int, now: datetime, actor: str) -> None:
    """Tie a file to the run made of it."""
    insert_missing(
        session,
        EvidenceTie,
        evidence_id=row.id,
        thing_kind=ThingKind.RUN,
        thing_id=str(run_id),
        tied_at=now,
        tied_by=actor,
    )


def _run(session: Session, scope: Scope, target: Target, report: Report, file: Evidence, now: datetime) -> Run:
    run = Run(
        establishment_id=target.establishment_id,
        target_id=target.id,
        scanner=target.scanner,
        asked_at=now,
        asked_by=scope.actor,
        recorded_at=now,
        collected_from=report.started_at,
        collected_to=report.finished_at,
        perimeter=report.perimeter,
        facts_id=file.id,
        complete=not report.gaps,
        gaps=[gap_document(gap) for gap in report.gaps],
    )
    session.add(run)
    session.flush()
    tie(session, file, run.id, now, scope.actor)
    return run


def _findings(session: Session, scope: Scope, run: Run, seen: Observed, now: datetime) -> Written:
    newer = newer_reports(session, run.target_id, seen.at)
    place = Place(run.establishment_id, run.target_id, run.id)
    return record_findings(session, place, seen, now, scope.actor, answered_after(seen, newer))


def _count(run: Run, written: Written, outcomes: Iterable[Mapping[str, Any]]) -> None:
    by_status = Counter(one["status"] for one in outcomes)
    run.passed, run.failed = by_status[Status.PASSED], by_status[Status.FAILED]
    run.not_assessable, run.error = by_status[Status.NOT_ASSESSABLE], 0
    changes = Counter(written.counts)
    run.findings_new, run.findings_still = changes[Change.NEW], changes[Change.STILL]
    run.findings_fixed, run.findings_back = changes[Change.FIXED], changes[Change.BACK]


def _mark_declared(session: Session, run_id: int) -> None:
    """The history of what was closed says that a person, its actor, had declared the report complete."""
    session.execute(
        update(FindingEvent)
        .where(FindingEvent.run_id == run_id, FindingEvent.what == Change.FIXED.value)
        .values(detail={"declared": True})
        .execution_options(synchronize_session=False)
    )
