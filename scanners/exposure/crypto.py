"""Which cryptographic algorithms are weak, and why. Pure data, each table with its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

TLS_VERSIONS: Mapping[int, str] = {
    0x0300: "SSL 3.0",
    0x0301: "TLS 1.0",
    0x0302: "TLS 1.1",
    0x0303: "TLS 1.2",
    0x0304: "TLS 1.3",
}
OBSOLETE_TLS: frozenset[str] = frozenset({"TLS 1.0", "TLS 1.1"})
"""Deprecated by RFC 8996; SSL 3.0 by RFC 7568."""
MODERN_TLS: frozenset[str] = frozenset({"TLS 1.2", "TLS 1.3"})

WEAK_TLS_CIPHERS: Mapping[int, str] = {
    # No encryption
    0x0001: "TLS_RSA_WITH_NULL_MD5", 0x0002: "TLS_RSA_WITH_NULL_SHA", 0x003B: "TLS_RSA_WITH_NULL_SHA256",
    0xC001: "TLS_ECDH_ECDSA_WITH_NULL_SHA", 0xC006: "TLS_ECDHE_ECDSA_WITH_NULL_SHA",
    0xC00B: "TLS_ECDH_RSA_WITH_NULL_SHA", 0xC010: "TLS_ECDHE_RSA_WITH_NULL_SHA",
    # No authentication of the server
    0x0018: "TLS_DH_anon_WITH_RC4_128_MD5", 0x001B: "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA",
    0x0034: "TLS_DH_anon_WITH_AES_128_CBC_SHA", 0x003A: "TLS_DH_anon_WITH_AES_256_CBC_SHA",
    0x006C: "TLS_DH_anon_WITH_AES_128_CBC_SHA256", 0x006D: "TLS_DH_anon_WITH_AES_256_CBC_SHA256",
    0x00A6: "TLS_DH_anon_WITH_AES_128_GCM_SHA256", 0x00A7: "TLS_DH_anon_WITH_AES_256_GCM_SHA384",
    0xC015: "TLS_ECDH_anon_WITH_NULL_SHA", 0xC016: "TLS_ECDH_anon_WITH_RC4_128_SHA",
    0xC017: "TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA", 0xC018: "TLS_ECDH_anon_WITH_AES_128_CBC_SHA",
    0xC019: "TLS_ECDH_anon_WITH_AES_256_CBC_SHA",
    # Export grade
    0x0003: "TLS_RSA_EXPORT_WITH_RC4_40_MD5", 0x0006: "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5",
    0x0008: "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", 0x0014: "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",
    0x0017: "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5", 0x0019: "TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA",
    # RC4 (RFC 7465)
    0x0004: "TLS_RSA_WITH_RC4_128_MD5", 0x0005: "TLS_RSA_WITH_RC4_128_SHA", 0xC007: "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    0xC011: "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    # DES and 3DES: 64-bit blocks (Sweet32)
    0x0009: "TLS_RSA_WITH_DES_CBC_SHA", 0x0015: "TLS_DHE_RSA_WITH_DES_CBC_SHA", 0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    0x0016: "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", 0xC008: "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
    0xC012: "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
}  # fmt: skip
"""IANA cipher suites without encryption, without authentication, of export grade, or with RC4, DES, 3DES (RFC 9325)."""


MODERN_TLS_CIPHERS: tuple[int, ...] = (0x1301, 0x1302, 0x1303)
"""The suites of TLS 1.3."""

WEAK_SIGNATURES: frozenset[str] = frozenset({"md2", "md4", "md5", "sha1"})
MIN_RSA_BITS = 2048
"""ANSSI and the CA/Browser Forum: RSA below 2,048 bits is no longer acceptable."""
MIN_EC_BITS = 256

_WEAK_KEX = ("sha1", "group1-")
"""SHA-1 and the 1,024-bit group: “SHOULD NOT” or “MUST NOT” of RFC 9142."""
_WEAK_HOST_KEYS = frozenset({"ssh-rsa", "ssh-rsa-cert-v00@openssh.com", "ssh-rsa-cert-v01@openssh.com", "ssh-rsa1"})
"""`ssh-rsa` names RSA signatures made with SHA-1 (RFC 8332); DSA (`ssh-dss…`) is refused by ANSSI R7."""
_WEAK_CIPHERS = ("arcfour", "des-", "3des", "blowfish", "cast128-", "idea-", "-cbc", "none", "rc4")
"""64-bit blocks, RC4 and CBC modes (ANSSI R15 asks for AES in CTR; AEAD modes came later and are fine)."""
_WEAK_MACS = ("md5", "-96", "none", "ripemd")
"""Broken or truncated authentication. ANSSI R15 still accepts HMAC with SHA-1, so it is not listed."""


def weak_key_exchanges(offered: Iterable[str]) -> list[str]:
    """SSH key exchanges built on SHA-1 or on a short group."""
    return _holding(offered, _WEAK_KEX)


def weak_host_keys(offered: Iterable[str]) -> list[str]:
    """SSH host-key algorithms with DSA or SHA-1 signatures."""
    return [name for name in offered if name in _WEAK_HOST_KEYS or name.startswith("ssh-dss")]


def weak_ssh_ciphers(offered: Iterable[str]) -> list[str]:
    """SSH ciphers with short blocks, RC4, CBC, or none at all."""
    return _holding(offered, _WEAK_CIPHERS)


def weak_macs(offered: Iterable[str]) -> list[str]:
    """SSH message authentication with MD5, RIPEMD, a short tag, or none."""
    return _holding(offered, _WEAK_MACS)


def _holding(offered: Iterable[str], parts: tuple[str, ...]) -> list[str]:
    return [name for name in offered if any(part in name for part in parts)]
