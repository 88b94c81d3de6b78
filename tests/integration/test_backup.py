"""The backup scanner on real restic and borg repositories: each judged right, none of them touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.archive import Archive
from scanners.backup.facts import BackupFacts, Repository
from scanners.backup.read_plan import read_plan
from scanners.collection import Cancelled, collect_in_child
from scanners.model import Status
from scanners.result import AuditResult, judge
from tests.integration.conftest import Lab
from tests.lab.backup import BORG, PASSWORD, tree_hash
from tests.lab.stage import Description, copy_tree, wait_until

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
    archive = collect_in_child("backup", {"plan": plan, **_lists(backup)}, secrets, out)
    assert tree_hash(Path(backup["repositories"])) == before
    return archive, judge(archive)


def _lists(backup: Description) -> dict[str, list[dict[str, str]]]:
    """The lists of the lab, as a request names them."""
    today = datetime.now(UTC).date().isoformat()
    paths = dict(backup["lists"])
    former = {"kind": "backup_jobs", "name": "avant.csv", "path": paths.pop("former"), "brought_on": today}
    named = [{"kind": kind, "name": f"{kind}.csv", "path": path, "brought_on": today} for kind, path in paths.items()]
    return {"lists": named, "former_lists": [former]}


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


def test_what_cannot_be_told_of_every_system_is_no_pass(
    backup: Description, audited: tuple[Archive[BackupFacts], AuditResult]
) -> None:
    told = {one.rule.id.partition(".")[2]: one for one in audited[1].outcomes}
    for rule, name in backup["untold"].items():
        assert told[rule].status is Status.NOT_ASSESSABLE
        reason = told[rule].reason
        assert reason is not None
        assert name in reason.fr


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


# ---------------------------------------------------------------- repositories gone wrong, each in its own way


def flip(file: Path) -> None:
    """Flip one byte in the middle of a file."""
    file.chmod(0o600)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def flip_index(path: Path) -> None:
    for file in path.glob("index/*"):
        flip(file)


def flip_snapshots(path: Path) -> None:
    for file in path.glob("snapshots/*"):
        flip(file)


def flip_segment(path: Path) -> None:
    flip(max(path.glob("data/*/*"), key=lambda file: file.stat().st_size))


def lock(path: Path) -> None:
    (path / "lock.exclusive").mkdir()
    (path / "lock.exclusive" / "srv@1.2-3").touch()


def back_up_from_the_future(path: Path) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=400)).strftime("%Y-%m-%d %H:%M:%S")
    env = {**os.environ, "RESTIC_REPOSITORY": str(path), "RESTIC_PASSWORD": PASSWORD}
    subprocess.run(["restic", "backup", "-q", "--no-cache", "--time", ahead, __file__], env=env, check=True)


def leave(_path: Path) -> None:
    return None


@dataclass(frozen=True)
class Wrong:
    """A copy of one of the lab's repositories, spoilt; how the plan and the secrets describe it."""

    source: str
    spoil: Callable[[Path], None] = leave
    tool: str = ""
    password: str = PASSWORD
    absent: bool = False


WRONG: dict[str, Wrong] = {
    "bon": Wrong("annuaire-borg"),
    "restic-faux-mot-de-passe": Wrong("dpi-restic", password="faux"),
    "borg-faux-mot-de-passe": Wrong("annuaire-borg", password="faux"),
    "sans-mot-de-passe": Wrong("dpi-restic", password=""),
    "absent": Wrong("vide-restic", absent=True),
    "restic-dit-borg": Wrong("vide-restic", tool="borg"),
    "borg-dit-restic": Wrong("paie-borg", tool="restic"),
    "futur": Wrong("vide-restic", back_up_from_the_future),
    "verrou": Wrong("paie-borg", lock),
    "segment": Wrong("annuaire-borg", flip_segment),
    "index": Wrong("dpi-restic", flip_index),
    "points": Wrong("labo-restic", flip_snapshots),
}


def collected(folder: Path, wrongs: Mapping[str, Wrong], **request: Any) -> BackupFacts:
    """Collect a plan that holds these repositories; they must come out of it untouched."""
    plan = {
        "version": 1,
        "establishment": "Essai",
        "repositories": [
            {
                "name": name,
                "tool": wrong.tool or ("borg" if wrong.source in BORG else "restic"),
                "location": str(folder / ("nulle-part" if wrong.absent else name)),
            }
            for name, wrong in wrongs.items()
        ],
        "systems": [{"name": "DPI", "production": {"site": "A", "medium": "san"}}],
    }
    secrets = {f"repository.{name}": wrong.password for name, wrong in wrongs.items()}
    before = tree_hash(folder)
    archive = collect_in_child("backup", {"plan": plan, **request}, secrets, folder.parent / "facts.care")
    assert tree_hash(folder) == before
    facts: BackupFacts = archive.facts
    assert all(gap.truncated for gap in facts.gaps)
    return facts


def spoilt(backup: Description, folder: Path, wrongs: Mapping[str, Wrong]) -> Path:
    for name, wrong in wrongs.items():
        copy_tree(Path(backup["repositories"]) / wrong.source, folder / name)
        wrong.spoil(folder / name)
    return folder


@pytest.fixture(scope="module")
def wrong_facts(backup: Description, tmp_path_factory: pytest.TempPathFactory) -> BackupFacts:
    folder = spoilt(backup, tmp_path_factory.mktemp("wrong") / "repositories", WRONG)
    return collected(folder, WRONG)


def the(facts: BackupFacts, name: str) -> Repository:
    repository = facts.repository(name)
    assert repository is not None
    return repository


