"""Real tools of Debian on services of our own: run, import, findings, fix, run again, import, closed.

The lifecycle rests on what each file proves, so the files here are made by the tools themselves: nmap on an FTP server
that is then stopped, ssh-audit on an sshd that is then hardened, testssl.sh on a TLS server that then drops TLS 1.0.
"""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from care import config
from care.domain.findings import State
from care.services.findings import FindingFilter, list_findings
from care.services.import_drafts import Upload
from care.services.import_now import confirm, preview, upload
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.wiring import build_platform
from scanners.imported.model import Tool
from tests.lab import stage
from tests.support.machine import eventually
from tests.support.people import MACHINE, plant_hospitals

pytestmark = pytest.mark.lab

WEAK_SSH = ("Ciphers aes128-ctr,3des-cbc", "MACs hmac-sha2-256-etm@openssh.com,hmac-sha1")
STRONG_SSH = ("Ciphers aes256-gcm@openssh.com", "MACs hmac-sha2-512-etm@openssh.com")
TLS_OLD = ("-cipher", "ALL:@SECLEVEL=0", "-tls1")
TLS_NEW = ("-tls1_3",)


@pytest.fixture(scope="module")
def octet() -> Iterator[int]:
    with stage.own_octet() as own:
        yield own


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    built = build_platform(config.load({"CARE_DATA_DIR": str(tmp_path / "var")}, tmp_path))
    prepare_database(built)
    yield built
    built.database.close()


@pytest.fixture
def valley(platform: Platform) -> int:
    return plant_hospitals(platform).valley


def found(platform: Platform, valley: int, state: State) -> set[str]:
    """The checks whose findings are in that state."""
    wanted = FindingFilter(states=(state,), per_page=200)
    return {line.rule for line in list_findings(platform, MACHINE, valley, wanted).page.lines}


def bring(platform: Platform, valley: int, tool: Tool, content: bytes, at: datetime | None = None) -> None:
    """Import what the tool wrote, recognised by its content, on one scope."""
    sent = Upload(f"{tool.value}.out", io.BytesIO(content), 64 << 20, None, at)
    draft = upload(platform, MACHINE, valley, sent)
    assert preview(platform, MACHINE, draft).tool is tool
    confirm(platform, MACHINE, draft, "Laboratoire")


@contextmanager
def running(command: Sequence[str], where: tuple[str, int]) -> Iterator[None]:
    """A server of ours, from when it answers until the end of the block."""
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: answers(where), f"{command[0]} answers on {where}")
        yield
    finally:
        server.terminate()
        server.wait(10)


def another_second() -> None:
    """nmap dates its files by the second: of two made within one, none is the newer."""
    now = int(time.time())
    eventually(lambda: int(time.time()) > now, "the clock goes on")


def answers(where: tuple[str, int]) -> bool:
    try:
        socket.create_connection(where, timeout=1).close()
    except OSError:
        return False
    return True


def needed(program: str) -> str:
    """Where a program is; fails loudly, with its package, when it is missing."""
    path = shutil.which(program) or shutil.which(program, path=str(Path(sys.executable).parent))
    assert path is not None, f"{program} is missing: install the packages of tools/packages-test.txt"
    return path


def written_by(command: Sequence[str], out: Path | None = None) -> bytes:
    """What a tool writes, on its standard output or in a file."""
    done = subprocess.run(command, capture_output=True, timeout=240, check=False)
    content = out.read_bytes() if out else done.stdout
    assert content, done.stderr.decode(errors="replace")[-400:]
    return content


FTP = """
import socketserver, sys
class Greet(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 (vsFTPd 3.0.3)\\r\\n")
        self.rfile.readline()
        self.wfile.write(b"530 Please login with USER and PASS.\\r\\n")
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
Server((sys.argv[1], 21), Greet).serve_forever()
"""


