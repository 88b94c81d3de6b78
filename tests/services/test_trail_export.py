"""The signed trail: read again offline by the script that travels, and no change of it goes unseen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from care.domain.access import Level, Role, Scope
from care.services import seal, trail
from care.services.errors import Forbidden
from care.services.platform import Platform
from care.services.trail import Thing
from care.services.trail_export import signed_trail
from care.store.evidence import Checkpoint
from care.store.trail import TrailEvent
from reports.seal import verifier
from tests.support.people import Hospitals, person

SCRIPT = Path(verifier.__file__)


@pytest.fixture
def written(platform: Platform, machine: Scope) -> Platform:
    """A trail of a few events, its end signed twice, the key replaced between."""
    for number in range(3):
        note(platform, machine, number)
    assert seal.sign_end(platform, machine, seal.TRAIL)
    seal.rotate(platform, machine)
    note(platform, machine, 3)
    assert seal.sign_end(platform, machine, seal.TRAIL)
    note(platform, machine, 4)
    return platform


def note(platform: Platform, scope: Scope, number: int) -> None:
    with platform.database.write() as session:
        detail = {"name": f"« cible » n° {number}", "ratio": 0.1}
        trail.record(session, scope, "target.added", Thing("target", number), platform.clock.now(), detail)


def exported(platform: Platform, scope: Scope, tmp_path: Path) -> Path:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"".join(signed_trail(platform, scope)))
    return path


@pytest.mark.both_databases
def test_the_script_verifies_the_trail_offline(
    written: Platform, machine: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("care.services.trail_export._BATCH", 2)
    path = exported(written, machine, tmp_path)
    asked = [sys.executable, "-I", str(SCRIPT), str(path), "--empreinte", written.signer.key_id]
    done = subprocess.run(asked, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "JOURNAL INTACT, signé par la clé attendue." in done.stdout
    assert f"{trail.verify(written).events} événements, 2 jalons signés" in done.stdout
    assert path.read_bytes().count(b'"trail.exported"') == 1
    assert subprocess.run([*asked[:-1], "0" * 64], capture_output=True).returncode == verifier.ALTERED


def change_word(lines: list[bytes]) -> None:
    lines[4] = lines[4].replace(b"cible", b"autre")


def drop_event(lines: list[bytes]) -> None:
    del lines[4]


def drop_end(lines: list[bytes]) -> None:
    del lines[-2]


def swap(lines: list[bytes]) -> None:
    lines[3], lines[4] = lines[4], lines[3]


def drop_signature(lines: list[bytes]) -> None:
    del lines[-1]


def add_after(lines: list[bytes]) -> None:
    lines.append(b"{}\n")


def forget_checkpoints(lines: list[bytes]) -> None:
    about = lines[1]
    start = about.index(b'"checkpoints":[') + len(b'"checkpoints":[')
    lines[1] = about[:start] + about[about.index(b"]", start) :]


CHANGES = (change_word, drop_event, drop_end, swap, drop_signature, add_after, forget_checkpoints)


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_of_the_file_goes_unseen(
    written: Platform, machine: Scope, tmp_path: Path, change: Callable[[list[bytes]], None]
) -> None:
    path = exported(written, machine, tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    change(lines)
    path.write_bytes(b"".join(lines))
    verdict = verifier.verify(path)
    assert verdict.problems
    assert verdict.kind == "trail"


def test_what_was_altered_before_the_export_is_named_although_the_signature_holds(
    written: Platform, machine: Scope, tmp_path: Path
) -> None:
    with written.database.write() as session:
        session.execute(update(TrailEvent).where(TrailEvent.number == 2).values(actor="personne"))
    problems = [one.fr for one in verifier.verify(exported(written, machine, tmp_path)).problems]
    assert problems == ["L’événement n° 2 ne correspond pas à son empreinte, ou ne suit pas ce qui précède."]


def test_an_event_taken_away_before_the_export_is_named(written: Platform, machine: Scope, tmp_path: Path) -> None:
    with written.database.write() as session:
        session.execute(delete(TrailEvent).where(TrailEvent.number == 2))
    problems = [one.fr for one in verifier.verify(exported(written, machine, tmp_path)).problems]
    assert problems[0] == "L’événement n° 2 manque."


def test_a_chain_made_again_does_not_go_through_the_signed_checkpoints(
    written: Platform, machine: Scope, tmp_path: Path
) -> None:
    with written.database.write() as session:
        session.execute(update(Checkpoint).values(hash="0" * 64))
    problems = [one.fr for one in verifier.verify(exported(written, machine, tmp_path)).problems]
    assert "La chaîne est rompue au jalon signé n° 3." in problems


def test_hostile_files_are_no_trail(tmp_path: Path) -> None:
    for content in (b"", b"{}\n", b"[]\n", b'{"checkpoints":[]}\n', b"\xff\n", b"{" + b'"a":{' * 5000 + b"\n", b"{}"):
        path = tmp_path / "x.jsonl"
        path.write_bytes(verifier.TRAIL_HEAD + content)
        assert verifier.verify(path).problems


def test_the_whole_chain_is_for_who_reads_the_whole_trail(platform: Platform, hospitals: Hospitals) -> None:
    ciso = replace(person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley), actor="ciso")
    with pytest.raises(Forbidden):
        signed_trail(platform, ciso)
