"""A platform that a demonstration serves: where it lives, its process, and how it is known to answer."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from care.domain.access import PLATFORM, Grant, Place, Role, machine_scope
from care.services.accounts import AccountDraft, list_accounts, open_account
from care.services.platform import Platform
from care.services.setup import create_first_administrator, needs_setup
from scanners.errors import SaidError

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0


class DemoError(SaidError):
    """The demonstration cannot go on."""


@dataclass(frozen=True)
class Where:
    """Where a demonstration lives."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The address people open."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of its platform."""
        return {"CARE_DATA_DIR": str(self.folder / "data"), "CARE_PORT": str(self.port)}


def asked_place(name: str, port: int) -> Where:
    """Where the environment wants it: `DEMO_DIR` (a folder of `var` unless given) and `DEMO_PORT`."""
    folder = Path(os.environ.get("DEMO_DIR") or ROOT / "var" / name).resolve()
    return Where(folder, int(os.environ.get("DEMO_PORT") or port))


def refuse_taken_port(port: int) -> None:
    """DemoError when something else listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoError(
                f"Le port {port} est déjà pris sur cette machine : arrêtez ce qui l’occupe, ou choisissez-en un autre "
                "avec DEMO_PORT.",
                f"Port {port} is already taken on this machine: stop what holds it, or choose another with DEMO_PORT.",
            ) from error


@contextmanager
def served(place: Where, environment: dict[str, str]) -> Iterator[None]:
    """`care serve` until the end of the block, answering."""
    with (place.folder / "serve.log").open("ab") as log:
        server = subprocess.Popen(
            [Path(sys.executable).with_name("care"), "serve"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_until_healthy(server, place)
            yield
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_until_healthy(server: subprocess.Popen[bytes], place: Where) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{place.url}/health", timeout=5):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    log = place.folder / "serve.log"
    raise DemoError(
        f"La plateforme n’a pas répondu en {START_SECONDS:.0f} s ; la cause est dans {log}.",
        f"The platform did not answer within {START_SECONDS:.0f} s; the cause is in {log}.",
    )


@dataclass(frozen=True)
class Person:
    """Somebody with an account: a role on a place, or none for the one who administers everything."""

    login: str
    name: str
    role: Role | None = None
    place: Place = PLATFORM


def open_accounts(platform: Platform, path: Path, people: tuple[Person, ...]) -> dict[str, str]:
    """Login and password of each; written once, readable by the owner only. The administrator comes first."""
    scope = machine_scope("demo", "fr")
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    existing = set() if needs_setup(platform) else {account.login for account in list_accounts(platform, scope)}
    for one in people:
        if one.login in existing:
            continue
        known[one.login] = secrets.token_urlsafe(15)
        if one.role is None:
            create_first_administrator(platform, AccountDraft(one.login, one.name, known[one.login], ()))
        else:
            grants = (Grant(one.role, one.place),)
            open_account(platform, scope, AccountDraft(one.login, one.name, known[one.login], grants))
    path.touch(0o600)
    path.write_text(json.dumps(known, indent=2))
    return known
