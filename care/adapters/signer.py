"""Signatures Ed25519 (RFC 8032): the key is a PEM file outside the database, made when first needed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from care.adapters.key_files import change_file, ensure_file
from scanners.errors import SaidError

_Key = Ed25519PrivateKey | Ed25519PublicKey
_Stamp = tuple[int, int, int]
_BLOCK = re.compile(rb"-----BEGIN (PRIVATE|PUBLIC) KEY-----.+?-----END \1 KEY-----", re.DOTALL)


class SealKeyError(SaidError):
    """The key that seals cannot be made or read."""


class FileSigner:
    """PEM blocks in one file (0600): the first, private, signs; those after it, public or private, are former keys that
    are still believed.

    The file is read again when it changed: a key replaced from the command line signs at once, everywhere.
    """

    def __init__(self, key_file: Path) -> None:
        self._file = key_file
        self._read: tuple[_Stamp, tuple[_Key, ...]] | None = None

    @property
    def key_id(self) -> str:
        """The fingerprint of the key that signs: SHA-256 of its 32 raw bytes, in hexadecimal."""
        return fingerprint(self._private.public_key())

    @property
    def public_pem(self) -> bytes:
        """The public half of the key that signs."""
        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def public_keys(self) -> dict[str, bytes]:
        """The raw public keys, present and former, by fingerprint."""
        return {name: key.public_bytes(Encoding.Raw, PublicFormat.Raw) for name, key in self._public.items()}

    def sign(self, message: bytes) -> bytes:
        """64 bytes; the same message always gets the same signature."""
        return self._private.sign(message)

    def signed(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Whether that key, of this file, signed that message."""
        key = self._public.get(key_id)
        if key is None:
            return False
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def vouch(self, former: str, message: bytes) -> bytes | None:
        """The signature of a former key, to present the one that replaced it; none without its private half."""
        for key in self._keys[1:]:
            if isinstance(key, Ed25519PrivateKey) and fingerprint(key.public_key()) == former:
                return key.sign(message)
        return None

    def beside(self, key_file: Path) -> FileSigner:
        """The signer of another key file."""
        return FileSigner(key_file)

    def rotate(self) -> None:
        """Put a new key on top of the file: it signs from now on. Nothing is lost when the disk is full."""
        _ = self._private
        try:
            change_file(self._file, lambda content: _new_key() + content)
        except OSError as error:
            raise self._unusable(str(error)) from error

    @property
    def _private(self) -> Ed25519PrivateKey:
        key = next(iter(self._keys), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise self._unusable("no Ed25519 private key first")
        return key

    @property
    def _public(self) -> dict[str, Ed25519PublicKey]:
        halves = (key.public_key() if isinstance(key, Ed25519PrivateKey) else key for key in self._keys)
        return {fingerprint(half): half for half in halves}

    @property
    def _keys(self) -> tuple[_Key, ...]:
        try:
            if self._read is None:
                ensure_file(self._file, _new_key)
            stamp = _stamp(self._file)
            if self._read is None or stamp != self._read[0]:
                self._read = stamp, tuple(_keys(self._file.read_bytes()))
        except (OSError, TypeError, ValueError, UnsupportedAlgorithm) as error:
            raise self._unusable(str(error)) from error
        return self._read[1]

    def _unusable(self, detail: str) -> SealKeyError:
        return SealKeyError(
            f"La clé de scellement {self._file} est inutilisable ({detail}) ; restaurez-la depuis votre sauvegarde.",
            f"The sealing key {self._file} cannot be used ({detail}); restore it from your backup.",
        )


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the raw public key, in hexadecimal."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()


def _keys(content: bytes) -> Iterator[_Key]:
    for block in _BLOCK.finditer(content):
        private = block[1] == b"PRIVATE"
        key = load_pem_private_key(block[0], password=None) if private else load_pem_public_key(block[0])
        if not isinstance(key, Ed25519PrivateKey | Ed25519PublicKey):
            raise TypeError("not an Ed25519 key")
        yield key


def _stamp(file: Path) -> _Stamp:
    """What changes with the content of a file that is always written anew."""
    seen = file.stat()
    return seen.st_ino, seen.st_mtime_ns, seen.st_size


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
