"""Devices of the zone: everything asked over UDP, printers, cameras, boards, backups; controllers with a permission."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanners.archive import Archive
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.ports import ASKABLE
from scanners.result import judge
from tests.integration.test_exposure_zone import audited
from tests.lab import stage
from tests.lab.exposure import zone_devices
from tests.lab.exposure.zone_devices import BACNET, CHOSEN, DEVICES, TECHNICAL
from tests.lab.exposure.zone_network import forget_touched, touched

pytestmark = pytest.mark.lab

Facts = Archive[ExposureFacts]
PORTS = ",".join(str(port) for port in sorted({device.port for device in (*DEVICES, BACNET)} | {80, 443}))
CHOICE = (f"{TECHNICAL} {CHOSEN}",)
SILENT = {"hl7", "chosen", "serial", "modbus", "s7", "bacnet"}


def received(zone: stage.Description) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = json.loads(Path(zone["devices_received"]).read_text())
    return found


@pytest.fixture(scope="module")
def plain(zone: stage.Description, tmp_path_factory: pytest.TempPathFactory) -> tuple[Facts, set[str], dict[str, Any]]:
    """An audit of every device without a permission, what it touched, and what the silent ones received."""
    forget_touched(zone["octet"])
    folder = tmp_path_factory.mktemp("devices")
    archive = audited(zone, folder, targets=zone["devices"], ports=PORTS, never_written=CHOICE)
    return archive, touched(zone["octet"]), received(zone)


def test_every_device_is_found_and_named_and_none_is_invented(plain: tuple[Facts, set[str], dict[str, Any]]) -> None:
    seen = {end.subject: (end.service.name, end.service.product) for end in plain[0].facts.endpoints()}
    assert set(seen) == {device.subject for device in DEVICES}
    wrong = {
        device.subject: seen[device.subject]
        for device in DEVICES
        if seen[device.subject][0] != device.name or device.product.lower() not in seen[device.subject][1].lower()
    }
    assert wrong == {}


def test_each_rule_names_its_devices_and_no_other(plain: tuple[Facts, set[str], dict[str, Any]]) -> None:
    outcomes = {outcome.rule.id: outcome for outcome in judge(plain[0]).outcomes}
    named = {rule: {finding.subject for finding in outcomes[rule].findings} for rule in zone_devices.expected()}
    assert named == zone_devices.expected()


def test_nothing_is_written_to_what_is_silent_by_nature_or_by_choice(
    plain: tuple[Facts, set[str], dict[str, Any]],
) -> None:
    assert {kind: seen["bytes"] for kind, seen in plain[2].items()} == dict.fromkeys(SILENT, 0)
    for kind in SILENT - {"bacnet"}:
        assert plain[2][kind]["connections"] >= 1, f"{kind}: it was not called, the count proves nothing"
    (gap,) = plain[0].facts.gaps
    assert gap.subject == f"{TECHNICAL}:{CHOSEN}/tcp"


def test_no_device_leads_anywhere_else(zone: stage.Description, plain: tuple[Facts, set[str], dict[str, Any]]) -> None:
    assert plain[1] == set(zone["devices"])


def test_with_a_permission_controllers_say_who_they_are_and_engines_still_receive_nothing(
    zone: stage.Description, plain: tuple[Facts, set[str], dict[str, Any]], tmp_path: Path
) -> None:
    given = [{"protocol": name, "until": "2999-12-31", "by": "Claire Durand"} for name in sorted(ASKABLE)]
    order = {"targets": [TECHNICAL], "ports": PORTS, "never_written": CHOICE, "permissions": given}
    archive = audited(zone, tmp_path, **order)
    seen = {end.service.name: end.service for end in archive.facts.endpoints()}
    assert {name: seen[name].product for name in ASKABLE} == {
        "bacnet": "ECB-600",
        "modbus": "Schneider Electric TM221",
        "s7": "CPU 315-2 PN/DP",
    }
    bytes_of = {kind: told["bytes"] for kind, told in received(zone).items()}
    assert bytes_of["hl7"] == bytes_of["chosen"] == bytes_of["serial"] == 0
    assert 0 < bytes_of["modbus"] <= 32
    assert 0 < bytes_of["bacnet"] <= 64
    assert 0 < bytes_of["s7"] <= 128


def test_the_fragile_profile_asks_nothing_whatever_is_allowed(zone: stage.Description, tmp_path: Path) -> None:
    before = received(zone)
    given = [{"protocol": "modbus", "until": "2999-12-31", "by": "Claire Durand"}]
    order = {"targets": [TECHNICAL], "ports": "502,2575", "profile": "fragile", "permissions": given}
    archive = audited(zone, tmp_path, **order)
    assert [end.service.name for end in archive.facts.endpoints()] == ["modbus", "hl7"]
    assert archive.facts.udp_ports == ""
    after = received(zone)
    assert {kind: told["bytes"] for kind, told in after.items()} == {
        kind: told["bytes"] for kind, told in before.items()
    }
    assert after["modbus"]["connections"] > before["modbus"]["connections"]
