"""The workstations scanner on the lab's directory and exports: every planted gap is found, and nothing else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanners.collection import collect_in_child
from scanners.model import Status
from scanners.read_yaml import load_mapping
from scanners.result import AuditResult, judge
from tests.integration.conftest import Lab
from tests.lab.stage import Description

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def files(lab: Lab) -> Description:
    return lab.part("workstations")


@pytest.fixture(scope="module")
def directory_facts(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Facts of the lab's directory, collected by the AD scanner."""
    ad = lab.part("ad")
    auditor = ad["accounts"]["auditor"]
    request = {"server": ad["server"], "user": auditor["user"], "ca_pem": Path(ad["ca"]).read_text()}
    out = tmp_path_factory.mktemp("ad") / "ad.care"
    collect_in_child("ad", request, {"password": auditor["password"]}, out)
    return out


@pytest.fixture(scope="module")
def result(files: Description, directory_facts: Path, tmp_path_factory: pytest.TempPathFactory) -> AuditResult:
    request: dict[str, Any] = {
        "directory_archive": str(directory_facts),
        "inventory_csv": Path(files["inventory"]).read_text(encoding="utf-8-sig"),
        "edr_csv": Path(files["edr"]).read_text(encoding="utf-8-sig"),
        "answers": load_mapping(Path(files["answers"]).read_text(encoding="utf-8"), "answers.yaml"),
    }
    out = tmp_path_factory.mktemp("facts") / "workstations.care"
    return judge(collect_in_child("workstations", request, {}, out))


def test_each_planted_gap_is_named_and_nothing_else(files: Description, result: AuditResult) -> None:
    found = {outcome.rule.id.partition(".")[2]: outcome for outcome in result.outcomes}
    subjects = {rule: sorted(one.subject for one in found[rule].findings) for rule in files["expected"]}
    assert subjects == {rule: sorted(expected) for rule, expected in files["expected"].items()}


def test_obsolete_systems_of_the_directory_are_named(result: AuditResult) -> None:
    found = {outcome.rule.id.partition(".")[2]: outcome for outcome in result.outcomes}
    stations = {one.subject for one in found["unsupported_workstations"].findings}
    assert {"Windows 7 Professionnel 6.1 (7601)", "Windows XP Professional 5.1 (2600)"} <= stations
    assert found["unsupported_servers"].status is Status.FAILED
    assert found["obsolete_not_isolated"].status is Status.FAILED
    assert not {one.subject for one in found["obsolete_not_isolated"].findings} & {"IRM-CONSOLE", "SCANNER-CONSOLE"}


def test_the_collection_is_complete_and_no_rule_breaks(result: AuditResult) -> None:
    assert result.gaps == ()
    assert result.counts()[Status.ERROR] == 0


def test_the_command_line_audits_the_exports(files: Description, directory_facts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    options = ["--from-ad", str(directory_facts), "--inventory", files["inventory"], "--edr", files["edr"]]
    command = [".venv/bin/care", "audit", "workstations", *options, "--answers", files["answers"], "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert json.loads(out.read_text())["complete"] is True
