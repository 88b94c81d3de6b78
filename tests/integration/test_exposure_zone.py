"""The exposure audit in the zone of 128 addresses: nothing missed, nothing invented, nothing touched out of bounds."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanners import catalog
from scanners.archive import Archive
from scanners.collection import Cancelled, Limits, collect_in_child
from scanners.errors import CollectError
from scanners.exposure.collect_identify import Identification
from scanners.exposure.collect_wire import TALK_SECONDS, Pace, Reach
from scanners.exposure.facts import Barred, ExposureFacts
from scanners.exposure.mandate import parse_mandate
from scanners.exposure.products import recognised
from scanners.model import Status
from scanners.result import judge
from tests.lab import stage
from tests.lab.exposure import zone_network, zone_plan
from tests.lab.exposure.zone_network import forget_touched, inside, touched

pytestmark = pytest.mark.lab

Facts = Archive[ExposureFacts]
_LIMIT_SECONDS = 120.0
PORTS = ",".join(str(port) for port in sorted({place.port for place in zone_plan.places()} | set(range(7000, 7040))))
"""Every port where something is planted and some where nothing is; the usual ones are for the bench."""


def request(zone: stage.Description, **changes: Any) -> dict[str, Any]:
    """A request for the whole zone, within its mandate."""
    mandate = parse_mandate(yaml.safe_load(Path(zone["mandate"]).read_text())).to_mapping()
    return {
        "targets": [*zone["targets"], *zone["targets6"]],
        "mandate": mandate,
        "profile": "standard",
        "ca_pem": Path(zone["ca"]).read_text(),
        "vulnerabilities_store": zone["vulnerabilities"],
        **changes,
    }


def audited(zone: stage.Description, folder: Path, resolver: str = "", **changes: Any) -> Facts:
    """One audit made from the scanner's namespace."""
    order = request(zone, **changes)

    def audit() -> Facts:
        return collect_in_child("exposure", order, {}, folder / "facts", Limits(seconds=_LIMIT_SECONDS))

    return inside(zone["scan"], audit, Path(resolver or zone["resolv_conf"]))


@pytest.fixture(scope="module")
def whole(zone: stage.Description, tmp_path_factory: pytest.TempPathFactory) -> tuple[Facts, set[str]]:
    """An audit of every host, and every address a packet was meant for meanwhile."""
    forget_touched(zone["octet"])
    archive = audited(zone, tmp_path_factory.mktemp("zone"), ports=PORTS)
    return archive, touched(zone["octet"])


def planted(zone: stage.Description) -> dict[tuple[str, int], dict[str, Any]]:
    return {(service["address"], service["port"]): service for service in zone["services"]}


def soon_named(zone: stage.Description) -> list[str]:
    """Some hosts, without those whose service nobody can name: nmap takes 45 s to say so."""
    slow = {service["address"] for service in zone["services"] if not service["name"]}
    return [target for target in zone["targets"] if target not in slow][:48]


def test_every_service_is_found_none_is_invented_and_almost_all_are_named(
    zone: stage.Description, whole: tuple[Facts, set[str]]
) -> None:
    seen = {(end.host.address, end.port.number): end.service for end in whole[0].facts.endpoints()}
    wanted = planted(zone)
    assert set(seen) == set(wanted)
    wrong = {
        place: (seen[place].name, seen[place].product)
        for place, service in wanted.items()
        if seen[place].name != service["name"] or service["product"].lower() not in seen[place].product.lower()
    }
    assert wrong == {}
    unnamed = sum(not service["name"] for service in wanted.values())
    assert unnamed <= len(wanted) * 0.02, "the zone itself must leave 98 % to be named"


def test_the_pages_of_the_zone_betray_the_products_planted_and_no_other(
    zone: stage.Description, whole: tuple[Facts, set[str]]
) -> None:
    found = betrayed(whole[0].facts)
    wanted = {place: zone_plan.BETRAYED.get(service["kind"], "") for place, service in planted(zone).items()}
    assert {place: name for place, (name, _version) in found.items()} == wanted


