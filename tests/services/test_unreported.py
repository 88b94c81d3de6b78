"""What an exclusion “without report” keeps out: things, map, counts, changes, files and letters, and brings back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.domain.assets import AssetKind
from care.domain.findings import State, Verdict
from care.domain.restraints import ExclusionMode
from care.services import audits
from care.services.campaign_report import campaign_pdf
from care.services.exposure.export import export_assets
from care.services.exposure.perimeter import open_map
from care.services.exposure.reading import open_exposure
from care.services.exposure.things import AssetFilter, list_assets, open_asset
from care.services.findings import DecisionDraft, decide, open_finding
from care.services.platform import Platform
from care.services.restraints import ExclusionDraft, add_exclusion, lift_exclusion
from care.services.runs import open_run
from care.services.work import Hold
from care.store.findings import FindingRow
from care.store.outbox import Mail
from reports.audit import AuditReport
from scanners.exposure.facts import ExposureFacts, Port, Service, Tls
from tests.support.alerts import Audits, add_person
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.unit.exposure.specimens import SOUND, facts, host, web

REDIS = Port(6379, Service("redis", "Redis", "7.0.15", open_access=True))
DECOY = "192.0.2.7"


def seen(*decoy: Port) -> ExposureFacts:
    """A front and a decoy, whose certificate ends within a week."""
    ending = replace(SOUND, not_after=datetime(2026, 3, 9, tzinfo=UTC), subject="CN=leurre")
    ports = (web(443, None, Tls(("TLS 1.2",), certificate=ending)), *decoy)
    return facts(
        host("192.0.2.1", Port(22, Service("ssh", "OpenSSH", "9.9"))), host(DECOY, *ports, names=("leurre.h.test",))
    )


def exclude(platform: Platform, machine: Scope, place: int, what: str) -> int:
    until = platform.clock.now().date() + timedelta(days=30)
    draft = ExclusionDraft(what, ExclusionMode.NO_REPORT, "Leurre du SOC", until)
    return add_exclusion(platform, machine, place, draft)


def on_the_map(platform: Platform, machine: Scope, place: int) -> set[str]:
    return {tile.address for tile in open_map(platform, machine, place).tiles}


@pytest.fixture
def relayed(platform: Platform, machine: Scope, hospitals: Hospitals) -> Platform:
    settings = replace(platform.settings, smtp_host="relay.test", smtp_from="care@hopital.test")
    found = replace(platform, settings=settings)
    add_person(found, machine, "rssi", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    return found


@pytest.mark.both_databases
@pytest.mark.parametrize("what", [DECOY, "192.0.2.0/29", "leurre.h.test", "*.h.test"])
def test_nothing_of_what_is_excluded_without_report_is_told_and_nothing_is_lost(
    relayed: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock, what: str
) -> None:
    platform, place, at_work = relayed, hospitals.valley, Audits(relayed, machine, clock)
    target = at_work.target(place)
    at_work.run(target, seen())
    whole = open_exposure(platform, machine, place)
    number = exclude(platform, machine, place, what)
    last = at_work.run(target, seen(REDIS))

    view = open_exposure(platform, machine, place)
    assert DECOY not in on_the_map(platform, machine, place)
    assert view.counts[AssetKind.ADDRESS] < whole.counts[AssetKind.ADDRESS]
    assert not any(DECOY in event.key for event in view.events)
    assert not any(DECOY in one.key for one in view.certificates)
    assert any(DECOY in one.key for one in whole.certificates)
    assert "critical" not in {severity.value for severity in view.by_severity}
    assert view.unreported >= 3
    listed = list_assets(platform, machine, place, AssetFilter())
    assert not any(DECOY in line.key for line in listed.lines)
    assert DECOY not in export_assets(platform, machine, place, AssetFilter()).decode()
    with platform.database.read() as session:
        assert session.scalars(select(Mail)).all() == [], "a new critical there writes to nobody"
    assert open_run(platform, machine, last).spared[0].what == what

    aside = list_assets(platform, machine, place, AssetFilter(aside=True)).lines
    (decoy,) = (line for line in aside if line.key == DECOY)
    silenced = open_asset(platform, machine, decoy.id).silenced
    assert silenced is not None
    assert (silenced.reason, silenced.by) == ("Leurre du SOC", machine.actor)
    assert DECOY in export_assets(platform, machine, place, AssetFilter(aside=True)).decode()
    lift_exclusion(platform, machine, place, number)
    back = open_exposure(platform, machine, place)
    assert DECOY in on_the_map(platform, machine, place)
    assert "critical" in {severity.value for severity in back.by_severity}
    assert back.unreported == 0


def test_what_was_open_before_the_exclusion_is_set_aside_at_once(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    at_work = Audits(platform, machine, clock)
    at_work.run(at_work.target(hospitals.valley), seen(REDIS))
    before = open_exposure(platform, machine, hospitals.valley).by_severity
    number = exclude(platform, machine, hospitals.valley, "leurre.h.test")
    after = open_exposure(platform, machine, hospitals.valley)
    assert sum(after.by_severity.values()) < sum(before.values())
    assert DECOY not in on_the_map(platform, machine, hospitals.valley)
    lift_exclusion(platform, machine, hospitals.valley, number)
    assert open_exposure(platform, machine, hospitals.valley).by_severity == before


def test_an_exclusion_that_forbids_contact_or_is_past_hides_nothing(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    at_work = Audits(platform, machine, clock)
    at_work.run(at_work.target(hospitals.valley), seen())
    day = clock.now().date()
    for mode, until in ((ExclusionMode.NO_SCAN, day + timedelta(days=5)), (ExclusionMode.NO_REPORT, day)):
        add_exclusion(platform, machine, hospitals.valley, ExclusionDraft(DECOY, mode, "Essai", until))
    assert DECOY not in on_the_map(platform, machine, hospitals.valley)
    clock.forward(days=1)
    assert DECOY in on_the_map(platform, machine, hospitals.valley)


def test_the_report_of_a_campaign_leaves_it_off_the_perimeter_and_keeps_its_findings_as_postponed(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[AuditReport] = []

    def keep(report: AuditReport) -> bytes:
        asked.append(report)
        return b"%PDF"

    monkeypatch.setattr("care.services.campaign_report.typeset_report", keep)
    at_work = Audits(platform, machine, clock)
    target = at_work.target(hospitals.valley)
    at_work.sees(seen(REDIS))
    exclude(platform, machine, hospitals.valley, "leurre.h.test")
    campaign = audits.start_campaign(platform, machine, hospitals.valley, "Mars", [target])
    audits.audit(platform, Hold(platform, claimed(platform)))
    campaign_pdf(platform, machine, campaign.campaign_id)
    ((report,),) = (one.audits for one in asked)
    assert report.perimeter is not None
    assert [one.address for one in report.perimeter.addresses] == ["192.0.2.1"]
    assert report.perimeter.names == ()
    states = {one.subject: one.state for outcome in report.outcomes for one in outcome.findings}
    assert states[f"{DECOY}:6379/tcp"] == "reporté"


def open_count(platform: Platform, machine: Scope, place: int) -> int:
    return sum(open_exposure(platform, machine, place).by_severity.values())


def test_what_an_exclusion_holds_back_opens_again_the_day_after_it_ends_without_an_audit(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    at_work, place = Audits(platform, machine, clock), hospitals.valley
    at_work.run(at_work.target(place), seen(REDIS))
    before = open_count(platform, machine, place)
    exclude(platform, machine, place, DECOY)
    held = open_count(platform, machine, place)
    assert held < before
    clock.forward(days=30)
    assert open_count(platform, machine, place) == held, "its last day is included"
    clock.forward(days=1)
    assert open_count(platform, machine, place) == before
    assert DECOY in on_the_map(platform, machine, place)


@pytest.mark.both_databases
def test_what_two_exclusions_hold_back_stays_so_when_one_of_them_ends(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    at_work, place = Audits(platform, machine, clock), hospitals.valley
    at_work.run(at_work.target(place), seen(REDIS))
    before = open_count(platform, machine, place)
    until = clock.now().date() + timedelta(days=10)
    add_exclusion(platform, machine, place, ExclusionDraft(DECOY, ExclusionMode.NO_REPORT, "Démonstration", until))
    held = open_count(platform, machine, place)
    first, second = (
        exclude(platform, machine, place, "192.0.2.0/29"),
        exclude(platform, machine, place, "leurre.h.test"),
    )
    lift_exclusion(platform, machine, place, first)
    assert open_count(platform, machine, place) == held < before
    clock.forward(days=11)
    assert open_count(platform, machine, place) == held, "the shortest is over, the other holds"
    lift_exclusion(platform, machine, place, second)
    assert open_count(platform, machine, place) == before


def test_a_decision_that_ends_on_what_is_not_reported_brings_nothing_back_into_the_counts(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    at_work, place = Audits(platform, machine, clock), hospitals.valley
    at_work.run(at_work.target(place), seen(REDIS))
    with platform.database.read() as session:
        number = session.scalars(select(FindingRow.id).where(FindingRow.subject == f"{DECOY}:6379/tcp")).first()
    assert number is not None
    draft = DecisionDraft(Verdict.POSTPONED, "Prévu.", clock.now() + timedelta(days=5))
    decide(platform, machine, number, draft)
    exclude(platform, machine, place, DECOY)
    held = open_count(platform, machine, place)
    clock.forward(days=6)
    assert open_count(platform, machine, place) == held
    finding = open_finding(platform, machine, number)
    assert (finding.line.state, finding.events[-1].reason) == (State.POSTPONED, "Leurre du SOC")
