"""The report of a campaign on the platform: judged again from its stored facts, with the history of each finding."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.findings import Key, State
from care.domain.jobs import JobState
from care.services.audit_report import FindingHistory, Histories, audit_report, typeset_report
from care.services.errors import Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.runs import RunLine, open_campaign, results_of_campaign
from care.services.trail import Thing, record
from care.store.findings import FindingRow
from reports.audit import ReportFailure
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
_UNRECORDED = defaultdict(
    lambda: Text("L’audit n’a pas donné de résultat.", "The audit gave no result."),
    {
        JobState.QUEUED: Text("L’audit n’a pas encore commencé.", "The audit has not begun yet."),
        JobState.RUNNING: Text("L’audit est en cours.", "The audit is under way."),
        JobState.CANCELLED: Text("L’audit a été annulé.", "The audit was cancelled."),
    },
)
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
        since = min(result.started_at for result in results)
        histories = _histories(session, campaign.establishment_id, since, scope.lang)
    issued_at = max(result.finished_at for result in results)
    failures = tuple(_failure(run, scope.lang) for run in campaign.runs if run.counts is None)
    content = typeset_report(audit_report(results, issued_at, scope.lang, name, finess, histories, failures))
    with platform.database.write() as session:
        thing = Thing("campaign", campaign_id, campaign.establishment_id)
        record(session, scope, "campaign.reported", thing, platform.clock.now())
    return content


def _failure(run: RunLine, lang: Lang) -> ReportFailure:
    """An audit of the campaign that gave nothing: the report says so rather than leave it out."""
    reason = run.error or _UNRECORDED[run.state].render(lang)
    return ReportFailure(SCANNER_NAMES[run.scanner].render(lang), run.target_name, reason)


def _histories(session: Session, establishment_id: int, campaign_start: datetime, lang: Lang) -> Histories:
    columns = (FindingRow.rule, FindingRow.subject_key, FindingRow.state, FindingRow.first_seen_at)
    rows = session.execute(select(*columns).where(FindingRow.establishment_id == establishment_id))
    return {
        Key(rule, subject): FindingHistory(_state(state, first_seen, campaign_start).render(lang), first_seen)
        for rule, subject, state, first_seen in rows
    }


def _state(state: State, first_seen: datetime, campaign_start: datetime) -> Text:
    return _NEW if state is State.OPEN and first_seen >= campaign_start else _STATES[state]
