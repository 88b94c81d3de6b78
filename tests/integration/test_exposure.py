"""The exposure audit against the lab's zone: every planted fault, no other, no byte where none may go."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanners import ssh_offer
from scanners.archive import Archive
from scanners.collection import Cancelled, Limits, collect_in_child
from scanners.errors import CollectError
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.mandate import parse_mandate
from scanners.model import Status
from scanners.result import judge
from tests.integration.conftest import Lab
from tests.lab import stage
from tests.lab.exposure import lab_names

pytestmark = pytest.mark.lab

_ETH_P_IP = 0x0800


@pytest.fixture(scope="module")
def zone(lab: Lab) -> stage.Description:
    return lab.part("exposure")


def request(zone: stage.Description, **changes: Any) -> dict[str, Any]:
    """A request for the whole zone, within its mandate."""
    mandate = parse_mandate(yaml.safe_load(Path(zone["mandate"]).read_text())).to_mapping()
    return {
        "targets": zone["targets"],
        "mandate": mandate,
        "ca_pem": Path(zone["ca"]).read_text(),
        "profile": "standard",
        "vulnerabilities_store": zone["vulnerabilities"],
        **changes,
    }


@pytest.fixture(scope="module")
def audit(zone: stage.Description, tmp_path_factory: pytest.TempPathFactory) -> Archive[ExposureFacts]:
    out = tmp_path_factory.mktemp("exposure") / "facts.care"
    order = request(zone, domains=zone["domains"], resolver=zone["resolver"])
    return collect_in_child("exposure", order, {}, out, Limits(seconds=180))


def received(zone: stage.Description) -> dict[str, dict[str, int]]:
    seen: dict[str, dict[str, int]] = json.loads(Path(zone["received"]).read_text())
    return seen


def test_every_planted_fault_is_found_and_no_other(zone: stage.Description, audit: Archive[ExposureFacts]) -> None:
    result = judge(audit)
    failed = {
        outcome.rule.id: sorted(finding.subject for finding in outcome.findings)
        for outcome in result.outcomes
        if outcome.status is not Status.PASSED
    }
    assert failed == zone["expected"]
    assert result.complete


def test_names_are_found_and_those_outside_are_not_contacted(
    zone: stage.Description, audit: Archive[ExposureFacts]
) -> None:
    names = {found.name: found for found in audit.facts.found_names}
    assert names["rh.hopital.test"].outside == (lab_names.OUTSIDE,)
    assert lab_names.OUTSIDE not in {host.address for host in audit.facts.hosts}
    asked = {host.address: host.names for host in audit.facts.hosts}
    assert asked[zone["targets"][1]] == ("portail.hopital.test", "rdv.hopital.test")
    assert all(name.partition(".")[2] in zone["domains"] for name in names if name not in zone["domains"])


def test_every_planted_port_is_found_and_named(zone: stage.Description, audit: Archive[ExposureFacts]) -> None:
    seen = {(end.host.address, end.port.number): end.service.name for end in audit.facts.endpoints()}
    assert set(seen) == {(service["address"], service["port"]) for service in zone["services"]}
    assert all(seen.values())


def test_nothing_is_written_to_interface_engines_controllers_and_printers(
    zone: stage.Description, audit: Archive[ExposureFacts]
) -> None:
    assert audit.facts.hosts
    for name, seen in received(zone).items():
        assert seen["bytes"] == 0, name
        assert seen["connections"] >= 1, f"{name} was not even called: the count proves nothing"


def test_the_tls_posture_is_read(zone: stage.Description, audit: Archive[ExposureFacts]) -> None:
    postures = {end.host.address: tls for end, tls in audit.facts.over_tls()}
    weak, good = (postures[address] for address in zone["targets"][:2])
    assert weak.versions == ("TLS 1.0", "TLS 1.1", "TLS 1.2")
    assert any("_anon_" in name for name in weak.weak_ciphers)
    assert any("_NULL_" in name for name in weak.weak_ciphers)
    assert (good.versions, good.weak_ciphers) == (("TLS 1.2", "TLS 1.3"), ())
    assert good.certificate is not None
    assert zone["targets"][1] in good.certificate.names


def test_ssh_is_judged_as_ssh_audit_does(zone: stage.Description, audit: Archive[ExposureFacts]) -> None:
    """Same offer read, and every failure of ssh-audit but the NIST curves and HMAC-SHA-1 (accepted by ANSSI R15)."""
    ((end, offer),) = audit.facts.ssh()
    command = [sys.executable, "-m", "ssh_audit", "-j", "--skip-rate-test", end.host.address]
    theirs = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    for kind, ours, weak in (
        ("kex", offer.key_exchanges, ssh_offer.weak_key_exchanges),
        ("key", offer.host_keys, ssh_offer.weak_host_keys),
        ("enc", offer.ciphers, ssh_offer.weak_ciphers),
        ("mac", offer.macs, ssh_offer.weak_macs),
    ):
        seen = {entry["algorithm"]: entry["notes"].get("fail", []) for entry in theirs[kind]}
        pseudo = {"ext-info-s", "kex-strict-s-v00@openssh.com"}
        assert set(ours) - pseudo == set(seen) - pseudo
        failed = {name for name, notes in seen.items() if notes} - _ACCEPTED
        assert failed <= set(weak(ours))
    told = {
        (kind, entry["algorithm"], level, reason)
        for kind in ("kex", "key", "enc", "mac")
        for entry in theirs[kind]
        for level in ("fail", "warn")
        for reason in entry["notes"].get(level, ())
    }
    assert {(note.kind, note.algorithm, note.level, note.reason) for note in offer.notes} == told
    assert dict(offer.host_key_bits) == {
        entry["algorithm"]: entry["keysize"] for entry in theirs["key"] if "keysize" in entry
    }
    assert offer.audited


_ACCEPTED = {
    "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "ecdsa-sha2-nistp256",
    "hmac-sha1", "hmac-sha1-etm@openssh.com",
}  # fmt: skip


def test_nmap_names_what_the_conversations_do_not(audit: Archive[ExposureFacts]) -> None:
    (news,) = audit.facts.endpoints("nntp")
    assert (news.service.source, news.service.version) == ("nmap", "2.6.4")


def test_the_raw_xml_is_kept(audit: Archive[ExposureFacts]) -> None:
    assert audit.facts.raw_scans
    assert all(scan.gzip_base64 for scan in audit.facts.raw_scans)


def test_a_target_outside_the_mandate_is_refused_before_any_packet(zone: stage.Description, tmp_path: Path) -> None:
    before = received(zone)
    targets = [*zone["targets"], "127.0.0.1"]
    with pytest.raises(CollectError, match=r"does not cover 127\.0\.0\.1"):
        collect_in_child("exposure", request(zone, targets=targets), {}, tmp_path / "facts")
    assert received(zone) == before
    assert not (tmp_path / "facts").exists()


def test_a_name_that_leads_outside_is_told_and_the_rest_is_audited(zone: stage.Description, tmp_path: Path) -> None:
    order = request(zone, targets=[zone["targets"][0], "localhost"], ports="80")
    facts = collect_in_child("exposure", order, {}, tmp_path / "facts").facts
    assert [host.address for host in facts.hosts] == [zone["targets"][0]]
    told = {found.name: found.outside for found in facts.found_names}
    assert set(told["localhost"]) <= {"127.0.0.1", "::1"}
    assert told["localhost"]


def test_an_excluded_target_is_refused(zone: stage.Description, tmp_path: Path) -> None:
    with pytest.raises(CollectError, match=f"excludes {zone['excluded']}"):
        collect_in_child("exposure", request(zone, targets=[zone["excluded"]]), {}, tmp_path / "facts")


def test_excluded_addresses_of_a_network_are_left_out_and_no_packet_reaches_them(
    zone: stage.Description, tmp_path: Path
) -> None:
    network = zone["excluded"].rpartition(".")[0] + ".248/29"
    with watching(zone["network"]) as contacted:
        archive = collect_in_child("exposure", request(zone, targets=[network], ports="1-20"), {}, tmp_path / "facts")
    hosts = {host.address for host in archive.facts.hosts}
    assert archive.facts.left_out == (zone["excluded"],)
    assert zone["excluded"] not in hosts
    assert contacted == hosts


def test_an_expired_mandate_is_refused(zone: stage.Description, tmp_path: Path) -> None:
    order = request(zone)
    order["mandate"] |= {"valid_from": "2020-01-01", "valid_to": "2020-12-31"}
    with pytest.raises(CollectError, match="expired on 2020-12-31"):
        collect_in_child("exposure", order, {}, tmp_path / "facts")


def test_a_fragile_profile_says_nothing_to_anyone(zone: stage.Description, tmp_path: Path) -> None:
    services = {service["service"]: service for service in zone["services"]}
    redis = services["redis"]
    order = request(zone, targets=[redis["address"]], ports=str(redis["port"]), profile="fragile")
    archive = collect_in_child("exposure", order, {}, tmp_path / "facts")
    (port,) = archive.facts.hosts[0].ports
    assert (port.service.name, port.service.source) == ("", "port")
    statuses = {outcome.rule.id: outcome.status for outcome in judge(archive).outcomes}
    assert statuses["exposure.redis_without_password"] is Status.NOT_ASSESSABLE, "not asked is not a pass"


def test_cancelling_leaves_no_nmap_behind(zone: stage.Description, tmp_path: Path) -> None:
    seen: list[int] = []

    def once_nmap_runs() -> bool:
        seen.extend(_nmaps_on(zone["targets"][0]))
        return bool(seen)

    order = request(zone, ports="1-65535")
    with pytest.raises(Cancelled):
        collect_in_child("exposure", order, {}, tmp_path / "facts", cancelled=once_nmap_runs)
    assert seen
    assert _nmaps_on(zone["targets"][0]) == []
    assert not (tmp_path / "facts").exists()


def test_stopping_keeps_what_was_seen_within_two_seconds_and_leaves_no_nmap(
    zone: stage.Description, tmp_path: Path
) -> None:
    """Every port is tried, which takes minutes; once a port was told, the end is asked for."""
    told: list[str] = []
    asked: list[float] = []

    def once_a_port_is_told() -> bool:
        if any("answers" in text for text in told):
            asked.append(time.monotonic())
        return bool(asked)

    order = request(zone, ports="1-65535")
    archive = collect_in_child(
        "exposure",
        order,
        {},
        tmp_path / "facts",
        progress=lambda _share, text: told.append(text.en),
        stopped=once_a_port_is_told,
    )
    assert time.monotonic() - asked[0] < 2
    assert _nmaps_on(zone["targets"][0]) == []
    assert archive.facts.unfinished
    unread = {gap.reason.en.partition(":")[0] for gap in archive.facts.gaps if gap.section != "hosts"}
    assert unread <= set(archive.facts.unfinished), archive.facts.gaps  # cut conversations: of hosts to take up again
    assert [gap.subject for gap in archive.facts.gaps if gap.section == "hosts"] == [""]
    assert any(host.ports for host in archive.facts.hosts)
    result = judge(archive)
    assert not result.complete
    assert not any(outcome.status is Status.PASSED for outcome in result.outcomes)


def test_a_killed_nmap_is_a_gap_and_never_a_clean_host(zone: stage.Description, tmp_path: Path) -> None:
    address = zone["targets"][0]
    stop = threading.Event()
    killer = threading.Thread(target=_kill_nmap, args=(address, stop))
    killer.start()
    order = request(zone, targets=[address], ports="1-2000")
    archive = collect_in_child("exposure", order, {}, tmp_path / "facts", Limits(seconds=60))
    stop.set()
    killer.join()
    assert [gap.section for gap in archive.facts.gaps] == ["hosts"]
    result = judge(archive)
    assert not result.complete
    assert not [outcome.rule.id for outcome in result.outcomes if outcome.status is Status.PASSED]
    assert all(outcome.partial for outcome in result.outcomes if outcome.status is Status.FAILED)


@contextmanager
def watching(network: str) -> Iterator[set[str]]:
    """The addresses of a network that packets of the loopback interface went to during the block."""
    contacted: set[str] = set()
    stop = threading.Event()
    watched = ipaddress.ip_network(network)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_IP)) as tap:
        tap.bind(("lo", 0))
        tap.settimeout(0.1)

        def listen() -> None:
            while not stop.is_set():
                try:
                    frame = tap.recv(128)
                except TimeoutError:
                    continue
                destination = ipaddress.ip_address(frame[30:34])
                if destination in watched:
                    contacted.add(str(destination))

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield contacted
        finally:
            stop.set()
            thread.join()


def _kill_nmap(address: str, stop: threading.Event) -> None:
    deadline = time.monotonic() + 30
    while not stop.wait(0.05) and time.monotonic() < deadline:
        for pid in _nmaps_on(address):
            os.kill(pid, 9)
            return


def _nmaps_on(address: str) -> list[int]:
    """The pids of the nmap processes that were given this address."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            if words and words[0].endswith(b"nmap") and address.encode() in words:
                found.append(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
