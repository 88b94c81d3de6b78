"""Recorded exposure audits leave things with a history, target by target."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from care.domain.access import Scope
from care.domain.assets import AssetKind
from care.services.audit_report import audit_report
from care.services.exposure.reading import open_exposure
from care.services.exposure.things import AssetFilter, list_assets, open_asset
from care.services.platform import Platform
from care.store.assets import Asset, AssetEvent
from reports.words import Severity
from scanners.catalog import rules_of
from scanners.exposure.domain_facts import DmarcRecord, Domain, FoundName, NameOrigin
from scanners.exposure.facts import ExposureFacts, Http, Port, Service
from scanners.exposure.product_marks import Kind
from scanners.exposure.things import things
from scanners.result import AuditResult
from scanners.runner import run_rules
from scanners.vulnerabilities.model import Compared, Confidence, Flaw, KnownFlaws, Source, SourceState
from tests.support.alerts import Audits
from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.support.ports import PlannedCollect
from tests.unit.exposure.specimens import NOW, facts, host, web

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
        ("new", "hopital.test"),
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
        there = Asset.gone_at.is_(None) & (Asset.kind != AssetKind.DOMAIN)
        rows = session.scalars(select(Asset).where(there)).all()
        assert {(row.establishment_id, row.key) for row in rows} == {
            (hospitals.valley, "192.0.2.1"),
            (hospitals.valley, "192.0.2.1:22/tcp"),
            (hospitals.hill, "192.0.2.5"),
            (hospitals.hill, "192.0.2.5:22/tcp"),
        }


def test_gateways_and_consoles_are_counted_apart_by_address(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    gateway, console = Http(302, location="/remote/login"), Http(200, "Grafana")
    audits = Audits(platform, machine, clock)
    target = audits.target(hospitals.valley)
    first = host("192.0.2.1", web(443, gateway), web(10443, gateway), web(3000, console), web(80, Http(200, "Accueil")))
    audits.run(target, facts(first, host("192.0.2.2", web(443, gateway), ssh("9.2"))))
    assert open_exposure(platform, machine, hospitals.valley).families == {Kind.GATEWAY: 2, Kind.CONSOLE: 1}
    found = list_assets(platform, machine, hospitals.valley, AssetFilter(words="gateway")).lines
    assert {line.key for line in found} == {"192.0.2.1:443/tcp", "192.0.2.1:10443/tcp", "192.0.2.2:443/tcp"}
    clock.forward(hours=23)
    audits.run(target, facts(first, host("192.0.2.2", web(443, Http(200, "Accueil")), ssh("9.2"))))
    view = open_exposure(platform, machine, hospitals.valley)
    assert view.families == {Kind.GATEWAY: 1, Kind.CONSOLE: 1}, "what is no longer a gateway is not counted as one"


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
    dangling = FoundName("old.h.test", NameOrigin.FILE, alias="x.azurewebsites.net", gone=True)
    seen = replace(seen, found_names=(dangling,))
    outcomes = run_rules(rules_of("exposure"), seen)
    result = AuditResult("exposure", "192.0.2.0/24", NOW, NOW, "0" * 64, outcomes, (), tuple(things(seen)))
    (audit,) = audit_report([result], NOW, "fr", sheets=platform.kits.sheets).audits
    perimeter = audit.perimeter
    assert perimeter is not None
    assert perimeter.names == (
        ("www.h.test", "192.0.2.1"),
        ("old.h.test", "à un alias qui n’existe plus · x.azurewebsites.net"),
    )
    (address,) = perimeter.addresses
    assert (address.address, address.services) == ("192.0.2.1", ("23/tcp telnet", "22/tcp OpenSSH 9.2"))
    assert address.worst is Severity.HIGH
    ranks = [step.severity.rank for step in perimeter.plan]
    assert ranks == sorted(ranks)
    assert any("telnet" in step.title.lower() for step in perimeter.plan)


def named(name: FoundName, *absent: str) -> ExposureFacts:
    return replace(facts(host("192.0.2.1", ssh("9.2"))), found_names=(name,), absent_names=absent, domains=())


@both
def test_a_name_that_moves_out_is_changed_one_that_loses_its_address_is_gone(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    target = audits.target(hospitals.valley)
    name = "portail.h.test"
    inside = FoundName(name, NameOrigin.CERTIFICATE, ("192.0.2.1",))
    for seen in (
        named(inside),
        named(FoundName(name, NameOrigin.WORDLIST, outside=("198.51.100.9",))),
        named(FoundName(name, NameOrigin.WORDLIST, alias="x.azurewebsites.net", gone=True)),
        replace(named(inside, name), found_names=()),
        named(inside),
    ):
        audits.run(target, seen)
    assert [what for what, key in told(platform) if key == name] == ["new", "changed", "changed", "gone", "back"]
    (line,) = list_assets(platform, machine, hospitals.valley, AssetFilter(kind=AssetKind.NAME)).lines
    assert line.summary == "dans le mandat · 192.0.2.1"
    view = open_asset(platform, machine, line.id)
    changes = [one.differences[0] for one in view.events if one.what.value == "changed"]
    assert changes == [
        ("Mène", "hors du mandat : rien n’y est envoyé", "à un alias qui n’existe plus"),
        ("Mène", "dans le mandat", "hors du mandat : rien n’y est envoyé"),
    ]
    assert ("Trouvé par", "un certificat") in view.proofs


def test_a_domain_that_weakens_is_told(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    target = audits.target(hospitals.valley)
    for policy in ("reject", "none"):
        record = DmarcRecord("h.test", (f"v=DMARC1; p={policy}",))
        audits.run(target, replace(facts(), domains=(Domain("h.test", dmarc=record),)))
    (line,) = list_assets(platform, machine, hospitals.valley, AssetFilter(kind=AssetKind.DOMAIN)).lines
    view = open_asset(platform, machine, line.id)
    assert view.events[0].differences == (("DMARC", "rejet", "observation seule"),)
    assert ("Enregistrement DMARC", "v=DMARC1; p=none") in view.proofs
    assert {one.subject for one in view.weaknesses} == {"h.test"}


def test_the_page_of_a_thing_holds_the_proof_of_each_weakness(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    target = audits.target(hospitals.valley)
    telnet = Port(23, Service("telnet", banner="HP J4900B\x07 login:"))
    audits.run(target, facts(host("192.0.2.1", telnet)))
    last = audits.run(target, facts(host("192.0.2.1", telnet)))
    lines = list_assets(platform, machine, hospitals.valley, AssetFilter(kind=AssetKind.SERVICE)).lines
    view = open_asset(platform, machine, lines[0].id)
    assert dict(view.proofs)["Bannière"] == "HP J4900B login:"
    (weak,) = (one for one in view.weaknesses if "elnet" in one.title)
    assert weak.proof is not None
    assert (weak.proof.run_id, len(weak.proof.sha256)) == (last, 64)
    assert weak.proof == view.seen_by
    assert "192.0.2.1:23/tcp" in weak.message


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (Confidence.CONFIRMED, "confirmée"),
        (Confidence.ANNOUNCED, "une bannière n’est pas une preuve"),
    ],
)
def test_a_known_vulnerability_tells_its_kind_how_sure_it_is_and_whether_it_is_exploited(
    platform: Platform,
    machine: Scope,
    hospitals: Hospitals,
    clock: FixedClock,
    confidence: Confidence,
    words: str,
) -> None:
    subject = "192.0.2.1:22/tcp"
    flaw = Flaw("CVE-2024-6387", confidence, "< 9.8", 8.1, "2024-07-02", True, 0.412, weakness="CWE-787")
    nvd = SourceState(Source.NVD, NOW, NOW, 10)
    known = KnownFlaws(NOW, (nvd,), (Compared("openbsd:openssh", "9.2", (subject,), (flaw,)),))
    audits = Audits(platform, machine, clock)
    audits.run(audits.target(hospitals.valley), replace(facts(host("192.0.2.1", ssh("9.2"))), vulnerabilities=known))
    (line,) = list_assets(platform, machine, hospitals.valley, AssetFilter(kind=AssetKind.SERVICE)).lines
    told = [one.vulnerability for one in open_asset(platform, machine, line.id).weaknesses if one.vulnerability]
    (found,) = told
    assert (found.cves, found.categories, found.ransomware) == ("CVE-2024-6387", ("Corruption de la mémoire",), True)
    assert (found.exploited_since, found.epss) == (date(2024, 7, 2), 0.412)
    assert words in found.confidence


@both
def test_the_next_audit_of_a_target_is_told_with_its_reason(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    target = audits.target(hospitals.valley)
    audits.run(target, facts(host("192.0.2.1", Port(23, Service("telnet")))))
    (glance,) = open_exposure(platform, machine, hospitals.valley).targets
    assert glance.next_at == clock.now() + timedelta(days=1)
    assert glance.why == "chaque jour : une faiblesse élevée est ouverte"
    assert glance.unsigned, "its mandate has no signed document"
    assert glance.refusal == ""


def test_a_name_that_a_certificate_showed_is_asked_for_by_the_next_audit(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    target = audits.target(hospitals.valley)
    certificate = FoundName("agenda.h.test", NameOrigin.CERTIFICATE, ("192.0.2.77",))
    audits.run(target, named(certificate))
    audits.run(target, named(certificate))
    assert isinstance(platform.collect, PlannedCollect)
    first, then = (call[1]["known_names"] for call in platform.collect.calls)
    assert (list(first), list(then)) == ([], ["agenda.h.test"])
