"""Restore drills on real restic and borg repositories: what came back is proved, what did not is told."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scanners.collection import collect_in_child
from scanners.model import Status
from scanners.restore.facts import RestoreFacts
from scanners.result import AuditResult, judge
from tests.integration.conftest import Lab
from tests.lab.backup import PASSWORD, tree_hash
from tests.lab.stage import Description
from tests.support.machine import eventually
from tests.support.postgresql import find_binaries, server

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def backup(lab: Lab) -> Description:
    return lab.part("backup")


@dataclass(frozen=True)
class Done:
    """A drill and what rules said of it."""

    facts: RestoreFacts
    result: AuditResult

    def status(self, name: str) -> Status:
        return next(one.status for one in self.result.outcomes if one.rule.id == f"restore.{name}")

    @property
    def why(self) -> str:
        return " ".join(gap.reason.fr for gap in self.facts.gaps)


def drill(folder: Path, location: Path, tool: str, password: str = PASSWORD, **asked: Any) -> Done:
    """One drill; the repository must come out of it untouched, and nothing may stay of the scratch place."""
    before = tree_hash(location) if location.exists() else ""
    plan = {
        "version": 1,
        "establishment": "Essai",
        "repositories": [{"name": "depot", "tool": tool, "location": str(location)}],
        "systems": [
            {
                "name": "DPI",
                "production": {"site": "A", "medium": "san"},
                "dmard_hours": 8,
                "copies": [{"name": "disque", "medium": "disk", "site": "B", "repository": "depot"}],
            }
        ],
    }
    request = {"backup_plan": plan, "repository": "depot", "system": "DPI", **asked}
    with temporary(folder / "scratch") as scratch:
        archive = collect_in_child("restore", request, {"repository.depot": password}, folder / "facts.care")
        assert list(scratch.iterdir()) == []
    assert (tree_hash(location) if location.exists() else "") == before
    return Done(archive.facts, judge(archive))


@contextmanager
def temporary(wanted: Path) -> Iterator[Path]:
    """Temporary files go there for the block; elsewhere than pytest's own folder, which is closed to other accounts."""
    former = tempfile.tempdir
    scratch = wanted if wanted.exists() else Path(tempfile.mkdtemp(prefix="care-test-"))
    scratch.chmod(0o755)
    tempfile.tempdir = str(scratch)
    try:
        yield scratch
    finally:
        tempfile.tempdir = former
        if scratch != wanted:
            scratch.rmdir()


def at(backup: Description, name: str) -> Path:
    return Path(backup["repositories"]) / name


def stored(backup: Description, name: str) -> Path:
    """Where the lab's repositories keep the files of the hospital."""
    return Path(backup["repositories"]).parent / "data" / "hopital"


@pytest.mark.parametrize(("name", "tool"), [("dpi-restic", "restic"), ("annuaire-borg", "borg")])
def test_a_drawn_sample_comes_back_and_can_be_drawn_again(
    backup: Description, tmp_path: Path, name: str, tool: str
) -> None:
    first = drill(tmp_path, at(backup, name), tool, sample_files=10)
    assert first.facts.gaps == ()
    made = first.facts.drill
    assert made is not None
    assert (made.sample.sampled, made.sample.compared, made.sample.wrong) == (10, 10, 0)
    assert (made.proof, made.listed, len(made.files)) == ("repository", 50, 10)
    assert first.status("files_wrong") is Status.PASSED
    assert first.status("nothing_to_restore") is Status.PASSED
    again = drill(tmp_path, at(backup, name), tool, sample_files=10, seed=made.sample.seed)
    assert again.facts.drill is not None
    assert again.facts.drill.files == made.files


