"""Runs to read: the list with what changed, one run with every rule's answer, the results of a campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.jobs import JobState
from care.domain.restraints import ExclusionMode, StopCause
from care.services.audit_exclusions import BY_MANDATE
from care.services.directory.points import outcomes_as_told
from care.services.errors import NotFound
from care.services.paging import Page, bounds
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.rule_texts import RuleTitle, titles_of
from care.services.scanning import DIRECTORY_SCANNER
from care.store.evidence import Evidence
from care.store.imports import ImportedReport
from care.store.jobs import Job
from care.store.runs import Campaign, RuleOutcome, Run
from care.store.targets import Target
from scanners.archive import read_archive
from scanners.catalog import SCANNERS, rule_by_id
from scanners.model import Lang, Ref, Severity, Status, Text
from scanners.result import AuditResult, conclusion, judge


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rules ended in each status, and what became of findings since the run before."""

    passed: int
    failed: int
    not_assessable: int
    error: int
    new: int
    still: int
    fixed: int
    back: int


@dataclass(frozen=True, slots=True)
class RunLine:
    """One audit in a list. `counts` is None until it is recorded; `error` says why it failed."""

    id: int
    establishment_id: int
    target_id: int
    target_name: str
    scanner: str
    campaign_id: int | None
    job_id: int | None
    state: JobState
    asked_at: datetime
    asked_by: str
    finished_at: datetime | None
    complete: bool | None
    counts: Counts | None
    error: str


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """What one rule said: its reason when it could not tell, the number of findings when it failed."""

    rule: str
    title: RuleTitle
    severity: Severity
    status: Status
    reason: str
    population: int | None
    findings: int
    conclusive: bool
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class GapView:
    """One part of the facts that was not read, or not to its end."""

    section: str
    truncated: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ImportedView:
    """Where an imported run comes from; `declared_by` is who said its report was complete, "" when nobody did."""

    tool_version: str
    file_name: str
    hosts: int
    left_out: int
    declared_by: str


@dataclass(frozen=True, slots=True)
class SparedView:
    """An exclusion that an audit took into account: the first addresses it concerned, how many they are. `ended`: its
    last day was past since the audit before, what it spared was looked at again. Those of the mandate have no mode, no
    reason and no last day."""

    what: str
    mode: ExclusionMode | None
    reason: str
    until: date | None
    addresses: tuple[str, ...]
    count: int
    ended: bool


@dataclass(frozen=True, slots=True)
class CutShort:
    """An audit that was cut short: by what, how many addresses it left, the audits before and after it in the same
    effort."""

    cause: StopCause | None
    left_over: int | None
    continues: int | None
    continued_by: int | None


@dataclass(frozen=True, slots=True)
class RunView:
    """One audit in full. `outcomes` are sorted: failed first, worst first. `imported`: it is another tool's.

    `brought` is the file that someone brought and that was judged here, empty when we collected.
    """

    line: RunLine
    perimeter: str
    collected_from: datetime | None
    collected_to: datetime | None
    facts_id: int | None
    facts_sha256: str
    gaps: tuple[GapView, ...]
    outcomes: tuple[OutcomeView, ...]
    conclusion: str
    imported: ImportedView | None
    brought: str
    spared: tuple[SparedView, ...]
    cut_short: CutShort


@dataclass(frozen=True, slots=True)
class CampaignView:
    """Audits started together."""

    id: int
    establishment_id: int
    name: str
    started_at: datetime
    started_by: str
    runs: tuple[RunLine, ...]

    @property
    def over(self) -> bool:
        """Whether every audit has ended, well or not."""
        return all(run.state.over for run in self.runs)


def list_runs(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    *,
    scanner: str = "",
    target_id: int | None = None,
    number: int = 1,
    per_page: int = 25,
) -> Page[RunLine]:
    """The audits of an establishment, the latest first."""
    number, per_page = bounds(number, per_page)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        conditions = runs_of(establishment_id, scanner, target_id)
        total = session.scalar(select(func.count()).select_from(Run).where(*conditions)) or 0
        query = _lines().where(*conditions).order_by(Run.id.desc()).limit(per_page).offset((number - 1) * per_page)
        return Page(tuple(_line(row, scope.lang) for row in session.execute(query)), number, per_page, total)


def runs_of(establishment_id: int, scanner: str = "", target_id: int | None = None) -> list[ColumnElement[bool]]:
    """The conditions that keep the runs of an establishment, of one scanner or tool and of one target if asked for."""
    conditions = [Run.establishment_id == establishment_id]
    if scanner:
        conditions.append(Run.scanner == scanner)
    if target_id is not None:
        conditions.append(Run.target_id == target_id)
    return conditions


