"""Silence closes a finding only where the audit looked: two audits, the second of which did not see all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from care.domain.access import Scope
from care.domain.findings import State
from care.services import runs
from care.services.errors import Refused
from care.services.exposure.keeping import keep_assets
from care.services.findings import confirm_gone
from care.services.platform import Platform
from care.store.assets import Asset
from care.store.findings import FindingRow
from care.store.runs import Run
from scanners.exposure.domain_facts import Domain, FoundName, NameOrigin
from scanners.exposure.facts import ExposureFacts, Host, Http, Port, Service, Site, Tls
from scanners.model import Gap, Status, Text
from scanners.vulnerabilities.model import Compared, Confidence, Flaw
from tests.support.alerts import Audits
from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.support.ports import PlannedCollect
from tests.unit.exposure.specimens import NOW, RECENT, SAFE_DOMAIN, compared, facts, host, web

both = pytest.mark.both_databases
TELNET = Port(23, Service("telnet"))


@pytest.fixture
def exposure(platform: Platform, machine: Scope, clock: FixedClock) -> Audits:
    return Audits(platform, machine, clock)


@pytest.fixture
def target(exposure: Audits, hospitals: Hospitals) -> int:
    return exposure.target(hospitals.valley)


def states(platform: Platform, rule: str) -> dict[str, State]:
    with platform.database.read() as session:
        rows = session.scalars(select(FindingRow).where(FindingRow.rule == f"exposure.{rule}"))
        return {row.subject: row.state for row in rows}


Confront = Callable[[str, ExposureFacts, ExposureFacts], dict[str, State]]


@pytest.fixture
def after(platform: Platform, exposure: Audits, target: int) -> Confront:
    """The states of the findings of a rule after two audits."""

    def confront(rule: str, first: ExposureFacts, second: ExposureFacts) -> dict[str, State]:
        exposure.run(target, first)
        exposure.run(target, second)
        return states(platform, rule)

    return confront


def vnc(number: int, open_access: bool | None) -> Port:
    return Port(number, Service("vnc", open_access=open_access))


@both
def test_a_mute_service_keeps_its_finding_while_another_fails(after: Confront) -> None:
    first = facts(host("192.0.2.1", vnc(5900, True), vnc(5901, True), vnc(5902, True)))
    second = facts(host("192.0.2.1", vnc(5900, True), vnc(5901, None), vnc(5902, False)))
    assert after("vnc_without_password", first, second) == {
        "192.0.2.1:5900/tcp": State.OPEN, "192.0.2.1:5901/tcp": State.OPEN, "192.0.2.1:5902/tcp": State.FIXED,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "name", "protocol", "bad", "good"),
    [
        ("open_relay", "smtp", "tcp", "relay_open", "relay_refused"),
        ("open_resolver", "dns", "udp", "recursion_open", "recursion_refused"),
    ],
)
def test_a_server_that_did_not_say_keeps_its_finding(
    after: Confront, rule: str, name: str, protocol: str, bad: str, good: str
) -> None:
    def server(number: int, *traits: str) -> Port:
        return Port(number, Service(name, traits=traits), protocol=protocol)

    first = facts(host("192.0.2.1", server(25, bad), server(26, bad), server(27, bad)))
    second = facts(host("192.0.2.1", server(25, bad), server(26), server(27, good)), host("10.0.0.1", server(25, bad)))
    assert after(rule, replace(first, udp_ports="25-27"), replace(second, udp_ports="25-27")) == {
        f"192.0.2.1:25/{protocol}": State.OPEN,
        f"192.0.2.1:26/{protocol}": State.OPEN,
        f"192.0.2.1:27/{protocol}": State.FIXED,
    }


def mailless(name: str, unread: tuple[str, ...] = ()) -> Domain:
    return replace(SAFE_DOMAIN, name=name, spf=(), unread=unread)


@both
def test_a_domain_that_could_not_be_read_keeps_its_finding_while_another_fails(after: Confront) -> None:
    first = facts(domains=(mailless("a.test"), mailless("b.test"), mailless("c.test")))
    unread = mailless("b.test", ("SOA b.test",))
    second = facts(domains=(mailless("a.test"), unread, replace(SAFE_DOMAIN, name="c.test")))
    assert after("spf_missing", first, second) == {
        "a.test": State.OPEN, "b.test": State.OPEN, "c.test": State.FIXED,
    }  # fmt: skip


def test_a_domain_that_the_audit_did_not_find_again_keeps_its_finding(after: Confront) -> None:
    first = facts(domains=(mailless("a.test"), mailless("b.test")))
    assert after("spf_missing", first, facts(domains=(mailless("a.test"),)))["b.test"] is State.OPEN


@both
def test_an_address_that_nobody_looked_at_is_not_mended(after: Confront) -> None:
    first = facts(host("192.0.2.1", TELNET), host("192.0.2.7", TELNET), host("192.0.2.8", TELNET))
    second = facts(host("192.0.2.1"), host("192.0.2.8"))
    assert after("telnet_exposed", first, second) == {
        "192.0.2.1:23/tcp": State.FIXED, "192.0.2.7:23/tcp": State.OPEN, "192.0.2.8:23/tcp": State.FIXED,
    }  # fmt: skip


def test_a_port_that_was_not_tried_is_not_closed(after: Confront) -> None:
    second = replace(facts(host("192.0.2.1")), ports="80,443")
    assert after("telnet_exposed", facts(host("192.0.2.1", TELNET)), second) == {"192.0.2.1:23/tcp": State.OPEN}


def named(*names: FoundName) -> ExposureFacts:
    return facts(host("192.0.2.1"), names=names)


def dangling(name: str) -> FoundName:
    return FoundName(name, NameOrigin.TRANSFER, alias="x.azurewebsites.net", gone=True)


@both
def test_a_name_found_no_more_is_mended_only_once_it_was_asked_again(after: Confront) -> None:
    names = [dangling(f"{letter}.hopital.test") for letter in "abc"]
    second = replace(
        named(FoundName("a.hopital.test", NameOrigin.FILE, ("192.0.2.1",))), absent_names=("b.hopital.test",)
    )
    assert after("dangling_name", named(*names), second) == {
        "a.hopital.test": State.FIXED, "b.hopital.test": State.FIXED, "c.hopital.test": State.OPEN,
    }  # fmt: skip


def sited(*names: str) -> ExposureFacts:
    page = Http(200, "Agenda")
    port = Port(443, Service("http", encrypted=True), tls=Tls(("TLS 1.2",)), http=replace(page, title="Portail"))
    sites = tuple(Site(name, page) for name in names)
    return facts(host("192.0.2.1", replace(port, sites=sites), names=("www.hopital.test", *names)))


def test_a_site_whose_name_leads_out_of_the_mandate_is_not_mended(after: Confront) -> None:
    moved = FoundName("agenda.hopital.test", NameOrigin.TARGET, outside=("198.51.100.9",))
    second = replace(sited(), found_names=(moved,), absent_names=("old.hopital.test",))
    found = after("hsts_missing", sited("agenda.hopital.test", "old.hopital.test"), second)
    assert found["192.0.2.1:443/tcp (agenda.hopital.test)"] is State.OPEN
    assert found["192.0.2.1:443/tcp (old.hopital.test)"] is State.FIXED


@both
def test_a_name_that_does_not_resolve_keeps_its_own_and_lets_the_rest_close(
    platform: Platform, machine: Scope, exposure: Audits, target: int
) -> None:
    first = facts(host("192.0.2.1", TELNET), host("192.0.2.7", TELNET, names=("lost.hopital.test",)))
    gap = Gap("hosts", Text("Ne se résout pas.", "Does not resolve."), truncated=True, subject="lost.hopital.test")
    exposure.run(target, first)
    run = runs.open_run(platform, machine, exposure.run(target, replace(facts(host("192.0.2.1")), gaps=(gap,))))
    assert states(platform, "telnet_exposed") == {"192.0.2.1:23/tcp": State.FIXED, "192.0.2.7:23/tcp": State.OPEN}
    (telnet,) = (one for one in run.outcomes if one.rule == "exposure.telnet_exposed")
    assert telnet.status is Status.PASSED
    assert run.line.complete is False, "something of the target was not looked at, and the audit says so"


@both
def test_old_data_closes_no_vulnerability_of_another_place(after: Confront) -> None:
    flaw = Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*", 9.8)

    def held(*addresses: str, age: int = 2) -> ExposureFacts:
        product = Compared("nginx", "1.0", tuple(f"{one}:22/tcp" for one in addresses), (flaw,))
        recent = tuple(replace(one, dated=NOW - timedelta(days=age)) for one in RECENT)
        known = replace(compared(product), sources=recent)
        both_hosts = (host(f"192.0.2.{number}", Port(22, Service("ssh"))) for number in (1, 2))
        return replace(facts(*both_hosts), vulnerabilities=known)

    place = "192.0.2.{}:22/tcp nginx CVE-2024-1"
    first, second = held("192.0.2.1", "192.0.2.2"), held("192.0.2.1", age=400)
    assert after("critical_vulnerability", first, second) == {
        place.format(1): State.OPEN, place.format(2): State.OPEN,
    }  # fmt: skip


@both
def test_a_port_that_was_not_questioned_keeps_what_was_seen_on_it_and_lets_the_rest_close(after: Confront) -> None:
    """Chosen never to be written to: its vulnerabilities and its sites were not looked at either."""
    flaw = Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*", 9.8)
    places = ("192.0.2.1:22/tcp", "192.0.2.1:443/tcp", "192.0.2.1:443/tcp (agenda.hopital.test)")

    def held(*subjects: str, gaps: tuple[Gap, ...] = ()) -> ExposureFacts:
        known = compared(*([Compared("nginx", "1.0", subjects, (flaw,))] if subjects else []))
        return replace(sited("agenda.hopital.test"), vulnerabilities=known, gaps=gaps)

    gap = Gap("services", Text("Muet.", "Silent."), truncated=True, subject=places[1])
    found = after("critical_vulnerability", held(*places), held(gaps=(gap,)))
    assert [found[f"{place} nginx CVE-2024-1"] for place in places] == [State.FIXED, State.OPEN, State.OPEN]


@pytest.mark.parametrize("missed", ["192.0.2.1:443/tcp", "192.0.2.1:443/tcp (agenda.hopital.test)", "192.0.2.1"])
def test_what_could_not_be_read_in_one_place_lets_the_others_close(after: Confront, missed: str) -> None:
    """A page that does not come, a site under one of its names, a host that is too slow."""
    first = facts(*sited("agenda.hopital.test").hosts, replace(sited().hosts[0], address="192.0.2.2"))
    gap = Gap("http", Text("Muet.", "Silent."), truncated=True, subject=missed)
    second = replace(
        facts(host("192.0.2.1", TELNET), host("192.0.2.2")), gaps=(gap,), absent_names=("agenda.hopital.test",)
    )
    found = after("hsts_missing", first, second)
    places = ("192.0.2.1:443/tcp", "192.0.2.1:443/tcp (agenda.hopital.test)")
    kept = [place for place in places if place.startswith(missed)]
    assert found["192.0.2.2:443/tcp"] is State.FIXED
    assert kept
    assert all(found[place] is (State.OPEN if place in kept else State.FIXED) for place in places)


@both
@pytest.mark.parametrize(
    ("rule", "service"), [("rdp_exposed", "rdp"), ("telnet_exposed", "telnet"), ("dicom_exposed", "dicom")]
)
def test_an_open_port_that_nothing_named_this_time_keeps_its_finding(after: Confront, rule: str, service: str) -> None:
    """A time-out, a banishment by the firewall, a limit of connections: another service there would have a name."""
    first = facts(host("192.0.2.1", *(Port(number, Service(service)) for number in (7001, 7002, 7003))))
    second = facts(host("192.0.2.1", Port(7001, Service(banner="?")), Port(7002, Service("ssh"))))
    assert after(rule, first, second) == {
        "192.0.2.1:7001/tcp": State.OPEN, "192.0.2.1:7002/tcp": State.FIXED, "192.0.2.1:7003/tcp": State.FIXED,
    }  # fmt: skip


@both
def test_what_was_seen_on_a_port_that_was_not_looked_at_closes_later(after: Confront) -> None:
    first = facts(host("192.0.2.1", *(Port(number) for number in (7001, 7002, 7003))))
    second = facts(host("192.0.2.1", Port(7001, Service("ssh")), Port(7002)))
    assert after("unidentified_service", first, second) == {
        "192.0.2.1:7001/tcp": State.FIXED, "192.0.2.1:7002/tcp": State.OPEN, "192.0.2.1:7003/tcp": State.FIXED,
    }  # fmt: skip


@both
@pytest.mark.parametrize("rule", ["critical_vulnerability", "known_vulnerability"])
def test_a_server_that_hides_its_version_keeps_its_vulnerabilities(after: Confront, rule: str) -> None:
    flaw = Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*", 9.8 if rule == "critical_vulnerability" else 8.0)

    def nginx(number: int, version: str) -> Port:
        return Port(number, Service("http", "nginx", version), http=Http(200))

    def held(*ports: Port, version: str = "1.0") -> ExposureFacts:
        at_fault = tuple(f"192.0.2.1:{port.number}/tcp" for port in ports if port.service.version == version)
        known = compared(Compared("nginx", version, at_fault, (flaw,)))
        return replace(facts(host("192.0.2.1", *ports)), vulnerabilities=known)

    first = held(nginx(80, "1.0"), nginx(81, "1.0"), nginx(82, "1.0"), nginx(83, "1.0"))
    found = after(rule, first, held(nginx(80, "1.0"), nginx(81, ""), nginx(82, "1.9")))
    assert [state for _subject, state in sorted(found.items())] == [State.OPEN, State.OPEN, State.FIXED, State.FIXED]


@both
def test_a_person_may_say_that_what_the_latest_audit_could_not_look_at_is_gone(
    platform: Platform, machine: Scope, exposure: Audits, target: int
) -> None:
    """Corrected, and its version hidden since: no audit can close it any more."""

    def close() -> None:
        with platform.database.read() as session:
            number = session.scalars(select(FindingRow.id).where(FindingRow.rule == "exposure.rdp_exposed")).one()
        confirm_gone(platform, machine, number, "Démonté.")

    exposure.run(target, facts(host("192.0.2.1", Port(7001, Service("rdp")))))
    with pytest.raises(Refused):
        close()
    exposure.run(target, facts(host("192.0.2.1", Port(7001))))
    close()
    assert states(platform, "rdp_exposed") == {"192.0.2.1:7001/tcp": State.FIXED}


@both
def test_the_names_of_former_audits_are_asked_again_until_they_are_gone(
    platform: Platform, exposure: Audits, target: int
) -> None:
    """Those of things and of findings: without asking, an audit that is no longer told of them would say nothing."""
    assert isinstance(platform.collect, PlannedCollect)
    exposure.run(target, replace(sited("agenda.hopital.test"), found_names=(dangling("old.hopital.test"),)))
    exposure.run(target, replace(sited(), absent_names=("agenda.hopital.test", "old.hopital.test")))
    exposure.run(target, sited())
    known = ["agenda.hopital.test", "old.hopital.test", "www.hopital.test"]
    asked = [call[1]["known_names"] for call in platform.collect.calls]
    assert asked[:2] == [[], known]
    assert "old.hopital.test" not in asked[2]


AGENT = Port(161, Service("snmp", traits=("v1",)), protocol="udp")
SNMP, RDP = "192.0.2.1:161/udp", "192.0.2.1:3389/tcp"


def heard(*ports: Port, **more: object) -> ExposureFacts:
    """An audit that asked SNMP over UDP, of a host whose other ports refuse."""
    return replace(facts(host("192.0.2.1", *ports)), udp_ports="161", **more)  # type: ignore[arg-type]


Seen = Callable[[ExposureFacts], tuple[State, bool]]


@pytest.fixture
def then(platform: Platform, exposure: Audits, target: int) -> Callable[[str, str], Seen]:
    """What one more audit leaves of a finding and of its thing: its state, and whether the thing is there."""

    def following(rule: str, key: str) -> Seen:
        def audit(seen: ExposureFacts) -> tuple[State, bool]:
            exposure.run(target, seen)
            with platform.database.read() as session:
                thing = session.scalars(select(Asset).where(Asset.key == key)).one()
                return states(platform, rule)[key], thing.gone_at is None

        return audit

    return following


@both
def test_a_service_over_udp_is_gone_after_two_audits_that_heard_nothing(then: Callable[[str, str], Seen]) -> None:
    """A datagram may be lost: one silence says nothing, and an answer between two silences starts again."""
    audit = then("snmp_exposed", SNMP)
    assert audit(heard(AGENT)) == (State.OPEN, True)
    assert audit(heard()) == (State.OPEN, True), "one silence"
    assert audit(heard(AGENT)) == (State.OPEN, True)
    assert audit(heard()) == (State.OPEN, True), "the answer in between starts the count again"
    assert audit(heard()) == (State.FIXED, False), "two in a row"
    assert audit(heard(AGENT)) == (State.OPEN, True)


def test_an_audit_that_did_not_ask_over_udp_is_no_silence(then: Callable[[str, str], Seen]) -> None:
    """A port left out, chosen never to be written to, or behind a gap: those that follow still count as the first."""
    audit = then("snmp_exposed", SNMP)
    gap = Gap("services", Text("Muet.", "Silent."), truncated=True, subject="192.0.2.1")
    unasked = (replace(heard(), udp_ports="53"), heard(never_written=("192.0.2.1 161",)), heard(gaps=(gap,)))
    audit(heard(AGENT))
    assert [audit(one) for one in (*unasked, heard())] == [(State.OPEN, True)] * 4
    assert audit(heard()) == (State.FIXED, False)


def test_the_address_of_a_service_over_udp_stays_as_long_as_the_service(
    platform: Platform, exposure: Audits, target: int
) -> None:
    def there() -> set[str]:
        with platform.database.read() as session:
            return set(session.scalars(select(Asset.key).where(Asset.gone_at.is_(None), Asset.key.contains("192"))))

    found = []
    for seen in (heard(AGENT), heard(), heard()):
        exposure.run(target, seen)
        found.append(there())
    assert found == [{"192.0.2.1", SNMP}, {"192.0.2.1", SNMP}, set()]


@both
def test_a_host_gone_mute_is_gone_after_two_audits_and_one_that_refuses_at_once(
    then: Callable[[str, str], Seen],
) -> None:
    """A route that was down, a firewall that banished the audit: both look like a host that was switched off."""
    audit, mute = then("rdp_exposed", RDP), facts(Host("192.0.2.1", filtered=1000))
    desktop = facts(host("192.0.2.1", Port(3389, Service("rdp"))))
    assert [audit(one) for one in (desktop, mute, mute)] == [
        (State.OPEN, True), (State.OPEN, True), (State.FIXED, False),
    ]  # fmt: skip
    assert [audit(one) for one in (desktop, facts(host("192.0.2.1")))] == [(State.OPEN, True), (State.FIXED, False)]


@both
def test_the_same_run_recorded_late_does_not_make_two_silences(
    platform: Platform, exposure: Audits, target: int
) -> None:
    """Silences are told apart by the time of their collection."""
    exposure.run(target, heard(AGENT))
    last = exposure.run(target, heard())
    with platform.database.write() as session:
        keep_assets(session, session.get_one(Run, last), heard())
    with platform.database.read() as session:
        assert session.scalars(select(Asset).where(Asset.key == SNMP)).one().gone_at is None


@pytest.mark.parametrize("order", [1, -1])
def test_a_site_that_hides_its_version_keeps_its_vulnerabilities_whatever_the_others_tell(
    after: Confront, order: int
) -> None:
    """Two sites and the port's own name, each with its PHP: one hides it, one is mended, one stays."""
    flaw, at, names = Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*", 9.8), "192.0.2.1:443/tcp", ("a.h.fr", "b.h.fr")

    def page(php: str) -> Http:
        return Http(200, headers=(("x-powered-by", f"PHP/{php}"),) if php else ())

    def seen(own: str, *told: str) -> ExposureFacts:
        sites = tuple(Site(name, page(php)) for name, php in zip(names, told, strict=True))[::order]
        where = {at: own, **{f"{at} ({name})": php for name, php in zip(names, told, strict=True)}}
        weak = tuple(place for place, php in where.items() if php.startswith("5."))
        port = replace(web(443, page(own)), sites=sites)
        known = compared(Compared("php:php", "5.3", weak, (flaw,)))
        return replace(facts(host("192.0.2.1", port, names=("www.h.fr", *names))), vulnerabilities=known)

    own, a, b = (f"{place} php:php CVE-2024-1" for place in (at, f"{at} (a.h.fr)", f"{at} (b.h.fr)"))
    first = seen("5.1", "5.2", "5.3")
    assert after("critical_vulnerability", first, seen("8.4", "", "8.4")) == {
        own: State.FIXED, a: State.OPEN, b: State.FIXED,
    }  # fmt: skip
    assert after("critical_vulnerability", first, seen("", "8.4", "")) == {
        own: State.OPEN, a: State.FIXED, b: State.OPEN,
    }  # fmt: skip


