"""Imports of other tools' results: what confirming one would do is shown first, then it is recorded like an audit.

The same lifecycle as our own audits, on the tool's own dates: reports imported late, twice or in any order give the
same findings. A check closes only what its file proves, or what a person declares complete, by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.evidence import EvidenceKind, ThingKind
from care.domain.findings import Change, Delta, Observed, confront
from care.services import evidence
from care.services.coverage import Coverage, answered_after, coverage_of, observed_in, outcome_rows
from care.services.errors import Invalid, NotFound, Refused
from care.services.import_drafts import DraftView, held, taken
from care.services.paging import Page, bounds
from care.services.places import visible_establishment, within
from care.services.platform import Platform, StoredFile
from care.services.recording import Place, known_findings, record_findings
from care.services.reported_texts import keep_texts
from care.services.runs import GapView
from care.services.trail import Thing, record
from care.store.evidence import Evidence, EvidenceTie
from care.store.findings import FindingEvent, FindingRow, SightingRow
from care.store.imports import ImportDraft, ImportedReport
from care.store.runs import RuleOutcome, Run
from care.store.tallies import lock_findings
from care.store.targets import Target
from care.store.upsert import insert_missing
from scanners.imported.model import Report, Tool
from scanners.model import Severity, Status, Text

MAX_TARGET_NAME = 200
_FIRST_HOSTS = 12
_MEDIA_TYPES = {Tool.NMAP: "application/xml", Tool.NESSUS: "application/xml", Tool.OPENVAS: "application/xml",
                Tool.PINGCASTLE: "application/xml"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Before:
    """The last time the very same file was imported on the same target."""

    run_id: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What confirming an import would do. `counts` are those of its findings, `if_complete` those with the declaration.

    `proven` is how many checks the file proves to have run to their end, of `checks` that it names; `proves_all` when
    it proves all those of the tool. `newer` is the date of the latest report already imported on the target, when it
    looked later than this one. `undeclarable` says why nobody may declare it complete.
    """

    draft: DraftView
    version: str
    started_at: datetime
    finished_at: datetime
    hosts: int
    first_hosts: tuple[str, ...]
    checks: int
    proven: int
    proves_all: bool
    left_out: int
    by_severity: Mapping[Severity, int]
    counts: Mapping[Change, int]
    if_complete: Mapping[Change, int]
    gaps: tuple[GapView, ...]
    target: str
    targets: tuple[str, ...]
    before: Before | None
    newer: datetime | None
    undeclarable: str


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One import of a list."""

    run_id: int
    tool: Tool
    version: str
    target_id: int
    target_name: str
    file_name: str
    looked_at: datetime
    imported_at: datetime
    imported_by: str
    hosts: int
    declared: bool
    complete: bool
    new: int
    still: int
    fixed: int
    back: int


def preview(platform: Platform, scope: Scope, draft_id: int, target: str | None = None) -> ImportPreview:
    """What confirming the import on this target would do; nothing is written. The target is proposed when None."""
    content = held(platform, scope, draft_id)
    draft, report = content.view, content.report()
    now = platform.clock.now()
    with platform.database.read() as session:
        names = _target_names(session, draft)
        name = _proposed(names, report) if target is None else target.strip()
        row = _find_target(session, draft.establishment_id, draft.tool, name)
        target_id = row.id if row else 0
        place = Place(draft.establishment_id, target_id, 0)
        as_it_is, complete = _foreseen(session, place, report, now)
        coverage = coverage_of(report, False)
        undeclarable = _undeclarable(report)
        return ImportPreview(
            draft=draft,
            version=report.version,
            started_at=report.started_at,
            finished_at=report.finished_at,
            hosts=len(report.hosts),
            first_hosts=report.hosts[:_FIRST_HOSTS],
            checks=len(report.checks),
            proven=sum(coverage.proves(check.id) for check in report.checks),
            proves_all=report.covers_all,
            left_out=report.left_out,
            by_severity=_by_severity(report),
            counts=as_it_is.counts,
            if_complete=complete.counts,
            gaps=tuple(GapView(gap.section, gap.truncated, gap.reason.render(scope.lang)) for gap in report.gaps),
            target=name,
            targets=names,
            before=_before(session, target_id, draft.sha256),
            newer=_newest(session, target_id, report.finished_at),
            undeclarable=undeclarable.render(scope.lang) if undeclarable else "",
        )


def confirm(platform: Platform, scope: Scope, draft_id: int, target: str, complete: bool = False) -> int:
    """Record the import: run, outcomes, texts, findings and evidence, all or nothing; returns the run's number.

    `complete` is the person's declaration that what the report no longer names on this target is fixed. Invalid names
    `target`; Refused when the file itself says that it is not complete.
    """
    name = target.strip()
    if not 0 < len(name) <= MAX_TARGET_NAME or not name.isprintable():
        raise Invalid(
            {"target": Text("Donnez un nom de 200 signes au plus.", "Give a name of at most 200 characters.")}
        )
    content = held(platform, scope, draft_id)
    report = content.report()
    undeclarable = _undeclarable(report)
    if complete and undeclarable:
        raise Refused(undeclarable)
    decided = _Decided(name, complete, content.keep(platform), content.attachment_type())
    with platform.database.write() as session:
        draft = taken(session, scope, draft_id)
        run_id = _record(session, scope, draft, report, decided, platform.clock.now())
        session.delete(draft)
    content.forget()
    return run_id


def list_imports(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    *,
    tool: str = "",
    target_id: int | None = None,
    number: int = 1,
    per_page: int = 25,
) -> Page[ImportLine]:
    """The imports of an establishment, the latest first."""
    number, per_page = bounds(number, per_page)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        conditions = [Run.establishment_id == establishment_id]
        if tool:
            conditions.append(Run.scanner == tool)
        if target_id is not None:
            conditions.append(Run.target_id == target_id)
        count = select(func.count()).select_from(ImportedReport).join(Run, Run.id == ImportedReport.run_id)
        total = session.scalar(count.where(*conditions)) or 0
        rows = session.execute(
            select(
                Run, Target.name, Evidence.name, ImportedReport.tool_version, ImportedReport.hosts,
                ImportedReport.declared_by,
            )
            .join(ImportedReport, ImportedReport.run_id == Run.id)
            .join(Target, Target.id == Run.target_id)
            .outerjoin(Evidence, Evidence.id == Run.facts_id)
            .where(*conditions)
            .order_by(Run.id.desc())
            .limit(per_page)
            .offset((number - 1) * per_page)
        )  # fmt: skip
        return Page(tuple(_import_line(*row) for row in rows), number, per_page, total)


def find_target(platform: Platform, scope: Scope, target_id: int) -> tuple[int, str]:
    """The establishment and the tool of a target that receives imports; NotFound outside the scope."""
    with platform.database.read() as session:
        row = session.execute(
            select(Target.establishment_id, Target.scanner).where(
                Target.id == target_id,
                Target.scanner.in_([tool.value for tool in Tool]),
                within(scope, Right.SEE_FINDINGS, Target.establishment_id),
            )
        ).one_or_none()
        if row is None:
            raise NotFound
        return row.establishment_id, row.scanner


@dataclass(frozen=True, slots=True)
class _Decided:
    """What a person confirmed: the target's name, the declaration, and the files already in the evidence store."""

    target: str
    complete: bool
    kept: tuple[StoredFile, ...]
    attachment_type: str


