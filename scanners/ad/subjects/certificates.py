"""Certificates of the forest's authorities and of those that policies push, and how weak their keys and signatures are.

Thresholds are those of CERT-FR `vuln_certificates_vuln`: level 1 DSA, RSA below 1024 bits or with the mark of ROCA,
level 2 undecodable, level 3 RSA below 2048 bits, a signature other than SHA-2 or SHA-3, or an exponent below 65537.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, rsa

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import provided
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_errors import BrokenAnswer
from scanners.ad.subjects.enrolment import need_stores
from scanners.ad.subjects.group_policies import active, policies_read, shown
from scanners.ad.subjects.roca import has_mark
from scanners.ad.sysvol import Source
from scanners.model import Finding, Text, Verdict, judged

_CROSSED: Final = "crossCertificatePair"
_STRONG_HASHES = ("sha224", "sha256", "sha384", "sha512", "sha3")
_BROKEN_BITS, _WEAK_BITS, _LEAST_EXPONENT = 1024, 2048, 65537
_OLD_SIGNATURES: Final = {
    "1.2.840.113549.1.1.2": "md2",
    "1.2.840.113549.1.1.3": "md4",
    "1.3.14.3.2.2": "md4",
    "1.3.14.3.2.3": "md5",
    "1.3.14.3.2.4": "md4",
    "1.3.14.3.2.15": "sha0",
}
"""Signatures that the library no longer knows (RFC 8017 A.2.4, OIW 1.3.14.3.2); SHA-0 is `shaWithRSASignature`."""
_WITHOUT_HASH: Final = {"1.3.101.112", "1.3.101.113"}
"""Ed25519 and Ed448."""

REMEDIATION: Final = Text(
    "Retirez ce certificat des magasins de la forêt s’il ne sert plus ou a expiré : pkiview.msc, Gérer "
    "les conteneurs AD, après l’avoir exporté (certutil -store, certutil -viewdelstore). Sinon renouvelez "
    "l’autorité avec une clé RSA 3072 ou 4096, un exposant 65537 et SHA-256 (certutil -setreg "
    "ca\\csp\\CNGHashAlgorithm SHA256, puis renouvellement avec une nouvelle clé), et réémettez ses "
    "certificats par étapes. Effet : ce qui présente encore un certificat de l’ancienne autorité est "
    "refusé (Wi-Fi, VPN, équipements). Retour : certutil -dspublish du fichier exporté.",
    "Remove that certificate from the stores of the forest if it is no longer used or has expired: "
    "pkiview.msc, Manage AD Containers, after exporting it (certutil -store, certutil -viewdelstore). "
    "Else renew the authority with an RSA 3072 or 4096 key, exponent 65537 and SHA-256 (certutil -setreg "
    "ca\\csp\\CNGHashAlgorithm SHA256, then renewal with a new key), and reissue its certificates step by "
    "step. Effect: what still presents a certificate of the former authority is refused (Wi-Fi, VPN, "
    "devices). Back: certutil -dspublish of the exported file.",
)
"""The three levels of the point are mended alike."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """What is wrong with one certificate, and the ANSSI level at which it counts."""

    level: int
    detail: str


_UNDECODABLE = Weakness(2, "undecodable")


def judge_authorities(facts: DirectoryFacts, level: int) -> Verdict:
    """The certificates of authorities whose weakness counts at this level, by object of the directory."""
    findings: list[Finding] = []
    count = 0
    for name in ("cACertificate", _CROSSED):
        if findings and name not in facts.objects.asked:
            continue  # a source of an older version: what it shows is true, and it is never passed
        for row, encoded in _published(facts, name):
            count += 1
            found = weakness(encoded)
            if found is not None and found.level == level:
                findings.append(Finding(facts.objects.dn[row], facts.evidence(row, weakness=found.detail)))
    for setting in active(facts, Source.CERTIFICATE) if facts.sysvol is not None else ():
        count += 1
        found = weakness(base64.b64decode(setting.values[0]))
        if found is not None and found.level == level:
            findings.append(Finding(shown(facts, setting.file), {"store": setting.name, "weakness": found.detail}))
    certificates = judged(count, findings)
    return provided(certificates, *(partial(sure, facts) for sure in (need_stores, policies_read, _asked)))


def _asked(facts: DirectoryFacts) -> None:
    """NotAssessable when the source did not look at the certificates of other authorities."""
    facts.objects.texts(_CROSSED)


def weakness(der: bytes) -> Weakness | None:
    """The worst weakness of a certificate, None when it has none."""
    if der == b"\x00":  # a certificationAuthority object without certificate holds one null byte
        return None
    try:
        certificate = x509.load_der_x509_certificate(der)
    except ValueError:
        return _UNDECODABLE
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return _signature(certificate)
    except ValueError:
        return _UNDECODABLE
    if isinstance(key, dsa.DSAPublicKey):
        return Weakness(1, f"DSA-{key.key_size}")
    if isinstance(key, rsa.RSAPublicKey) and (found := _rsa(key)) is not None:
        return found
    return _signature(certificate)


def _rsa(key: rsa.RSAPublicKey) -> Weakness | None:
    numbers = key.public_numbers()
    if key.key_size < _BROKEN_BITS:
        return Weakness(1, f"RSA-{key.key_size}")
    if has_mark(numbers.n):
        return Weakness(1, f"RSA-{key.key_size} ROCA")
    if key.key_size < _WEAK_BITS:
        return Weakness(3, f"RSA-{key.key_size}")
    return Weakness(3, f"e={numbers.e}") if numbers.e < _LEAST_EXPONENT else None


def _signature(certificate: x509.Certificate) -> Weakness | None:
    number = certificate.signature_algorithm_oid.dotted_string
    if number in _WITHOUT_HASH:
        return None
    try:
        digest = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        digest = None
    if digest is not None and digest.name.startswith(_STRONG_HASHES):
        return None
    return Weakness(3, digest.name if digest is not None else _OLD_SIGNATURES.get(number, number))


def _published(facts: DirectoryFacts, name: str) -> Iterator[tuple[int, bytes]]:
    """The certificates of the authority objects, or those that authorities gave each other."""
    authorities = facts.objects.of(Kind.CA, Kind.ENROLLMENT)
    for row, values in facts.objects.texts(name).items():
        for content in map(base64.b64decode, values if authorities[row] else ()):
            yield from ((row, one) for one in (pair(content) if name == _CROSSED else (content,)))


def pair(der: bytes) -> Iterator[bytes]:
    """The certificates of a CertificatePair (X.509): [0] issued to this authority, [1] by it.

    Some tools write a certificate in its place: it is given as it is, and so is what is neither.
    """
    try:
        _, at, end = ber.element(der, 0, len(der))
        found = []
        while at < end:
            tag, start, stop = ber.element(der, at, end)
            found.append((tag, der[start:stop]))
            at = stop
    except BrokenAnswer:
        found = []
    inside = [content for tag, content in found if tag in (0xA0, 0xA1)]
    yield from inside if inside and len(inside) == len(found) else [der]
