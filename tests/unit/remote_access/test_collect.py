"""The collector against bad requests and bad servers: one sentence each, nothing sent, never a hang."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import paramiko
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.collect import Context
from scanners.errors import CollectError
from scanners.remote_access import collect_ssh
from scanners.remote_access.collect import Request, collect, target_name
from scanners.remote_access.collect_ordinary import SCRIPT
from scanners.remote_access.collect_ssh import fingerprint, parse_gateway, read_known_hosts, read_private_key
from tests.unit.remote_access.ssh_hosts import private_key

Serve = Callable[[socket.socket], None]


@contextlib.contextmanager
def listening(serve: Serve) -> Iterator[str]:
    """A server for one connection on a free port of loopback; gives `audit@127.0.0.1:port`."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with contextlib.suppress(OSError):
                peer, _ = server.accept()
                with peer:
                    serve(peer)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"audit@127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.close()
            thread.join(10)
            assert not thread.is_alive()


def review(bastion: str, key: str | None = None, known_hosts: str = "", register: str = "") -> CollectError:
    secrets = {"private_key": private_key() if key is None else key}
    context = Context(secrets, lambda _share, _text: None, datetime.now(UTC))
    with pytest.raises(CollectError) as refusal:
        collect(Request(bastion, known_hosts, register), context)
    return refusal.value


@pytest.mark.parametrize(
    "text",
    [
        "-oProxyCommand=id@h",
        "audit@-oProxyCommand=id",
        "audit@h;id",
        "audit@h h",
        "audit@$(id)",
        "audit@h:0",
        "audit@h:65536",
        "audit@h:22x",
        "audit@",
        "@h",
        "h",
        "audit@h\n",
        "Audit@h",
        "audit@h/../x",
        "audit@[::1",
        "",
    ],
)
def test_odd_gateways_are_refused(text: str) -> None:
    with pytest.raises(CollectError, match="user@host"):
        parse_gateway(text)


@given(st.text(max_size=60))
def test_a_gateway_is_read_or_refused(text: str) -> None:
    try:
        gateway = parse_gateway(text)
    except CollectError:
        return
    assert not gateway.host.startswith("-")
    assert all(character.isalnum() or character in ".-:" for character in gateway.host)


def test_gateways_of_every_form() -> None:
    assert parse_gateway("care-audit@bastion.hopital.test").place == "bastion.hopital.test:22"
    assert parse_gateway("audit@127.77.3.1:2222").known_name == "[127.77.3.1]:2222"
    assert parse_gateway("audit@[::1]:2222").host == "::1"
    assert target_name(Request("audit@h:2222", "")) == "h:2222"


def test_known_hosts_of_every_form() -> None:
    key = "AAAAC3NzaC1lZDI1NTE5AAAAIOnieDCU/IJLHcR1GZmHWaje0d98ytVBk/pbZbkmnwnB"
    known = read_known_hosts(
        f"# comment\n\nalpha,10.0.0.1 ssh-ed25519 {key} note\n@cert-authority *.test ssh-ed25519 {key}\n"
        f"[beta]:2222 ssh-ed25519 {key}\nbroken\ngamma ssh-ed25519 !!!\ndelta no-such-type {key}\n"
    )
    for name in ("alpha", "10.0.0.1", "[beta]:2222"):
        entries = known.lookup(name)
        assert entries is not None
        assert fingerprint(entries["ssh-ed25519"]) == "SHA256:SgCxR+WZ0pu5LP4Dsk9eM3KLi1w7wV5z+kJz5fUJyQA"
    assert known.lookup("x.test") is None
    assert known.lookup("beta") is None


def test_private_keys() -> None:
    assert read_private_key(private_key(), "").get_name() == "ssh-ed25519"
    assert read_private_key(private_key("phrase"), "phrase").get_name() == "ssh-ed25519"
    rsa = io.StringIO()
    paramiko.RSAKey.generate(2048).write_private_key(rsa)
    assert read_private_key(rsa.getvalue(), "").get_name() == "ssh-rsa"
    with pytest.raises(CollectError, match="protected by a passphrase"):
        read_private_key(private_key("phrase"), "")
    for content, passphrase in ((private_key("phrase"), "wrong"), ("not a key", ""), ("", "")):
        with pytest.raises(CollectError, match="cannot be read"):
            read_private_key(content, passphrase)


def test_a_closed_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = review(f"audit@127.0.0.1:{port}")
    assert f"127.0.0.1:{port} ne répond pas" in error.text.fr


def test_a_name_that_does_not_resolve_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> socket.socket:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    assert "nom inconnu du DNS" in review("audit@no-such-host.test").text.fr


def test_a_banner_without_end_is_cut() -> None:
    sent = 0

    def flood(peer: socket.socket) -> None:
        nonlocal sent
        with contextlib.suppress(OSError):
            for _ in range(160):
                peer.sendall(b"A" * 65536)
                sent += 65536

    began = time.monotonic()
    with listening(flood) as bastion:
        error = review(bastion)
    assert "sends without end" in error.text.en
    assert time.monotonic() - began < 10
    assert sent < 10 << 20


def test_a_server_that_is_not_ssh_is_said() -> None:
    with listening(lambda peer: peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as bastion:
        assert "n’a pas mené l’échange SSH" in review(bastion).text.fr


def test_a_silent_server_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_ssh, "CONNECT_SECONDS", 0.5)

    def listen(peer: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while peer.recv(4096):
                pass

    with listening(listen) as bastion:
        assert "did not complete the SSH exchange" in review(bastion).text.en


def kexinit(*kex: bytes) -> bytes:
    """A first packet of SSH offering only these key exchanges."""
    usual = [
        b"ssh-ed25519",
        b"aes256-ctr",
        b"aes256-ctr",
        b"hmac-sha2-256",
        b"hmac-sha2-256",
        b"none",
        b"none",
        b"",
        b"",
    ]
    names = [b",".join(kex), *usual]
    payload = b"\x14" + os.urandom(16) + b"".join(struct.pack(">I", len(name)) + name for name in names) + b"\0" * 5
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + b"\0" * padding


def test_a_bad_register_or_key_is_refused_before_any_packet(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> socket.socket:
        raise AssertionError("connected")

    monkeypatch.setattr(socket, "create_connection", never)
    assert "ligne 1" in review("audit@127.0.0.1", register="nom;adresse\n").text.fr
    assert "cannot be read" in review("audit@127.0.0.1", key="nonsense").text.en


def test_the_ordinary_script_frames_as_the_collector_does() -> None:
    lines = SCRIPT.decode().splitlines()
    assert any(line.startswith('echo "care-collect 1"') for line in lines)
    assert not any(word in SCRIPT.decode() for word in ("sudo", ">/tmp", "tee "))