def _target_names(session: Session, draft: DraftView) -> tuple[str, ...]:
    names = session.scalars(
        select(Target.name)
        .where(
            Target.establishment_id == draft.establishment_id,
            Target.scanner == draft.tool.value,
            Target.archived_at.is_(None),
        )
        .order_by(Target.name)
    )
    return tuple(names)


def _proposed(names: tuple[str, ...], report: Report) -> str:
    """The only target there is, else the machine or domain when there is one, else the tool's name."""
    if len(names) == 1:
        return names[0]
    return report.hosts[0] if len(report.hosts) == 1 else report.tool.label.fr


def _find_target(session: Session, establishment_id: int, tool: Tool, name: str) -> Target | None:
    return session.scalars(
        select(Target).where(
            Target.establishment_id == establishment_id, Target.scanner == tool.value, Target.name == name
        )
    ).one_or_none()


def _undeclarable(report: Report) -> Text | None:
    """A file that says itself that it was cut short cannot be declared complete."""
    cut = next((gap for gap in report.gaps if gap.truncated), None)
    if cut is None:
        return None
    return Text(
        f"Ce rapport ne peut pas être déclaré complet, il dit lui-même qu’il ne l’est pas : {cut.reason.fr}",
        f"This report cannot be declared complete, it says itself that it is not: {cut.reason.en}",
    )


