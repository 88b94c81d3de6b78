"""Who a certificate of an authority stands for: its name and its key, which survive a renewal."""

from __future__ import annotations

import base64
import binascii

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def holder_key(encoded: str) -> bytes:
    """The subject and the public key of a certificate in base64; its own bytes when it cannot be decoded."""
    try:
        der = base64.b64decode(encoded)
    except binascii.Error:
        return encoded.encode()
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return der
    return certificate.subject.public_bytes() + key
