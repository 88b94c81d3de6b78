"""The backup scanner on real restic and borg repositories: each judged right, none of them touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.archive import Archive
from scanners.backup.facts import BackupFacts, Repository
from scanners.backup.read_plan import read_plan
from scanners.collection import collect_in_child
from scanners.model import Status
from scanners.result import AuditResult, judge
from tests.integration.conftest import Lab
from tests.lab.backup import BORG, PASSWORD, tree_hash
from tests.lab.stage import Description, copy_tree

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def backup(lab: Lab) -> Description:
    return lab.part("backup")


@pytest.fixture(scope="module")
def audited(backup: Description, tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive[BackupFacts], AuditResult]:
    """The whole plan of the lab, collected once; the repositories must come out of it untouched."""
    before = tree_hash(Path(backup["repositories"]))
    plan, secrets = read_plan(Path(backup["plan"]))
    out = tmp_path_factory.mktemp("facts") / "backup.care"
    archive = collect_in_child("backup", {"plan": plan}, secrets, out)
    assert tree_hash(Path(backup["repositories"])) == before
    return archive, judge(archive)


def failed(result: AuditResult) -> dict[str, set[str]]:
    return {
        outcome.rule.id.partition(".")[2]: {finding.subject for finding in outcome.findings}
        for outcome in result.outcomes
        if outcome.status is not Status.NOT_ASSESSABLE
    }


def test_each_planted_fault_is_named_and_nothing_else(
    backup: Description, audited: tuple[Archive[BackupFacts], AuditResult]
) -> None:
    found = failed(audited[1])
    assert {rule: found[rule] for rule in backup["expected"]} == {
        rule: set(subjects) for rule, subjects in backup["expected"].items()
    }


def test_the_collection_is_complete_and_no_rule_breaks(audited: tuple[Archive[BackupFacts], AuditResult]) -> None:
    archive, result = audited
    assert archive.facts.gaps == ()
    assert result.complete


def test_files_really_came_back(audited: tuple[Archive[BackupFacts], AuditResult]) -> None:
    samples = {one.name: one.restore for one in audited[0].facts.repositories}
    assert samples.pop("vide-restic") is None
    for name, sample in samples.items():
        assert sample is not None
        assert sample.sampled == 50
        assert sample.good is (name != "pacs-restic")


def test_no_password_and_no_scratch_is_left(audited: tuple[Archive[BackupFacts], AuditResult]) -> None:
    assert PASSWORD not in repr(audited[0].facts)
    left = Path(tempfile.gettempdir()).glob("care-backup-*")
    assert all(Path(f"/proc/{path.name.split('-')[2]}").exists() for path in left)


# ---------------------------------------------------------------- one repository gone wrong at a time

Repair = Callable[[Path], None]


def read_one(
    backup: Description, tmp_path: Path, name: str, change: Repair = lambda _path: None, **request: Any
) -> BackupFacts:
    """Copy one repository of the lab, change it, and collect a plan that holds it beside an untouched one."""
    path = tmp_path / name
    copy_tree(Path(backup["repositories"]) / name, path)
    change(path)
    before = tree_hash(path)
    tool = "borg" if name in BORG else "restic"
    plan = {
        "version": 1,
        "establishment": "Essai",
        "repositories": [
            {"name": "bon", "tool": "borg", "location": f"{backup['repositories']}/annuaire-borg"},
            {"name": "essai", "tool": request.pop("tool", tool), "location": request.pop("location", str(path))},
        ],
        "systems": [
            {
                "name": "DPI",
                "pdma_hours": 48,
                "production": {"site": "A", "medium": "san"},
                "copies": [{"name": "copie", "medium": "disk", "site": "B", "repository": "essai"}],
            }
        ],
    }
    secrets = {"repository.bon": PASSWORD, "repository.essai": request.pop("password", PASSWORD)}
    archive = collect_in_child("backup", {"plan": plan, **request}, secrets, tmp_path / "facts.care")
    assert tree_hash(path) == before
    facts: BackupFacts = archive.facts
    good = facts.repository("bon")
    assert good is not None
    assert good.opened
    return facts


def the(facts: BackupFacts) -> Repository:
    repository = facts.repository("essai")
    assert repository is not None
    return repository


def reasons(facts: BackupFacts) -> str:
    assert all(gap.truncated for gap in facts.gaps)
    return " ".join(gap.reason.fr for gap in facts.gaps)


@pytest.mark.parametrize("name", ["dpi-restic", "annuaire-borg"])
def test_wrong_password(backup: Description, tmp_path: Path, name: str) -> None:
    facts = read_one(backup, tmp_path, name, password="faux")
    assert reasons(facts) == "Dépôt essai : mot de passe refusé, corrigez le secret."
    assert not the(facts).opened
    assert the(facts).check is None


def test_no_password(backup: Description, tmp_path: Path) -> None:
    assert "ajoutez son secret" in reasons(read_one(backup, tmp_path, "dpi-restic", password=""))


def test_missing_repository(backup: Description, tmp_path: Path) -> None:
    facts = read_one(backup, tmp_path, "dpi-restic", location=str(tmp_path / "absent"))
    assert "vérifiez le chemin et le montage" in reasons(facts)


def test_the_other_tool(backup: Description, tmp_path: Path) -> None:
    for name, tool in (("dpi-restic", "borg"), ("annuaire-borg", "restic")):
        facts = read_one(backup, tmp_path / tool, name, tool=tool)
        assert not the(facts).opened
        assert "essai" in reasons(facts)


def test_missing_tool(backup: Description, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for program in ("borg", "cp"):
        (programs / program).symlink_to(str(shutil.which(program)))
    monkeypatch.setenv("PATH", str(programs))
    assert "restic n’est pas installé" in reasons(read_one(backup, tmp_path, "dpi-restic"))


def test_a_hung_tool_costs_its_own_time(backup: Description, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    hung = programs / "restic"
    hung.write_text("#!/bin/sh\nexec sleep 600\n")
    hung.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    assert "limite de temps" in reasons(read_one(backup, tmp_path, "dpi-restic", seconds=5))


def test_future_snapshot(backup: Description, tmp_path: Path) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=400)).strftime("%Y-%m-%d %H:%M:%S")

    def change(path: Path) -> None:
        env = {**os.environ, "RESTIC_REPOSITORY": str(path), "RESTIC_PASSWORD": PASSWORD, "HOME": str(tmp_path)}
        subprocess.run(["restic", "backup", "-q", "--no-cache", "--time", ahead, __file__], env=env, check=True)

    facts = read_one(backup, tmp_path, "vide-restic", change)
    assert the(facts).snapshots[-1].time > facts.collected_at
    assert the(facts).restore is not None


def test_locks_are_told_and_do_not_stop_us(backup: Description, tmp_path: Path) -> None:
    def borg(path: Path) -> None:
        (path / "lock.exclusive").mkdir()
        (path / "lock.exclusive" / "srv@1.2-3").touch()

    facts = read_one(backup, tmp_path, "annuaire-borg", borg)
    assert the(facts).locked_since is not None
    assert the(facts).check is not None
    assert the(facts).restore is not None


def test_damaged_borg_segment(backup: Description, tmp_path: Path) -> None:
    def change(path: Path) -> None:
        segment = max(path.glob("data/*/*"), key=lambda file: file.stat().st_size)
        content = bytearray(segment.read_bytes())
        content[len(content) // 2] ^= 0xFF
        segment.write_bytes(content)

    facts = read_one(backup, tmp_path, "annuaire-borg", change)
    check = the(facts).check
    assert check is not None
    assert not check.sound
    assert check.detail
    assert facts.gaps == ()


@pytest.mark.parametrize("victim", ["index/*", "snapshots/*"])
def test_damaged_restic_metadata_is_a_fact(backup: Description, tmp_path: Path, victim: str) -> None:
    def change(path: Path) -> None:
        for file in path.glob(victim):
            file.chmod(0o600)
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 0xFF
            file.write_bytes(content)

    check = the(read_one(backup, tmp_path, "dpi-restic", change)).check
    assert check is not None
    assert not check.sound


def test_a_backup_administrator_of_the_production_directory_is_named(
    lab: Lab, backup: Description, tmp_path: Path
) -> None:
    ad = lab.part("ad")
    auditor = ad["accounts"]["auditor"]
    request = {"server": ad["server"], "user": auditor["user"], "ca_pem": Path(ad["ca"]).read_text()}
    collect_in_child("ad", request, {"password": auditor["password"]}, tmp_path / "ad.care")
    plan, _secrets = read_plan(Path(backup["plan"]))
    alone = {**plan, "repositories": [], "systems": [{**plan["systems"][0], "copies": []}]}
    asked = {"plan": alone, "directory_archive": str(tmp_path / "ad.care")}
    result = judge(collect_in_child("backup", asked, {}, tmp_path / "backup.care"))
    assert failed(result)["administrators_in_production_directory"] == {"HOPITAL\\svc_sauvegarde"}


def test_the_command_line_audits_the_plan(backup: Description, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    command = [".venv/bin/care", "audit", "backup", "--plan", backup["plan"], "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert json.loads(out.read_text())["complete"] is True
