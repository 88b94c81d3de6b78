"""What every part of the lab stands on: addresses, processes ended by pid, waits with a deadline, a build cache.

A part is a module of this package with `build`, `start` and `stop` (see `Part`). Its files live in `lab/<part>/`;
each of its processes leaves one file in `lab/<part>/pids/` holding its pid and its start time, so that a pid taken
again by a stranger is never killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Description = dict[str, Any]

ZONES: Mapping[str, int] = {"ad": 1, "exposure": 2, "bastion": 3, "backup": 4}
"""Third byte of the addresses of each part."""

READY_SECONDS = 60.0
_POLL_SECONDS = 0.05
_TERM_SECONDS = 10.0
_KILL_SECONDS = 5.0
_LOG_LINES = 5


class LabError(RuntimeError):
    """The lab cannot be built or started; one sentence saying why and what to do."""


class Part(Protocol):
    """What a module of this package offers to be a part of the lab."""

    def build(self, cache: Path) -> None:
        """Make what is slow to make, once, in `cache`."""

    def start(self, lab: Path, cache: Path, octet: int) -> Description:
        """Start everything, wait until it answers, and describe it (JSON-able)."""

    def stop(self, lab: Path) -> None:
        """End every process of the part; silent when there is none."""


# ---------------------------------------------------------------- what a part needs


def address(octet: int, part: str, host: int = 1) -> str:
    """The loopback address of one host of a part: `address(77, "ad")` is 127.77.1.1."""
    return f"127.{octet}.{ZONES[part]}.{host}"


def require_root(part: str) -> None:
    """LabError when not root: low ports, other users and namespaces need it."""
    if os.geteuid() != 0:
        raise LabError(f"The lab part “{part}” needs root (low ports, own users); run the same command with sudo.")


def require_programs(packages: Mapping[str, str]) -> None:
    """LabError naming the `apt` command when a program of `{program: Debian package}` is missing."""
    missing = sorted({package for program, package in packages.items() if not _installed(program)})
    if missing:
        raise LabError(f"The lab needs Debian packages that are not installed: apt-get install {' '.join(missing)}")


def require_free(host: str, port: int) -> None:
    """LabError when something already listens there, usually another lab of the same octet."""
    if _answers(host, port):
        octet = host.split(".")[1]
        raise LabError(
            f"{host}:{port} is already taken, probably by another lab of octet {octet}; stop it, or choose another "
            "--octet."
        )


def _installed(program: str) -> bool:
    sbin = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin"
    return Path(program).exists() if program.startswith("/") else shutil.which(program, path=sbin) is not None


# ---------------------------------------------------------------- processes


@dataclass(frozen=True)
class Process:
    """One process of the lab: its pid file and where it writes."""

    pid_file: Path
    log: Path

    def alive(self) -> bool:
        """Whether the process that was started still runs."""
        recorded = _recorded(self.pid_file)
        return recorded is not None and _same(*recorded)


_children: dict[int, subprocess.Popen[bytes]] = {}
"""Processes started by this very Python, kept so that they can be reaped."""


def spawn(
    folder: Path,
    name: str,
    command: Sequence[str | Path],
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Process:
    """Start a long-lived process in a session of its own; its output goes to `folder/<name>.log`.

    The process stays in the foreground from its own point of view (`sshd -D`, `samba -i`); one that goes to the
    background by itself is told with `adopt`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=dict(env) if env is not None else None,
            cwd=cwd,
        )
    _children[child.pid] = child
    return adopt(folder, name, child.pid, log)


def adopt(folder: Path, name: str, pid: int, log: Path | None = None) -> Process:
    """Put a process that is already running (a daemon that wrote its own pid file) under the care of `stop_all`."""
    pids = folder / "pids"
    pids.mkdir(parents=True, exist_ok=True)
    pid_file = pids / name
    pid_file.write_text(f"{pid} {_start_time(pid)}\n")
    return Process(pid_file, log or folder / f"{name}.log")


