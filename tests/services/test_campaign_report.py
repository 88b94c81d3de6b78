"""The report of a campaign: who, what, the history of findings, and the audits that gave nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from care.domain.access import Level, Role, Scope
from care.services import audits
from care.services.campaign_report import campaign_pdf
from care.services.errors import NotFound, Refused
from care.services.platform import Platform
from care.services.work import Hold
from reports.audit import AuditReport
from scanners.model import Severity
from tests.support.audits import PlannedAudits, add_directory, claimed, result, write_facts
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.ports import JudgeHere, PlannedCollect
from tests.support.reports import PlannedReader, check, import_report, report

DAY = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> list[AuditReport]:
    """The reports that were asked for; they are not typeset here."""
    asked: list[AuditReport] = []

    def keep(report: AuditReport) -> bytes:
        asked.append(report)
        return b"%PDF"

    answer = result(DAY, {"a": ["HOPITAL\\x"]})
    assert isinstance(platform.judge_directory, JudgeHere)
    platform.judge_directory.plan = PlannedAudits([answer]).judge_directory
    monkeypatch.setattr("care.services.campaign_report.results_of_campaign", lambda *_: (answer,))
    monkeypatch.setattr("care.services.campaign_report.typeset_report", keep)
    assert isinstance(platform.collect, PlannedCollect)
    platform.collect.make = write_facts
    return asked


def campaign_of_two(platform: Platform, machine: Scope, hospitals: Hospitals) -> int:
    """One audit done, another still waiting."""
    targets = [add_directory(platform, machine, hospitals.valley, name) for name in ("Annuaire", "Forêt de test")]
    begun = audits.start_campaign(platform, machine, hospitals.valley, "Audit de mars", targets)
    audits.audit(platform, Hold(platform, claimed(platform)))
    return begun.campaign_id


def test_holds_the_results_with_their_history(
    platform: Platform, machine: Scope, hospitals: Hospitals, reported: list[AuditReport]
) -> None:
    assert campaign_pdf(platform, machine, campaign_of_two(platform, machine, hospitals)) == b"%PDF"
    report = reported[0]
    assert (report.lang, report.issued_at) == (machine.lang, DAY)
    assert report.establishment
    finding = report.audits[0].outcomes[0].findings[0]
    assert (finding.subject, finding.state) == ("HOPITAL\\x", "nouveau")
    assert finding.since is not None


def test_an_audit_without_a_result_is_named_with_its_reason(
    platform: Platform, machine: Scope, hospitals: Hospitals, reported: list[AuditReport]
) -> None:
    campaign_pdf(platform, machine, campaign_of_two(platform, machine, hospitals))
    failures = [(failure.target, failure.reason) for failure in reported[0].failures]
    assert failures == [("Forêt de test", "L’audit n’a pas encore commencé.")]


@pytest.mark.both_databases
def test_the_last_reports_of_other_tools_stand_beside(
    platform: Platform, machine: Scope, hospitals: Hospitals, reported: list[AuditReport], clock: FixedClock
) -> None:
    campaign = campaign_of_two(platform, machine, hospitals)
    clock.forward(days=60)
    reading = replace(platform, read_report=PlannedReader())
    seen = [check("1", "192.0.2.1", "192.0.2.2"), check("2", "192.0.2.1", severity=Severity.CRITICAL)]
    import_report(reading, machine, hospitals.valley, report(1, *seen))
    import_report(reading, machine, hospitals.valley, report(2, check("1", "192.0.2.1")), complete=True)
    import_report(reading, machine, hospitals.valley, report(3, check("3", "192.0.2.9")), target="Façade")
    import_report(reading, machine, hospitals.far, report(3, check("4", "192.0.2.9")))
    campaign_pdf(platform, machine, campaign)
    told = [(one.tool, one.target, one.looked_at, dict(one.open_findings)) for one in reported[0].imports]
    assert told == [
        ("Nessus", "Façade", report(3).finished_at, {"high": 1}),
        ("Nessus", "Siège", report(2).finished_at, {"high": 1}),
    ]


def test_strangers_and_empty_campaigns_get_no_report(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    target = add_directory(platform, machine, hospitals.valley)
    begun = audits.start_campaign(platform, machine, hospitals.valley, "Audit de mars", [target])
    with pytest.raises(Refused):
        campaign_pdf(platform, machine, begun.campaign_id)
    with pytest.raises(NotFound):
        campaign_pdf(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), begun.campaign_id)
