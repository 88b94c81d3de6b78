"""The temporary folder of a run: gone at its end, at the next run when it was killed, never under a live one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanners.collection import Cancelled, Limits, collect_in_child
from scanners.scratch import remove_left_over, run_folder

HOLDER = (
    "import sys\nfrom scanners.scratch import run_folder\n"
    "with run_folder() as folder:\n    (folder / 'big').write_text('x')\n    print(folder, flush=True)\n"
    "    sys.stdin.read()"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of this process and of those it starts."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def another_run(place: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A run in a process of its own, and its folder."""
    run = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        env={**os.environ, "TMPDIR": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    with run:
        try:
            yield run, Path(run.stdout.readline().strip())
        finally:
            run.kill()


@pytest.mark.parametrize("fails", [False, True])
def test_a_run_leaves_nothing_behind(place: Path, fails: bool) -> None:
    def work() -> None:
        with run_folder() as folder:
            (folder / "deep").mkdir()
            (folder / "deep" / "file").write_text("x")
            assert folder.parent == place
            if fails:
                raise OSError("no space left")

    if fails:
        with pytest.raises(OSError, match="no space"):
            work()
    else:
        work()
    assert list(place.iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next_and_a_live_one_is_not(place: Path) -> None:
    with another_run(place) as (alive, held), another_run(place) as (killed, left):
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert (left / "big").exists()
        with run_folder() as mine:
            assert {path for path in place.iterdir() if path.is_dir()} == {held, mine}
        assert (held / "big").exists()
        alive.send_signal(signal.SIGKILL)
        alive.wait()
        remove_left_over(place)
    assert list(place.iterdir()) == []


def test_only_folders_of_ours_are_removed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    precious = place / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")
    (place / "care-run-link").symlink_to(precious)
    (place / "care-run-file").write_text("x")
    strange = place / "care-run-of-another-user"
    strange.mkdir()
    monkeypatch.setattr("scanners.scratch.os.getuid", lambda: os.geteuid() + 1)
    remove_left_over(place)
    assert strange.exists()
    monkeypatch.undo()
    remove_left_over(place)
    assert {path.name for path in place.iterdir()} == {"precious", "care-run-link", "care-run-file"}
    assert (precious / "file").exists()


NMAP = "#!/bin/sh\nif [ $1 = -V ]; then echo 'Nmap version 7.93 ( https://nmap.org )'; else touch begun; sleep 60; fi\n"
MANDATE = {
    "authorised_by": "D", "role": "D", "reference": "R", "scope": ["127.92.0.1"],
    "valid_from": "2026-01-01", "valid_to": "2100-12-31",
}  # fmt: skip


def test_a_collection_that_is_cancelled_leaves_no_file(
    place: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nmap is killed in the middle, its collector as well: neither can remove its folder."""
    program = tmp_path_factory.mktemp("programs") / "nmap"
    program.write_text(NMAP)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    begun: list[Path] = []

    def once_nmap_wrote() -> bool:
        begun.extend(place.glob("care-run-*/care-nmap-*/begun"))
        return bool(begun)

    order = {"targets": ["127.92.0.1"], "mandate": MANDATE}
    with pytest.raises(Cancelled):
        collect_in_child("exposure", order, {}, place / "facts", Limits(seconds=60), cancelled=once_nmap_wrote)
    assert begun
    assert list(place.iterdir()) == []
