"""`care import`: the preview, the confirmation, the exit codes, what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from care import config
from care.domain.access import machine_scope
from care.services.findings import FindingFilter, list_findings
from care.services.import_drafts import list_drafts
from care.services.platform import Platform
from care.wiring import build_platform
from tests.support.people import Hospitals, plant_hospitals, valid_finess
from tests.unit.platform.test_cli import Run, ready, run  # the same installation

__all__ = ["ready", "run"]

SAMPLES = Path(__file__).parents[1] / "imported" / "samples"
VALLEY = valid_finess("01000003")
MACHINE = machine_scope("tests")


@contextmanager
def opened(folder: Path) -> Iterator[Platform]:
    platform = build_platform(config.load({"CARE_DATA_DIR": str(folder / "var")}, folder))
    try:
        yield platform
    finally:
        platform.database.close()


@pytest.fixture
def hospitals(ready: Run, tmp_path: Path) -> Hospitals:
    with opened(tmp_path) as platform:
        return plant_hospitals(platform)


def state(folder: Path, hospitals: Hospitals) -> tuple[int, int, int]:
    """How many findings, drafts, and files in the work folder."""
    with opened(folder) as platform:
        found = list_findings(platform, MACHINE, hospitals.valley, FindingFilter()).page.total
        drafts = len(list_drafts(platform, MACHINE, hospitals.valley))
        return found, drafts, len(list((folder / "var" / "work").glob("*")))


def test_a_file_is_shown_then_imported(ready: Run, tmp_path: Path, hospitals: Hospitals) -> None:
    file = str(SAMPLES / "pingcastle.xml")
    asked = ready("import", "auto", file, "--establishment", VALLEY)
    assert asked.code == 2
    assert "add --yes" in asked.err
    assert "3 new, 0 back, 0 still there, 0 fixed" in asked.err
    assert state(tmp_path, hospitals) == (0, 0, 0)
    done = ready("import", "pingcastle", file, "--establishment", VALLEY, "--yes", "--json", "-", "--target", "AD")
    assert done.code == 0
    said = json.loads(done.out)
    assert (said["schema"], said["tool"], said["target"]) == ("care-import/1", "pingcastle", "AD")
    assert said["changes"] == {"new": 3, "still": 0, "fixed": 0, "back": 0}
    assert said["proves_all"] is True
    assert state(tmp_path, hospitals) == (3, 0, 0)
    again = ready("import", "auto", file, "--establishment", VALLEY, "--yes", "--complete")
    assert (again.code, "Imported before" in again.err) == (0, True)
    assert "recorded" in again.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["auto", "/nowhere"], 3, "cannot be read"),
        (["auto", "/etc"], 3, "cannot be read"),
        (["auto", __file__], 3, "no known tool"),
        (["nessus", str(SAMPLES / "nmap.xml")], 3, "seems to come from nmap"),
        (["auto", str(SAMPLES / "ssh_audit.json")], 3, "date"),
        (["auto", str(SAMPLES / "ssh_audit.json"), "--at", "hier"], 2, "YYYY-MM-DD"),
        (["auto", str(SAMPLES / "ssh_audit.json"), "--at", "2199-01-01"], 3, "future"),
        (["auto", str(SAMPLES / "nessus.nessus"), "--complete"], 3, "cannot be declared complete"),
        (["auto", str(SAMPLES / "nmap.xml"), "--target", " "], 2, "at most 200 characters"),
        (["excel", str(SAMPLES / "nmap.xml")], 2, "excel"),
    ],
)
def test_what_cannot_be_imported_is_said_in_a_sentence(
    ready: Run, tmp_path: Path, hospitals: Hospitals, arguments: list[str], code: int, said: str
) -> None:
    refused = ready("import", *arguments, "--establishment", VALLEY, "--yes")
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert state(tmp_path, hospitals) == (0, 0, 0)


def test_an_unknown_establishment(ready: Run, hospitals: Hospitals) -> None:
    refused = ready("import", "auto", str(SAMPLES / "nmap.xml"), "--establishment", "010000024", "--yes")
    assert (refused.code, "not in the registry" in refused.err) == (3, True)


def test_a_date_given_for_a_file_without_one(ready: Run, hospitals: Hospitals) -> None:
    file = str(SAMPLES / "ssh_audit.json")
    done = ready("import", "auto", file, "--establishment", VALLEY, "--yes", "--at", "2026-01-15", "--json", "-")
    assert done.code == 0
    assert json.loads(done.out)["finished_at"] == "2026-01-14T23:00:00+00:00"
