"""The report of an exposure campaign: the type of each weakness, and what is gone since the audit before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from care.domain.access import Scope
from care.domain.restraints import ExclusionMode
from care.services import restraints
from care.services.audits import audit, start_campaign
from care.services.campaign_report import campaign_pdf
from care.services.platform import Platform
from care.services.restraints import ExclusionDraft
from care.services.work import Hold
from reports.audit import AuditReport, GoneThing, ReportAudit, ReportChanges
from scanners.exposure.facts import ExposureFacts, Port, Service
from tests.support.alerts import Audits
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.unit.exposure.specimens import facts, host

TELNET, OLD, NEW = (
    Port(23, Service("telnet")),
    Port(22, Service("ssh", "OpenSSH", "9.2")),
    Port(22, Service("ssh", "OpenSSH", "9.3")),
)
Reported = Callable[[ExposureFacts], ReportAudit]


@pytest.fixture
def reported(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Reported:
    """What the report says of an audit that saw these facts; it is not typeset here."""
    asked: list[AuditReport] = []

    def keep(report: AuditReport) -> bytes:
        asked.append(report)
        return b"%PDF"

    monkeypatch.setattr("care.services.campaign_report.typeset_report", keep)
    audits = Audits(platform, machine, clock)
    target = audits.target(hospitals.valley)

    def report(seen: ExposureFacts) -> ReportAudit:
        audits.sees(seen)
        clock.forward(hours=1)
        begun = start_campaign(platform, machine, hospitals.valley, "Façade", [target])
        audit(platform, Hold(platform, claimed(platform)))
        campaign_pdf(platform, machine, begun.campaign_id)
        (told,) = asked.pop().audits
        return told

    return report


def changes(told: ReportAudit) -> ReportChanges | None:
    assert told.perimeter is not None
    return told.perimeter.changes


@pytest.mark.both_databases
def test_what_is_gone_since_the_audit_before_is_listed_by_name(reported: Reported) -> None:
    assert changes(reported(facts(host("192.0.2.1", TELNET, OLD)))) == ReportChanges(first=True)
    gone = GoneThing("Service", "192.0.2.1:23/tcp", "telnet")
    told = reported(facts(host("192.0.2.1", NEW)))
    assert changes(told) == ReportChanges(first=False, appeared=0, changed=1, gone=(gone,))
    assert changes(reported(facts(host("192.0.2.1", NEW, TELNET)))) == ReportChanges(first=False, appeared=1)


def test_what_is_not_reported_is_not_told_as_gone(
    reported: Reported, platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    reported(facts(host("192.0.2.1", TELNET, OLD)))
    until = clock.now().date() + timedelta(days=9)
    draft = ExclusionDraft("192.0.2.1", ExclusionMode.NO_REPORT, "Migration", until)
    restraints.add_exclusion(platform, machine, hospitals.valley, draft)
    assert changes(reported(facts(host("192.0.2.1", NEW)))) == ReportChanges(first=False)


def test_a_weakness_has_its_type(reported: Reported) -> None:
    told = reported(facts(host("192.0.2.1", TELNET)))
    types = {outcome.rule_id: outcome.category for outcome in told.outcomes}
    assert types["exposure.telnet_exposed"] == "Échanges en clair"
    assert "" not in types.values()
