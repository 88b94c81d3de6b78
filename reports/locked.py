"""Files locked with a passphrase, by libraries: a zip with AES-256 that 7-Zip opens, or age (scrypt and ChaCha20)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime

import pyrage
import pyzipper

_AES_256 = 256


def zip_aes(files: Mapping[str, bytes], made_at: datetime, passphrase: str) -> bytes:
    """The files in one archive, each encrypted with AES-256 (WinZip AE); their names stay readable."""
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=zipfile.ZIP_STORED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(passphrase.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=_AES_256)
        for name, content in files.items():
            entry = pyzipper.zipfile_aes.AESZipInfo(name, made_at.timetuple()[:6])
            entry.external_attr = 0o100600 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def age(content: bytes, passphrase: str) -> bytes:
    """The content as an age file, opened by `age -d` with the passphrase."""
    return bytes(pyrage.passphrase.encrypt(content, passphrase))


def unzipped(archive: bytes) -> dict[str, bytes]:
    """The files of an archive of ours that is not locked."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
