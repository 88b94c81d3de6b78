"""Repositories of other machines, read over SSH, REST and S3 with the real tools: judged right, refused clearly, never
touched."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.backup.facts import BackupFacts, Copy, Protection
from scanners.backup.seen import as_asked
from scanners.catalog import rules_of
from scanners.collection import collect_in_child
from scanners.runner import run_rule
from tests.integration.conftest import Lab
from tests.integration.test_backup import flip, reasons, the
from tests.lab import backup_servers, stage
from tests.lab.backup import PASSWORD, tree_hash
from tests.lab.backup_servers import Servers
from tests.lab.stage import Description, copy_tree

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def backup(lab: Lab) -> Description:
    return lab.part("backup")


@pytest.fixture(scope="module")
def servers(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("servers") / "own"
    started = backup_servers.start(folder, lab.octet)
    yield started
    backup_servers.stop(folder)


def collected(
    folders: Mapping[str, Path], plan: list[Description], secrets: Mapping[str, str], out: Path, **request: Any
) -> BackupFacts:
    """Collect these repositories in a child process; their folders must come out of it untouched."""
    document = {
        "version": 1,
        "establishment": "Essai",
        "repositories": plan,
        "systems": [{"name": "DPI", "production": {"site": "A", "medium": "san"}}],
    }
    before = {name: tree_hash(folder) for name, folder in folders.items()}
    facts: BackupFacts = collect_in_child("backup", {"plan": document, **request}, secrets, out).facts
    assert {name: tree_hash(folder) for name, folder in folders.items()} == before
    return facts


def ssh(servers: Servers, path: Path, **changes: Any) -> Description:
    return {
        "kind": "ssh",
        "host": servers.address,
        "port": backup_servers.SSH_PORT,
        "user": "root",
        "path": str(path),
        "host_keys": servers.host_keys,
        **changes,
    }


def rest(servers: Servers, name: str, port: int = backup_servers.REST_PORT, **changes: Any) -> Description:
    user = backup_servers.USER
    return {"kind": "rest", "host": servers.address, "port": port, "path": name, "user": user, "tls": False, **changes}


@pytest.fixture(scope="module")
def facts(servers: Servers, backup: Description, tmp_path_factory: pytest.TempPathFactory) -> BackupFacts:
    """Good and bad ways to the same healthy repositories."""
    own = Path(backup["repositories"])
    folders = {name: servers.folder / name for name in ("dpi-restic", "annuaire-borg", "abime")}
    copy_tree(own / "dpi-restic", folders["dpi-restic"])
    copy_tree(own / "annuaire-borg", folders["annuaire-borg"])
    copy_tree(own / "annuaire-borg", folders["abime"])
    flip(max(folders["abime"].glob("data/*/*"), key=lambda file: file.stat().st_size))
    folders["shelf"] = backup_servers.shelve(servers, own / "dpi-restic", "dpi")
    dpi, directory = folders["dpi-restic"], folders["annuaire-borg"]
    ways: dict[str, tuple[str, Description]] = {
        "sftp": ("restic", ssh(servers, dpi)),
        "borg": ("borg", ssh(servers, directory)),
        "borg-abime": ("borg", ssh(servers, folders["abime"])),
        "cle-changee": ("restic", ssh(servers, dpi, host_keys=servers.host_keys[:-20] + "A" * 20)),
        "cle-absente": ("borg", ssh(servers, directory, host_keys="ailleurs ssh-ed25519 AAAA")),
        "cle-refusee": ("restic", ssh(servers, dpi)),
        "sans-cle": ("borg", ssh(servers, directory)),
        "nulle-part": ("restic", ssh(servers, servers.folder / "nulle-part")),
        "nulle-part-borg": ("borg", ssh(servers, servers.folder / "nulle-part")),
        "mot-de-passe": ("borg", ssh(servers, directory)),
        "ferme": ("restic", ssh(servers, dpi, port=9)),
        "lien-local": ("restic", ssh(servers, dpi, host="169.254.169.254")),
        "rest": ("restic", rest(servers, "dpi")),
        "rest-croissant": ("restic", rest(servers, "dpi", backup_servers.GROWING_PORT)),
        "rest-refuse": ("restic", rest(servers, "dpi")),
        "rest-ailleurs": ("restic", rest(servers, "ailleurs")),
        "rest-sans-tls": ("restic", rest(servers, "dpi", tls=True)),
    }
    plan: list[Description] = [{"name": name, "tool": tool, "remote": way} for name, (tool, way) in ways.items()]
    secrets = {f"repository.{name}": PASSWORD for name in ways}
    for name, (_tool, way) in ways.items():
        secrets[f"access.{name}"] = servers.key if way["kind"] == "ssh" else backup_servers.PASSWORD
    secrets |= {
        "access.cle-refusee": servers.stranger,
        "access.rest-refuse": "autre",
        "repository.mot-de-passe": "autre",
    }
    del secrets["access.sans-cle"]
    return collected(folders, plan, secrets, tmp_path_factory.mktemp("out") / "facts.care")


@pytest.mark.parametrize("name", ["sftp", "borg", "rest", "rest-croissant"])
def test_a_repository_of_another_machine_is_read_whole(facts: BackupFacts, name: str) -> None:
    assert reasons(facts, name) == ""
    read = the(facts, name)
    assert len(read.snapshots) == 2
    assert read.check is not None
    assert read.check.sound
    assert read.restore is not None
    assert read.restore.good
    assert read.restore.sampled == 50


def test_borg_from_afar_says_that_only_the_newest_point_was_read(facts: BackupFacts) -> None:
    check = the(facts, "borg").check
    assert check is not None
    assert check.newest_only
    memory = the(facts, "borg").memory
    assert memory is not None
    assert memory.turn is None


def test_damage_is_found_from_afar(facts: BackupFacts) -> None:
    check = the(facts, "borg-abime").check
    assert check is not None
    assert not check.sound


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("cle-changee", "clé d’hôte"),
        ("cle-absente", "clé d’hôte"),
        ("cle-refusee", "refuse la clé SSH"),
        ("sans-cle", "secret d’accès"),
        ("nulle-part", "vérifiez le chemin"),
        ("nulle-part-borg", "vérifiez le chemin"),
        ("mot-de-passe", "mot de passe refusé"),
        ("ferme", "n’est pas joignable"),
        ("lien-local", "n’est pas celle d’une machine"),
        ("rest-refuse", "mot de passe du serveur refusé"),
        ("rest-ailleurs", "réponse 404"),
        ("rest-sans-tls", "vérifiez port et TLS"),
    ],
)
def test_a_way_that_fails_is_one_gap_and_no_damage(facts: BackupFacts, name: str, cure: str) -> None:
    assert cure in reasons(facts, name)
    assert reasons(facts, name).count("Dépôt") == 1
    assert not the(facts, name).opened
    assert the(facts, name).check is None


def test_no_secret_is_in_the_facts(facts: BackupFacts, servers: Servers) -> None:
    told = repr(facts)
    for secret in (PASSWORD, backup_servers.PASSWORD, servers.key.splitlines()[2]):
        assert secret not in told


def test_a_server_that_only_grows_is_told_from_another(facts: BackupFacts) -> None:
    assert the(facts, "rest").protection == Protection("none")
    assert the(facts, "rest-croissant").protection == Protection("append_only")
    assert the(facts, "sftp").protection is None


# ---------------------------------------------------------------- S3


@pytest.fixture(scope="module")
def buckets(lab: Lab, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> BackupFacts:
    """A repository in each bucket, made and read by restic through a real S3 service."""
    endpoint = backup_servers.start_s3(servers, lab.cache)
    for bucket in backup_servers.BUCKETS:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(servers.folder),
            "RESTIC_REPOSITORY": f"s3:{endpoint}/{bucket}/depots/dpi",
            "RESTIC_PASSWORD": PASSWORD,
            "AWS_ACCESS_KEY_ID": backup_servers.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": backup_servers.SECRET_KEY,
        }
        stage.run(["restic", "init", "--quiet"], env=env)
        stage.run(["restic", "backup", "--quiet", "--no-cache", "--host", "srv-dpi", __file__], env=env)
    plan: list[Description] = [
        {
            "name": bucket,
            "tool": "restic",
            "remote": {
                "kind": "s3",
                "host": servers.address,
                "port": backup_servers.S3_PORT,
                "tls": False,
                "bucket": bucket,
                "prefix": "depots/dpi",
                "access_key": backup_servers.ACCESS_KEY,
            },
        }
        for bucket in backup_servers.BUCKETS
    ]
    secrets = {f"repository.{bucket}": PASSWORD for bucket in backup_servers.BUCKETS}
    secrets |= {f"access.{bucket}": backup_servers.SECRET_KEY for bucket in backup_servers.BUCKETS}
    return collected({}, plan, secrets, tmp_path_factory.mktemp("s3") / "facts.care")


@pytest.mark.parametrize(
    ("bucket", "protection"),
    [
        ("conforme", Protection("compliance", 30.0)),
        ("contournable", Protection("governance", 30.0)),
        ("sans-verrou", Protection("none")),
    ],
)
def test_the_lock_of_a_bucket_is_read_and_only_compliance_holds(
    buckets: BackupFacts, bucket: str, protection: Protection
) -> None:
    assert reasons(buckets, bucket) == ""
    read = the(buckets, bucket)
    assert read.protection == protection
    assert protection.immutable is (bucket == "conforme")
    assert read.restore is not None
    assert read.restore.good


@pytest.mark.parametrize(("days", "short"), [(30, set()), (31, {"DPI / s3"})])
def test_a_lock_that_ends_before_the_retention_is_told(buckets: BackupFacts, days: float, short: set[str]) -> None:
    copy = Copy("s3", "object_storage", "Hébergeur", repository="conforme", retention_days=days)
    systems = (replace(buckets.plan.systems[0], copies=(copy,)),)
    facts = replace(buckets, plan=replace(buckets.plan, systems=systems), gaps=())
    rule = next(one for one in rules_of("backup") if one.id == "backup.lock_too_short")
    assert {one.subject for one in run_rule(rule, facts).findings} == short


# ---------------------------------------------------------------- from one audit to the next


def backed_up(repository: Path, when: datetime, host: str = "srv-dpi", *more: str) -> None:
    env = {**os.environ, "TZ": "UTC", "RESTIC_REPOSITORY": str(repository), "RESTIC_PASSWORD": PASSWORD}
    moment = when.strftime("%Y-%m-%d %H:%M:%S")
    words = ["restic", "backup", "-q", "--no-cache", "--host", host, "--time", moment, *more, __file__]
    subprocess.run(words, env=env, check=True)


def forgotten(repository: Path, *words: str) -> None:
    env = {**os.environ, "RESTIC_REPOSITORY": str(repository), "RESTIC_PASSWORD": PASSWORD}
    subprocess.run(["restic", "forget", "-q", "--no-cache", *words], env=env, check=True)


def test_what_was_erased_or_swapped_between_two_audits_is_seen(backup: Description, tmp_path: Path) -> None:
    """Two audits of the same places: points erased in one repository, another put in the place of the second."""
    own, here = Path(backup["repositories"]), tmp_path / "depots"
    for name in ("dpi-restic", "labo-restic"):
        copy_tree(own / name, here / name)
    plan = [{"name": name, "tool": "restic", "location": str(here / name)} for name in ("dpi-restic", "labo-restic")]
    secrets = {f"repository.{one['name']}": PASSWORD for one in plan}
    first = collected({"here": here}, plan, secrets, tmp_path / "first.care", list_only=True)
    newest = the(first, "dpi-restic").snapshots[-1]
    forgotten(here / "dpi-restic", newest.id)
    copy_tree(own / "pacs-restic", here / "labo-restic")
    second = collected({"here": here}, plan, secrets, tmp_path / "second.care", list_only=True, seen=as_asked(first))
    memory = the(second, "dpi-restic").memory
    assert memory is not None
    assert [one.snapshot.id for one in memory.gone] == [newest.id]
    swapped = the(second, "labo-restic").memory
    assert swapped is not None
    assert swapped.former_identity == the(first, "labo-restic").identity


def test_points_alone_are_read_when_that_is_asked(backup: Description, tmp_path: Path) -> None:
    own = Path(backup["repositories"])
    plan = [{"name": "dpi", "tool": "restic", "location": str(own / "dpi-restic")}]
    facts = collected({"own": own}, plan, {"repository.dpi": PASSWORD}, tmp_path / "f.care", list_only=True)
    assert len(the(facts, "dpi").snapshots) == 2
    assert the(facts, "dpi").check is None
    assert {gap.section for gap in facts.gaps} == {"integrity", "restore"}


# ---------------------------------------------------------------- hostile trees, full disks


def test_only_regular_files_of_a_hostile_tree_come_back(backup: Description, tmp_path: Path) -> None:
    """Devices, pipes, links that lead out, names with line ends: the sample leaves them alone, and nothing escapes."""
    tree, here = tmp_path / "arbre", tmp_path / "depots"
    tree.mkdir()
    (tree / "ordinaire.txt").write_text("bonjour")
    (tree / "deux\nlignes --target=/").write_text("x")
    (tree / "lien").symlink_to("/etc/passwd")
    (tree / "dehors").symlink_to("/etc")
    os.mkfifo(tree / "tube")
    os.mknod(tree / "disque", 0o660 | 0o060000, os.makedev(7, 250))
    copy_tree(Path(backup["repositories"]) / "vide-restic", here / "restic")
    backed_up(here / "restic", datetime.now(UTC) - timedelta(hours=1), "srv-dpi", str(tree))
    env = {**os.environ, "BORG_BASE_DIR": str(tmp_path / "borg"), "BORG_PASSPHRASE": PASSWORD}
    subprocess.run(["borg", "init", "--encryption", "repokey-blake2", here / "borg"], env=env, check=True)
    subprocess.run(["borg", "create", f"{here / 'borg'}::nuit", tree], env=env, check=True, capture_output=True)
    plan = [{"name": tool, "tool": tool, "location": str(here / tool)} for tool in ("restic", "borg")]
    secrets = {f"repository.{tool}": PASSWORD for tool in ("restic", "borg")}
    facts = collected({"here": here}, plan, secrets, tmp_path / "facts.care")
    for tool, files in (("restic", 2), ("borg", 1)):
        restore = the(facts, tool).restore
        assert restore is not None, reasons(facts, tool)
        assert (restore.sampled, restore.good) == (files, True)


def test_a_full_scratch_disk_is_said_and_left_clean(
    backup: Description, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A temporary folder of 1 MB on a disk of its own: each part says it, none crashes, nothing is left."""
    small = tmp_path / "petit"
    small.mkdir()
    stage.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small])
    try:
        monkeypatch.setenv("TMPDIR", str(small))
        monkeypatch.setattr(tempfile, "tempdir", None)
        own = Path(backup["repositories"])
        names = {"dpi-restic": "restic", "annuaire-borg": "borg"}
        plan = [{"name": name, "tool": tool, "location": str(own / name)} for name, tool in names.items()]
        secrets = {f"repository.{name}": PASSWORD for name in names}
        facts = collected({"own": own}, plan, secrets, tmp_path / "facts.care")
        assert "place" in reasons(facts, "dpi-restic")
        assert list(small.glob("care-backup-*")) == []
    finally:
        stage.run(["umount", small])
