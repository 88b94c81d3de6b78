"""The lab's SYSVOL, read for real over SMB as an ordinary account: every planted fault, nothing written, no secret."""

from __future__ import annotations

import hashlib
import logging
import socket
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from care import config
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.services.targets import TargetDraft, add_target
from care.wiring import build_platform
from scanners.ad.sources.collect_sysvol import READ_ONLY_ACCESS, Bounds, Share, read_sysvol
from scanners.ad.sysvol import Source
from scanners.archive import Archive
from scanners.catalog import rules_of
from scanners.collection import collect_in_child
from scanners.model import Outcome, Status, Text
from scanners.runner import run_rules
from tests.integration.conftest import Lab
from tests.integration.test_ad import asked, password
from tests.support.audits import run_audit
from tests.support.people import MACHINE, plant_hospitals

pytestmark = pytest.mark.lab

CPASSWORD = "j1Uyj3Vx8TY9LtLZil2uAuZkFQA/4latT76ZwgdHdhw"
"""Planted by `tests/lab/ad/faults_sysvol.py` in a preference, in a registry value and in the parameters of a script."""
SMB_PORT = 445
CREATE, WRITE, SET_INFO, LOCK, IOCTL = 5, 9, 17, 10, 11
READING = frozenset((0, 1, 2, 3, 4, CREATE, 6, 8, 13, 14, 16))
"""Negotiate, session, log off, connect, disconnect, create, close, read, echo, query directory, query info."""


@pytest.fixture(scope="module")
def directory(lab: Lab) -> dict[str, Any]:
    return lab.part("ad")


