"""The lab's own machinery: processes that end, waits that give up, builds that happen once."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from tests.lab import __main__ as command
from tests.lab import stage

FOREVER = "import signal, time; print('up', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {FOREVER!r}])"


def _spawn(folder: Path, code: str) -> stage.Process:
    process = stage.spawn(folder, "one", [sys.executable, "-c", code])
    stage.wait_until(lambda: "up" in process.log.read_text(), "its first word", 20, process)
    return process


@pytest.mark.parametrize("code", [FOREVER, PARENT])
def test_stop_all_ends_a_process_with_its_children(tmp_path: Path, code: str) -> None:
    process = _spawn(tmp_path, code)
    pid = int(process.pid_file.read_text().split()[0])
    assert stage.all_alive(tmp_path)
    stage.stop_all(tmp_path)
    assert not process.alive()
    assert not process.pid_file.exists()
    stage.wait_until(lambda: not _group_exists(pid), "the group to be empty", 5)


def test_a_process_deaf_to_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_TERM_SECONDS", 0.2)
    process = _spawn(tmp_path, STUBBORN)
    pid = int(process.pid_file.read_text().split()[0])
    stage.stop_all(tmp_path)
    stage.wait_until(lambda: not _group_exists(pid), "the group to be empty", 5)


def test_a_pid_taken_by_a_stranger_is_left_alone(tmp_path: Path) -> None:
    process = _spawn(tmp_path, FOREVER)
    pid, started = process.pid_file.read_text().split()
    stranger = tmp_path / "pids" / "stranger"
    stranger.write_text(f"{pid} {int(started) + 1}\n")
    stage.stop_process(stranger)
    assert process.alive()
    stage.stop_all(tmp_path)


def test_a_wait_quotes_the_log_of_a_process_that_died(tmp_path: Path) -> None:
    process = stage.spawn(tmp_path, "one", [sys.executable, "-c", "raise SystemExit('no such port')"])
    with pytest.raises(stage.LabError, match="no such port"):
        stage.wait_until(lambda: False, "a miracle", 20, process)
    stage.stop_all(tmp_path)


def test_a_wait_has_a_deadline() -> None:
    with pytest.raises(stage.LabError, match="in vain for a miracle"):
        stage.wait_until(lambda: False, "a miracle", 0.1)


def test_a_taken_address_is_said() -> None:
    with socket.socket() as listener:
        listener.bind(("127.251.1.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        stage.wait_for_port("127.251.1.1", port, 5)
        with pytest.raises(stage.LabError, match="octet 251"):
            stage.require_free("127.251.1.1", port)


def test_a_build_happens_once_per_fingerprint_and_whole_or_not_at_all(tmp_path: Path) -> None:
    made: list[str] = []

    def make(folder: Path) -> None:
        made.append(folder.name)
        (folder / "file").write_text("content")

    def break_down(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise stage.LabError("disk on fire")

    first = stage.cached(tmp_path, "thing", ["a"], make)
    assert stage.cached(tmp_path, "thing", ["a"], make) == first
    assert stage.cached(tmp_path, "thing", ["b"], make) != first
    assert len(made) == 2
    with pytest.raises(stage.LabError, match="fire"):
        stage.cached(tmp_path, "thing", ["c"], break_down)
    assert {entry.name for entry in tmp_path.iterdir()} == {first.name, "thing.lock"} | {
        f"thing-{stage.fingerprint(['b'])}"
    }


def test_a_part_without_processes_starts_once_and_a_broken_one_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts: list[int] = []

    class Files(_Part):
        def start(self, lab: Path, cache: Path, octet: int) -> stage.Description:
            starts.append(octet)
            return {}

    monkeypatch.setattr(command, "load", lambda _name: Files(fail=False))
    monkeypatch.setattr(command, "part_names", lambda: ["good"])
    for _ in range(2):
        command.start(tmp_path, tmp_path / "cache", 251, ["good"])
    assert starts == [251]
    gone = stage.spawn(tmp_path / "good", "one", [sys.executable, "-c", ""])
    stage.wait_until(lambda: not gone.alive(), "its end", 20)
    command.start(tmp_path, tmp_path / "cache", 251, ["good"])
    assert starts == [251, 251]


def test_two_sessions_get_two_octets() -> None:
    with stage.own_octet() as one, stage.own_octet() as other:
        assert one != other


def test_a_missing_package_is_named_with_its_command() -> None:
    with pytest.raises(stage.LabError, match="apt-get install care-unicorn"):
        stage.require_programs({"no-such-program-of-care": "care-unicorn", "sh": "dash"})


def test_an_unknown_part_ends_with_code_three_and_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["start", "--dir", str(tmp_path), "--parts", "nuclear"]) == 3
    assert "No lab part is called" in capsys.readouterr().err


class _Part:
    """A part whose start may fail after it spawned something."""

    def __init__(self, fail: bool) -> None:
        self.fail = fail

    def build(self, cache: Path) -> None:
        cache.mkdir(exist_ok=True)

    def start(self, lab: Path, cache: Path, octet: int) -> stage.Description:
        folder = lab / ("bad" if self.fail else "good")
        _spawn(folder, FOREVER)
        if self.fail:
            raise stage.LabError("port taken")
        return {"address": f"127.{octet}.9.1", "folder": str(folder), "cache": str(cache)}

    def stop(self, lab: Path) -> None:
        stage.stop_all(lab / ("bad" if self.fail else "good"))


def test_what_a_start_began_is_stopped_when_a_later_part_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"good": _Part(fail=False), "bad": _Part(fail=True)}
    monkeypatch.setattr(command, "load", parts.__getitem__)
    monkeypatch.setattr(command, "part_names", lambda: list(parts))
    lab, cache = tmp_path / "lab", tmp_path / "cache"
    with pytest.raises(stage.LabError, match="port taken"):
        command.start(lab, cache, 251, parts)
    assert not list(lab.glob("*/pids/*"))
    assert command.describe(lab) == {}

    assert command.start(lab, cache, 251, ["good"])["good"]["address"] == "127.251.9.1"
    again = command.start(lab, cache, 251, ["good"])
    assert again == command.describe(lab)
    assert len(list((lab / "good" / "pids").iterdir())) == 1
    command.stop(lab)
    assert not list(lab.glob("*/pids/*"))
    assert command.describe(lab) == {}


def _group_exists(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True
