"""Restore drills on repositories of other machines (SFTP, SSH, REST, S3): proved, refused clearly, never touched."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from scanners.collection import collect_in_child
from scanners.model import Status
from scanners.result import judge
from tests.integration.conftest import Lab
from tests.integration.test_backup import flip
from tests.integration.test_backup_servers import rest, ssh
from tests.integration.test_restore import Done, forged, processes_under, restic, temporary
from tests.lab import backup_servers, stage
from tests.lab.backup import PASSWORD, tree_hash
from tests.lab.backup_servers import Servers
from tests.lab.stage import Description, copy_tree
from tests.support.machine import eventually

pytestmark = pytest.mark.lab
WAYS = ("sftp", "borg", "rest")


@dataclass(frozen=True)
class Way:
    """A repository of another machine, what opens it, and the folder that holds it there."""

    tool: str
    remote: Description
    access: str
    folder: Path
    password: str = PASSWORD

    @property
    def plan(self) -> Description:
        return {
            "version": 1,
            "establishment": "Essai",
            "repositories": [{"name": "depot", "tool": self.tool, "remote": self.remote}],
            "systems": [
                {
                    "name": "DPI",
                    "production": {"site": "A", "medium": "san"},
                    "copies": [{"name": "loin", "medium": "disk", "site": "B", "repository": "depot"}],
                }
            ],
        }

    @property
    def secrets(self) -> dict[str, str]:
        return {"repository.depot": self.password, "access.depot": self.access}


@pytest.fixture(scope="module")
def backup(lab: Lab) -> Description:
    return lab.part("backup")


@pytest.fixture(scope="module")
def servers(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    started = backup_servers.start(tmp_path_factory.mktemp("servers") / "own", lab.octet)
    yield started
    backup_servers.stop(started.folder)


@pytest.fixture(scope="module")
def ways(servers: Servers, backup: Description) -> dict[str, Way]:
    """The healthy repositories of the lab, on other machines."""
    own = Path(backup["repositories"])
    for name in ("dpi-restic", "annuaire-borg"):
        copy_tree(own / name, servers.folder / name)
    shelf = backup_servers.shelve(servers, own / "dpi-restic", "dpi")
    dpi, directory = servers.folder / "dpi-restic", servers.folder / "annuaire-borg"
    return {
        "sftp": Way("restic", ssh(servers, dpi), servers.key, dpi),
        "borg": Way("borg", ssh(servers, directory), servers.key, directory),
        "rest": Way("restic", rest(servers, "dpi"), backup_servers.PASSWORD, shelf),
    }


def drill(folder: Path, way: Way, **asked: Any) -> Done:
    """One drill from afar: nothing of the repository changes, nothing stays of the scratch place, no secret is told."""
    before = tree_hash(way.folder)
    request = {"backup_plan": way.plan, "repository": "depot", "system": "DPI", **asked}
    with temporary(folder / "scratch") as scratch:
        archive = collect_in_child("restore", request, way.secrets, folder / "facts.care")
        assert list(scratch.iterdir()) == []
    assert tree_hash(way.folder) == before
    told = repr(archive.facts)
    assert all(secret not in told for secret in way.secrets.values() if secret)
    return Done(archive.facts, judge(archive))


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("asked", [{"sample_files": 10}, {"mode": "whole"}])
def test_files_come_back_from_another_machine(
    ways: dict[str, Way], tmp_path: Path, name: str, asked: dict[str, Any]
) -> None:
    done = drill(tmp_path, ways[name], **asked)
    assert done.why == ""
    assert done.facts.drill is not None
    assert done.facts.drill.sample.compared == asked.get("sample_files", 50)
    assert done.status("files_wrong") is Status.PASSED
    assert done.status("nothing_to_restore") is Status.PASSED


@pytest.mark.parametrize("name", WAYS)
def test_a_wrong_password_is_a_gap_and_no_damage(ways: dict[str, Way], tmp_path: Path, name: str) -> None:
    done = drill(tmp_path, replace(ways[name], password="faux"))
    assert "mot de passe refusé" in done.why
    assert done.facts.drill is None
    assert done.status("files_wrong") is Status.NOT_ASSESSABLE
    assert done.status("nothing_to_restore") is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("name", "access", "said"),
    [
        ("sftp", "", "secret d’accès"),
        ("borg", "", "secret d’accès"),
        ("rest", "autre", "mot de passe du serveur refusé"),
    ],
)
def test_a_door_that_stays_closed_is_said(
    ways: dict[str, Way], tmp_path: Path, name: str, access: str, said: str
) -> None:
    assert said in drill(tmp_path, replace(ways[name], access=access)).why


def test_a_key_of_a_stranger_is_refused(ways: dict[str, Way], servers: Servers, tmp_path: Path) -> None:
    assert "refuse la clé SSH" in drill(tmp_path, replace(ways["sftp"], access=servers.stranger)).why


@contextmanager
def backing_up(repository: Path) -> Iterator[None]:
    """A backup that is going on for the block, and holds its lock."""
    env = {**os.environ, "RESTIC_REPOSITORY": str(repository), "RESTIC_PASSWORD": PASSWORD}
    words = ["restic", "--quiet", "--no-cache", "backup", "--stdin"]
    running = subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    eventually(lambda: any((repository / "locks").iterdir()), "a lock")
    try:
        yield
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert running.stdin is not None
        running.stdin.close()


def test_a_repository_locked_by_a_backup_is_read_and_stays_locked(
    ways: dict[str, Way], servers: Servers, tmp_path: Path
) -> None:
    here = servers.folder / "occupe"
    copy_tree(ways["sftp"].folder, here)
    with backing_up(here):
        way = replace(ways["sftp"], remote=ssh(servers, here), folder=here)
        assert drill(tmp_path, way, sample_files=5).status("files_wrong") is Status.PASSED
        assert any((here / "locks").iterdir())
    directory = servers.folder / "occupe-borg"
    copy_tree(ways["borg"].folder, directory)
    (directory / "lock.exclusive").mkdir()
    (directory / "lock.exclusive" / "srv@1.2-3").touch()
    way = replace(ways["borg"], remote=ssh(servers, directory), folder=directory)
    assert drill(tmp_path, way, sample_files=5).status("files_wrong") is Status.PASSED


def test_damage_is_caught_from_afar(ways: dict[str, Way], servers: Servers, tmp_path: Path) -> None:
    for name, tool in (("sftp", "restic"), ("borg", "borg")):
        here = servers.folder / f"abime-{tool}"
        copy_tree(ways[name].folder, here)
        flip(max((one for one in here.glob("data/*/*") if one.is_file()), key=lambda one: one.stat().st_size))
        done = drill(tmp_path, replace(ways[name], remote=ssh(servers, here), folder=here), mode="whole")
        assert done.status("files_wrong") is Status.FAILED, (tool, done.why)


@pytest.mark.parametrize("name", WAYS)
def test_a_full_scratch_disk_is_told(ways: dict[str, Way], tmp_path: Path, name: str) -> None:
    disk = tmp_path / "scratch"
    disk.mkdir()
    stage.run(["mount", "-t", "tmpfs", "-o", "size=72m", "tmpfs", disk])
    try:
        done = drill(tmp_path, ways[name], mode="whole")
    finally:
        stage.run(["umount", disk])
    assert "plein" in done.why
    assert done.facts.drill is None


@pytest.mark.parametrize("name", WAYS)
def test_a_drill_killed_in_the_middle_leaves_the_repository_and_the_disk_as_they_were(
    ways: dict[str, Way], tmp_path: Path, name: str
) -> None:
    way, scratch, programs = ways[name], tmp_path / "scratch", tmp_path / "bin"
    scratch.mkdir()
    programs.mkdir()
    tool, order = (way.tool, "extract" if way.tool == "borg" else "restore")
    real = shutil.which(tool)
    script = f'#!/bin/sh\ncase "$*" in *{order}*) {real} "$@"; exec sleep 600;; esac\nexec {real} "$@"\n'
    (programs / tool).write_text(script)
    (programs / tool).chmod(0o755)
    (tmp_path / "order.json").write_text(json.dumps([way.plan, way.secrets]))
    program = (
        "import json; from pathlib import Path; from scanners.collection import collect_in_child; "
        f"plan, secrets = json.loads(Path({str(tmp_path / 'order.json')!r}).read_text()); "
        f"collect_in_child('restore', {{'backup_plan': plan, 'repository': 'depot'}}, secrets, "
        f"Path({str(tmp_path / 'out.care')!r}))"
    )
    env = {**os.environ, "TMPDIR": str(scratch), "PATH": f"{programs}:{os.environ['PATH']}"}
    before = tree_hash(way.folder)
    child = subprocess.Popen([sys.executable, "-c", program], env=env)
    eventually(lambda: list(scratch.glob("care-run-*/care-drill-*/restored/**/*.bin")) != [], "restored files")
    child.send_signal(signal.SIGKILL)
    child.wait()
    eventually(lambda: not processes_under(scratch), "the end of its processes")
    assert list(scratch.iterdir()) != []
    assert tree_hash(way.folder) == before
    assert not (tmp_path / "out.care").exists()
    drill(tmp_path, way, sample_files=1)


def test_strange_files_of_another_machine_are_told_and_do_no_harm(
    ways: dict[str, Way], servers: Servers, tmp_path: Path
) -> None:
    source = tmp_path / "arbre"
    source.mkdir()
    for number in range(250):  # more than are named one by one: the whole point comes back
        (source / f"{number}.txt").write_text(str(number))
    os.mknod(source / "disque", 0o600 | stat.S_IFBLK, os.makedev(7, 200))
    os.mkfifo(source / "tube")
    (source / "lien").symlink_to("/etc")
    repository = servers.folder / "etrange"
    restic(repository, "init")
    restic(repository, "backup", "--host", "srv", source)
    done = drill(tmp_path, replace(ways["sftp"], remote=ssh(servers, repository), folder=repository), mode="whole")
    assert done.facts.drill is not None, done.why
    assert done.facts.drill.oddities == {"device": 1, "link": 1, "pipe": 1}
    assert done.status("special_files") is Status.FAILED
    assert done.status("files_wrong") is Status.PASSED


def test_a_forged_archive_of_another_machine_writes_nothing_here(
    ways: dict[str, Way], servers: Servers, tmp_path: Path
) -> None:
    (outside := tmp_path / "production").mkdir()
    repository = forged(tmp_path, outside)
    done = drill(tmp_path, replace(ways["borg"], remote=ssh(servers, repository), folder=repository), mode="whole")
    assert list(outside.iterdir()) == []
    assert "derrière un lien" in done.why


# ---------------------------------------------------------------- S3


@pytest.fixture(scope="module")
def bucket(lab: Lab, servers: Servers, backup: Description, tmp_path_factory: pytest.TempPathFactory) -> Way:
    """A repository in a bucket whose objects no administrator can erase."""
    endpoint = backup_servers.start_s3(servers, lab.cache)
    source = tmp_path_factory.mktemp("s3") / "dossiers"
    source.mkdir()
    for number in range(20):
        (source / f"{number}.bin").write_bytes(os.urandom(2_000))
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(servers.folder),
        "RESTIC_REPOSITORY": f"s3:{endpoint}/conforme/depots/dpi",
        "RESTIC_PASSWORD": PASSWORD,
        "AWS_ACCESS_KEY_ID": backup_servers.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": backup_servers.SECRET_KEY,
    }
    stage.run(["restic", "init", "--quiet"], env=env)
    stage.run(["restic", "backup", "--quiet", "--no-cache", "--host", "srv-dpi", source], env=env)
    remote: Description = {
        "kind": "s3",
        "host": servers.address,
        "port": backup_servers.S3_PORT,
        "tls": False,
        "bucket": "conforme",
        "prefix": "depots/dpi",
        "access_key": backup_servers.ACCESS_KEY,
    }
    return Way("restic", remote, backup_servers.SECRET_KEY, source)


@pytest.fixture
def untouched(lab: Lab, servers: Servers, bucket: Way) -> Iterator[None]:
    """Every version of every object of the bucket is the same after the test."""
    before = backup_servers.objects(servers, lab.cache, "conforme")
    assert len(before) > 3
    yield
    assert backup_servers.objects(servers, lab.cache, "conforme") == before


@pytest.mark.usefixtures("untouched")
def test_a_bucket_is_drilled_and_never_touched(bucket: Way, tmp_path: Path) -> None:
    done = drill(tmp_path, bucket, mode="whole")
    assert done.facts.drill is not None, done.why
    assert done.facts.drill.sample.compared == 20
    assert done.status("files_wrong") is Status.PASSED


@pytest.mark.usefixtures("untouched")
def test_a_bucket_that_does_not_open_says_why(bucket: Way, tmp_path: Path) -> None:
    wrong = drill(tmp_path, replace(bucket, password="faux"))
    assert "mot de passe refusé" in wrong.why
    nowhere = drill(tmp_path, replace(bucket, remote={**bucket.remote, "bucket": "absent"}))
    assert nowhere.facts.drill is None
    assert nowhere.status("files_wrong") is Status.NOT_ASSESSABLE
    assert nowhere.why


@pytest.mark.usefixtures("untouched")
def test_a_full_scratch_disk_leaves_the_bucket_as_it_was(bucket: Way, tmp_path: Path) -> None:
    disk = tmp_path / "scratch"
    disk.mkdir()
    stage.run(["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", disk])
    try:
        assert "plein" in drill(tmp_path, bucket, mode="whole").why
    finally:
        stage.run(["umount", disk])
