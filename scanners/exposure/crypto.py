"""Which cryptographic algorithms are weak, and why. Pure data, each table with its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

TLS_VERSIONS: Mapping[int, str] = {
    0x0002: "SSL 2.0",
    0x0300: "SSL 3.0",
    0x0301: "TLS 1.0",
    0x0302: "TLS 1.1",
    0x0303: "TLS 1.2",
    0x0304: "TLS 1.3",
}
OBSOLETE_TLS: frozenset[str] = frozenset({"TLS 1.0", "TLS 1.1"})
"""Deprecated by RFC 8996; SSL 2.0 by RFC 6176, SSL 3.0 by RFC 7568."""
MODERN_TLS: frozenset[str] = frozenset({"TLS 1.2", "TLS 1.3"})

WEAK_TLS_CIPHERS: Mapping[int, str] = {
    # No encryption
    0x0001: "TLS_RSA_WITH_NULL_MD5", 0x0002: "TLS_RSA_WITH_NULL_SHA", 0x003B: "TLS_RSA_WITH_NULL_SHA256",
    0xC001: "TLS_ECDH_ECDSA_WITH_NULL_SHA", 0xC006: "TLS_ECDHE_ECDSA_WITH_NULL_SHA",
    0xC00B: "TLS_ECDH_RSA_WITH_NULL_SHA", 0xC010: "TLS_ECDHE_RSA_WITH_NULL_SHA",
    # No authentication of the server
    0x0018: "TLS_DH_anon_WITH_RC4_128_MD5", 0x001A: "TLS_DH_anon_WITH_DES_CBC_SHA",
    0x001B: "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA",
    0x0034: "TLS_DH_anon_WITH_AES_128_CBC_SHA", 0x003A: "TLS_DH_anon_WITH_AES_256_CBC_SHA",
    0x0046: "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA", 0x0089: "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA",
    0x006C: "TLS_DH_anon_WITH_AES_128_CBC_SHA256", 0x006D: "TLS_DH_anon_WITH_AES_256_CBC_SHA256",
    0x00A6: "TLS_DH_anon_WITH_AES_128_GCM_SHA256", 0x00A7: "TLS_DH_anon_WITH_AES_256_GCM_SHA384",
    0xC015: "TLS_ECDH_anon_WITH_NULL_SHA", 0xC016: "TLS_ECDH_anon_WITH_RC4_128_SHA",
    0xC017: "TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA", 0xC018: "TLS_ECDH_anon_WITH_AES_128_CBC_SHA",
    0xC019: "TLS_ECDH_anon_WITH_AES_256_CBC_SHA",
    # Export grade
    0x0003: "TLS_RSA_EXPORT_WITH_RC4_40_MD5", 0x0006: "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5",
    0x0008: "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", 0x0011: "TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA",
    0x0014: "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",
    0x0017: "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5", 0x0019: "TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA",
    # RC4 (RFC 7465)
    0x0004: "TLS_RSA_WITH_RC4_128_MD5", 0x0005: "TLS_RSA_WITH_RC4_128_SHA", 0xC002: "TLS_ECDH_ECDSA_WITH_RC4_128_SHA",
    0xC007: "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", 0xC00C: "TLS_ECDH_RSA_WITH_RC4_128_SHA",
    0xC011: "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    # DES, then 3DES and IDEA: 64-bit blocks (Sweet32)
    0x0009: "TLS_RSA_WITH_DES_CBC_SHA", 0x0012: "TLS_DHE_DSS_WITH_DES_CBC_SHA", 0x0015: "TLS_DHE_RSA_WITH_DES_CBC_SHA",
    0x0007: "TLS_RSA_WITH_IDEA_CBC_SHA", 0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    0x0013: "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA", 0x0016: "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA",
    0xC003: "TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA", 0xC008: "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
    0xC00D: "TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA", 0xC012: "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
}  # fmt: skip
"""IANA cipher suites without encryption, without authentication, of export grade, or with RC4, DES, 3DES (RFC 9325)."""

STATIC_TLS_CIPHERS: Mapping[int, str] = {
    0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256", 0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384",
    0x002F: "TLS_RSA_WITH_AES_128_CBC_SHA", 0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA",
    0x003C: "TLS_RSA_WITH_AES_128_CBC_SHA256", 0x003D: "TLS_RSA_WITH_AES_256_CBC_SHA256",
    0x0041: "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA", 0x0084: "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA",
    0x0096: "TLS_RSA_WITH_SEED_CBC_SHA", 0x00BA: "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256",
    0x00C0: "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256", 0xC03C: "TLS_RSA_WITH_ARIA_128_CBC_SHA256",
    0xC050: "TLS_RSA_WITH_ARIA_128_GCM_SHA256", 0xC051: "TLS_RSA_WITH_ARIA_256_GCM_SHA384",
    0xC09C: "TLS_RSA_WITH_AES_128_CCM", 0xC09D: "TLS_RSA_WITH_AES_256_CCM", 0xC0A0: "TLS_RSA_WITH_AES_128_CCM_8",
    0xC0A1: "TLS_RSA_WITH_AES_256_CCM_8", 0xC004: "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA",
    0xC005: "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA", 0xC00E: "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA",
    0xC00F: "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA", 0xC025: "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256",
    0xC026: "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384", 0xC029: "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256",
    0xC02A: "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384", 0xC02D: "TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02E: "TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384", 0xC031: "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256",
    0xC032: "TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384",
}  # fmt: skip
"""Sound encryption, but the session key travels under the server’s long-term key: no forward secrecy (ANSSI TLS R6)."""

FORWARD_AEAD_CIPHERS: tuple[int, ...] = (
    0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0x009E, 0x009F, 0xCCAA, 0xC0AC, 0xC0AD, 0xC0AE, 0xC0AF, 0xC09E,
    0xC09F, 0xC0A2, 0xC0A3, 0x00A2, 0x00A3, 0xC05C, 0xC05D, 0xC060, 0xC061, 0xC052,
    0xC053, 0xC086, 0xC087, 0xC08A, 0xC08B,
)  # fmt: skip
"""Ephemeral key exchange, and a mode that checks integrity: GCM, CCM, ChaCha20-Poly1305 (ANSSI TLS R6, R10)."""

FORWARD_CBC_CIPHERS: tuple[int, ...] = (
    0xC009, 0xC013, 0xC00A, 0xC014, 0xC023, 0xC027, 0xC024, 0xC028, 0x0033, 0x0039, 0x0067, 0x006B, 0x0045, 0x0088,
    0x00BE, 0x00C4, 0xC072, 0xC073, 0xC076, 0xC077, 0x009A, 0x0032, 0x0038, 0x0040, 0x006A, 0x0044, 0x0087,
)  # fmt: skip
"""Ephemeral key exchange with CBC."""

ECDSA_CIPHERS: frozenset[int] = frozenset(
    {0xC02B, 0xC02C, 0xCCA9, 0xC0AC, 0xC0AD, 0xC0AE, 0xC0AF, 0xC05C, 0xC05D, 0xC086, 0xC087, 0xC009, 0xC00A, 0xC023,
     0xC024, 0xC072, 0xC073}
)  # fmt: skip
"""Suites for a server whose certificate holds an elliptic key; the other ordinary ones want RSA or DSA."""

DHE_CIPHERS: tuple[int, ...] = (
    0x009E, 0x009F, 0xCCAA, 0x0033, 0x0039, 0x0067, 0x006B, 0x0045, 0x0088, 0xC09E, 0xC09F, 0x0016, 0x0015, 0x0032,
    0x0038, 0x0014, 0x0011,
)  # fmt: skip
"""Key exchange in a finite field, whose size the server chooses (ANSSI TLS R7-, Logjam)."""

_AEAD_STATIC = tuple(suite for suite, name in STATIC_TLS_CIPHERS.items() if "_GCM_" in name or "_CCM" in name)
AEAD_CIPHERS: tuple[int, ...] = (*FORWARD_AEAD_CIPHERS, *_AEAD_STATIC)
FORWARD_CIPHERS: tuple[int, ...] = (*FORWARD_AEAD_CIPHERS, *FORWARD_CBC_CIPHERS)
ORDINARY_TLS_CIPHERS: tuple[int, ...] = (*FORWARD_CIPHERS, *STATIC_TLS_CIPHERS)

MODERN_TLS_CIPHERS: tuple[int, ...] = (0x1301, 0x1302, 0x1303, 0x1304)
"""The suites of TLS 1.3."""

MIN_DH_BITS = 2048
"""ANSSI TLS R7-: finite-field groups of 2,048 bits or more."""

_FLAWS = (
    ("_anon_", "anonymous"), ("_NULL_", "NULL"), ("EXPORT", "EXPORT"), ("_RC4_", "RC4"), ("_DES_", "DES"),
    ("_3DES_", "SWEET32"), ("_IDEA_", "SWEET32"),
)  # fmt: skip
"""What is wrong with a weak suite, by a part of its name; the first that matches says it."""


def weakness(suite: str) -> str:
    """In one word, what is wrong with a weak suite of TLS; empty when nothing is."""
    return next((word for part, word in _FLAWS if part in suite), "")


SHORT_BLOCKS = "SWEET32"
"""3DES and IDEA: read only after hundreds of gigabytes of one session, hence apart from suites that protect nothing."""


def weaknesses(suites: Iterable[str], *, anonymous_is_fine: bool) -> dict[str, str]:
    """Suite -> what is wrong with it. Where nobody checks who answers (SMTP between servers), anonymity is no flaw."""
    seen = {suite: weakness(suite.replace("_anon_", "_") if anonymous_is_fine else suite) for suite in suites}
    return {suite: flaw for suite, flaw in seen.items() if flaw}


WEAK_SIGNATURES: frozenset[str] = frozenset({"md2", "md4", "md5", "sha1"})
MIN_RSA_BITS = 2048
"""ANSSI and the CA/Browser Forum: RSA below 2,048 bits is no longer acceptable."""
MIN_EC_BITS = 256
