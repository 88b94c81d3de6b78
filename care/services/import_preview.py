"""What recording a file would change, worked out once by a worker and kept beside the draft: a page only reads it.

The report of a large file weighs hundreds of megabytes once opened; what is kept of it for people is a few kilobytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.findings import Change, Delta, confront
from care.domain.jobs import JobKind
from care.services.coverage import Coverage, answered_after, coverage_of, observed_in
from care.services.errors import NotFound, Refused
from care.services.import_drafts import GONE, NOT_READ, DraftView, ask, draft_view, drafts_seen, held, open_draft, taken
from care.services.platform import Platform
from care.services.recording import Place, known_findings
from care.services.runs import GapView
from care.store.evidence import Evidence
from care.store.findings import FindingRow, SightingRow
from care.store.imports import ImportDraft, ImportedReport
from care.store.runs import Run
from care.store.targets import Target
from scanners.imported.model import Report, Tool
from scanners.model import Gap, Severity, Text

_FIRST_HOSTS = 12
COMPARING = Text("Comparaison avec les constats connus.", "Comparison with the findings known.")
COMPARED = Text("Aperçu prêt.", "Preview ready.")


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
    looked later than this one. `undeclarable` says why nobody may declare it complete. `stale`: something was recorded
    in the establishment since the counts were worked out. `emptied`: the file kept is no longer that of fingerprint
    `sent`, the preferences of its scan policy were emptied.
    """

    draft: DraftView
    tool: Tool
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
    stale: bool
    emptied: bool
    sent: str


def open_preview(platform: Platform, scope: Scope, draft_id: int) -> ImportPreview:
    """What was worked out for a draft; NotFound outside the scope, Refused before it was."""
    with platform.database.read() as session:
        row = session.execute(drafts_seen(scope).where(ImportDraft.id == draft_id)).one_or_none()
        if row is None:
            raise NotFound
        draft: ImportDraft = row[0]
        if draft.preview is None:
            raise Refused(NOT_READ)
        return _preview(session, draft, draft_view(platform, row, scope.lang), scope)


def ask_comparison(platform: Platform, scope: Scope, draft_id: int, target: str) -> None:
    """Have the draft compared again, with what is known of this target now. Refused while a worker deals with it."""
    view = open_draft(platform, scope, draft_id)
    if not view.readable:
        raise NotFound(GONE)
    with platform.database.write() as session:
        row = taken(session, scope, draft_id)
        if row.preview is None or row.job_id != view.job_id or view.step.busy:
            raise Refused(NOT_READ)
        ask(platform, session, row, JobKind.COMPARE_IMPORT, scope.actor, {"target": target.strip()})


def keep(session: Session, draft_id: int, content: dict[str, Any]) -> None:
    """Write a preview beside its draft; NotFound when it was given up."""
    row = session.get(ImportDraft, draft_id, with_for_update=True)
    if row is None:
        raise NotFound
    row.preview = content


def work_out(platform: Platform, draft_id: int, target: str | None) -> dict[str, Any]:
    """What the page shows of a report and of what recording it on a target would change, in both languages.

    The target is proposed when None.
    """
    report = held(platform, draft_id).report()
    now = platform.clock.now()
    with platform.database.read() as session:
        draft = session.get(ImportDraft, draft_id)
        if draft is None:
            raise NotFound
        name = _proposed(target_names(session, draft), report) if target is None else target.strip()
        row = find_target_row(session, draft.establishment_id, report.tool, name)
        place = Place(draft.establishment_id, row.id if row else 0, 0)
        as_it_is, complete = _foreseen(session, place, report, now)
    coverage = coverage_of(report, False)
    return {
        "at": now.isoformat(),
        "target": name,
        "version": report.version,
        "started_at": report.started_at.isoformat(),
        "finished_at": report.finished_at.isoformat(),
        "hosts": len(report.hosts),
        "first_hosts": list(report.hosts[:_FIRST_HOSTS]),
        "checks": len(report.checks),
        "proven": sum(coverage.proves(check.id) for check in report.checks),
        "proves_all": report.covers_all,
        "left_out": report.left_out,
        "severities": {severity.value: count for severity, count in _by_severity(report).items()},
        "counts": {change.value: as_it_is.counts[change] for change in Change},
        "if_complete": {change.value: complete.counts[change] for change in Change},
        "gaps": [gap_document(gap) for gap in report.gaps],
    }


def gap_document(gap: Gap) -> dict[str, Any]:
    """A gap as JSON keeps it."""
    return {"section": gap.section, "truncated": gap.truncated, "fr": gap.reason.fr, "en": gap.reason.en}


def undeclarable(gaps: list[Mapping[str, Any]]) -> Text | None:
    """Why a report of these gaps cannot be declared complete: it says itself that it was cut short."""
    cut = next((gap for gap in gaps if gap["truncated"]), None)
    if cut is None:
        return None
    return Text(
        f"Ce rapport ne peut pas être déclaré complet, il dit lui-même qu’il ne l’est pas : {cut['fr']}",
        f"This report cannot be declared complete, it says itself that it is not: {cut['en']}",
    )


