"""`care audit exposure` and the hours of its mandate: it starts within them, ends with them, and says when it did."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import pytest

from care.cli import audit, main
from scanners.archive import read_archive

ADDRESS = "127.92.0.9"
NMAP = "#!/bin/sh\necho 'Nmap version 7.93 ( https://nmap.org )'\n"
MANDATE = f"""
authorised_by: La directrice
role: Directrice
reference: CONV-9
scope: [{ADDRESS}]
valid_from: 2026-01-01
valid_to: 2100-12-31
"""
Run = Callable[..., tuple[int, str]]


class Clock(datetime):
    """The clock of the command line: within the mandate until `over` is set."""

    over = threading.Event()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime(2101 if cls.over.is_set() else 2050, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr(Clock, "over", threading.Event())
    monkeypatch.setattr(audit, "datetime", Clock)
    return Clock


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command on a mandate that names one address of loopback; its exit code and what it said."""
    (tmp_path / "nmap").write_text(NMAP)
    (tmp_path / "nmap").chmod(0o755)
    (tmp_path / "mandate.yaml").write_text(MANDATE)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("CARE_DATA_DIR", str(tmp_path / "var"))

    def call(ports: str) -> tuple[int, str]:
        words = ["audit", "exposure", f"--mandate={tmp_path}/mandate.yaml", f"--targets={ADDRESS}", f"--ports={ports}"]
        with pytest.raises(SystemExit) as end:
            main(["--lang", "en", *words, f"--facts-out={tmp_path}/facts", f"--json={tmp_path}/out.json"])
        return int(end.value.code or 0), capsys.readouterr().err

    return call


@pytest.fixture
def server(clock: type[Clock]) -> Iterator[int]:
    """A port that is open; once it is called, the hours are over."""
    with socket.create_server((ADDRESS, 0)) as listener:
        listener.settimeout(30)

        def accept() -> None:
            listener.accept()[0].close()
            clock.over.set()

        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_an_audit_ends_with_the_hours_of_its_mandate_and_says_that_it_is_a_part(
    run: Run, server: int, tmp_path: Path
) -> None:
    """At the gentle pace all these ports would take hours."""
    code, said = run(f"{server},61000-65535")
    assert code == 3
    assert "Stopped at the end of the hours of the mandate “CONV-9”: the result is partial" in said
    facts = read_archive(tmp_path / "facts").facts
    assert facts.unfinished == (ADDRESS,)
    assert [gap.section for gap in facts.gaps] == ["hosts"]
    statuses = {outcome["status"] for outcome in json.loads((tmp_path / "out.json").read_text())["outcomes"]}
    assert "passed" not in statuses


def test_hours_that_close_before_anything_was_seen_are_said(
    run: Run, clock: type[Clock], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Between the check and the first look, when the collecting process has hardly begun."""
    check = audit.Mandate.check_time

    def then_closed(self: audit.Mandate, now: datetime) -> None:
        check(self, now)
        clock.over.set()

    monkeypatch.setattr(audit.Mandate, "check_time", then_closed)
    code, said = run("61000-65535")
    assert code == 3
    assert "no longer allows the audit at this hour: stopped before anything was seen" in said
    assert not (tmp_path / "facts").exists()


def test_outside_its_hours_nothing_starts(run: Run, clock: type[Clock], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "collect_in_child", pytest.fail)
    clock.over.set()
    code, said = run("22")
    assert code == 3
    assert "expired on 2100-12-31" in said
