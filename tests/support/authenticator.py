"""A security key made of software: what a FIDO2 key answers, as a browser would send it."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

_PRESENT, _WITH_KEY = 0x01, 0x40


@dataclass
class SoftKey:
    """One key: `counter` is how many times it signed; `origin` is the page that its browser says asked."""

    origin: str
    counter: int = 0
    number: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def made(self, options: str) -> str:
        """Its answer to a request to be added."""
        asked = json.loads(options)
        data = self._data(asked["rp"]["id"], _PRESENT | _WITH_KEY) + self._public()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = {"attestationObject": attestation, "clientDataJSON": self._client("webauthn.create", asked)}
        return self._answer(said, transports=["usb"])

    def signed(self, options: str) -> str:
        """Its answer to a request to sign."""
        asked = json.loads(options)
        self.counter += 1
        data, client = self._data(asked["rpId"], _PRESENT), self._client("webauthn.get", asked)
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({"authenticatorData": data, "clientDataJSON": client, "signature": signature})

    def _client(self, kind: str, asked: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": self.origin}).encode()

    def _data(self, site: str, flags: int) -> bytes:
        return hashlib.sha256(site.encode()).digest() + struct.pack(">BI", flags, self.counter)

    def _public(self) -> bytes:
        point = self.private.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        return bytes(16) + struct.pack(">H", len(self.number)) + self.number + cbor2.dumps(cose)

    def _answer(self, said: dict[str, bytes], **more: object) -> str:
        number = bytes_to_base64url(self.number)
        response = {**{name: bytes_to_base64url(value) for name, value in said.items()}, **more}
        return json.dumps({"id": number, "rawId": number, "type": "public-key", "response": response})
