"""The report of a campaign: who, what, the history of findings, and the audits that gave nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from care.domain.access import Level, Role, Scope
from care.services import audits
from care.services.campaign_report import campaign_pdf
from care.services.errors import NotFound, Refused
from care.services.platform import Platform
from care.services.work import Hold
from reports.audit import AuditReport
from tests.support.audits import PlannedAudits, add_directory, claimed, result, write_facts
from tests.support.people import Hospitals, person
from tests.support.ports import PlannedCollect

DAY = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> list[AuditReport]:
    """The reports that were asked for; they are not typeset here."""
    asked: list[AuditReport] = []

    def keep(report: AuditReport) -> bytes:
        asked.append(report)
        return b"%PDF"

    answer = result(DAY, {"a": ["HOPITAL\\x"]})
    monkeypatch.setattr("care.services.audits.judge", PlannedAudits([answer]).judge)
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


def test_strangers_and_empty_campaigns_get_no_report(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    target = add_directory(platform, machine, hospitals.valley)
    begun = audits.start_campaign(platform, machine, hospitals.valley, "Audit de mars", [target])
    with pytest.raises(Refused):
        campaign_pdf(platform, machine, begun.campaign_id)
    with pytest.raises(NotFound):
        campaign_pdf(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), begun.campaign_id)
