"""Dumps of a real PostgreSQL, in each of its formats: good ones pass, cut or damaged ones are damage."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scanners.backup.facts import BackupFacts
from scanners.collection import collect_in_child
from tests.integration.test_backup import reasons, the
from tests.lab.backup import tree_hash
from tests.lab.stage import copy_tree
from tests.support.postgresql import find_binaries, server

pytestmark = pytest.mark.lab
FORMATS = {"custom": "dpi.dump", "tar": "dpi.tar", "plain": "dpi.sql", "directory": "dpi.dir"}


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder a format, each with one dump of the same table of 20,000 rows."""
    folder, binaries = tmp_path_factory.mktemp("exports"), find_binaries()
    assert binaries is not None
    with server() as url:
        plain = url.replace("+psycopg", "")
        rows = "create table sejour as select n, md5(n::text) as nom from generate_series(1, 20000) n"
        subprocess.run([binaries / "psql", "-q", "-c", rows, plain], check=True)
        for kind, name in FORMATS.items():
            (folder / kind).mkdir()
            subprocess.run([binaries / "pg_dump", f"--format={kind}", "-f", folder / kind / name, plain], check=True)
    return folder


def collected(folder: Path, out: Path) -> BackupFacts:
    before = tree_hash(folder)
    plan = {
        "version": 1,
        "establishment": "Essai",
        "repositories": [
            {"name": kind, "tool": "postgresql", "location": str(folder / kind), "pattern": "dpi.*"} for kind in FORMATS
        ],
        "systems": [{"name": "DPI", "production": {"site": "A", "medium": "san"}}],
    }
    facts: BackupFacts = collect_in_child("backup", {"plan": plan}, {}, out).facts
    assert tree_hash(folder) == before
    return facts


def test_good_dumps_are_read_to_their_end(dumps: Path, tmp_path: Path) -> None:
    facts = collected(dumps, tmp_path / "facts.care")
    for kind in FORMATS:
        read = the(facts, kind)
        assert reasons(facts, kind) == ""
        assert read.check is not None
        assert read.check.sound
        assert read.restore is not None
        assert read.restore.good
        assert read.snapshots[0].size


def test_dumps_cut_in_their_data_are_damage(dumps: Path, tmp_path: Path) -> None:
    """The table of contents of a cut dump still lists: only reading it whole tells."""
    spoilt = tmp_path / "exports"
    copy_tree(dumps, spoilt)
    for kind, name in FORMATS.items():
        dump = spoilt / kind / name
        data = max(
            (file for file in [dump, *dump.glob("*.gz")] if file.is_file()), key=lambda file: file.stat().st_size
        )
        os.truncate(data, data.stat().st_size * 2 // 3)
    facts = collected(spoilt, tmp_path / "facts.care")
    for kind in FORMATS:
        check = the(facts, kind).check
        assert check is not None, kind
        assert not check.sound, kind