def test_nmap_sees_a_service_then_its_end(platform: Platform, valley: int, octet: int) -> None:
    host = f"127.{octet}.9.1"
    scan = [needed("nmap"), "-n", "-sT", "-sV", "-p", "21,990,2121", "-oX", "-", host]
    with running([sys.executable, "-c", FTP, host], (host, 21)):
        bring(platform, valley, Tool.NMAP, written_by(scan))
    opened = found(platform, valley, State.OPEN)
    assert any("ftp" in rule for rule in opened), opened
    another_second()
    bring(platform, valley, Tool.NMAP, written_by(scan))
    assert found(platform, valley, State.OPEN) == set()
    assert found(platform, valley, State.FIXED) == opened


@contextmanager
def sshd(folder: Path, where: tuple[str, int], settings: Sequence[str]) -> Iterator[None]:
    key = folder / "host_key"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    config_file = folder / "sshd_config"
    lines = [f"ListenAddress {where[0]}:{where[1]}", f"HostKey {key}", f"PidFile {folder / 'pid'}", *settings]
    config_file.write_text("\n".join(lines) + "\n")
    with running(["/usr/sbin/sshd", "-D", "-f", str(config_file)], where):
        yield


def test_ssh_audit_sees_weak_algorithms_then_their_end(
    platform: Platform, valley: int, octet: int, tmp_path: Path
) -> None:
    where = (f"127.{octet}.9.2", 2222)
    scan = [needed("ssh-audit"), "-jj", "-p", str(where[1]), where[0]]

    def audited(settings: Sequence[str]) -> tuple[bytes, datetime]:
        with sshd(tmp_path, where, settings):
            return written_by(scan), datetime.now(UTC)

    bring(platform, valley, Tool.SSH_AUDIT, *audited(WEAK_SSH))
    opened = found(platform, valley, State.OPEN)
    assert any("enc" in rule for rule in opened)
    assert any("mac" in rule for rule in opened)
    bring(platform, valley, Tool.SSH_AUDIT, *audited(STRONG_SSH))
    fixed = found(platform, valley, State.FIXED)
    assert any("enc" in rule for rule in fixed)
    assert any("mac" in rule for rule in fixed)


def test_testssl_sees_old_protocols_then_their_end(platform: Platform, valley: int, octet: int, tmp_path: Path) -> None:
    where = (f"127.{octet}.9.3", 8443)
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    subject = ["-subj", "/CN=portail.hopital.test", "-days", "30", "-nodes", "-newkey", "rsa:2048"]
    subprocess.run(
        ["openssl", "req", "-x509", *subject, "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    number = iter(range(10))

    def scanned(versions: Sequence[str]) -> bytes:
        out = tmp_path / f"testssl-{next(number)}.json"
        server = ["openssl", "s_server", "-accept", f"{where[0]}:{where[1]}", "-cert", str(certificate), "-key",
                  str(key), "-www", "-quiet", *versions]  # fmt: skip
        command = [needed("testssl"), "--quiet", "--protocols", "--warnings", "off", "--jsonfile-pretty", str(out),
                   f"{where[0]}:{where[1]}"]  # fmt: skip
        with running(server, where):
            return written_by(command, out)

    bring(platform, valley, Tool.TESTSSL, scanned(TLS_OLD))
    opened = found(platform, valley, State.OPEN)
    assert "testssl.TLS1" in opened, opened
    bring(platform, valley, Tool.TESTSSL, scanned(TLS_NEW))
    assert "testssl.TLS1" in found(platform, valley, State.FIXED)


def test_a_machine_switched_off_keeps_its_findings(platform: Platform, valley: int, octet: int) -> None:
    host, other = f"127.{octet}.9.4", f"127.{octet}.9.5"
    scan = [needed("nmap"), "-n", "-sT", "-sV", "-p", "21,990,2121", "-oX", "-"]
    with ExitStack() as servers:
        for one in (host, other):
            servers.enter_context(running([sys.executable, "-c", FTP, one], (one, 21)))
        bring(platform, valley, Tool.NMAP, written_by([*scan, host, other]))
    before = found(platform, valley, State.OPEN)
    another_second()
    bring(platform, valley, Tool.NMAP, written_by([*scan, other]))
    lines = list_findings(platform, MACHINE, valley, FindingFilter()).page.lines
    assert {line.subject.partition(":")[0]: line.state for line in lines} == {host: State.OPEN, other: State.FIXED}
    assert before == {line.rule for line in lines}
