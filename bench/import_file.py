"""A large file of another tool through the pages: `python -m bench.import_file --findings 100000`.

`care serve`, with its own worker on SQLite, receives a `.nessus` file over HTTP; the pages are followed as a browser
without scripts would. Told: the time of each step, the memory of the server at rest and at its peak, and that of the
processes it starts. Imported twice: the second time every finding is known already.
"""

from __future__ import annotations

import argparse
import http.client
import re
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from care import config
from care.services.setup import prepare_database
from care.wiring import build_platform
from tests.support.machine import care, eventually
from tests.support.people import plant_hospitals
from tests.support.postgresql import free_port
from tests.web.people import plant_people

GATE_MIB = 300.0
"""The memory that the server may take, from the issue that asked for it."""

PATIENCE_SECONDS = 900.0
_EVERY_SECONDS = 0.02
_CHUNK = 1 << 20
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Memory:
    """What the server and its children took, in MiB: watched while the work goes on."""

    pid: int
    start: float = 0.0
    peak: float = 0.0
    children: dict[str, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Look until `end` is called."""
        while not self._stop.wait(_EVERY_SECONDS):
            for pid in _descendants(self.pid):
                module = _module(pid)
                if module:
                    self.children[module] = max(self.children.get(module, 0.0), _memory(pid, "VmHWM"))
        self.peak = _memory(self.pid, "VmHWM")

    def end(self) -> None:
        """Look no more."""
        self._stop.set()


def main(words: Sequence[str] | None = None) -> int:
    """Exit code 0 when the server stays under its gate, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m bench.import_file", description=__doc__)
    parser.add_argument("--findings", type=int, default=100_000)
    count = parser.parse_args(words).findings
    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as (port, pid, token, where):
        site = Site(port, token, f"/establishments/{where}/imports")
        memory = Memory(pid, _memory(pid, "VmRSS"))
        thread = threading.Thread(target=memory.watch)
        thread.start()
        try:
            steps = [*_import(site, Path(name), count, days=3), *_import(site, Path(name), count, days=2)]
        finally:
            memory.end()
            thread.join()
        _tell(count, steps, memory, _memory(pid, "VmRSS"))
    return 0 if memory.peak <= GATE_MIB else 1


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int, str, int]]:
    """The server's port and process, the token of a person who may import, and their establishment."""
    platform = build_platform(config.load({"CARE_DATA_DIR": str(folder)}, folder))
    prepare_database(platform)
    hospitals = plant_hospitals(platform)
    token = plant_people(platform, hospitals).token("ciso")
    platform.database.close()
    port = free_port()
    with care(folder, "serve", CARE_PORT=str(port), CARE_UPLOAD_MB="512") as server:
        eventually(lambda: _answers(port), "the server answers")
        yield port, server.pid, token, hospitals.valley


@dataclass(frozen=True)
class Site:
    """A browser of one person."""

    port: int
    token: str
    imports: str

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, address to go to, page."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, **form: str) -> tuple[int, str, str]:
        """The same for a form."""
        body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
        return self._ask("POST", path, iter([body]), _length(len(body), "application/x-www-form-urlencoded"))

    def send(self, path: str, file: Path, token: str) -> tuple[int, str, str]:
        """The same for a file, never whole in memory."""
        mark = uuid.uuid4().hex
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n--{mark}\r\n'
            f'Content-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n'
        ).encode()
        tail = f"\r\n--{mark}--\r\n".encode()
        size = len(head) + file.stat().st_size + len(tail)
        return self._ask("POST", path, _body(head, file, tail), _length(size, f"multipart/form-data; boundary={mark}"))

    def _ask(
        self, method: str, path: str, body: Iterator[bytes] | None, headers: Mapping[str, str]
    ) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            cookies = f"care_session={self.token}" + (f"; care_form={_jar['session']}" if "session" in _jar else "")
            connection.request(method, path, body=body, headers={"Cookie": cookies, **headers})
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie" and value.startswith("care_form="):
                    _jar["session"] = value.partition("=")[2].partition(";")[0]
            return answer.status, answer.getheader("Location") or "", answer.read().decode()
        finally:
            connection.close()


_jar: dict[str, str] = {}


