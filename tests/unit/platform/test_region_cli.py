"""`care region`, `care bundle export` and `care seal rotate`: what the command line says and leaves behind."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from care.domain.enrolments import read_request
from tests.support.regions import CODE
from tests.unit.platform.test_cli import Result, ready, run

__all__ = ["ready", "run"]

Run = Callable[..., Result]


@pytest.fixture
def code_file(tmp_path: Path) -> str:
    (tmp_path / "code").write_text(f"{CODE}\n")
    return str(tmp_path / "code")


def test_a_request_is_written_shown_and_given_up(ready: Run, tmp_path: Path, code_file: str) -> None:
    out = tmp_path / "request"
    asked = ready("region", "request", "--name", "CH de la Vallée", "--code-file", code_file, "--out", str(out))
    assert asked.code == 0
    assert read_request(out.read_bytes()).name == "CH de la Vallée"
    assert "no answer yet" in ready("region", "status").out
    shown = ready("bundle", "export", "--show")
    assert json.loads(shown.out)["holders"] == []
    refused = ready("bundle", "export", "--out", str(tmp_path / "x"))
    assert refused.code == 3
    assert "compare the fingerprint" in refused.err
    assert not (tmp_path / "x").exists()
    assert ready("region", "leave", "--yes").code == 0
    assert "left" in ready("region", "status").out


def test_what_cannot_be_done_is_one_sentence(ready: Run, tmp_path: Path, code_file: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    wanted = ("region", "join", "--name", "CH", "--code-file", code_file, "--url")
    assert "connection refused" in ready(*wanted, f"https://127.0.0.1:{port}").err
    assert ready(*wanted, "http://127.0.0.1").code == 2
    assert ready("bundle", "export").code == 2
    assert ready("region", "send").code == 3
    (tmp_path / "answer").write_bytes(b"{}")
    assert ready("region", "accept", str(tmp_path / "answer"), "--region", "1").code == 3
    assert ready("region", "enable", "--fingerprint", "00", "--region", "1").code == 3
    assert ready("region", "pause", "--region", "7").code == 3
    assert ready("region", "resume", "--number", "12", "--region", "1").code == 3


def test_a_new_key_signs_and_the_former_one_stays_known(ready: Run) -> None:
    before = ready("seal", "public-key").out
    rotated = ready("seal", "rotate", "--yes")
    assert rotated.code == 0
    after = ready("seal", "public-key").out
    assert before != after
    assert rotated.out == after
    assert ready("seal", "verify").code == 0