def test_each_known_product_is_recognised_with_its_version_and_look_alikes_are_not(
    zone: stage.Description, tmp_path: Path
) -> None:
    """One page of every product, a few to a host, and pages that only speak of them."""
    wanted = {(one["address"], one["port"]): (one["product"], one["version"]) for one in zone["products"]}
    ports = ",".join(str(port) for port in sorted({port for _, port in wanted}))
    archive = audited(zone, tmp_path, targets=sorted({address for address, _ in wanted}), ports=ports)
    found = betrayed(archive.facts)
    assert len(wanted) > 100
    assert {place: (found.get(place), one) for place, one in wanted.items() if found.get(place) != one} == {}
    assert set(found) == set(wanted)


def betrayed(facts: ExposureFacts) -> dict[tuple[str, int], tuple[str, str]]:
    """Port -> the product its page betrays and the version it tells, empty when it betrays none."""
    seen = ((end, recognised(end)) for end in facts.endpoints())
    return {(end.host.address, end.port.number): (one.name, one.version) if one else ("", "") for end, one in seen}


def test_every_planted_fault_is_found_and_no_other(zone: stage.Description, whole: tuple[Facts, set[str]]) -> None:
    result = judge(whole[0])
    of_domains = {rule.id for rule in catalog.rules_of("exposure") if {"dns", "mail", "names"} & set(rule.reads)}
    failed = {
        outcome.rule.id: sorted(finding.subject for finding in outcome.findings)
        for outcome in result.outcomes
        if outcome.status is not Status.PASSED and outcome.rule.id not in of_domains
    }
    assert failed == zone["expected"]
    assert whole[0].facts.gaps == ()
    statuses = {outcome.rule.id: outcome.status for outcome in result.outcomes}
    assert {statuses[rule] for rule in of_domains} == {Status.NOT_ASSESSABLE}


def test_nothing_but_the_targets_is_touched(zone: stage.Description, whole: tuple[Facts, set[str]]) -> None:
    assert whole[1] == {*zone["targets"], *zone["targets6"]}


def test_nothing_is_written_to_interface_engines_controllers_and_printers(
    zone: stage.Description, whole: tuple[Facts, set[str]]
) -> None:
    for name, seen in received(zone).items():
        assert seen["bytes"] == 0, name
        assert seen["connections"] >= 4, f"{name}: not all were called, the count proves nothing"


def test_two_percent_of_losses_hide_nothing(zone: stage.Description, tmp_path: Path) -> None:
    """The retries of the port scan; a service lost while it is questioned may stay unnamed, never unseen."""
    targets = soon_named(zone)
    wanted = {place for place in planted(zone) if place[0] in targets}
    zone_network.lose(zone["octet"], 2)
    try:
        archive = audited(zone, tmp_path, targets=targets, ports=PORTS)
    finally:
        zone_network.lose(zone["octet"], 0)
    assert {(end.host.address, end.port.number) for end in archive.facts.endpoints()} == wanted


# ---------------------------------------------------------------- the mandate, watched


def test_an_excluded_address_of_a_network_is_never_touched(zone: stage.Description, tmp_path: Path) -> None:
    forget_touched(zone["octet"])
    archive = audited(zone, tmp_path, targets=["192.0.2.192/28"], ports="80")
    assert archive.facts.left_out == (zone["excluded"],)
    assert archive.facts.barred == (Barred(zone["excluded"], (zone["excluded"],)),)
    assert touched(zone["octet"]) == {host.address for host in archive.facts.hosts}


def test_a_name_that_leads_outside_is_told_and_never_followed(zone: stage.Description, tmp_path: Path) -> None:
    """The door of the zone proves that the names were asked of the resolver, and their addresses of nobody."""
    forget_touched(zone["octet"])
    inside_, *outside = (f"{name}.{zone['domain']}" for name in ("www", "parti", "exclu"))
    archive = audited(zone, tmp_path, targets=[inside_, *outside], ports="80")
    assert [host.names for host in archive.facts.hosts] == [(inside_,)]
    assert set(archive.facts.left_out) == {zone["outside"], zone["excluded"]}
    assert archive.facts.barred == (Barred(zone["excluded"], (zone["excluded"],)),), "not what merely leads elsewhere"
    assert {found.name for found in archive.facts.found_names if found.outside} == set(outside)
    assert "hosts" not in {gap.section for gap in archive.facts.gaps}, "what leads elsewhere hides nothing of the rest"
    assert touched(zone["octet"]) == {zone["resolver"], archive.facts.hosts[0].address}


