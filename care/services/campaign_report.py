"""The report of a campaign on the platform: judged again from its stored facts, with the history of each finding."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.findings import Key, State
from care.services.audit_report import FindingHistory, Histories, audit_report, typeset_report
from care.services.campaign_synthesis import unrecorded_reason
from care.services.errors import Refused
from care.services.exposure.since import changes_of
from care.services.exposure.unreported import Unreported
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.runs import RunLine, open_campaign, results_of_campaign
from care.services.trail import Thing, record
from care.store.findings import FindingRow, SightingRow
from care.store.imports import ImportedReport
from care.store.runs import Run
from care.store.targets import Target
from reports.audit import ReportFailure, ReportImport, Severity
from scanners.imported.model import Tool
from scanners.model import Lang, Text
from scanners.vocabulary import SCANNER_NAMES

_NEW = Text("nouveau", "new")
_STATES = {
    State.OPEN: Text("toujours là", "still there"),
    State.FIXED: Text("corrigé depuis", "fixed since"),
    State.FALSE_POSITIVE: Text("faux positif", "false positive"),
    State.ACCEPTED: Text("risque accepté", "accepted risk"),
    State.POSTPONED: Text("reporté", "postponed"),
}
_NOTHING_YET = Text(
    "Aucun audit de cette campagne n’est encore terminé ; revenez quand le premier le sera.",
    "No audit of this campaign has ended yet; come back when the first one has.",
)


def campaign_pdf(platform: Platform, scope: Scope, campaign_id: int) -> bytes:
    """The accessible PDF of a campaign, dated from its last collection.

    NotFound outside the scope, Refused before any audit is recorded, DocumentError when it cannot be typeset.
    """
    campaign = open_campaign(platform, scope, campaign_id)
    results = results_of_campaign(platform, scope, campaign_id)
    if not results:
        raise Refused(_NOTHING_YET)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, campaign.establishment_id, Right.EXPORT)
        name, finess = place.name, place.finess
        hidden = Unreported(session, campaign.establishment_id, today(platform))
        since = min(result.started_at for result in results)
        histories = _histories(session, campaign.establishment_id, since, scope.lang)
        imports = _imports(session, campaign.establishment_id, scope.lang)
        changes = changes_of(session, campaign_id, hidden, scope.lang)
    issued_at = max(result.finished_at for result in results)
    failures = tuple(_failure(run, scope.lang) for run in campaign.runs if run.counts is None)
    sheets = platform.kits.sheets
    shown = [replace(result, seen=tuple(hidden.keep(result.seen))) for result in results]
    report = audit_report(shown, issued_at, scope.lang, name, finess, histories, failures, imports, sheets, changes)
    content = typeset_report(report)
    with platform.database.write() as session:
        thing = Thing("campaign", campaign_id, campaign.establishment_id)
        record(session, scope, "campaign.reported", thing, platform.clock.now())
    return content


def _failure(run: RunLine, lang: Lang) -> ReportFailure:
    """An audit of the campaign that gave nothing: the report says so rather than leave it out."""
    reason = unrecorded_reason(run, lang)
    return ReportFailure(SCANNER_NAMES[run.scanner].render(lang), run.target_name, reason)


def _imports(session: Session, establishment_id: int, lang: Lang) -> tuple[ReportImport, ...]:
    """The last report of another tool on each target in use, the latest first, with what is still open there."""
    rows = session.execute(
        select(Target.id, Target.scanner, Target.name, Run.collected_to, ImportedReport.hosts)
        .join(Run, Run.target_id == Target.id)
        .join(ImportedReport, ImportedReport.run_id == Run.id)
        .where(Target.establishment_id == establishment_id, Target.archived_at.is_(None))
        .order_by(Run.collected_to.desc(), Run.id.desc())
    )
    latest: dict[int, tuple[str, str, datetime, int]] = {}
    for target_id, tool, name, looked_at, hosts in rows:
        if looked_at is not None:
            latest.setdefault(target_id, (Tool(tool).label.render(lang), name, looked_at, hosts))
    left = _open_findings(session, latest)
    return tuple(ReportImport(*one, left[target_id]) for target_id, one in latest.items())


def _open_findings(session: Session, target_ids: Collection[int]) -> Mapping[int, Mapping[Severity, int]]:
    """How many open findings each target shows, by severity."""
    rows = session.execute(
        select(SightingRow.target_id, FindingRow.severity, func.count())
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(SightingRow.target_id.in_(target_ids), SightingRow.gone_at.is_(None), FindingRow.state == State.OPEN)
        .group_by(SightingRow.target_id, FindingRow.severity)
    )
    found: dict[int, dict[Severity, int]] = {target_id: {} for target_id in target_ids}
    for target_id, severity, count in rows:
        found[target_id][Severity(severity.value)] = count
    return found


def _histories(session: Session, establishment_id: int, campaign_start: datetime, lang: Lang) -> Histories:
    columns = (FindingRow.rule, FindingRow.subject_key, FindingRow.state, FindingRow.first_seen_at)
    rows = session.execute(select(*columns).where(FindingRow.establishment_id == establishment_id))
    return {
        Key(rule, subject): FindingHistory(_state(state, first_seen, campaign_start).render(lang), first_seen)
        for rule, subject, state, first_seen in rows
    }


def _state(state: State, first_seen: datetime, campaign_start: datetime) -> Text:
    return _NEW if state is State.OPEN and first_seen >= campaign_start else _STATES[state]