def reasons(facts: BackupFacts, name: str) -> str:
    return " ".join(gap.reason.fr for gap in facts.gaps if gap.reason.fr.startswith(f"Dépôt {name} : "))


def test_a_good_repository_does_not_suffer_from_the_others(wrong_facts: BackupFacts) -> None:
    good = the(wrong_facts, "bon")
    assert reasons(wrong_facts, "bon") == ""
    assert good.check is not None
    assert good.check.sound
    assert good.restore is not None
    assert good.restore.good


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("restic-faux-mot-de-passe", "mot de passe refusé, corrigez le secret."),
        ("borg-faux-mot-de-passe", "mot de passe refusé, corrigez le secret."),
        ("sans-mot-de-passe", "ajoutez son secret"),
        ("absent", "vérifiez le chemin et le montage"),
        ("restic-dit-borg", ""),
    ],
)
def test_what_cannot_be_opened_is_one_gap(wrong_facts: BackupFacts, name: str, cure: str) -> None:
    assert cure in reasons(wrong_facts, name)
    assert reasons(wrong_facts, name).count("Dépôt") == 1
    assert not the(wrong_facts, name).opened
    assert the(wrong_facts, name).check is None


def test_a_borg_repository_taken_for_restic_is_not_opened(wrong_facts: BackupFacts) -> None:
    assert reasons(wrong_facts, "borg-dit-restic")
    assert not the(wrong_facts, "borg-dit-restic").opened
    assert the(wrong_facts, "borg-dit-restic").check is None


def test_a_snapshot_of_the_future_is_a_fact(wrong_facts: BackupFacts) -> None:
    future = the(wrong_facts, "futur")
    assert future.snapshots[-1].time > wrong_facts.collected_at
    assert future.restore is not None


def test_a_lock_is_told_and_does_not_stop_us(wrong_facts: BackupFacts) -> None:
    locked = the(wrong_facts, "verrou")
    assert locked.locked_since is not None
    assert locked.check is not None
    assert locked.restore is not None


@pytest.mark.parametrize("name", ["segment", "index", "points"])
def test_damage_is_a_fact(wrong_facts: BackupFacts, name: str) -> None:
    check = the(wrong_facts, name).check
    assert check is not None
    assert not check.sound
    assert check.detail


def test_a_missing_tool_is_one_gap(backup: Description, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "borg").symlink_to(str(shutil.which("borg")))
    wrongs = {"bon": Wrong("paie-borg"), "essai": Wrong("vide-restic")}
    folder = spoilt(backup, tmp_path / "repositories", wrongs)
    monkeypatch.setenv("PATH", str(programs))
    facts = collected(folder, wrongs)
    assert "restic n’est pas installé" in reasons(facts, "essai")
    assert the(facts, "bon").opened


def test_a_hung_tool_costs_its_own_time(backup: Description, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    hung = programs / "restic"
    hung.write_text("#!/bin/sh\nexec sleep 600\n")
    hung.chmod(0o755)
    wrongs = {"essai": Wrong("vide-restic")}
    folder = spoilt(backup, tmp_path / "repositories", wrongs)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    assert "limite de temps" in reasons(collected(folder, wrongs, seconds=1), "essai")


def test_an_audit_killed_in_the_middle_leaves_nothing_behind(
    backup: Description, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped while restic runs: the repository is as it was, no process stays, the next audit sweeps the scratch."""
    programs, place = tmp_path / "bin", tmp_path / "tmp"
    programs.mkdir()
    place.mkdir()
    hung = programs / "restic"
    hung.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    hung.chmod(0o755)
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{programs}:{path}")
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    folder = spoilt(backup, tmp_path / "repositories", {"essai": Wrong("dpi-restic")})
    before = tree_hash(folder)
    plan = {
        "version": 1,
        "establishment": "Essai",
        "repositories": [{"name": "essai", "tool": "restic", "location": str(folder / "essai")}],
        "systems": [{"name": "DPI", "production": {"site": "A", "medium": "san"}}],
    }
    with pytest.raises(Cancelled):
        collect_in_child(
            "backup",
            {"plan": plan},
            {"repository.essai": PASSWORD},
            tmp_path / "facts.care",
            cancelled=lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text().strip()),
        )
    wait_until(lambda: not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists(), "restic to end")
    assert tree_hash(folder) == before
    monkeypatch.setenv("PATH", path)
    assert the(collected(folder, {"essai": Wrong("dpi-restic")}), "essai").opened
    assert list(place.glob("care-backup-*")) == []


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


def test_the_command_line_audits_a_plan_file(backup: Description, tmp_path: Path) -> None:
    """One repository of the lab's plan, its password in the file the plan names."""
    plan = json.loads(Path(backup["plan"]).read_text())
    plan["repositories"] = [one for one in plan["repositories"] if one["name"] == "dpi-restic"]
    plan["systems"] = [one for one in plan["systems"] if one["name"] == "DPI"]
    (tmp_path / "plan.yaml").write_text(json.dumps(plan))
    shutil.copy2(Path(backup["plan"]).parent / "password", tmp_path / "password")
    out = tmp_path / "out.json"
    command = [".venv/bin/care", "audit", "backup", "--plan", str(tmp_path / "plan.yaml"), "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    result = json.loads(out.read_text())
    assert result["complete"] is True
    passed = {one["rule"] for one in result["outcomes"] if one["status"] == "passed"}
    assert {"backup.pdma_exceeded", "backup.restore_sample_failed", "backup.three_two_one"} <= passed