def test_names_that_all_lead_outside_are_refused(zone: stage.Description, tmp_path: Path) -> None:
    forget_touched(zone["octet"])
    with pytest.raises(CollectError, match=r"leads to 198\.51\.100\.10, which .* does not allow"):
        audited(zone, tmp_path, targets=[f"parti.{zone['domain']}"], ports="80")
    assert touched(zone["octet"]) == {zone["resolver"]}


def moved(zone: stage.Description, folder: Path, *targets: str, **mandate: Any) -> tuple[Facts, list[str], set[str]]:
    """An audit under a mandate that knows a name elsewhere than where it leads now: the facts, the names of which
    `name_moved` speaks, and every address a packet was meant for."""
    order = request(zone)["mandate"]
    name, home = zone_plan.ALONE["name_moved"][0], zone_plan.address(1)
    order |= {"scope": [*order["scope"], name], "places": {name: [home]}, **mandate}
    forget_touched(zone["octet"])
    archive = audited(zone, folder, targets=[name, *targets], mandate=order, ports="80")
    (outcome,) = (one for one in judge(archive).outcomes if one.rule.id == "exposure.name_moved")
    return archive, [finding.subject for finding in outcome.findings], touched(zone["octet"])


@pytest.mark.parametrize("beside", [(), (zone_plan.address(1),)])
def test_a_name_of_the_mandate_that_moved_is_reported_and_not_followed(
    zone: stage.Description, tmp_path: Path, beside: tuple[str, ...]
) -> None:
    """Alone it is reported all the same: nobody could say yes otherwise."""
    archive, told, met = moved(zone, tmp_path, *beside)
    (found,) = archive.facts.found_names
    assert (found.moved_to, found.lived_at) == ((zone["outside"],), (zone_plan.address(1),))
    assert told == [found.name]
    assert [host.address for host in archive.facts.hosts] == [*beside]
    assert met == {zone["resolver"], *beside}
    (gap,) = (gap for gap in archive.facts.gaps if "auparavant" in gap.reason.fr)
    assert gap.subject == (found.name if beside else ""), "with nothing else looked at, nothing passes"
    result = judge(archive)
    assert not result.complete
    assert beside or Status.PASSED not in {one.status for one in result.outcomes if "hosts" in one.rule.reads}


@pytest.mark.parametrize("said", ["places", "followed"])
def test_a_name_that_moved_is_audited_once_a_person_said_yes(
    zone: stage.Description, tmp_path: Path, said: str
) -> None:
    name = zone_plan.ALONE["name_moved"][0]
    yes = {"places": {name: [zone_plan.address(1), zone["outside"]]}, "followed": [name]}
    archive, told, met = moved(zone, tmp_path, **{said: yes[said]})
    assert ([host.address for host in archive.facts.hosts], told) == ([zone["outside"]], [])
    assert met == {zone["resolver"], zone["outside"]}


def test_a_name_that_changes_after_the_check_is_not_followed(zone: stage.Description, tmp_path: Path) -> None:
    """DNS rebinding: the first answer is inside the mandate, every other one outside."""
    forget_touched(zone["octet"])
    name = f"rebond.{zone['domain']}"
    archive = audited(zone, tmp_path, targets=[name], ports="80,443")
    (host,) = archive.facts.hosts
    assert (host.names, [port.number for port in host.ports]) == ((name,), [80, 443])
    assert touched(zone["octet"]) == {zone["resolver"], host.address}


def test_a_wildcard_and_doubles_are_one_host(zone: stage.Description, tmp_path: Path) -> None:
    names = [f"{word}.generique.{zone['domain']}" for word in ("a", "b", "a")]
    address = "192.0.2.5"
    archive = audited(zone, tmp_path, targets=[address, *names, address, f"{address}/32"], ports="80,443")
    assert [host.address for host in archive.facts.hosts] == [address]


