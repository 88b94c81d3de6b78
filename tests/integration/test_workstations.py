"""The workstations scanner on the lab's directory and exports: every planted gap is found, and nothing else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanners.catalog import rules_of
from scanners.collection import collect_in_child
from scanners.model import Kind, Status
from scanners.read_yaml import load_mapping
from scanners.result import AuditResult, judge
from tests.integration.conftest import Lab
from tests.lab import workstations
from tests.lab.stage import Description

pytestmark = pytest.mark.lab

LISTS = ("antivirus", "patches", "software", "log_sources", "security_events", "leavers")
POLICIES = {
    *("card_removal", "firewall_by_policy", "autorun", "laps_policy", "administrators_on_workstations"),
    *("local_administrators", "workstation_audit", "session_lock"),
}
"""Rules of what group policies give, planted in SYSVOL."""


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
        "lists": [{"kind": kind, "name": f"{kind}.csv", "path": files[kind]} for kind in LISTS],
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


def test_faults_of_the_directory_are_named(files: Description, result: AuditResult) -> None:
    found = {outcome.rule.id.partition(".")[2]: outcome for outcome in result.outcomes}
    for rule, subjects in files["among"].items():
        assert subjects, rule
        assert set(subjects) <= {one.subject for one in found[rule].findings}, rule
    assert not {one.subject for one in found["obsolete_not_isolated"].findings} & {"IRM-CONSOLE", "SCANNER-CONSOLE"}


def test_every_measurable_rule_has_its_planted_fault(files: Description) -> None:
    measurable = {rule.id.partition(".")[2] for rule in rules_of("workstations") if rule.kind is not Kind.DECLARED}
    planted = {*files["expected"], *files["among"]}
    assert measurable - planted - POLICIES == set(workstations.NOT_PLANTABLE)


def test_the_collection_is_complete_and_no_rule_breaks(result: AuditResult) -> None:
    assert result.gaps == ()
    assert result.counts()[Status.ERROR] == 0


def test_policies_of_the_domain_reach_every_unit_of_workstations(lab: Lab, tmp_path: Path) -> None:
    """Planted by `tests/lab/ad/faults_sysvol.py` in the policy of the domain."""
    ad = lab.part("ad")
    auditor = ad["accounts"]["auditor"]
    request = {"server": ad["server"], "user": auditor["user"], "ca_pem": Path(ad["ca"]).read_text(), "sysvol": True}
    collect_in_child("ad", request, {"password": auditor["password"]}, tmp_path / "ad.care")
    wanted = {"directory_archive": str(tmp_path / "ad.care")}
    result = judge(collect_in_child("workstations", wanted, {}, tmp_path / "workstations.care"))
    found = {outcome.rule.id.partition(".")[2]: outcome for outcome in result.outcomes}
    units = {finding.subject for finding in found["session_lock"].findings}
    assert any("OU=Postes" in unit for unit in units)
    of_units = ("card_removal", "firewall_by_policy", "autorun", "laps_policy", "administrators_on_workstations")
    for rule in (*of_units, "workstation_audit"):
        assert {finding.subject for finding in found[rule].findings} == units, rule
    (users,) = found["local_administrators"].findings
    assert users.evidence["people"] == users.evidence["total"]
    assert found["session_lock"].findings[0].evidence["minutes"] == 120


def test_the_command_line_audits_the_exports(files: Description, directory_facts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    options = ["--from-ad", str(directory_facts), "--inventory", files["inventory"], "--edr", files["edr"]]
    command = [".venv/bin/care", "audit", "workstations", *options, "--answers", files["answers"], "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert json.loads(out.read_text())["complete"] is True
