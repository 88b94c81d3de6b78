"""ssh-audit in its child: its report, the servers it cannot read, and an audit that is stopped."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import collect_ssh_audit, collect_ssh_audit_child
from scanners.collect_ssh_audit import read_report
from scanners.exposure.collect_ssh import audited
from scanners.exposure.collect_wire import Pace, Reach
from scanners.ssh_offer import Ssh, SshNote
from scanners.stopping import Stop
from tests.unit.exposure.test_conversations import server

OFFER = Ssh("2.0", ("curve25519-sha256",), ("ssh-rsa",))
REPORT = {
    "kex": [
        {"algorithm": "diffie-hellman-group-exchange-sha256", "keysize": 1024, "notes": {"fail": ["small modulus"]}},
        {"algorithm": "diffie-hellman-group-exchange-sha1", "keysize": 2048, "notes": {}},
    ],
    "key": [
        {
            "algorithm": "ssh-rsa",
            "keysize": 1024,
            "notes": {"fail": ["1024-bit\x1b[31m"], "warn": ["old"], "info": ["x"]},
        }
    ],
    "enc": [],
    "mac": [],
}


def test_a_report_gives_sizes_and_verdicts() -> None:
    seen = read_report(json.dumps(REPORT).encode(), OFFER)
    assert (seen.audited, seen.dh_bits, seen.host_key_bits) == (True, 1024, (("ssh-rsa", 1024),))
    assert SshNote("key", "ssh-rsa", "fail", "1024-bit [31m") in seen.notes
    assert [note.level for note in seen.notes] == ["fail", "fail", "warn"]


@pytest.mark.parametrize(
    "report", [b"", b"[]", b"null", b"{}", b'{"kex": 1}', b'{"kex": [], "key": [{"algorithm": 3}]}']
)
def test_what_is_not_a_report_changes_nothing(report: bytes) -> None:
    assert read_report(report, OFFER) == OFFER


@given(st.binary(max_size=100))
def test_foreign_bytes_never_break(report: bytes) -> None:
    assert read_report(report, OFFER) == OFFER


def test_a_dead_host_is_not_audited_and_ends_nothing() -> None:
    """ssh-audit leaves with SystemExit: in its child, where it harms nobody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
    assert audited(Reach("127.0.0.1", number, Pace(0)), OFFER) == OFFER


def test_a_server_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_ssh_audit, "_SECONDS", 1.0)
    over = threading.Event()

    def drip(caller: socket.socket) -> None:
        while not over.wait(0.1):
            caller.sendall(b"a line that is no greeting\r\n")

    began = time.monotonic()
    with server(drip) as number:
        assert audited(Reach("127.0.0.1", number, Pace(0)), OFFER) == OFFER
        over.set()
    assert 0.9 < time.monotonic() - began < 10


def test_an_audit_that_is_stopped_does_not_wait_for_ssh_audit() -> None:
    stop, over = Stop(), threading.Event()

    def mute(caller: socket.socket) -> None:
        stop.ask()
        over.wait(20)

    began = time.monotonic()
    with server(mute) as number:
        assert audited(Reach("127.0.0.1", number, Pace(0, stop)), OFFER) == OFFER
        over.set()
    assert time.monotonic() - began < 4


def test_ssh_audit_has_a_memory_of_its_own() -> None:
    """The kernel's word on the running child: what a stranger sends it costs that much at most."""
    bounds: list[str] = []
    over = threading.Event()

    def look(_caller: socket.socket) -> None:
        if not bounds:
            started = Path(f"/proc/{os.getpid()}/task/{threading.main_thread().native_id}/children").read_text().split()
            # others of the same process may have left theirs
            (child,) = (one for one in started if "collect_ssh_audit_child" in Path(f"/proc/{one}/cmdline").read_text())
            bounds.append(Path(f"/proc/{child}/limits").read_text())
        stop.ask()
        over.wait(20)

    stop = Stop()
    with server(look) as number:
        audited(Reach("127.0.0.1", number, Pace(0, stop)), OFFER)
        over.set()
    (line,) = (line for line in bounds[0].splitlines() if line.startswith("Max address space"))
    assert line.split()[3:5] == [str(collect_ssh_audit_child.MEMORY_BYTES)] * 2
