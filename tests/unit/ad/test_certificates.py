"""What is weak in the certificate of an authority: the mark of ROCA, old signatures, small exponents, pairs."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from scanners.ad.columns import ALL_COLUMNS
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.subjects.certificates import Weakness, pair, weakness
from scanners.ad.subjects.roca import has_mark
from scanners.model import Status
from scanners.runner import run_rule
from tests.unit.ad.specimens import PKI, STRONG, certificate
from tests.unit.ad.test_pingcastle import RULES, changed, outcome


def test_the_mark_of_roca_is_seen() -> None:
    assert weakness(certificate(flawed_key(512), hashes.SHA256())) == Weakness(1, "RSA-1024 ROCA")
    assert weakness(certificate(flawed_key(1024), hashes.SHA256())) == Weakness(1, "RSA-2048 ROCA")


def test_sound_keys_do_not_bear_the_mark() -> None:
    chance = random.Random(17)  # noqa: S311 - the same numbers every time
    assert not any(has_mark(chance.getrandbits(2048) | 1) for _ in range(2000))


@pytest.mark.parametrize(
    ("oid", "found"),
    [
        ("06092a864886f70d010102", Weakness(3, "md2")),
        ("06092a864886f70d010103", Weakness(3, "md4")),
        ("06092a864886f70d010104", Weakness(3, "md5")),
        ("06092a864886f70d010105", Weakness(3, "sha1")),
        ("06052b0e03020f", Weakness(3, "sha0")),
        ("06052b0e030203", Weakness(3, "md5")),
        ("06062a8503020203", Weakness(3, "1.2.643.2.2.3")),
        ("06032a0304", Weakness(3, "1.2.3.4")),
        ("06092a864886f70d01010b", None),
        ("06092a864886f70d01010d", None),
    ],
)
def test_signatures(oid: str, found: Weakness | None) -> None:
    assert weakness(signed_with(STRONG, bytes.fromhex(oid))) == found


def test_a_small_exponent_is_weak() -> None:
    small = rsa.generate_private_key(3, 2048)
    assert weakness(certificate(small, hashes.SHA256())) == Weakness(3, "e=3")


def test_elliptic_keys_have_no_hash_to_judge() -> None:
    assert weakness(certificate(ed25519.Ed25519PrivateKey.generate(), None)) is None


def test_a_pair_gives_both_certificates() -> None:
    other = signed_with(STRONG, bytes.fromhex("06092a864886f70d010105"))
    both = ber.tlv(0x30, ber.tlv(0xA0, STRONG) + ber.tlv(0xA1, other))
    assert list(pair(both)) == [STRONG, other]
    assert list(pair(STRONG)) == [STRONG]
    for broken in (b"", b"\x30\x03abc", b"\x30\x80"):
        assert [weakness(one) for one in pair(broken)] == [Weakness(2, "undecodable")]


def test_pairs_are_read_too_and_an_older_source_is_never_passed() -> None:
    authority = f"CN=CA,CN=Certification Authorities,{PKI}"
    old = signed_with(STRONG, bytes.fromhex("06092a864886f70d010105"))
    crossed = ber.tlv(0x30, ber.tlv(0xA0, STRONG) + ber.tlv(0xA1, old))
    assert outcome("ca_certificate_weak", changed(authority, crossCertificatePair=crossed)).status is Status.FAILED
    for certificates, expected in ((STRONG, Status.NOT_ASSESSABLE), ([STRONG, old], Status.FAILED)):
        facts = changed(authority, cACertificate=certificates).facts()
        former = replace(facts, objects=replace(facts.objects, asked=ALL_COLUMNS - {"crossCertificatePair"}))
        assert run_rule(RULES["ca_certificate_weak"], former).status is expected


def flawed_key(bits: int) -> rsa.RSAPrivateKey:
    """A key as the flawed library made them: both primes are k·M + (65537^a mod M)."""
    chance = random.Random(bits)  # noqa: S311 - the same key every time
    product = math.prod(p for p in range(2, 168) if all(p % less for less in range(2, p)))
    found: list[int] = []
    while len(found) < 2:
        number = (3 << bits - 2) // product + 1 + chance.randrange((1 << bits - 2) // product - 1)
        candidate = number * product + pow(65537, chance.getrandbits(40), product)
        if pow(2, candidate - 1, candidate) == 1:
            found.append(candidate)
    p, q = found
    d = pow(65537, -1, math.lcm(p - 1, q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    )
    return numbers.private_key()


def signed_with(der: bytes, oid: bytes) -> bytes:
    """The same certificate saying that it was signed with another algorithm."""
    algorithm = ber.tlv(0x30, oid + b"\x05\x00")
    signed, _, signature = parts(der)
    fields = parts(signed)
    fields[2] = algorithm
    return ber.tlv(0x30, ber.tlv(0x30, b"".join(fields)) + algorithm + signature)


def parts(der: bytes) -> list[bytes]:
    """The elements of a sequence, headers included."""
    _, at, end = ber.element(der, 0, len(der))
    found = []
    while at < end:
        _, _, stop = ber.element(der, at, end)
        found.append(der[at:stop])
        at = stop
    return found