@pytest.fixture(scope="module")
def audit(directory: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Archive[Any]:
    out = tmp_path_factory.mktemp("sysvol") / "facts.care"
    return collect_in_child("ad", asked(directory, sysvol=True), password(directory), out)


@pytest.fixture(scope="module")
def outcomes(audit: Archive[Any]) -> dict[str, Outcome]:
    return {outcome.rule.id.removeprefix("ad."): outcome for outcome in run_rules(rules_of("ad"), audit.facts)}


def share_of(directory: dict[str, Any], **changes: Any) -> Share:
    account = directory["accounts"]["auditor"]
    usual = {"host": directory["address"], "user": account["user"], "password": account["password"]}
    return Share(**{"domain": directory["domain"], "seconds": 10, **usual, **changes})


def silent(_share: float, _text: Text) -> None:
    return None


def test_everything_was_read(audit: Archive[Any]) -> None:
    assert audit.facts.gaps == ()
    assert {setting.source for setting in audit.facts.sysvol.settings} >= {Source.PASSWORD, Source.AUDIT, Source.SCRIPT}


def test_every_planted_fault_is_found(directory: dict[str, Any], outcomes: dict[str, Outcome]) -> None:
    found = {rule: {finding.subject for finding in outcome.findings} for rule, outcome in outcomes.items()}
    missing = {
        rule: sorted(lost)
        for rule, subjects in directory["expected_sysvol"].items()
        if (lost := set(subjects) - found[rule])
    }
    assert missing == {}


def test_a_targeted_preference_is_told_as_a_condition(outcomes: dict[str, Outcome]) -> None:
    told = {one.evidence["policy"]: one.evidence.get("conditional") for one in outcomes["wdigest_enabled"].findings}
    assert told == {"Default Domain Policy": None, "Default Domain Controllers Policy": True}


def test_each_rule_about_sysvol_has_its_fault(directory: dict[str, Any]) -> None:
    about = {rule.id.removeprefix("ad.") for rule in rules_of("ad") if "sysvol" in rule.reads}
    assert about <= set(directory["expected_sysvol"])


def test_an_ordinary_account_reads_all_that_these_rules_need(outcomes: dict[str, Outcome]) -> None:
    of_files = [outcome for outcome in outcomes.values() if "sysvol" in outcome.rule.reads]
    assert [(one.rule.id, one.reason) for one in of_files if one.status is not Status.FAILED] == []


# ── no secret anywhere ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    built = build_platform(config.load({"CARE_DATA_DIR": str(tmp_path / "var")}, tmp_path))
    prepare_database(built)
    yield built
    built.database.close()


def test_the_planted_password_is_nowhere(
    directory: dict[str, Any], platform: Platform, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert any(CPASSWORD.encode() in content for _, content in whole(Path(directory["ca"]).parents[1] / "samba"))
    draft = TargetDraft("ad", "Annuaire", asked(directory, sysvol=True), password(directory))
    run_audit(platform, MACHINE, add_target(platform, MACHINE, plant_hospitals(platform).valley, draft))
    facts = next(path for path in (tmp_path / "var" / "evidence").rglob("*") if zipfile.is_zipfile(path))
    report = tmp_path / "rapport.pdf"
    command = [Path(sys.executable).with_name("care"), "report", "audit", facts, "-o", report]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = subprocess.run(["pdftotext", report, "-"], capture_output=True, text=True, check=True).stdout
    assert "admlocal" in text
    told = [("log", caplog.text.encode()), ("pdf", text.encode()), ("output", (done.stdout + done.stderr).encode())]
    secrets = [CPASSWORD, password(directory)["password"]]
    forms = [form for secret in secrets for form in (secret.encode(), secret.encode("utf-16-le"))]
    held = [name for name, content in (*whole(tmp_path), *told) if any(form in content for form in forms)]
    assert held == []


def whole(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below, archives opened."""
    for path in (path for path in folder.resolve().rglob("*") if path.is_file()):
        content = path.read_bytes()
        yield str(path), content
        if content.startswith(b"PK\3\4"):  # a database may end with an archive that it holds
            with zipfile.ZipFile(path) as bundle:
                yield from ((f"{path}:{name}", bundle.read(name)) for name in bundle.namelist())


# ── nothing written ─────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def listening(host: str, passing: Callable[[bytes, int], bytes | None]) -> Iterator[tuple[int, list[bytes]]]:
    """A way to the controller on another port; what the client says is kept, the answers pass through `passing`."""
    said: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as stack:

        def serve() -> None:
            client, _ = server.accept()
            controller = stack.enter_context(socket.create_connection((host, SMB_PORT)))
            stack.enter_context(client)
            back = Thread(target=answer, args=(controller, client), daemon=True)
            back.start()
            while data := client.recv(65536):
                said.append(data)
                controller.sendall(data)

        def answer(controller: socket.socket, client: socket.socket) -> None:
            count = 0
            while data := controller.recv(65536):
                count += 1
                kept = passing(data, count)
                if kept is None:
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(kept)

        Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], said


def messages(said: list[bytes]) -> Iterator[bytes]:
    """The SMB messages of a stream."""
    stream = b"".join(said)
    while stream:
        length = int.from_bytes(stream[1:4], "big")
        yield stream[4 : 4 + length]
        stream = stream[4 + length :]


def test_no_message_that_could_write_is_ever_sent(directory: dict[str, Any]) -> None:
    before = state(directory)
    with listening(directory["address"], lambda data, _: data) as (port, said):
        sysvol, gaps = read_sysvol(share_of(directory, host="127.0.0.1", port=port), silent)
    assert sysvol is not None
    assert gaps == ()
    sent = list(messages(said))
    assert all(message[:4] == b"\xfeSMB" for message in sent)
    commands = [int.from_bytes(message[12:14], "little") for message in sent]
    assert set(commands) <= READING
    assert all(int.from_bytes(message[20:24], "little") == 0 for message in sent)
    creates = [message[64:] for message, command in zip(sent, commands, strict=True) if command == CREATE]
    assert len(creates) > len(sysvol.files) - 1
    for body in creates:
        access, _, _, disposition, options = struct.unpack_from("<5I", body, 24)
        assert access & ~READ_ONLY_ACCESS == 0
        assert (disposition, options & 0x1000) == (1, 0)
    signed = [message for message, command in zip(sent, commands, strict=True) if command not in (0, 1)]
    assert all(message[16] & 0x8 for message in signed)
    assert state(directory) == before


def state(directory: dict[str, Any]) -> list[tuple[str, str, int]]:
    root = (Path(directory["ca"]).parents[1] / "samba").resolve() / "state" / "sysvol"
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return [(str(path), hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files]


# ── a bad share ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_password_is_said(directory: dict[str, Any]) -> None:
    sysvol, gaps = read_sysvol(share_of(directory, password="wrong"), silent)
    assert sysvol is None
    assert [(gap.section, gap.truncated) for gap in gaps] == [("sysvol", False)]
    assert "NTLM (0xc000006d)" in gaps[0].reason.en


def test_nobody_gets_in_as_a_guest(directory: dict[str, Any]) -> None:
    sysvol, gaps = read_sysvol(share_of(directory, user="HOPITAL\\inconnu", password="x"), silent)
    assert sysvol is None
    assert len(gaps) == 1


def test_a_closed_port_is_said(directory: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    sysvol, gaps = read_sysvol(share_of(directory, host="127.0.0.1", port=port), silent)
    assert sysvol is None
    assert f"open port {port}" in gaps[0].reason.en


def test_a_reading_that_is_cut_is_partial(directory: dict[str, Any]) -> None:
    with listening(directory["address"], lambda data, count: data if count < 30 else None) as (port, _):
        sysvol, gaps = read_sysvol(share_of(directory, host="127.0.0.1", port=port), silent)
    assert sysvol is not None
    assert [gap.truncated for gap in gaps] == [True]
    assert "was cut" in gaps[0].reason.en


def test_changed_answers_are_not_believed(directory: dict[str, Any]) -> None:
    def forged(data: bytes, count: int) -> bytes:
        return data if count < 12 else data[:-1] + bytes([data[-1] ^ 1])

    with listening(directory["address"], forged) as (port, _):
        sysvol, gaps = read_sysvol(share_of(directory, host="127.0.0.1", port=port), silent)
    assert sysvol is None or len(sysvol.files) < 5
    assert gaps


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (Bounds(files=4), "reached its limit (4 files"),
        (Bounds(seconds=0), "reached its limit"),
        (Bounds(depth=2), "too deep"),
        (Bounds(total_bytes=100), "exceed the size read"),
    ],
)
def test_bounds_end_the_reading_and_are_said(directory: dict[str, Any], bounds: Bounds, words: str) -> None:
    _, gaps = read_sysvol(share_of(directory, bounds=bounds), silent)
    assert any(words in gap.reason.en for gap in gaps)
    assert all(gap.section == "sysvol" for gap in gaps)


def test_what_leads_elsewhere_is_not_followed(directory: dict[str, Any], tmp_path: Path) -> None:
    policies = (Path(directory["ca"]).parents[1] / "samba").resolve() / "state" / "sysvol" / "hopital.test" / "Policies"
    outside = tmp_path / "ailleurs"
    outside.mkdir()
    link = policies / "{00000000-0000-0000-0000-000000000001}"
    link.symlink_to(outside)
    try:
        sysvol, gaps = read_sysvol(share_of(directory), silent)
    finally:
        link.unlink()
    assert sysvol is not None
    assert not any(link.name in file.path for file in sysvol.files)
    assert all("0001" in gap.reason.en for gap in gaps)


def test_a_refused_file_and_a_broken_one_are_said(directory: dict[str, Any]) -> None:
    root = (Path(directory["ca"]).parents[1] / "samba").resolve() / "state" / "sysvol" / "hopital.test" / "Policies"
    policy = root / "{00000000-0000-0000-0000-000000000002}"
    (policy / "Machine").mkdir(parents=True)
    (policy / "Machine" / "Registry.pol").write_bytes(b"PReg\x01\0\0\0[\0trop court")
    (policy / "secret.ini").write_bytes(b"x")
    (policy / "secret.ini").chmod(0)
    try:
        sysvol, gaps = read_sysvol(share_of(directory), silent)
    finally:
        for path in ("Machine/Registry.pol", "secret.ini"):
            (policy / path).unlink()
        (policy / "Machine").rmdir()
        policy.rmdir()
    assert sysvol is not None
    said = " ".join(gap.reason.en for gap in gaps)
    assert all(gap.truncated for gap in gaps)
    assert "are malformed" in said
    assert "are refused to the audit account" in said
