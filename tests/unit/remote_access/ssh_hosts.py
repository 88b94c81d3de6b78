"""Scripted SSH servers on loopback: they let in, refuse, answer or fall silent as a test wants."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from scanners.remote_access.collect_ssh import _Transport

Answer = Callable[[paramiko.Channel, str], None]


def private_key(passphrase: str = "") -> str:
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        protection = serialization.BestAvailableEncryption(passphrase.encode())
    key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, protection).decode()


@dataclass
class Host(paramiko.ServerInterface):
    """How a scripted server behaves. `answer` is given each command's channel; it runs in a thread of its own.

    `names` are those that tried to come in, with the password when there is one. `mute` holds what it is named after
    until the test is over: `auth` or `exec`.
    """

    answer: Answer = lambda channel, _command: channel.close()
    auth: int = paramiko.AUTH_SUCCESSFUL  # type: ignore[attr-defined]
    banner: str = ""
    mute: str = ""
    hang_up: bool = False
    kex: tuple[str, ...] = ()
    over: threading.Event = field(default_factory=threading.Event)
    commands: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    transports: list[paramiko.Transport] = field(default_factory=list)

    def check_auth_none(self, username: str) -> int:
        self.names.append(username)
        return super().check_auth_none(username)

    def check_auth_password(self, username: str, password: str) -> int:
        self.names.append(f"{username}:{password}")
        return super().check_auth_password(username, password)

    def get_allowed_auths(self, username: str) -> str:
        return "publickey,keyboard-interactive"

    def get_banner(self) -> tuple[str | None, str | None]:
        return (self.banner or None, "en-US")

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.names.append(username)
        if self.hang_up:
            self.transports[-1].packetizer.close()
        if self.mute == "auth":
            self.over.wait(30)
        return self.auth

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED  # type: ignore[attr-defined]

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        if self.mute == "exec":
            self.over.wait(30)
        self.commands.append(command.decode())
        later = threading.Timer(0.05, self._answer, (channel, command.decode()))  # once the request is granted
        later.daemon = True
        later.start()
        return True

    def _answer(self, channel: paramiko.Channel, command: str) -> None:
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            self.answer(channel, command)


@dataclass(frozen=True)
class Listening:
    """Where a scripted server listens, and the line of known_hosts that trusts it."""

    bastion: str
    known_hosts: str


@contextlib.contextmanager
def serving(host: Host) -> Iterator[Listening]:
    key = paramiko.Ed25519Key.from_private_key(io.StringIO(private_key()))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        port = server.getsockname()[1]

        def accept() -> None:
            while not host.over.is_set():
                with contextlib.suppress(TimeoutError):
                    _welcome(server.accept()[0], host, key)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield Listening(f"audit@127.0.0.1:{port}", f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}\n")
        finally:
            host.over.set()
            thread.join(10)
            for transport in host.transports:
                transport.close()
            assert not thread.is_alive()


def _welcome(peer: socket.socket, host: Host, key: paramiko.PKey) -> None:
    transport = _Transport(peer)
    transport.add_server_key(key)
    if host.kex:
        transport.get_security_options().kex = host.kex
    host.transports.append(transport)
    transport.start_server(threading.Event(), host)


def saying(*outputs: bytes, code: int = 0) -> Answer:
    """Each command gets the next output, whole, and that exit code; the last one again when there are no more."""
    left = list(outputs)

    def answer(channel: paramiko.Channel, _command: str) -> None:
        channel.sendall(left.pop(0) if len(left) > 1 else left[0])
        channel.send_exit_status(code)
        channel.close()

    return answer


def stopping_after(output: bytes, over: threading.Event) -> Answer:
    """Says that much, then nothing more, and never ends."""

    def answer(channel: paramiko.Channel, _command: str) -> None:
        channel.sendall(output)
        over.wait(30)

    return answer
