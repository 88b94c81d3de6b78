"""What a campaign says to people: its level, its plan, what changed, what was not looked at and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from care.domain.access import Level, Role, Scope
from care.domain.assets import AssetChange
from care.services import audits
from care.services.audits import start_campaign
from care.services.campaign_synthesis import CampaignSynthesis, synthesis_of_campaign, synthesis_of_run
from care.services.errors import NotFound
from care.services.platform import Platform
from care.services.priority_plan import FIRST, FailedRule, plan_of
from care.services.runs import open_campaign, open_run
from care.services.synthesis import synthesis_of
from care.services.work import Hold
from scanners.exposure.facts import ExposureFacts, Port, Service
from scanners.model import Gap, Severity, Text
from tests.support.alerts import Audits
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.unit.exposure.specimens import facts, host

TELNET, DATABASE = Port(23, Service("telnet")), Port(3306, Service("mysql", "MariaDB"))
SAFE, WEAK = facts(host("192.0.2.1")), facts(host("192.0.2.1", TELNET, DATABASE))


class Campaigns(Audits):
    """Campaigns of exposure audits whose facts the test decides."""

    def __init__(self, platform: Platform, machine: Scope, clock: FixedClock, hospitals: Hospitals) -> None:
        super().__init__(platform, machine, clock)
        self.platform, self.machine, self.valley, self.clock = platform, machine, hospitals.valley, clock

    def campaign(self, targets: list[int], *seen: ExposureFacts) -> CampaignSynthesis:
        """Start one over these targets; the first audits see these facts, the others wait."""
        self.clock.forward(hours=1)
        begun = start_campaign(self.platform, self.machine, self.valley, "Campagne", targets)
        for one in seen:
            self.sees(one)
            audits.audit(self.platform, Hold(self.platform, claimed(self.platform)))
        return self.read(begun.campaign_id)

    def read(self, campaign_id: int) -> CampaignSynthesis:
        view = open_campaign(self.platform, self.machine, campaign_id)
        return synthesis_of_campaign(self.platform, self.machine, view)


@pytest.fixture
def campaigns(platform: Platform, machine: Scope, clock: FixedClock, hospitals: Hospitals) -> Campaigns:
    return Campaigns(platform, machine, clock, hospitals)


@pytest.mark.both_databases
def test_the_first_campaign_compares_with_nothing_and_the_next_tells_what_changed(campaigns: Campaigns) -> None:
    target = campaigns.target(campaigns.valley)
    first = campaigns.campaign([target], WEAK)
    assert (first.recorded, first.first, first.things, dict(first.by_change)) == (1, True, (), {})
    assert first.new == first.said.findings > 0
    then = campaigns.campaign([target], facts(host("192.0.2.1", TELNET, Port(5900, Service("vnc")))))
    assert not then.first
    assert then.new > 0
    assert then.still > 0
    assert then.fixed > 0
    changed = {one.key: one.what for one in then.things}
    assert changed["192.0.2.1:5900/tcp"] is AssetChange.NEW
    assert changed["192.0.2.1:3306/tcp"] is AssetChange.GONE
    assert "192.0.2.1:23/tcp" not in changed
    assert then.by_change[AssetChange.NEW] == 1


def test_who_was_not_looked_at_is_told_with_the_reason(campaigns: Campaigns) -> None:
    partial = Text("L’audit a été arrêté.", "The audit was stopped.")
    cut = replace(WEAK, gaps=(Gap("hosts", partial, truncated=True),), unfinished=("192.0.2.7", "192.0.2.8"))
    one, other = (campaigns.target(campaigns.valley, name) for name in ("Façade", "Site du nord"))
    campaigns.target(campaigns.valley, "Site du sud")
    found = campaigns.campaign([one, other], cut)
    (told, waiting) = found.unseen
    assert (told.target, told.left_over, told.gaps) == ("Façade", 2, ("L’audit a été arrêté.",))
    assert told.unanswered > 0
    assert (waiting.target, waiting.lost) == ("Site du nord", "L’audit n’a pas encore commencé.")
    assert found.absent == ("Site du sud",)
    assert found.recorded == 1


def test_a_campaign_that_gave_nothing_is_no_good_news(campaigns: Campaigns) -> None:
    found = campaigns.campaign([campaigns.target(campaigns.valley)])
    assert found.recorded == 0
    assert found.said.level.startswith("Rien n’a pu être évalué")
    assert (found.said.lines, found.said.plan) == ((), ())


def test_one_audit_alone_says_the_same(campaigns: Campaigns) -> None:
    run = campaigns.run(campaigns.target(campaigns.valley), WEAK)
    line = open_run(campaigns.platform, campaigns.machine, run).line
    found = synthesis_of_run(campaigns.platform, campaigns.machine, line)
    assert found.said.findings == sum(one.findings for one in found.said.plan)
    assert found.absent == ()
    assert found.said.level.startswith("Situation")


def test_a_stranger_has_no_synthesis(campaigns: Campaigns, hospitals: Hospitals) -> None:
    campaigns.run(campaigns.target(campaigns.valley), WEAK)
    line = open_run(campaigns.platform, campaigns.machine, 1).line
    with pytest.raises(NotFound):
        synthesis_of_run(campaigns.platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), line)


def failed(rule: str, severity: Severity, findings: int = 1) -> FailedRule:
    return FailedRule(f"exposure.{rule}", severity, findings)


def test_the_plan_puts_the_gravest_first_and_rules_of_one_sheet_together(platform: Platform) -> None:
    sheets = platform.kits.sheets
    shared = next(sheet for sheet in sheets.by_id.values() if sum(r.startswith("exposure.") for r in sheet.rules) > 1)
    one, other = [rule for rule in shared.rules if rule.startswith("exposure.")][:2]
    seen = [
        FailedRule("exposure.no_such_rule", Severity.MEDIUM, 9),
        FailedRule(one, Severity.LOW, 2),
        FailedRule(other, Severity.HIGH, 3),
        FailedRule("exposure.another_unknown", Severity.MEDIUM, 12),
    ]
    plan = plan_of(seen, sheets, "fr")
    assert [(step.sheet, step.severity, step.findings) for step in plan] == [
        (shared.id, Severity.HIGH, 5),
        ("", Severity.MEDIUM, 12),
        ("", Severity.MEDIUM, 9),
    ]
    assert plan[0].title == shared.title.fr
    assert plan[0].rules == tuple(sorted((one, other)))
    assert plan[1].days == "–"


def test_a_director_is_told_three_things_and_a_rule_of_two_targets_is_one_line(platform: Platform) -> None:
    seen = [failed(f"unknown_{number}", Severity.HIGH) for number in range(5)]
    said = synthesis_of([*seen, seen[0]], platform.kits.sheets, "fr", assessed=True)
    assert len(said.first) == FIRST < len(said.plan)
    (line,) = said.lines
    assert (line.severity, line.findings, len(line.rules)) == (Severity.HIGH, 6, 5)
    assert line.rules[0].findings == 2
