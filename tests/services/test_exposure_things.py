"""Recorded exposure audits leave things with a history, target by target."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from care.domain.access import Scope
from care.services.audit_report import audit_report
from care.services.exposure.reading import AssetFilter, list_assets, open_asset
from care.services.platform import Platform
from care.store.assets import Asset, AssetEvent
from reports.words import Severity
from scanners.catalog import rules_of
from scanners.exposure.facts import Port, Service
from scanners.exposure.things import things
from scanners.result import AuditResult
from scanners.runner import run_rules
from tests.support.alerts import Audits
from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.unit.exposure.specimens import NOW, facts, host

both = pytest.mark.both_databases


def told(platform: Platform) -> list[tuple[str, str]]:
    with platform.database.read() as session:
        rows = session.execute(
            select(AssetEvent.what, Asset.key).join(Asset, Asset.id == AssetEvent.asset_id).order_by(AssetEvent.id)
        )
        return [(what.value, key) for what, key in rows]


def ssh(version: str) -> Port:
    return Port(22, Service("ssh", "OpenSSH", version))


@both
def test_what_appears_changes_goes_and_comes_back_is_told_once(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    target = audits.target(hospitals.valley)
    for seen in (ssh("9.2"), ssh("9.2"), ssh("9.9"), None, None, ssh("9.9")):
        clock.forward(hours=23)
        audits.run(target, facts(host("192.0.2.1", *([seen] if seen else []))))
    address, service = "192.0.2.1", "192.0.2.1:22/tcp"
    assert told(platform) == [
        ("new", address),
        ("new", service),
        ("changed", service),
        ("gone", address),
        ("gone", service),
        ("back", address),
        ("back", service),
    ]


def test_two_targets_keep_their_own_things(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    audits.run(audits.target(hospitals.valley), facts(host("192.0.2.1", ssh("9.2"))))
    audits.run(audits.target(hospitals.hill), facts(host("192.0.2.5", ssh("9.2"))))
    with platform.database.read() as session:
        rows = session.scalars(select(Asset).where(Asset.gone_at.is_(None))).all()
        assert {(row.establishment_id, row.key) for row in rows} == {
            (hospitals.valley, "192.0.2.1"),
            (hospitals.valley, "192.0.2.1:22/tcp"),
            (hospitals.hill, "192.0.2.5"),
            (hospitals.hill, "192.0.2.5:22/tcp"),
        }


def test_a_weakness_is_told_of_its_port_and_of_its_address(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    telnet = Port(23, Service("telnet"))
    audits.run(audits.target(hospitals.valley), facts(host("192.0.2.1", telnet, ssh("9.2"))))
    lines = list_assets(platform, machine, hospitals.valley, AssetFilter()).lines
    weak = {line.key: line.findings for line in lines}
    assert weak["192.0.2.1:23/tcp"] >= 1
    assert weak["192.0.2.1"] >= weak["192.0.2.1:23/tcp"]
    (service,) = (line for line in lines if line.key == "192.0.2.1:23/tcp")
    view = open_asset(platform, machine, service.id)
    assert ("Reconnu par", "sa réponse") in view.traits
    assert {one.subject.split(" ")[0] for one in view.weaknesses} == {"192.0.2.1:23/tcp"}
    assert [one.key for one in view.beside] == ["192.0.2.1", "192.0.2.1:22/tcp"]


def test_the_report_shows_the_perimeter_and_the_plan_of_an_audit(platform: Platform) -> None:
    seen = facts(host("192.0.2.1", Port(23, Service("telnet")), ssh("9.2"), names=("www.h.test",)), host("192.0.2.2"))
    outcomes = run_rules(rules_of("exposure"), seen)
    result = AuditResult("exposure", "192.0.2.0/24", NOW, NOW, "0" * 64, outcomes, (), tuple(things(seen)))
    (audit,) = audit_report([result], NOW, "fr", sheets=platform.kits.sheets).audits
    perimeter = audit.perimeter
    assert perimeter is not None
    assert perimeter.names == (("www.h.test", "192.0.2.1"),)
    (address,) = perimeter.addresses
    assert (address.address, address.services) == ("192.0.2.1", ("23/tcp telnet", "22/tcp OpenSSH 9.2"))
    assert address.worst is Severity.HIGH
    ranks = [step.severity.rank for step in perimeter.plan]
    assert ranks == sorted(ranks)
    assert any("telnet" in step.title.lower() for step in perimeter.plan)