def _by_severity(report: Report) -> dict[Severity, int]:
    counts = dict.fromkeys(Severity, 0)
    for check in report.checks:
        counts[check.severity] += len(check.findings)
    return counts


def _known_rules(session: Session, target_id: int) -> dict[str, Severity]:
    """The checks that already found something on this target, with the worst severity of what they found."""
    rows = session.execute(
        select(SightingRow.rule, func.min(FindingRow.severity))
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(SightingRow.target_id == target_id)
        .group_by(SightingRow.rule)
    )
    return dict(rows.all())


def _newer_reports(session: Session, target_id: int, at: datetime) -> list[tuple[datetime, Coverage]]:
    rows = session.execute(
        select(Run.collected_to, ImportedReport.coverage)
        .join(ImportedReport, ImportedReport.run_id == Run.id)
        .where(Run.target_id == target_id, Run.collected_to > at)
        .order_by(Run.collected_to)
    )
    return [(moment, Coverage.from_bytes(content)) for moment, content in rows if moment is not None]


def _foreseen(session: Session, place: Place, report: Report, now: datetime) -> tuple[Delta, Delta]:
    """What recording the report would change, without and with the declaration that it is complete."""
    rules = _known_rules(session, place.target_id)
    newer = _newer_reports(session, place.target_id, report.finished_at)
    as_it_is, whole = (observed_in(report, coverage_of(report, complete), rules) for complete in (False, True))
    known = known_findings(session, place, whole)  # it speaks of every rule that the other does
    return (
        confront(as_it_is, known, answered_after(as_it_is, newer), now),
        confront(whole, known, answered_after(whole, newer), now),
    )


def _before(session: Session, target_id: int, sha256: str) -> Before | None:
    row = session.execute(
        select(Run.id, Run.asked_at, Run.asked_by)
        .join(Evidence, Evidence.id == Run.facts_id)
        .where(Run.target_id == target_id, Evidence.sha256 == sha256)
        .order_by(Run.id.desc())
        .limit(1)
    ).one_or_none()
    return Before(*row) if row else None


def _newest(session: Session, target_id: int, at: datetime) -> datetime | None:
    return session.scalar(select(func.max(Run.collected_to)).where(Run.target_id == target_id, Run.collected_to > at))


def _record(
    session: Session, scope: Scope, draft: ImportDraft, report: Report, decided: _Decided, now: datetime
) -> int:
    visible_establishment(session, scope, draft.establishment_id, Right.RUN_AUDIT)
    target = _target(session, scope, draft, decided.target, now)
    file = _evidence(session, draft, decided.kept[0], report, now, scope.actor)
    run = _run(session, scope, target, report, file, now)
    if decided.attachment_type:
        _tie(session, _attached(session, draft, decided, report, now, scope.actor), run.id, now, scope.actor)
    lock_findings(session, draft.establishment_id)  # what is read below must not change before it is written
    coverage = coverage_of(report, decided.complete)
    known = _known_rules(session, target.id)
    seen = observed_in(report, coverage, known)
    delta = _findings(session, scope, run, seen, now)
    outcomes = outcome_rows(run.id, report, coverage, known)
    if outcomes:
        session.execute(insert(RuleOutcome), outcomes)
    _count(run, delta, outcomes)
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
    keep_texts(session, draft.establishment_id, report)
    if decided.complete:
        _mark_declared(session, run.id)
    detail = {
        "tool": report.tool.value, "target": target.name, "sha256": draft.sha256, "complete": decided.complete,
        "new": delta.counts.get(Change.NEW, 0), "fixed": delta.counts.get(Change.FIXED, 0),
    }  # fmt: skip
    record(session, scope, "import.recorded", Thing("run", run.id, draft.establishment_id), now, detail)
    return run.id