def latest_runs(session: Session, establishment_id: int, most: int, lang: Lang) -> tuple[RunLine, ...]:
    """The last audits of an establishment, for a reader already known to see it."""
    query = _lines().where(Run.establishment_id == establishment_id).order_by(Run.id.desc()).limit(most)
    return tuple(_line(row, lang) for row in session.execute(query))


def open_run(platform: Platform, scope: Scope, run_id: int) -> RunView:
    """One audit with every rule's answer; NotFound outside the scope."""
    with platform.database.read() as session:
        row = session.execute(
            _lines().where(Run.id == run_id, within(scope, Right.SEE_FINDINGS, Run.establishment_id))
        ).one_or_none()
        if row is None:
            raise NotFound
        run: Run = row[0]
        outcomes = session.scalars(select(RuleOutcome).where(RuleOutcome.run_id == run_id)).all()
        titles = titles_of(session, {(run.establishment_id, one.rule) for one in outcomes}, scope.lang)
        facts = session.get(Evidence, run.facts_id) if run.facts_id is not None else None
        return RunView(
            line=_line(row, scope.lang),
            perimeter=run.perimeter or "",
            collected_from=run.collected_from,
            collected_to=run.collected_to,
            facts_id=run.facts_id,
            facts_sha256=(facts.sha256 or "") if facts else "",
            gaps=tuple(_gap(one, scope.lang) for one in run.gaps or ()),
            outcomes=tuple(
                sorted(
                    (_outcome(one, titles[run.establishment_id, one.rule], scope.lang) for one in outcomes),
                    key=_worst_first,
                )
            ),
            conclusion=_conclusion(run.scanner, outcomes, scope.lang),
            imported=_imported(session, run_id, facts.name if facts else ""),
            brought=facts.name if facts and run.scanner == DIRECTORY_SCANNER and run.job_id is None else "",
            spared=tuple(map(_spared, run.spared or ())),
            cut_short=_cut_short(session, run),
        )


def _spared(one: Mapping[str, Any]) -> SparedView:
    by_mandate = one["mode"] == BY_MANDATE
    return SparedView(
        one["what"],
        None if by_mandate else ExclusionMode(one["mode"]),
        "" if by_mandate else one["reason"],
        None if by_mandate else date.fromisoformat(one["until"]),
        tuple(one["addresses"]),
        one["count"],
        bool(one.get("ended")),
    )


def _cut_short(session: Session, run: Run) -> CutShort:
    after = session.scalar(select(Run.id).where(Run.continues_id == run.id).order_by(Run.id.desc()).limit(1))
    return CutShort(run.stopped, run.left_over, run.continues_id, after)


def _imported(session: Session, run_id: int, file_name: str) -> ImportedView | None:
    columns = (
        ImportedReport.tool_version,
        ImportedReport.hosts,
        ImportedReport.left_out,
        ImportedReport.declared_by,
    )
    row = session.execute(select(*columns).where(ImportedReport.run_id == run_id)).one_or_none()
    return ImportedView(row.tool_version, file_name, row.hosts, row.left_out, row.declared_by) if row else None


def open_campaign(platform: Platform, scope: Scope, campaign_id: int) -> CampaignView:
    """Audits started together; NotFound outside the scope."""
    with platform.database.read() as session:
        campaign = _campaign(session, scope, campaign_id)
        rows = session.execute(_lines().where(Run.campaign_id == campaign_id).order_by(Run.id))
        return _campaign_view(campaign, [_line(row, scope.lang) for row in rows])


