"""Serves what OpenSSL 3 no longer can, with whole handshakes: SSL 3.0, RC4, 3DES.

`python tls_of_another_age.py CERTIFICATE KEY ADDRESS=KIND…`, on port 443 of each address; tlslite-ng does the work, in
an environment of its own.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from tlslite import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.errors import BaseTLSException

KINDS: Mapping[str, tuple[tuple[int, int], tuple[int, int], list[str]]] = {
    "old_ssl3": ((3, 0), (3, 1), ["aes128", "3des"]),
    "old_rc4": ((3, 1), (3, 3), ["aes128", "rc4"]),
    "old_3des": ((3, 2), (3, 3), ["aes128gcm", "aes128", "3des"]),
    "old_ssl3_rc4_3des": ((3, 0), (3, 3), ["aes128", "rc4", "3des"]),
}
"""Kind -> oldest version, newest version, ciphers."""


def main(certificate: str, key: str, servers: list[str]) -> None:
    """Serve until killed."""
    chain = X509CertChain()
    chain.parsePemList(Path(certificate).read_text())
    private = parsePEMKey(Path(key).read_text(), private=True)
    for server in servers:
        address, _, kind = server.partition("=")
        listening = socket.create_server((address, 443), backlog=64)
        threading.Thread(target=_listen, args=(listening, _settings(kind), chain, private)).start()
    print("ready", flush=True)


def _settings(kind: str) -> HandshakeSettings:
    settings = HandshakeSettings()
    settings.minVersion, settings.maxVersion, settings.cipherNames = KINDS[kind]
    settings.versions = [version for version in settings.versions if version <= settings.maxVersion]
    settings.macNames = ["sha", "sha256", "aead"]
    return settings


def _listen(listening: socket.socket, settings: HandshakeSettings, chain: X509CertChain, key: object) -> None:
    while True:
        caller, _address = listening.accept()
        threading.Thread(target=_answer, args=(caller, settings, chain, key)).start()


def _answer(caller: socket.socket, settings: HandshakeSettings, chain: X509CertChain, key: object) -> None:
    """One caller; probers leave in the middle of a handshake, which is what they are here for."""
    caller.settimeout(10)
    with caller, contextlib.suppress(OSError, BaseTLSException):
        connection = TLSConnection(caller)
        connection.handshakeServer(certChain=chain, privateKey=key, settings=settings)
        connection.read(max=4096)
        connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        connection.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
