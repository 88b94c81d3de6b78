"""A PostgreSQL server of our own, from Debian's packages, on a free loopback port."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "postgres"
THROWN_AWAY = ("autovacuum=off", "full_page_writes=off", "synchronous_commit=off")
"""Settings of a server whose many small databases live as long as one test: nothing to tidy, nothing to recover."""


def find_binaries() -> Path | None:
    """The folder of the newest packaged PostgreSQL server, None when none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4].split(".")[0]))
    return found[-1].parent if found else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A server that runs. `url` is that of its default database."""

    url: str
    _control: tuple[str, ...]
    _options: str

    def crash(self) -> None:
        """End it as a crash does, nothing tidied, and start it again: it then recovers from its log."""
        self.stop()
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        _run(*self._control, "-o", self._options, "-w", "start")

    def stop(self) -> None:
        """End all its processes at once."""
        _run(*self._control, "-m", "immediate", "-w", "stop")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, cwd="/")


@contextlib.contextmanager
def server(*settings: str) -> Iterator[str]:
    """The URL of a fresh server's default database; the server and its files are gone afterwards.

    `settings` are more of its parameters: `name=value`.
    """
    with one_server(*settings) as running:
        yield running.url


@contextlib.contextmanager
def one_server(*settings: str) -> Iterator[Server]:
    """The same, as a server that can crash."""
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError("PostgreSQL is not installed: apt install postgresql")
    # Not pytest's own folder: it is closed to others, and the server runs as its own account.
    home = Path(tempfile.mkdtemp(prefix="care-pg-"))
    as_server = ("runuser", "-u", ACCOUNT, "--") if os.geteuid() == 0 else ()
    if as_server:
        shutil.chown(home, ACCOUNT, ACCOUNT)
    data, port = home / "data", free_port()
    options = (
        f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={home} -c fsync=off -c max_connections=60"
        + "".join(f" -c {one}" for one in settings)
    )
    making = ("-A", "trust", "-U", "care", "--no-locale", "-E", "UTF8", "-N")
    control = (*as_server, str(binaries / "pg_ctl"), "-D", str(data), "-l", str(home / "log"))
    running = Server(f"postgresql+psycopg://care@127.0.0.1:{port}/postgres", control, options)
    try:
        _run(*as_server, str(binaries / "initdb"), "-D", str(data), *making)
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