def list_campaigns(
    platform: Platform, scope: Scope, establishment_id: int, limit: int = 20
) -> tuple[CampaignView, ...]:
    """The latest campaigns of an establishment, the latest first."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        campaigns = session.scalars(
            select(Campaign)
            .where(Campaign.establishment_id == establishment_id)
            .order_by(Campaign.id.desc())
            .limit(limit)
        ).all()
        rows = session.execute(
            _lines().where(Run.campaign_id.in_([one.id for one in campaigns])).order_by(Run.id)
        ).all()
        lines = [_line(row, scope.lang) for row in rows]
        return tuple(_campaign_view(one, [line for line in lines if line.campaign_id == one.id]) for one in campaigns)


def results_of_campaign(platform: Platform, scope: Scope, campaign_id: int) -> tuple[AuditResult, ...]:
    """The recorded audits of a campaign, judged again from their stored facts: what the report is made of.

    NotFound outside the scope; EvidenceError or ArchiveError when a file is missing or damaged.
    """
    with platform.database.read() as session:
        _campaign(session, scope, campaign_id)
        hashes = _facts_of(session, Run.campaign_id == campaign_id)
    return tuple(judge(read_archive(platform.evidence.path(sha256))) for sha256 in hashes)


def result_of_run(platform: Platform, scope: Scope, run_id: int) -> AuditResult:
    """One recorded audit, judged again from its stored facts; NotFound outside the scope or before it is recorded."""
    with platform.database.read() as session:
        hashes = _facts_of(session, Run.id == run_id, within(scope, Right.SEE_FINDINGS, Run.establishment_id))
    if not hashes:
        raise NotFound
    return judge(read_archive(platform.evidence.path(hashes[0])))


def _facts_of(session: Session, *conditions: Any) -> Sequence[str]:  # noqa: ANN401 - conditions on Run
    facts = (Run.facts_id == Evidence.id, Run.scanner.in_(SCANNERS))  # imports have a file of another tool, no facts
    query = select(Evidence.sha256).join(Run, and_(*facts)).where(*conditions)
    return [sha256 for sha256 in session.scalars(query.order_by(Run.id)) if sha256 is not None]


def _campaign(session: Session, scope: Scope, campaign_id: int) -> Campaign:
    campaign = session.scalars(
        select(Campaign).where(Campaign.id == campaign_id, within(scope, Right.SEE_FINDINGS, Campaign.establishment_id))
    ).one_or_none()
    if campaign is None:
        raise NotFound
    return campaign


def _campaign_view(campaign: Campaign, lines: list[RunLine]) -> CampaignView:
    return CampaignView(
        id=campaign.id,
        establishment_id=campaign.establishment_id,
        name=campaign.name,
        started_at=campaign.started_at,
        started_by=campaign.started_by,
        runs=tuple(lines),
    )


def _lines() -> Select[Run, str, JobState, datetime | None, str | None, str | None]:
    return (
        select(Run, Target.name, Job.state, Job.finished_at, Job.error_fr, Job.error_en)
        .join(Target, Target.id == Run.target_id)
        .outerjoin(Job, Job.id == Run.job_id)
    )


def _line(row: Any, lang: Lang) -> RunLine:  # noqa: ANN401 - a row of `_lines`
    run, target_name, state, finished_at, error_fr, error_en = row
    return RunLine(
        id=run.id,
        establishment_id=run.establishment_id,
        target_id=run.target_id,
        target_name=target_name,
        scanner=run.scanner,
        campaign_id=run.campaign_id,
        job_id=run.job_id,
        state=state or JobState.DONE,
        asked_at=run.asked_at,
        asked_by=run.asked_by,
        finished_at=finished_at or run.recorded_at,
        complete=run.complete,
        counts=_counts(run),
        error=Text(error_fr or "", error_en or "").render(lang),
    )


def _counts(run: Run) -> Counts | None:
    if run.recorded_at is None:
        return None
    return Counts(
        passed=run.passed or 0,
        failed=run.failed or 0,
        not_assessable=run.not_assessable or 0,
        error=run.error or 0,
        new=run.findings_new or 0,
        still=run.findings_still or 0,
        fixed=run.findings_fixed or 0,
        back=run.findings_back or 0,
    )


def _gap(gap: Mapping[str, Any], lang: Lang) -> GapView:
    return GapView(gap["section"], gap["truncated"], Text(gap["fr"], gap["en"]).render(lang))


def _outcome(row: RuleOutcome, title: RuleTitle, lang: Lang) -> OutcomeView:
    rule = rule_by_id(row.rule)
    return OutcomeView(
        rule=row.rule,
        title=title,
        severity=row.severity,
        status=row.status,
        reason=Text(row.reason_fr, row.reason_en).render(lang),
        population=row.population,
        findings=row.findings,
        conclusive=row.conclusive,
        refs=rule.refs if rule else (),
    )


def _conclusion(scanner: str, rows: Sequence[RuleOutcome], lang: Lang) -> str:
    said = conclusion(scanner, outcomes_as_told(rows)) if scanner == DIRECTORY_SCANNER and rows else None
    return said.render(lang) if said else ""


_STATUS_ORDER = (Status.ERROR, Status.FAILED, Status.NOT_ASSESSABLE, Status.PASSED)


def _worst_first(outcome: OutcomeView) -> tuple[int, int, str]:
    return _STATUS_ORDER.index(outcome.status), outcome.severity.rank, outcome.title
