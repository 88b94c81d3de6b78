"""Certificates of the forest's authorities, and how weak their keys and signatures are.

Thresholds are those of CERT-FR `vuln_certificates_vuln`: level 1 DSA or RSA below 1024 bits, level 2 undecodable,
level 3 RSA below 2048 bits, a signature other than SHA-2 or SHA-3, or an exponent below 65537.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, rsa

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.model import Finding, Verdict, judged

_STRONG_HASHES = ("sha224", "sha256", "sha384", "sha512", "sha3")
_BROKEN_BITS, _WEAK_BITS, _LEAST_EXPONENT = 1024, 2048, 65537


@dataclass(frozen=True, slots=True)
class Weakness:
    """What is wrong with one certificate, and the ANSSI level at which it counts."""

    level: int
    detail: str


def judge_authorities(facts: DirectoryFacts, level: int) -> Verdict:
    """The certificates of authorities whose weakness counts at this level, by object of the directory."""
    findings: list[Finding] = []
    count = 0
    for row, encoded in _published(facts):
        count += 1
        found = weakness(base64.b64decode(encoded))
        if found is not None and found.level == level:
            findings.append(Finding(facts.objects.dn[row], facts.evidence(row, weakness=found.detail)))
    return judged(count, findings)


def weakness(der: bytes) -> Weakness | None:
    """The worst weakness of a certificate, None when it has none."""
    if der == b"\x00":  # a certificationAuthority object without certificate holds one null byte
        return None
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        digest = certificate.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        return Weakness(2, "undecodable")
    if isinstance(key, dsa.DSAPublicKey):
        return Weakness(1, f"DSA-{key.key_size}")
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _WEAK_BITS:
            return Weakness(1 if key.key_size < _BROKEN_BITS else 3, f"RSA-{key.key_size}")
        if key.public_numbers().e < _LEAST_EXPONENT:
            return Weakness(3, f"e={key.public_numbers().e}")
    if digest is not None and not digest.name.startswith(_STRONG_HASHES):
        return Weakness(3, digest.name)
    return None


def _published(facts: DirectoryFacts) -> Iterator[tuple[int, str]]:
    """Every certificate of the authority objects, as (row, base64)."""
    authorities = facts.objects.of(Kind.CA, Kind.ENROLLMENT)
    for row, values in facts.objects.texts("cACertificate").items():
        if authorities[row]:
            for value in values:
                yield row, value