def _target(session: Session, scope: Scope, draft: ImportDraft, name: str, now: datetime) -> Target:
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
    found = _find_target(session, draft.establishment_id, Tool(draft.tool), name)
    if found is None:
        raise NotFound
    return found


def _evidence(
    session: Session, draft: ImportDraft, stored: StoredFile, report: Report, now: datetime, actor: str
) -> Evidence:
    """The file as evidence; the same file imported again is the same evidence."""
    known = session.scalars(
        select(Evidence)
        .where(
            Evidence.establishment_id == draft.establishment_id,
            Evidence.kind == EvidenceKind.IMPORT,
            Evidence.sha256 == stored.sha256,
            Evidence.withdrawn_at.is_(None),
        )
        .order_by(Evidence.id)
        .limit(1)
    ).one_or_none()
    if known is not None:
        return known
    media_type = _MEDIA_TYPES.get(report.tool, "application/json")
    about = evidence.EvidenceDraft(
        draft.establishment_id, EvidenceKind.IMPORT, draft.name, media_type, report.finished_at.date()
    )
    return evidence.add(session, stored, about, now, actor)


def _attached(
    session: Session, draft: ImportDraft, decided: _Decided, report: Report, now: datetime, actor: str
) -> Evidence:
    about = evidence.EvidenceDraft(
        draft.establishment_id,
        EvidenceKind.REPORT,
        draft.attachment,
        decided.attachment_type,
        report.finished_at.date(),
    )
    return evidence.add(session, decided.kept[1], about, now, actor)


def _tie(session: Session, row: Evidence, run_id: int, now: datetime, actor: str) -> None:
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
        gaps=[
            {"section": gap.section, "truncated": gap.truncated, "fr": gap.reason.fr, "en": gap.reason.en}
            for gap in report.gaps
        ],
    )
    session.add(run)
    session.flush()
    _tie(session, file, run.id, now, scope.actor)
    return run


def _findings(session: Session, scope: Scope, run: Run, seen: Observed, now: datetime) -> Delta:
    newer = _newer_reports(session, run.target_id, seen.at)
    place = Place(run.establishment_id, run.target_id, run.id)
    return record_findings(session, place, seen, now, scope.actor, answered_after(seen, newer))


def _count(run: Run, delta: Delta, outcomes: Iterable[Mapping[str, Any]]) -> None:
    by_status = Counter(one["status"] for one in outcomes)
    run.passed, run.failed = by_status[Status.PASSED], by_status[Status.FAILED]
    run.not_assessable, run.error = by_status[Status.NOT_ASSESSABLE], 0
    changes = Counter(delta.counts)
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


def _import_line(run: Run, target: str, file: str | None, version: str, hosts: int, declared_by: str) -> ImportLine:
    return ImportLine(
        run_id=run.id,
        tool=Tool(run.scanner),
        version=version,
        target_id=run.target_id,
        target_name=target,
        file_name=file or "",
        looked_at=run.collected_to or run.asked_at,
        imported_at=run.asked_at,
        imported_by=run.asked_by,
        hosts=hosts,
        declared=bool(declared_by),
        complete=bool(run.complete),
        new=run.findings_new or 0,
        still=run.findings_still or 0,
        fixed=run.findings_fixed or 0,
        back=run.findings_back or 0,
    )