def stop_all(folder: Path) -> None:
    """End every process recorded under `folder/pids`, last started first; LabError when one survives SIGKILL."""
    files = sorted((folder / "pids").glob("*"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    for file in files:
        stop_process(file)


def stop_process(pid_file: Path) -> None:
    """End one process and its group: SIGTERM, then SIGKILL after a deadline. Its pid file goes away."""
    recorded = _recorded(pid_file)
    if recorded is not None and _start_time(recorded[0]) in {0, recorded[1]}:  # else a stranger has the number now
        for number, seconds in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
            _signal(*recorded, number)
            if _ended(*recorded, seconds):
                break
        else:
            raise LabError(f"Process {recorded[0]} ({pid_file.name}) survives SIGKILL; end it by hand.")
        _signal_group(recorded[0], signal.SIGKILL)
    pid_file.unlink(missing_ok=True)


def all_alive(folder: Path) -> bool:
    """Whether every process recorded there still runs; true for a part that has none."""
    return all(Process(file, folder).alive() for file in (folder / "pids").glob("*"))


def run(command: Sequence[str | Path], stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
    """Run a short command to its end and return its standard output; LabError with its last words when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, input=stdin, capture_output=True, env=dict(env) if env is not None else None)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()[-_LOG_LINES:]
        raise LabError(f"{' '.join(words[:4])} ended with code {done.returncode}: {' | '.join(last)}")
    return done.stdout


def _recorded(pid_file: Path) -> tuple[int, int] | None:
    try:
        pid, started = pid_file.read_text().split()
    except (FileNotFoundError, ValueError):
        return None
    return int(pid), int(started)


def _stat(pid: int) -> list[str]:
    """Fields 3 and following of /proc/<pid>/stat, [] when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _start_time(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def _same(pid: int, started: int) -> bool:
    child = _children.get(pid)
    if child is not None:
        child.poll()
    fields = _stat(pid)
    return bool(fields) and fields[0] not in {"Z", "X"} and int(fields[19]) == started


def _signal(pid: int, started: int, number: signal.Signals) -> None:
    """Signal the process, and its group when it leads one."""
    if not _same(pid, started):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
    _signal_group(pid, number)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _ended(pid: int, started: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _same(pid, started):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


# ---------------------------------------------------------------- waits


def wait_until(
    condition: Callable[[], bool], what: str, seconds: float = READY_SECONDS, process: Process | None = None
) -> None:
    """Poll `condition`; LabError, with the last lines of the process's log, when it ends or the deadline passes."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process is not None and not process.alive():
            raise LabError(f"{process.log.stem} ended before {what}: {_last_words(process.log)}")
        if time.monotonic() > deadline:
            detail = f": {_last_words(process.log)}" if process is not None else ""
            raise LabError(f"Waited {seconds:.0f} s in vain for {what}{detail}")
        time.sleep(_POLL_SECONDS)


def wait_for_port(host: str, port: int, seconds: float = READY_SECONDS, process: Process | None = None) -> None:
    """Wait until a TCP connection is accepted there."""
    wait_until(lambda: _answers(host, port), f"{host}:{port} to answer", seconds, process)


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False


def _last_words(log: Path) -> str:
    if not log.exists():
        return "(no log)"
    return " | ".join(log.read_text(errors="replace").strip().splitlines()[-_LOG_LINES:])


# ---------------------------------------------------------------- cache


def cached(cache: Path, name: str, inputs: Iterable[str | bytes], make: Callable[[Path], None]) -> Path:
    """The folder `cache/<name>-<hash of inputs>`, filled by `make(folder)` the first time and whole or not at all.

    Give as inputs everything the result depends on: the source of the part, versions of the programs. Two labs that
    build at once wait for one another.
    """
    folder = cache / f"{name}-{fingerprint(inputs)}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=cache, prefix=f".{name}-") as temporary:
                draft = Path(temporary) / "draft"
                draft.mkdir()
                make(draft)
                draft.rename(folder)
    return folder


def fingerprint(inputs: Iterable[str | bytes]) -> str:
    """Sixteen hexadecimal digits that change when any of `inputs` does."""
    digest = hashlib.sha256()
    for item in inputs:
        raw = item.encode() if isinstance(item, str) else item
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()[:16]


def sources(folder: Path) -> list[bytes]:
    """The content of every source file under a folder, or of one file, as inputs for `cached`."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    return [file.read_bytes() for file in files if file.is_file() and "__pycache__" not in file.parts]


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder with owners, modes and sparse files, replacing what was there."""
    if target.exists():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    run(["cp", "-a", "--reflink=auto", source, target])


# ---------------------------------------------------------------- octets for tests


@contextlib.contextmanager
def own_octet(candidates: Iterable[int] = range(100, 250)) -> Iterator[int]:
    """An octet no other test session of this machine holds, for as long as the block lasts.

    Held by an abstract Unix socket, which the kernel frees whatever becomes of us. People's labs stay under 100.
    """
    for octet in candidates:
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as holder:
            try:
                holder.bind(f"\0care-lab-octet-{octet}")
            except OSError:
                continue
            if _answers(address(octet, "ad"), 636):  # a lab somebody started by hand
                continue
            yield octet
            return
    raise LabError("Every lab octet from 100 to 249 is held by another test session; wait for one to end.")
