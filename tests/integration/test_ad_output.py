"""What a CISO takes away of the lab's directory: its level with what to do first, and who can take it over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scanners.model import Finding
from tests.integration.conftest import Lab
from tests.integration.test_ad import tells

pytestmark = pytest.mark.lab
CARE = (str(Path(sys.executable).with_name("care")), "--lang", "fr")


def care(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CARE, *map(str, arguments)], capture_output=True, text=True, timeout=240)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("output")


@pytest.fixture(scope="module")
def audited(lab: Lab, folder: Path) -> subprocess.CompletedProcess[str]:
    """The audit as a CISO types it, its facts and its JSON kept beside."""
    part = lab.part("ad")
    auditor = part["accounts"]["auditor"]
    secret = folder / "password"
    secret.write_text(auditor["password"])
    return care(
        "audit", "ad", "--server", part["server"], "--user", auditor["user"], "--password-file", secret,
        "--ca", part["ca"], "--facts-out", folder / "facts.care", "--json", folder / "result.json",
    )  # fmt: skip


def test_the_command_finds_each_fault_that_its_account_may_see(
    lab: Lab, audited: subprocess.CompletedProcess[str], folder: Path
) -> None:
    said = json.loads((folder / "result.json").read_text())["outcomes"]
    found = {one["rule"]: [Finding(each["subject"], each["evidence"]) for each in one["findings"]] for one in said}
    planted = [fault for fault in lab.part("ad")["expected"] if fault["reader"] == "auditor"]
    assert len(planted) > 100
    assert [fault for fault in planted if not any(tells(each, fault) for each in found[fault["rule"]])] == []


def test_the_audit_ends_with_the_level_and_the_first_actions(
    audited: subprocess.CompletedProcess[str], folder: Path
) -> None:
    said = audited.stderr
    assert "estimation, au mieux niveau 1" in said
    assert "Points non évalués, qui pourraient l’abaisser" in said
    assert "À faire d’abord" in said
    level = json.loads((folder / "result.json").read_text())["level"]
    assert (level["level"], level["next"]["level"]) == (1, 2)
    assert level["next"]["objects"] > 5
    assert level["next"]["permissions"] > 3
    assert all(one["reason"] for one in level["not_assessed"])
    assert all(one["sheet"] for one in level["actions"])


def test_the_planted_path_is_told_off_platform(audited: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert audited.returncode in (1, 3), audited.stderr
    told = care("ad", "paths", folder / "facts.care", "--from", "auditeur")
    assert told.returncode == 0, told.stderr
    assert "auditeur" in told.stdout.splitlines()[0]
    assert len(told.stdout.splitlines()) > 2, "an ordinary account has a path in the lab: everybody holds rights there"
    summary = json.loads(care("ad", "paths", folder / "facts.care", "--json", "-").stdout)
    assert summary["reaching"] > 0
    assert summary["choke_points"]
