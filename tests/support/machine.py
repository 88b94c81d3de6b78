"""Real processes of an installation, for the tests that kill them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE_SECONDS = 30.0


def eventually(true: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until `true()`, looking often; returns how long it took, fails loudly after `seconds`."""
    begin = time.monotonic()
    while not true():
        if time.monotonic() - begin > seconds:
            raise AssertionError(f"after {seconds} s, still not: {what}")
        time.sleep(0.05)
    return time.monotonic() - begin


@contextmanager
def care(data: Path, *command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A `care` command as a process of its own group, killed at the end whatever happened."""
    settings = {"CARE_DATA_DIR": str(data), **environment}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CARE_")}
    with (data / f"{command[0]}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", "from care.cli import main; main()", *command],
            env={**kept, **settings},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@dataclass
class SilentServer:
    """Accepts connections and never answers: a collection of it lasts until somebody ends it."""

    port: int
    connections: list[socket.socket] = field(default_factory=list)

    def open_connections(self) -> int:
        """How many callers are still on the line."""
        return sum(_still_open(one) for one in self.connections)


def _still_open(connection: socket.socket) -> bool:
    """Reads away what the caller said; an end or a reset means it has gone."""
    try:
        while connection.recv(65536, socket.MSG_DONTWAIT):
            pass
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def silent_server() -> Iterator[SilentServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = SilentServer(listener.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    server.connections.append(listener.accept()[0])

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in server.connections:
                connection.close()