@pytest.mark.parametrize(("name", "tool"), [("dpi-restic", "restic"), ("annuaire-borg", "borg")])
def test_a_manifest_of_the_time_of_the_backup_proves_it(
    backup: Description, tmp_path: Path, name: str, tool: str
) -> None:
    folder = stored(backup, name)
    listed = subprocess.run(
        ["sha256sum", *sorted(one.name for one in folder.iterdir())],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    whole = drill(tmp_path, at(backup, name), tool, mode="whole", manifest=listed)
    assert whole.facts.drill is not None
    assert (whole.facts.drill.proof, whole.facts.drill.sample.compared) == ("manifest", 50)
    assert whole.status("files_wrong") is Status.PASSED
    assert whole.status("full_restore_over_dmard") is Status.PASSED
    first, *others = listed.splitlines(keepends=True)
    wrong = drill(tmp_path, at(backup, name), tool, mode="whole", manifest="0" * 64 + first[64:] + "".join(others))
    assert wrong.status("files_wrong") is Status.FAILED
    short = drill(tmp_path, at(backup, name), tool, mode="whole", manifest="".join(others))
    assert short.status("files_wrong") is Status.NOT_ASSESSABLE


def test_the_damaged_pack_is_caught(backup: Description, tmp_path: Path) -> None:
    done = drill(tmp_path, at(backup, "pacs-restic"), "restic", mode="whole")
    assert done.status("files_wrong") is Status.FAILED
    assert done.facts.drill is not None
    assert not done.facts.drill.good
    assert "dossier-" not in repr(done.facts)  # the tool named the file, we do not


def test_what_was_named_comes_back_and_a_wrong_name_is_no_success(backup: Description, tmp_path: Path) -> None:
    """restic itself restores nothing and ends with 0."""
    folder = stored(backup, "dpi-restic")
    named = [f"{folder}/dossier-003.bin", f"{folder}/compte rendu [validé] n° 1.txt"]
    done = drill(tmp_path, at(backup, "dpi-restic"), "restic", mode="named", paths=named)
    assert done.facts.drill is not None
    assert done.facts.drill.sample.compared == 2
    wrong = drill(tmp_path, at(backup, "dpi-restic"), "restic", mode="named", paths=["/nulle/part"])
    assert wrong.facts.drill is None
    assert "/nulle/part" in wrong.why
    assert wrong.status("files_wrong") is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"password": "faux"}, "mot de passe refusé"),
        ({"password": ""}, "ajoutez son secret"),
        ({"snapshot": "0badc0de"}, "n’y est pas ou plus"),
        ({"mode": "whole", "max_bytes": 1 << 20}, "trop gros"),
        ({"max_bytes": 1 << 10, "sample_files": 1, "seed": 1}, ""),
    ],
)
def test_what_cannot_be_made_says_why(backup: Description, tmp_path: Path, asked: dict[str, Any], said: str) -> None:
    done = drill(tmp_path, at(backup, "dpi-restic"), "restic", **asked)
    assert said in done.why
    if said:
        assert done.facts.drill is None
        assert done.status("files_wrong") is Status.NOT_ASSESSABLE
        assert done.status("nothing_to_restore") is Status.NOT_ASSESSABLE


def test_a_machine_without_a_point_has_nothing_to_restore(backup: Description, tmp_path: Path) -> None:
    done = drill(tmp_path, at(backup, "dpi-restic"), "restic", host="srv-autre")
    assert done.status("nothing_to_restore") is Status.FAILED
    assert (done.facts.points, done.facts.others) == (0, 2)
    point = drill(tmp_path, at(backup, "dpi-restic"), "restic", sample_files=1).facts.drill
    assert point is not None
    other = drill(tmp_path, at(backup, "dpi-restic"), "restic", host="srv-autre", snapshot=point.sample.snapshot)
    assert "d’une autre machine" in other.why


def test_a_repository_without_a_point(backup: Description, tmp_path: Path) -> None:
    done = drill(tmp_path, at(backup, "vide-restic"), "restic")
    assert done.status("nothing_to_restore") is Status.FAILED
    assert done.facts.gaps == ()


def test_a_locked_repository_is_read_and_stays_locked(backup: Description, tmp_path: Path) -> None:
    copy = tmp_path / "paie"
    shutil.copytree(at(backup, "paie-borg"), copy, symlinks=True)
    (copy / "lock.exclusive").mkdir()
    (copy / "lock.exclusive" / "srv@1.2-3").touch()
    assert drill(tmp_path, copy, "borg", sample_files=5).status("files_wrong") is Status.PASSED


# ---------------------------------------------------------------- trees and dumps made on purpose


def restic(repository: Path, *words: str | Path) -> None:
    env = {**os.environ, "RESTIC_REPOSITORY": str(repository), "RESTIC_PASSWORD": PASSWORD}
    subprocess.run(["restic", "--quiet", "--no-cache", *words], env=env, check=True, capture_output=True)