def test_without_a_resolver_a_name_is_a_clear_refusal(zone: stage.Description, tmp_path: Path) -> None:
    silent = tmp_path / "resolv.conf"
    silent.write_text("nameserver 203.0.113.54\noptions timeout:1 attempts:1\n")
    began = time.monotonic()
    with pytest.raises(CollectError, match="does not resolve; check it and the DNS server"):
        audited(zone, tmp_path, str(silent), targets=[f"www.{zone['domain']}"], ports="80")
    assert time.monotonic() - began < 15


# ---------------------------------------------------------------- peers that misbehave


def test_a_host_that_answers_everywhere_is_told_and_not_questioned(zone: stage.Description, tmp_path: Path) -> None:
    """A tarpit, and a firewall that answers in the place of its hosts."""
    tricky = list(zone_plan.ALONE["answers_on_every_port"])
    began = time.monotonic()
    archive = audited(zone, tmp_path, targets=tricky, ports="1-1000")
    assert time.monotonic() - began < 30
    assert [(host.address, host.answers_everything, host.ports) for host in archive.facts.hosts] == [
        (address, True, ()) for address in tricky
    ]
    assert {gap.section for gap in archive.facts.gaps} == {"services"}
    outcomes = {outcome.rule.id: outcome for outcome in judge(archive).outcomes}
    told = [finding.subject for finding in outcomes["exposure.answers_on_every_port"].findings]
    assert told == tricky
    assert outcomes["exposure.telnet_exposed"].status is Status.NOT_ASSESSABLE


def test_peers_that_never_end_cost_a_bounded_time_and_memory(zone: stage.Description, tmp_path: Path) -> None:
    """Endless pages, headers and greetings, a page of 1 GiB, a certificate of 2 MB, a redirect loop, hostile words.

    Those that drip their page, or make it late, are left to the next tests: nmap alone would spend 45 s on the former.
    """
    peers = [peer for peer in zone["bad_peers"] if peer["kind"] not in {"tarpit", "slow_page", "late_page"}]
    targets = sorted({peer["address"] for peer in peers})
    order = {"targets": targets, "ports": ",".join(sorted({str(peer["port"]) for peer in peers}))}
    began = time.monotonic()
    archive = audited(zone, tmp_path, **order)
    assert time.monotonic() - began < 30
    seen = {(end.host.address, end.port.number): end for end in archive.facts.endpoints()}
    assert set(seen) == {(peer["address"], peer["port"]) for peer in peers}
    assert (tmp_path / "facts").stat().st_size < 1_000_000
    for peer in peers:
        end = seen[peer["address"], peer["port"]]
        assert all(sign.isprintable() for sign in end.service.banner), peer
        if end.port.http is not None:
            assert len(end.port.http.text) <= 2000, peer
            assert end.port.http.title.isprintable(), peer
    assert seen["192.0.2.214", 443].service.name, "a certificate too large is no reason to miss the TLS port"


def test_a_server_that_drips_its_page_is_left_after_a_while(zone: stage.Description) -> None:
    """Every wait for silence is bounded, and so is the whole conversation."""
    (place, *_) = (peer for peer in zone["bad_peers"] if peer["kind"] == "slow_page")
    began = time.monotonic()
    port = inside(zone["scan"], Identification(Reach(place["address"], place["port"], Pace(0))).run)
    assert time.monotonic() - began < 2 * TALK_SECONDS
    assert (port.number, port.http) == (place["port"], None)


def test_a_page_that_comes_late_is_read_all_the_same(zone: stage.Description, tmp_path: Path) -> None:
    """Later than an answer is waited for: nmap says that it is a page, which is then asked for once more."""
    (peer,) = (one for one in zone["bad_peers"] if one["kind"] == "late_page")
    archive = audited(zone, tmp_path, targets=[peer["address"]], ports=str(peer["port"]))
    (end,) = archive.facts.endpoints()
    assert end.port.http is not None
    assert (end.service.name, end.port.http.title, archive.facts.gaps) == ("http", "Tardif", ())


# ---------------------------------------------------------------- means that are missing, ends that come early