@both
def test_a_product_that_hides_its_version_keeps_its_vulnerabilities_whatever_the_others_tell(after: Confront) -> None:
    """nginx and PHP on one port, with one flaw each under one number: hiding PHP's version mends nothing of PHP."""
    flaw = Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*", 9.8)

    def site(nginx: str, php: str) -> ExposureFacts:
        page = Http(200, headers=(("server", f"nginx/{nginx}"), *([("x-powered-by", f"PHP/{php}")] if php else [])))
        products = [Compared("igor_sysoev:nginx", nginx, ("192.0.2.1:80/tcp",), (flaw,))] if nginx == "1.0" else []
        products += [Compared("php:php", php, ("192.0.2.1:80/tcp",), (flaw,))] if php == "5.3" else []
        return replace(facts(host("192.0.2.1", web(80, page))), vulnerabilities=compared(*products))

    nginx, php = (f"192.0.2.1:80/tcp {name} CVE-2024-1" for name in ("nginx", "php:php"))
    assert after("critical_vulnerability", site("1.0", "5.3"), site("1.28", "")) == {
        nginx: State.FIXED, php: State.OPEN,
    }  # fmt: skip
    assert after("critical_vulnerability", site("1.0", ""), site("1.0", "8.4")) == {nginx: State.OPEN, php: State.FIXED}


def test_a_place_beyond_those_told_one_by_one_keeps_its_vulnerability(after: Confront) -> None:
    flaw = Flaw("CVE-2024-1", Confidence.ANNOUNCED, "*", 9.8)
    page = Http(200, headers=(("server", "nginx/1.0"),))
    first, second = "192.0.2.1:80/tcp", "192.0.2.2:80/tcp"
    both_hosts = facts(host("192.0.2.1", web(80, page)), host("192.0.2.2", web(80, page)))

    def seen(**places: tuple[str, ...]) -> ExposureFacts:
        one = replace(Compared("nginx", "1.0", (), (flaw,)), **places)
        return replace(both_hosts, vulnerabilities=compared(one))

    whole = seen(subjects=(first, second))
    assert after("critical_vulnerability", whole, seen(subjects=(first,), further=(second,))) == {
        f"{first} nginx CVE-2024-1": State.OPEN, f"{second} nginx CVE-2024-1": State.OPEN,
    }  # fmt: skip
    assert after("critical_vulnerability", whole, seen(subjects=(first,))) == {
        f"{first} nginx CVE-2024-1": State.OPEN, f"{second} nginx CVE-2024-1": State.FIXED,
    }  # fmt: skip
