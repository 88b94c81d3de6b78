"""The demonstration as a script runs it: the whole chain, from an empty folder to the report."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import page
import pytest

from tests.lab import stage
from tests.lab.ad import PASSWORDS
from tests.support.leaks import leaks
from tests.support.postgresql import free_port

ROOT = Path(__file__).parents[2]
SCANNERS = ("Active Directory", "Sauvegardes", "Exposition sur Internet", "Télémaintenance", "Postes et détection")

SECRETS_OF_THE_DIRECTORY = ("SECRETPLANTE", "Copieur2019", "Jamais-Transmis-2026", *PASSWORDS.values())

pytestmark = pytest.mark.lab


def demonstrate(folder: Path, octet: int) -> subprocess.CompletedProcess[str]:
    port = free_port()
    chosen = {"DEMO_EXIT": "1", "DEMO_DIR": str(folder), "DEMO_PORT": str(port), "DEMO_OCTET": str(octet)}
    command = [sys.executable, "-m", "tools.demo"]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **chosen, "COLUMNS": "120"}, capture_output=True, text=True, timeout=600
    )


def processes_of(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


def test_the_demonstration_audits_a_hospital_twice_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with stage.own_octet() as octet:
        first, second = demonstrate(tmp_path, octet), demonstrate(tmp_path, octet)
    for run in (first, second):
        assert run.returncode == 0, run.stdout + run.stderr
        for scanner in SCANNERS:
            row = next(line for line in run.stdout.splitlines() if line.startswith(scanner))
            passed, failed, unknown, broken, _findings = map(int, row.removeprefix(scanner).split())
            assert passed + failed + unknown > 0
            assert (scanner, broken) == (scanner, 0)
    report = tmp_path / "rapport-audit.pdf"
    for profile in ("ua1", "2a"):
        assert page.validate_pdf_bytes(report.read_bytes(), profile=profile).failures == []
    accounts = tmp_path / "comptes.json"
    assert set(json.loads(accounts.read_text())) == {"admin", "rssi", "direction"}
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "care.sqlite3")) as base:
        assert base.execute("SELECT count(*) FROM activity").fetchone() == (15,)  # the sample hospital, once
        told = dict(base.execute("SELECT rule, count(*) FROM finding WHERE rule LIKE 'continuity.%' GROUP BY rule"))
    assert told["continuity.circular_dependency"] == 1
    assert accounts.stat().st_mode & 0o077 == 0
    kept = [file for file in tmp_path.rglob("*") if file.is_file() and (tmp_path / "lab") not in file.parents]
    assert (tmp_path / "data" / "care.sqlite3") in kept
    assert leaks(kept, SECRETS_OF_THE_DIRECTORY) == []
    assert processes_of(tmp_path) == []
