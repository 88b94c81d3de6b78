"""`care bundle`: verified without a database, imported with receipts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from care import config
from care.domain.access import Level, Place
from care.domain.bundles import MAX_BYTES
from care.services.platform import Platform
from care.wiring import build_platform
from tests.support.federation import Sender, code_of, enrolled
from tests.support.people import MACHINE, plant_hospitals, valid_finess
from tests.unit.domain.bundle_files import KEY, file_of, key_id, payload, pseudonymous
from tests.unit.platform.test_cli import Result, ready, run

__all__ = ["ready", "run"]

Run = Callable[..., Result]
VALLEY = valid_finess("01000003")


@pytest.fixture
def region(ready: Run, tmp_path: Path) -> tuple[Platform, Sender]:
    platform = build_platform(config.load({"CARE_DATA_DIR": str(tmp_path / "var")}, tmp_path))
    place = Place(Level.REGION, plant_hospitals(platform).region)
    return platform, enrolled(platform, MACHINE, place, [VALLEY])[0]


def value(platform: Platform, at: datetime) -> list[object]:
    code, version = code_of(platform)
    return [code, version, at.year * 100 + at.month, 1, 1, f"{at:%Y-%m-%d}"]


def test_a_bundle_is_verified_without_any_installation(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "one.care-bundle"
    file.write_bytes(file_of(payload()))
    shown = run("bundle", "verify", str(file))
    assert shown.code == 0
    assert "Bundle no. 1" in shown.out
    assert "2 establishments (by FINESS), 3 values, 1 answers" in shown.out
    assert "Compare the fingerprint" in shown.err
    assert run("bundle", "verify", str(file), "--key", key_id(KEY)).code == 0
    other = run("bundle", "verify", str(file), "--key", "ab" * 32)
    assert (other.code, "another key" in other.err) == (1, True)
    document = json.loads(run("bundle", "verify", str(file), "--json", "-").out)
    assert (document["schema"], document["key"], document["months"]) == (
        "care-bundle-verify/1",
        key_id(KEY),
        [202610, 202611],
    )
    assert not (tmp_path / "var").exists()
    file.write_bytes(file_of(pseudonymous()))
    assert "under pseudonyms" in run("bundle", "verify", str(file)).out


def test_a_changed_or_too_large_file_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "one.care-bundle"
    file.write_bytes(file_of(payload()).replace(b"350000011", b"350000012"))
    refused = run("bundle", "verify", str(file))
    assert (refused.code, "signature" in refused.err) == (1, True)
    file.write_bytes(b"{" + b" " * MAX_BYTES)
    assert "exceeds" in run("bundle", "verify", str(file)).err
    missing = run("bundle", "verify", str(tmp_path / "none"))
    assert (missing.code, "cannot be read" in missing.err) == (3, True)


def test_bundles_are_imported_with_their_receipts(ready: Run, region: tuple[Platform, Sender], tmp_path: Path) -> None:
    platform, sender = region
    now = platform.clock.now()
    first, second, third = (tmp_path / f"{name}.care-bundle" for name in ("a", "b", "c"))
    first.write_bytes(sender.bundle(now, {VALLEY: [value(platform, now)]}))
    second.write_bytes(sender.bundle(now, {VALLEY: [value(platform, now)]}))
    third.write_bytes(b"bonjour")
    done = ready("bundle", "import", str(first), str(second), "--receipts", str(tmp_path / "receipts"))
    assert done.code == 0
    assert "a.care-bundle: taken (CH d’essai, n° 1). 1 values added" in done.out
    assert json.loads((tmp_path / "receipts/b.receipt.json").read_bytes())["verdict"] == "taken"
    again = ready("bundle", "import", str(second), str(third), "--json", "-")
    assert again.code == 1
    assert [one["verdict"] for one in json.loads(again.out)["files"]] == ["already", "refused"]
    assert "1 of 2 refused" in again.err
    platform.database.close()