def saved(folder: Path, source: Path) -> Path:
    """A repository of one point that holds `source`."""
    repository = folder / "depot"
    restic(repository, "init")
    restic(repository, "backup", "--host", "srv", source)
    return repository


def test_an_empty_point_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "rien").mkdir()
    done = drill(tmp_path, saved(tmp_path, tmp_path / "rien"), "restic")
    assert done.status("nothing_to_restore") is Status.FAILED


def test_devices_links_and_raised_rights_are_told_and_do_no_harm(tmp_path: Path) -> None:
    source = tmp_path / "arbre"
    (source / "fermé").mkdir(parents=True)
    for number in range(300):  # more than are named one by one: the whole point comes back
        (source / f"{number}.txt").write_text(str(number))
    raised = source / "eleve"
    raised.write_bytes(b"#!/bin/sh\n")
    raised.chmod(0o4755)
    os.mknod(source / "disque", 0o600 | stat.S_IFBLK, os.makedev(7, 200))
    os.mkfifo(source / "tube")
    (source / "lien").symlink_to("/etc/passwd")
    (source / "dur").hardlink_to(source / "1.txt")
    (source / "fermé" / "x").write_text("x")
    (source / "fermé").chmod(0)
    done = drill(tmp_path, saved(tmp_path, source), "restic", mode="whole")
    assert done.facts.drill is not None
    assert done.facts.drill.oddities == {"device": 1, "hard_link": 2, "link": 1, "pipe": 1, "setuid": 1}
    assert done.status("special_files") is Status.FAILED
    assert done.status("files_wrong") is Status.PASSED


def forged(folder: Path, outside: Path) -> Path:
    """A borg archive that no `borg create` makes: a link, then files behind it, and more than are named one by one."""
    tree, bundle = folder / "arbre", folder / "forge.tar"
    tree.mkdir()
    with tarfile.open(bundle, "w") as made:
        link = tarfile.TarInfo("dossier")
        link.type, link.linkname = tarfile.SYMTYPE, str(outside)
        made.addfile(link)
        for number in range(250):
            file = tarfile.TarInfo(f"dossier/{number}.txt")
            file.size = 1
            made.addfile(file, io.BytesIO(b"x"))
    repository = folder / "borg"
    env = {**os.environ, "BORG_BASE_DIR": str(folder / "base"), "BORG_PASSPHRASE": PASSWORD}
    for words in (
        ("init", "--encryption", "repokey-blake2", repository),
        ("import-tar", f"{repository}::nuit", bundle),
    ):
        subprocess.run(["borg", *words], env=env, check=True, capture_output=True)
    return repository


def test_a_forged_archive_writes_nothing_outside_of_the_scratch_place(tmp_path: Path) -> None:
    """borg itself follows the link when it extracts the whole archive."""
    (outside := tmp_path / "production").mkdir()
    repository = forged(tmp_path, outside)
    whole = drill(tmp_path, repository, "borg", mode="whole")
    assert list(outside.iterdir()) == []
    assert "derrière un lien" in whole.why
    assert whole.status("files_wrong") is Status.NOT_ASSESSABLE
    named = drill(tmp_path, repository, "borg", mode="named", paths=["dossier/7.txt"])
    assert named.status("files_wrong") is Status.PASSED
    assert list(outside.iterdir()) == []


@contextmanager
def unchangeable(*paths: Path) -> Iterator[None]:
    """Files that nobody may change nor remove for the block, as administrators do with /etc/resolv.conf."""
    subprocess.run(["chattr", "+i", *paths], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *paths], check=True)


