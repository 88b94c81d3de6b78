"""The authority of a region's certificate, as people hand it over: PEM or DER, one certificate or a few."""

from __future__ import annotations

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from scanners.errors import SaidError

MAX_BYTES = 64 * 1024
_MOST = 10


class AuthorityFileError(SaidError):
    """A file that holds no certificate of an authority."""


def read_authority(content: bytes) -> str:
    """The certificates of a file, in PEM; empty for an empty file. AuthorityFileError."""
    if not content.strip():
        return ""
    try:
        found = _certificates(content[: MAX_BYTES + 1])
    except ValueError as error:
        raise _unusable("illisible", "unreadable") from error
    if len(content) > MAX_BYTES or len(found) > _MOST:
        raise _unusable("trop long", "too long")
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in found)


def describe_authority(pem: str) -> tuple[str, ...]:
    """Who each certificate is of, and its SHA-256, for people to compare."""
    if not pem:
        return ()
    found = x509.load_pem_x509_certificates(pem.encode())
    return tuple(
        f"{one.subject.rfc4514_string()} – SHA-256 {hashlib.sha256(one.public_bytes(Encoding.DER)).hexdigest()}"
        for one in found
    )


def _certificates(content: bytes) -> list[x509.Certificate]:
    if b"-----BEGIN" in content:
        return x509.load_pem_x509_certificates(content)
    return [x509.load_der_x509_certificate(content)]


def _unusable(fr: str, en: str) -> AuthorityFileError:
    return AuthorityFileError(
        f"Ce fichier n’est pas le certificat d’une autorité ({fr}) : donnez celui que la région a remis (PEM, .crt).",
        f"This file is no certificate of an authority ({en}): give the one that the region handed over (PEM, .crt).",
    )