def find_target_row(session: Session, establishment_id: int, tool: str, name: str) -> Target | None:
    """The target of that name which receives the imports of a tool, or collections of a directory."""
    return session.scalars(
        select(Target).where(
            Target.establishment_id == establishment_id, Target.scanner == str(tool), Target.name == name
        )
    ).one_or_none()


def known_rules(session: Session, target_id: int) -> dict[str, Severity]:
    """The checks that already found something on this target, with the worst severity of what they found."""
    rows = session.execute(
        select(SightingRow.rule, func.min(FindingRow.severity))
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(SightingRow.target_id == target_id)
        .group_by(SightingRow.rule)
    )
    return dict(rows.all())


def newer_reports(session: Session, target_id: int, at: datetime) -> list[tuple[datetime, Coverage]]:
    """What the reports of a target that looked after `at` covered, the oldest first."""
    rows = session.execute(
        select(Run.collected_to, ImportedReport.coverage)
        .join(ImportedReport, ImportedReport.run_id == Run.id)
        .where(Run.target_id == target_id, Run.collected_to > at)
        .order_by(Run.collected_to)
    )
    return [(moment, Coverage.from_bytes(content)) for moment, content in rows if moment is not None]


def _preview(session: Session, draft: ImportDraft, view: DraftView, scope: Scope) -> ImportPreview:
    kept, reading = draft.preview or {}, draft.reading or {}
    tool, finished_at = Tool(draft.tool), datetime.fromisoformat(kept["finished_at"])
    target = find_target_row(session, draft.establishment_id, tool, kept["target"])
    target_id = target.id if target else 0
    cut = undeclarable(kept["gaps"])
    return ImportPreview(
        draft=view,
        tool=tool,
        version=kept["version"],
        started_at=datetime.fromisoformat(kept["started_at"]),
        finished_at=finished_at,
        hosts=kept["hosts"],
        first_hosts=tuple(kept["first_hosts"]),
        checks=kept["checks"],
        proven=kept["proven"],
        proves_all=kept["proves_all"],
        left_out=kept["left_out"],
        by_severity={severity: kept["severities"].get(severity.value, 0) for severity in Severity},
        counts={change: kept["counts"].get(change.value, 0) for change in Change},
        if_complete={change: kept["if_complete"].get(change.value, 0) for change in Change},
        gaps=tuple(_gap_view(gap, scope) for gap in kept["gaps"]),
        target=kept["target"],
        targets=target_names(session, draft),
        before=before_of(session, target_id, draft.sha256),
        newer=newest_of(session, target_id, finished_at),
        undeclarable=cut.render(scope.lang) if cut else "",
        stale=recorded_since(session, draft.establishment_id, datetime.fromisoformat(kept["at"])),
        emptied=bool(reading.get("emptied")),
        sent=reading.get("sent", draft.sha256),
    )


def _gap_view(gap: Mapping[str, Any], scope: Scope) -> GapView:
    return GapView(gap["section"], gap["truncated"], Text(gap["fr"], gap["en"]).render(scope.lang))


def target_names(session: Session, draft: ImportDraft) -> tuple[str, ...]:
    """The targets in use that receive such files, by name."""
    names = session.scalars(
        select(Target.name)
        .where(
            Target.establishment_id == draft.establishment_id,
            Target.scanner == draft.tool,
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


def _by_severity(report: Report) -> dict[Severity, int]:
    counts = dict.fromkeys(Severity, 0)
    for check in report.checks:
        counts[check.severity] += len(check.findings)
    return counts


def _foreseen(session: Session, place: Place, report: Report, now: datetime) -> tuple[Delta, Delta]:
    """What recording the report would change, without and with the declaration that it is complete."""
    rules = known_rules(session, place.target_id)
    newer = newer_reports(session, place.target_id, report.finished_at)
    as_it_is, whole = (observed_in(report, coverage_of(report, complete), rules) for complete in (False, True))
    known = known_findings(session, place, whole)  # it speaks of every rule that the other does
    return (
        confront(as_it_is, known, answered_after(as_it_is, newer), now),
        confront(whole, known, answered_after(whole, newer), now),
    )


def before_of(session: Session, target_id: int, sha256: str) -> Before | None:
    """The last run made of the very same file on a target."""
    row = session.execute(
        select(Run.id, Run.asked_at, Run.asked_by)
        .join(Evidence, Evidence.id == Run.facts_id)
        .where(Run.target_id == target_id, Evidence.sha256 == sha256)
        .order_by(Run.id.desc())
        .limit(1)
    ).one_or_none()
    return Before(*row) if row else None


def newest_of(session: Session, target_id: int, at: datetime) -> datetime | None:
    """When a target was last looked at, if that is later than `at`."""
    return session.scalar(select(func.max(Run.collected_to)).where(Run.target_id == target_id, Run.collected_to > at))


def recorded_since(session: Session, establishment_id: int, at: datetime) -> bool:
    """Whether anything was recorded after these counts were worked out."""
    since = select(Run.id).where(Run.establishment_id == establishment_id, Run.recorded_at > at)
    return session.scalar(since.limit(1)) is not None