def test_files_that_forbid_their_own_removal_are_compared_and_removed(tmp_path: Path) -> None:
    """borg brings their flags back: the scratch place would keep them for ever."""
    source, repository = tmp_path / "arbre", tmp_path / "borg"
    (source / "clos").mkdir(parents=True)
    for path in (source / "resolv.conf", source / "clos" / "dossier.txt"):
        path.write_text("à garder")
    env = {**os.environ, "BORG_BASE_DIR": str(tmp_path / "base"), "BORG_PASSPHRASE": PASSWORD}
    subprocess.run(["borg", "init", "--encryption", "repokey-blake2", repository], env=env, check=True)
    with unchangeable(source / "resolv.conf", source / "clos"):
        subprocess.run(["borg", "create", f"{repository}::nuit", source], env=env, check=True)
    done = drill(tmp_path, repository, "borg", mode="whole")
    assert done.facts.drill is not None, done.why
    assert done.facts.drill.sample.compared == 2
    assert done.status("files_wrong") is Status.PASSED


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A restic repository that holds dumps: good, cut short, hostile."""
    folder = tmp_path_factory.mktemp("dumps")
    source = folder / "bases"
    source.mkdir()
    binaries = find_binaries()
    assert binaries is not None
    with server() as url:
        plain = url.replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True) as made:
            made.execute("CREATE TABLE patient (id int PRIMARY KEY, nom text)")
            made.execute("INSERT INTO patient SELECT n, 'l''été; \\ ' || n FROM generate_series(1, 500) n")
            made.execute("CREATE FUNCTION deux() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 2; -- ;\nEND $$")
        for form, name in (("-Fc", "dpi.dump"), ("-Fp", "dpi.sql")):
            subprocess.run([binaries / "pg_dump", form, "-f", source / name, plain], check=True)
    whole = (source / "dpi.dump").read_bytes()
    (source / "coupe.dump").write_bytes(whole[: len(whole) * 3 // 4])
    (source / "vide.sql").write_text("-- rien\n")
    (source / "hostile.sql").write_text(HOSTILE.replace("MARK", str(folder / "mark")))
    return saved(folder, source)


HOSTILE = """
\\! touch MARK
\\copy t from program 'touch MARK'
COPY (SELECT 1) TO PROGRAM 'touch MARK';
COPY (SELECT 1) TO 'MARK';
CREATE EXTENSION file_fdw;
CREATE EXTENSION dblink;
CREATE EXTENSION plperl;
CREATE LANGUAGE plpython3u;
SELECT pg_read_file('/etc/passwd');
SELECT lo_export(lo_from_bytea(0, 'x'), 'MARK');
ALTER ROLE care_drill SUPERUSER;
SET ROLE care_owner;
SET SESSION AUTHORIZATION care_owner;
DROP EVENT TRIGGER care_fence;
CREATE FUNCTION c() RETURNS int LANGUAGE c AS '/lib/x86_64-linux-gnu/libc.so.6', 'system';
CREATE TABLE t (i int);
INSERT INTO t VALUES (1);
"""


def base(repository: Path, name: str) -> str:
    return str(repository.parent / "bases" / name)


@pytest.mark.parametrize("name", ["dpi.dump", "dpi.sql"])
def test_a_dump_loads_and_answers(dumps: Path, tmp_path: Path, name: str) -> None:
    query = "SELECT max(id) FROM patient"
    done = drill(tmp_path, dumps, "restic", mode="named", databases=[base(dumps, name)], query=query)
    (loaded,) = done.facts.databases
    assert loaded.good
    assert [(table.name, table.rows) for table in loaded.tables] == [("patient", 500)]
    assert loaded.answer is not None
    assert loaded.answer.value == 500
    assert done.status("database_unusable") is Status.PASSED
    assert "été" not in repr(done.facts)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("coupe.dump", ""),
        ("vide.sql", ""),
        ("dpi.dump", "SELECT 1 FROM absente"),
        ("dpi.dump", "SELECT 1 WHERE false"),
        ("dpi.dump", "DELETE FROM patient"),
    ],
)
def test_a_database_that_is_not_usable_fails(dumps: Path, tmp_path: Path, name: str, query: str) -> None:
    done = drill(tmp_path, dumps, "restic", mode="named", databases=[base(dumps, name)], query=query)
    assert done.status("files_wrong") is Status.PASSED
    assert done.status("database_unusable") is Status.FAILED


def test_a_hostile_dump_reaches_nothing(dumps: Path, tmp_path: Path) -> None:
    done = drill(tmp_path, dumps, "restic", mode="named", databases=[base(dumps, "hostile.sql")])
    (loaded,) = done.facts.databases
    assert [(table.name, table.rows) for table in loaded.tables] == [("t", 1)]
    refused = HOSTILE.count("\n") - 3  # a blank line and two good orders
    assert loaded.errors + loaded.left_out == refused
    assert not (dumps.parent / "mark").exists()
    assert done.status("database_unusable") is Status.FAILED


def test_a_dump_that_fills_the_disk_is_stopped(tmp_path: Path) -> None:
    source = tmp_path / "bases"
    source.mkdir()
    (source / "enfle.sql").write_text(
        "CREATE TABLE t AS SELECT repeat(md5(n::text), 100) AS x FROM generate_series(1, 100000000) n;\n"
    )
    asked: dict[str, Any] = {"mode": "named", "databases": [str(source / "enfle.sql")], "max_bytes": 1 << 20}
    done = drill(tmp_path, saved(tmp_path, source), "restic", **asked)
    assert "limite de" in done.why
    assert done.status("database_unusable") is Status.NOT_ASSESSABLE


def test_a_dump_that_never_ends_is_stopped(tmp_path: Path) -> None:
    source = tmp_path / "bases"
    source.mkdir()
    (source / "sans-fin.sql").write_text("SET statement_timeout = 0;\nSELECT pg_sleep(86400);\n")
    asked: dict[str, Any] = {"mode": "named", "databases": [str(source / "sans-fin.sql")], "seconds": 8}
    done = drill(tmp_path, saved(tmp_path, source), "restic", **asked)
    assert "limite de temps" in done.why


# ---------------------------------------------------------------- the scratch place


def test_a_full_scratch_disk_is_told(backup: Description, tmp_path: Path) -> None:
    disk = tmp_path / "scratch"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=72m", "tmpfs", disk], check=True)
    try:
        done = drill(tmp_path, at(backup, "dpi-restic"), "restic", mode="whole")
    finally:
        subprocess.run(["umount", disk], check=True)
    assert "plein" in done.why
    assert done.facts.drill is None


def test_what_a_killed_drill_left_is_gone_with_the_next(backup: Description, tmp_path: Path) -> None:
    """Killed like by the system: the parent first, without a word."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    programs = tmp_path / "bin"
    programs.mkdir()
    real = shutil.which("restic")
    (programs / "restic").write_text(
        f'#!/bin/sh\ncase "$*" in *restore*) {real} "$@"; exec sleep 600;; esac\nexec {real} "$@"\n'
    )
    (programs / "restic").chmod(0o755)
    plan = {
        "version": 1,
        "establishment": "Essai",
        "repositories": [{"name": "depot", "tool": "restic", "location": str(at(backup, "dpi-restic"))}],
        "systems": [{"name": "DPI", "production": {"site": "A", "medium": "san"}}],
    }
    (tmp_path / "plan.yaml").write_text(json.dumps(plan))
    program = (
        "import json, sys; from pathlib import Path; from scanners.collection import collect_in_child; "
        f"plan = json.loads(Path({str(tmp_path / 'plan.yaml')!r}).read_text()); "
        f"collect_in_child('restore', {{'backup_plan': plan, 'repository': 'depot'}}, {{'repository.depot': "
        f"{PASSWORD!r}}}, "
        f"Path({str(tmp_path / 'out.care')!r}))"
    )
    env = {**os.environ, "TMPDIR": str(scratch), "PATH": f"{programs}:{os.environ['PATH']}"}
    before = tree_hash(at(backup, "dpi-restic"))
    child = subprocess.Popen([sys.executable, "-c", program], env=env)
    eventually(lambda: list(scratch.glob("care-run-*/care-drill-*/restored/**/*.bin")) != [], "restored files")
    child.send_signal(signal.SIGKILL)
    child.wait()
    eventually(lambda: not processes_under(scratch), "the end of its processes")
    assert list(scratch.iterdir()) != []
    assert tree_hash(at(backup, "dpi-restic")) == before
    drill(tmp_path, at(backup, "dpi-restic"), "restic", sample_files=1)


def processes_under(folder: Path) -> list[int]:
    """Processes whose temporary folder is there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}".encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def test_the_command_line_makes_a_drill(backup: Description, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    words = [
        "--plan",
        backup["plan"],
        "--repository",
        "dpi-restic",
        "--system",
        "DPI",
        "--files",
        "5",
        "--json",
        str(out),
    ]
    done = subprocess.run([".venv/bin/care", "audit", "restore", *words], capture_output=True, text=True)
    assert done.returncode in (0, 3), done.stderr
    statuses = {one["rule"]: one["status"] for one in json.loads(out.read_text())["outcomes"]}
    assert statuses["restore.files_wrong"] == "passed"
    refused = subprocess.run(
        [".venv/bin/care", "audit", "restore", "--plan", backup["plan"], "--repository", "absent"],
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 3
    assert "absent" in refused.stderr
