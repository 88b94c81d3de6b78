"""`care seal` and `care book`: the key, the chains, a book written and verified from the command line."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from care import config
from care.domain.evidence import EvidenceKind
from care.services import evidence, seal
from care.services.evidence import Details, Upload
from care.services.logbooks.writing import open_logbook
from care.store.registry import Establishment
from care.wiring import build_platform
from tests.support.people import MACHINE, plant_hospitals, valid_finess
from tests.unit.platform.test_cli import Result, ready, run

__all__ = ["ready", "run"]

Run = Callable[..., Result]
FINESS = valid_finess("01000003")


@pytest.fixture
def hospital(ready: Run, tmp_path: Path) -> Run:
    """An installation with one hospital that has two pieces of evidence, its chain signed."""
    platform = build_platform(config.load({"CARE_DATA_DIR": str(tmp_path / "var")}, tmp_path))
    place = plant_hospitals(platform).valley
    for number in range(2):
        details = Details(EvidenceKind.REPORT, f"Rapport {number}")
        upload = Upload("rapport.txt", BytesIO(b"rapport %d" % number))
        evidence.add_evidence(platform, MACHINE, place, details, upload)
    for chain in seal.chains(platform):
        seal.sign_end(platform, MACHINE, chain)
    platform.database.close()
    return ready


def test_the_key_is_shown_with_its_fingerprint(ready: Run, tmp_path: Path) -> None:
    shown = ready("seal", "public-key")
    assert shown.out.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert re.search(r"^([0-9a-f]{4} ){15}[0-9a-f]{4}$", shown.out, re.MULTILINE)
    assert shown.out == ready("seal", "public-key").out
    assert (tmp_path / "var/seal.key").stat().st_mode & 0o777 == 0o600


def test_sound_chains_are_said_to_be(hospital: Run) -> None:
    found = hospital("seal", "verify")
    assert found.code == 0
    assert "sound, 2 links, signed up to no. 2" in found.out
    assert "Audit trail" in found.out
    assert "1 signatures" in hospital("db", "verify-trail").err


def test_a_rewritten_chain_ends_with_one(hospital: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "var/care.sqlite3")) as database, database:
        database.execute("UPDATE evidence SET name = 'autre.txt' WHERE number = 1")
    found = hospital("seal", "verify")
    assert found.code == 1
    assert "Evidence no. 1 was changed" in found.out
    assert "set this database aside" in found.err


def test_chains_of_exercises_and_logbooks_are_read_as_well(hospital: Run, tmp_path: Path) -> None:
    platform = build_platform(config.load({"CARE_DATA_DIR": str(tmp_path / "var")}, tmp_path))
    with platform.database.read() as session:
        place = session.scalars(select(Establishment.id).order_by(Establishment.id)).first() or 0
    logbook = open_logbook(platform, MACHINE, place, "Panne du réseau")
    platform.database.close()
    assert "Exercises and logbooks: nothing altered." in hospital("seal", "verify").out
    assert "Exercises and logbooks: nothing altered." in hospital("db", "verify-trail").err
    with closing(sqlite3.connect(tmp_path / "var/care.sqlite3")) as database, database:
        assert database.execute("UPDATE logbook SET last_entry = last_entry + 1").rowcount == 1
    for command in (("seal", "verify"), ("db", "verify-trail")):
        found = hospital(*command)
        assert found.code == 1
        assert f"Logbook {logbook}: Line no." in found.out + found.err
        assert "nothing altered" not in found.out + found.err


def test_a_book_is_written_and_verified(hospital: Run, tmp_path: Path) -> None:
    book = tmp_path / "dossier.zip"
    written = hospital("book", "export", "--establishment", FINESS, "--out", str(book), "--kind", "report")
    assert written.code == 0, written.err
    assert "2 pieces" in written.err
    key = re.search(r"([0-9a-f]{4} ){15}[0-9a-f]{4}", hospital("seal", "public-key").out)
    assert key is not None
    sound = hospital("book", "verify", str(book), "--fingerprint", key[0])
    assert (sound.code, "signé par la clé attendue" in sound.out) == (0, True)
    content = bytearray(book.read_bytes())
    content[len(content) // 2] ^= 1
    book.write_bytes(content)
    assert hospital("book", "verify", str(book)).code == 1
    assert hospital("book", "verify", str(tmp_path / "absent.zip")).code == 2
    assert [one.name for one in tmp_path.iterdir() if "part" in one.name] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--establishment", "999999999"), "not in the registry"),
        (("--establishment", FINESS, "--kind", "contract"), "No evidence matches"),
        (("--establishment", FINESS, "--out", "/proc/nowhere/x.zip"), "could not be written"),
    ],
)
def test_a_book_that_cannot_be_written_is_said(
    hospital: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    refused = hospital("book", "export", "--out", str(tmp_path / "d.zip"), *arguments)
    assert refused.code == 3
    assert said in refused.err
    assert not (tmp_path / "d.zip").exists()
