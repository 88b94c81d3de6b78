"""A gigabyte sent to the real server: refused on its first bytes, with the limit in the sentence, nothing kept."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.cli.listening import listen
from care.services.platform import Platform

MIB = 1 << 20


@pytest.fixture
def address(
    app: Flask, platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, int]]:
    """The address of the server, whose limit is one mebibyte; its temporary files go to `tmp_path/spool`."""
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    with serving(app, platform) as where:
        yield where


@contextmanager
def serving(app: Flask, platform: Platform) -> Iterator[tuple[str, int]]:
    server = listen(app, replace(platform.settings, bind="127.0.0.1", port=0, upload_mb=1), threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield "127.0.0.1", server.effective_port
    finally:
        server.close()
        thread.join(10)
        assert not thread.is_alive()


def send(address: tuple[str, int], head: str, blocks: int, block: bytes) -> tuple[bytes, int]:
    """What the server answers to this request, and how many blocks it took before answering."""
    answer, taken = b"", 0
    with socket.create_connection(address, timeout=30) as wire:
        wire.sendall(head.encode())
        wire.setblocking(True)
        for _ in range(blocks):
            try:
                wire.sendall(block)
            except OSError:
                break
            taken += 1
        with suppress(OSError):
            while chunk := wire.recv(65536):
                answer += chunk
    return answer, taken


@pytest.mark.parametrize(
    ("length", "block"),
    [
        (f"Content-Length: {1 << 30}", b"x" * MIB),
        ("Transfer-Encoding: chunked", b"100000\r\n" + b"x" * MIB + b"\r\n"),
    ],
)
def test_a_gigabyte_is_refused_on_its_first_bytes(
    address: tuple[str, int], platform: Platform, length: str, block: bytes
) -> None:
    head = f"POST /establishments/1/imports/new HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\n"
    _, taken = send(address, head, 1024, block)
    assert taken < 200, "the connection is closed long before the end"
    answer, _ = send(address, head, 3 if "chunked" in length else 0, block)
    assert answer.startswith(b"HTTP/1.1 413")
    assert "limite de 1 Mio" in answer.decode()
    assert "limit of 1 MiB" in answer.decode()
    assert list((platform.settings.data_dir / "spool").rglob("*")) == []


def test_the_application_refuses_what_is_a_little_over(ciso: FlaskClient, here: str, app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = ciso.post(f"{here}/imports/new", data={"tool": "x" * 2000})
    assert answer.status_code == 413
    assert "dépasse la limite de 64 Mio" in answer.text
