"""Secrets encrypted with AES-256-GCM, the key in a file outside the database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from care.adapters.key_files import ensure_file
from scanners.errors import SaidError

_KEY_BYTES = 32
_NONCE_BYTES = 12
_MARK_BYTES = 4


class SecretError(SaidError):
    """The key file or a sealed secret cannot be used."""


class AesSecretBox:
    """Keys one per line in base64: the first seals, all open, so that a new key is added on top of the old ones.

    A sealed secret is the key's mark (4 bytes of its SHA-256), a random nonce, and the ciphertext bound to its place:
    moved to another row of the database, it no longer opens.
    """

    def __init__(self, key_file: Path) -> None:
        self._file = key_file

    def seal(self, plain: str, place: str) -> bytes:
        """`plain` encrypted for `place`."""
        key = self._keys()[0]
        nonce = os.urandom(_NONCE_BYTES)
        return _mark(key) + nonce + AESGCM(key).encrypt(nonce, plain.encode(), place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        """The text sealed for `place`. SecretError when no key of the file opens it."""
        mark, nonce, body = (
            sealed[:_MARK_BYTES],
            sealed[_MARK_BYTES : _MARK_BYTES + _NONCE_BYTES],
            sealed[_MARK_BYTES + _NONCE_BYTES :],
        )
        for key in self._keys():
            if _mark(key) != mark:
                continue
            try:
                return AESGCM(key).decrypt(nonce, body, place.encode()).decode()
            except InvalidTag:
                break
        raise SecretError(
            f"Un secret enregistré ne s’ouvre pas avec la clé {self._file} ; remettez la clé d’origine ou saisissez le "
            "secret à nouveau.",
            f"A stored secret does not open with the key {self._file}; put the original key back or enter the secret "
            "again.",
        )

    def derive(self, place: str) -> tuple[bytes, ...]:
        """The HMAC-SHA256 of `place` under each key."""
        return tuple(hmac.digest(key, b"care derived\0" + place.encode(), "sha256") for key in self._keys())

    def _keys(self) -> list[bytes]:
        try:
            lines = self._file.read_text(encoding="ascii").split()
            keys = [base64.b64decode(line, validate=True) for line in lines]
        except (OSError, ValueError) as error:
            raise self._unreadable(str(error)) from error
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise self._unreadable("256-bit keys in base64 expected")
        return keys

    def _unreadable(self, detail: str) -> SecretError:
        return SecretError(
            f"Le fichier de clé {self._file} est inutilisable ({detail}) ; restaurez-le depuis votre sauvegarde.",
            f"The key file {self._file} cannot be used ({detail}); restore it from your backup.",
        )


def ensure_key_file(path: Path) -> None:
    """Make the key file (0600) when there is none; an existing one is never touched, even between two processes."""
    ensure_file(path, lambda: base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n")


def _mark(key: bytes) -> bytes:
    return hashlib.sha256(b"care-key-mark" + key).digest()[:_MARK_BYTES]