def test_without_raw_sockets_the_same_is_found(zone: stage.Description, tmp_path: Path) -> None:
    targets = soon_named(zone)
    wanted = {place for place in planted(zone) if place[0] in targets}
    order = request(zone, targets=targets, ports=PORTS)

    def audit() -> Facts:
        zone_network.drop_raw_sockets()
        return collect_in_child("exposure", order, {}, tmp_path / "facts", Limits(seconds=_LIMIT_SECONDS))

    archive = inside(zone["scan"], audit, Path(zone["resolv_conf"]))
    assert {(end.host.address, end.port.number) for end in archive.facts.endpoints()} == wanted
    assert archive.facts.gaps == ()


def test_connections_only_name_what_their_port_says_and_send_nothing(zone: stage.Description, tmp_path: Path) -> None:
    """Fragile devices: what a rule needs an answer for is never called healthy."""
    kinds = {place.kind: place for place in zone_plan.places() if place.kind in _FRAGILE}
    order = {"targets": [place.address for place in kinds.values()], "ports": _ports(kinds.values())}
    with zone_network.sent_words(zone["octet"]) as words:
        facts = audited(zone, tmp_path, profile="fragile", **order)
        assert words() == 0
        audited(zone, tmp_path, profile="standard", **order)
        assert words() >= 2, "the count sees what an ordinary audit says"
    outcomes = {one.rule.id.removeprefix("exposure."): one for one in judge(facts).outcomes}
    named = {name: {finding.subject for finding in one.findings} for name, one in outcomes.items() if one.findings}
    assert named == {rule: {zone_plan.subject(kinds[kind]) for kind in seen} for rule, seen in _FRAGILE_RULES.items()}
    of_services = [one for one in outcomes.values() if "services" in one.rule.reads]
    assert not [one.rule.id for one in of_services if one.status is Status.PASSED]


_FRAGILE_RULES = {
    "hl7_exposed": {"hl7"},
    "industrial_protocol_exposed": {"modbus"},
}
_FRAGILE = {kind for kinds in _FRAGILE_RULES.values() for kind in kinds} | {"dicom", "elasticsearch"}


def _ports(places: Iterable[zone_plan.Place]) -> str:
    return ",".join(sorted({str(place.port) for place in places}))


def test_cancelling_is_quick_and_leaves_no_process(zone: stage.Description, tmp_path: Path) -> None:
    asked: list[float] = []

    def once_nmap_runs() -> bool:
        if nmaps(zone):
            asked.append(time.monotonic())
        return bool(asked)

    order = request(zone)
    with pytest.raises(Cancelled):
        inside(
            zone["scan"],
            lambda: collect_in_child("exposure", order, {}, tmp_path / "facts", cancelled=once_nmap_runs),
        )
    assert time.monotonic() - asked[0] < 3
    stage.wait_until(lambda: not zone_network.processes(zone["scan"]), "killed processes to leave", 1)
    assert not (tmp_path / "facts").exists()


def test_an_nmap_that_is_killed_loses_its_own_hosts_only(zone: stage.Description, tmp_path: Path) -> None:
    stop = threading.Event()
    killer = threading.Thread(target=_kill_one_nmap, args=(zone, stop))
    killer.start()
    targets = zone["targets"][:64]
    archive = audited(zone, tmp_path, targets=targets, ports="1-400")
    stop.set()
    killer.join()
    assert {gap.section for gap in archive.facts.gaps} == {"hosts"}
    assert not judge(archive).complete
    found = {(end.host.address, end.port.number) for end in archive.facts.endpoints()}
    assert found
    assert found < {place for place in planted(zone) if place[0] in targets and place[1] <= 400}


def _kill_one_nmap(zone: stage.Description, stop: threading.Event) -> None:
    deadline = time.monotonic() + 30
    while not stop.wait(0.02) and time.monotonic() < deadline:
        for pid in nmaps(zone, "--max-rate"):
            os.kill(pid, signal.SIGKILL)
            return


def nmaps(zone: stage.Description, word: str = "nmap") -> list[int]:
    """The pids of the nmap processes of the scanner's namespace that were given a word."""
    return [pid for pid, words in zone_network.commands(zone["scan"]) if "nmap" in words[0] and word in " ".join(words)]


def received(zone: stage.Description) -> dict[str, dict[str, int]]:
    seen: dict[str, dict[str, int]] = json.loads(Path(zone["received"]).read_text())
    return seen