def _import(site: Site, folder: Path, count: int, days: int) -> list[tuple[str, float]]:
    """The steps of one import with the seconds each took."""
    file = folder / f"scan-{days}.nessus"
    write_nessus(file, count, datetime.now(UTC) - timedelta(days=days))
    size = file.stat().st_size >> 20
    token = _token(site.get(f"{site.imports}/new")[2])
    begin = time.monotonic()
    status, draft, page = site.send(f"{site.imports}/new", file, token)
    assert status == 302, (status, page[-2000:])
    sent = time.monotonic()
    page = _followed(site, draft)
    ready = time.monotonic()
    status, _where, page = site.post(f"{draft}/confirm", csrf_token=_token(page), target="Bench")
    assert status == 302, (status, page[-2000:])
    asked = time.monotonic()
    eventually(lambda: _recorded(site, draft), "the import is recorded", PATIENCE_SECONDS)
    done = time.monotonic()
    file.unlink()
    return [
        (f"{size} MiB sent, first answer", sent - begin),
        ("read and compared", ready - sent),
        ("confirmation answered", asked - ready),
        ("recorded", done - asked),
    ]


def _followed(site: Site, draft: str) -> str:
    """The page of the draft once it is a preview."""
    eventually(lambda: "/confirm" in site.get(draft)[2], "the preview is ready", PATIENCE_SECONDS)
    return site.get(draft)[2]


def _recorded(site: Site, draft: str) -> bool:
    status, where, page = site.get(draft)
    assert "Lecture interrompue" not in page
    return status == 302 and "/runs/" in where


def write_nessus(path: Path, findings: int, at: datetime) -> None:
    """A `.nessus` file of that many findings: 100 checks a machine, texts of the usual length."""
    words = "The remote host is affected by several vulnerabilities that an attacker may use. " * 8
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" ?>\n<NessusClientData_v2><Policy><Preferences><ServerPreferences><preference>')
        file.write("<name>plugin_set</name><value>" + "".join(f"{plugin};" for plugin in range(10000, 10100)))
        file.write("</value></preference></ServerPreferences></Preferences></Policy><Report>\n")
        for machine in range(-(-findings // 100)):
            _write_machine(file.write, machine, min(100, findings - machine * 100), int(at.timestamp()), words)
        file.write("</Report></NessusClientData_v2>\n")


def _write_machine(write: object, machine: int, count: int, at: int, words: str) -> None:
    assert callable(write)
    address = f"10.{machine >> 16 & 255}.{machine >> 8 & 255}.{machine & 255}"
    write(f'<ReportHost name="{address}"><HostProperties><tag name="HOST_START_TIMESTAMP">{at - 600}</tag>')
    write(f'<tag name="HOST_END_TIMESTAMP">{at}</tag><tag name="host-ip">{address}</tag></HostProperties>\n')
    write('<ReportItem port="0" svc_name="general" protocol="tcp" severity="0" pluginID="19506" ')
    write('pluginName="Nessus Scan Information"><plugin_output>Nessus version : 10.8.3\nCredentialed checks : no\n')
    write("</plugin_output></ReportItem>\n")
    for number in range(count):
        write(f'<ReportItem port="{1000 + number}" svc_name="www" protocol="tcp" severity="{1 + number % 4}" ')
        write(f'pluginID="{10000 + number}" pluginName="Check {number}" pluginFamily="General">')
        write(f"<description>{words}</description><solution>Update.</solution><synopsis>Weak.</synopsis>")
        write("<plugin_output>  Installed version : 1.0\n  Fixed version : 2.0\n</plugin_output></ReportItem>\n")
    write("</ReportHost>\n")


def _tell(count: int, steps: list[tuple[str, float]], memory: Memory, after: float) -> None:
    print(f"{count} findings\n\n| step | s, first time | s, again |\n|---|---|---|")
    half = len(steps) // 2
    for (name, first), (_name, again) in zip(steps[:half], steps[half:], strict=True):
        print(f"| {name} | {first:.1f} | {again:.1f} |")
    print("\n| memory | MiB |\n|---|---|")
    print(f"| server before | {memory.start:.0f} |\n| server at its peak (≤ {GATE_MIB:.0f}) | {memory.peak:.0f} |")
    print(f"| server after | {after:.0f} |")
    for module, most in sorted(memory.children.items()):
        print(f"| {module} at its peak | {most:.0f} |")


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    assert found is not None, "no form on the page"
    return found[1]


def _length(size: int, kind: str) -> dict[str, str]:
    return {"Content-Length": str(size), "Content-Type": kind}


def _body(head: bytes, file: Path, tail: bytes) -> Iterator[bytes]:
    yield head
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            yield chunk
    yield tail


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/sign-in")
        return connection.getresponse().status == 200
    except OSError:
        return False


def _descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(one) for one in task.read_text().split()]
        except OSError:
            continue
        found += [*children, *(deep for child in children for deep in _descendants(child))]
    return found


def _module(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return words[words.index(b"-m") + 1].decode() if b"-m" in words else ""


def _memory(pid: int, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), 0.0)


if __name__ == "__main__":
    sys.exit(main())
