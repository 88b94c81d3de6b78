"""The outside of a backup: a tar of two files that `tar` and `age` open too.

`lock.age` holds a key made for this backup alone, encrypted with the passphrase or for the recipient; `content.age` is
encrypted with that key, so that it is written and read as a stream whatever the size, and read again right after
writing even when only the holder of the recipient's key can ever open the file.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

import pyrage
from pyrage import x25519

from care.services.instance.manifest import BackupError, malformed

LOCK, CONTENT = "lock.age", "content.age"
SHORTEST = 12
"""Signs of a passphrase: whoever copies the file may guess at leisure (our choice)."""
BLOCK = 512
_MOST_LOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Passphrase:
    """Closes and opens."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A public key (`age1…`): closes only, so that the machine that makes backups cannot read them again."""

    key: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The private half of a recipient (`AGE-SECRET-KEY-…`), or the key of one backup: opens."""

    key: str = field(repr=False)


class Sink(Protocol):
    """Takes the content as it is decrypted."""

    def write(self, data: bytes) -> int:
        """Take these bytes; what it raises ends the reading."""

    def flush(self) -> None:
        """Nothing is held back."""


class _Source:
    """A stream over blocks, which keeps what went wrong: the library only keeps its text."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, b""
        self.fault: OSError | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._rest:
                self._rest = next(self._blocks)
        except StopIteration:
            return b""
        except OSError as error:
            self.fault = error
            raise
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


class _Target:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.fault: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self.fault = error
            raise

    def flush(self) -> None:
        self._file.flush()


def header(name: str, size: int) -> bytes:
    """The block that begins a file in a tar."""
    told = tarfile.TarInfo(name)
    told.size, told.mode = size, 0o600
    return told.tobuf(tarfile.GNU_FORMAT)


def padding(size: int) -> bytes:
    """What follows a file of that size in a tar."""
    return bytes(-size % BLOCK)


def seal(file: BinaryIO, lock: Passphrase | Recipient, blocks: Iterable[bytes]) -> Identity:
    """Write the backup; the key of this one alone, to read it again. OSError when the disk refuses."""
    own = x25519.Identity.generate()
    locked = _locked(lock, str(own).encode())
    file.write(header(LOCK, len(locked)) + locked + padding(len(locked)))
    place = file.tell()
    file.write(bytes(BLOCK))  # the size is known at the end only
    source, target = _Source(iter(blocks)), _Target(file)
    try:
        pyrage.encrypt_io(source, target, [own.to_public()])
    except pyrage.EncryptError as error:
        raise source.fault or target.fault or error from error
    size = file.tell() - place - BLOCK
    file.write(padding(size) + bytes(2 * BLOCK))
    file.seek(place)
    file.write(header(CONTENT, size))
    file.seek(0, os.SEEK_END)
    return Identity(str(own))


def _locked(lock: Passphrase | Recipient, content: bytes) -> bytes:
    if isinstance(lock, Passphrase):
        if len(lock.text) < SHORTEST:
            raise BackupError(
                f"Phrase de passe trop courte : il en faut au moins {SHORTEST} signes.",
                f"The passphrase is too short: it takes at least {SHORTEST} signs.",
            )
        return bytes(pyrage.passphrase.encrypt(content, lock.text))
    try:
        return bytes(pyrage.encrypt(content, [x25519.Recipient.from_str(lock.key)]))
    except pyrage.RecipientError:
        raise BackupError(
            "Cette clé publique n’en est pas une : il faut « age1… », telle que « age-keygen » la donne.",
            "This public key is none: it takes “age1…”, as “age-keygen” gives it.",
        ) from None


def open_into(file: BinaryIO, key: Passphrase | Identity, sink: Sink, *, own: bool = False) -> None:
    """Decrypt a backup into `sink`. With `own`, the key is that of this backup alone.

    BackupError when the file is none, is cut short or changed, or when the key is another.
    """
    locked = file.read(_entry(file, LOCK, _MOST_LOCK))
    file.seek(-len(locked) % BLOCK, os.SEEK_CUR)
    size = _entry(file, CONTENT, None)
    start = file.tell()
    if file.seek(0, os.SEEK_END) < start + size:
        raise malformed("fichier coupé", "file cut short")
    identity = _identity(key.key) if own and isinstance(key, Identity) else _identity(_unlocked(key, locked))
    file.seek(start)
    try:
        pyrage.decrypt_io(_Part(file, size), sink, [identity])
    except pyrage.DecryptError:
        raise malformed("contenu illisible", "content that does not open") from None
    except OSError as error:
        if error.errno is not None:  # of the disk; those of the library have none
            raise
        raise malformed("contenu modifié ou coupé", "content changed or cut short") from error


class _Part:
    """The bytes of a file from where it stands, no more than `size`."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        taken = self._file.read(wanted)
        self._left -= len(taken)
        return taken


def _entry(file: BinaryIO, name: str, most: int | None) -> int:
    try:
        told = tarfile.TarInfo.frombuf(file.read(BLOCK), "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeError):
        raise malformed("début illisible", "unreadable beginning") from None
    if told.name != name or told.type != tarfile.REGTYPE or told.size < 0 or (most is not None and told.size > most):
        raise malformed("début illisible", "unreadable beginning")
    return told.size


def _unlocked(key: Passphrase | Identity, locked: bytes) -> str:
    try:
        if isinstance(key, Passphrase):
            return bytes(pyrage.passphrase.decrypt(locked, key.text)).decode()
        return bytes(pyrage.decrypt(locked, [_identity(key.key)])).decode()
    except (pyrage.DecryptError, UnicodeError):
        raise BackupError(
            "La sauvegarde ne s’ouvre pas avec cette clé ou cette phrase de passe : donnez celle du jour où elle a été"
            " faite.",
            "The backup does not open with this key or passphrase: give that of the day it was made.",
        ) from None


def _identity(text: str) -> Any:  # noqa: ANN401 - a class of the library, not typed
    try:
        return x25519.Identity.from_str(text.strip())
    except pyrage.IdentityError:
        raise BackupError(
            "Cette clé privée n’en est pas une : il faut la ligne « AGE-SECRET-KEY-… » que « age-keygen » a écrite.",
            "This private key is none: it takes the line “AGE-SECRET-KEY-…” that “age-keygen” wrote.",
        ) from None
