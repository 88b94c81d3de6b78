"""What an SSH server offers before anyone logs in, and which of it is weak: for whoever meets one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAX_NAMES = 100
"""Names kept of a list of algorithms."""
MIN_RSA_BITS = 2048
"""ANSSI, secure use of OpenSSH, R8."""
MIN_ECDSA_BITS = 256
"""The same, R9."""
MIN_GROUP_BITS = 2048
"""RFC 8270: finite-field groups of 2,048 bits or more."""

_WEAK_KEX = ("sha1", "group1-")
"""SHA-1 and the 1,024-bit group: “SHOULD NOT” or “MUST NOT” of RFC 9142."""
_WEAK_HOST_KEYS = frozenset({"ssh-rsa", "ssh-rsa-cert-v00@openssh.com", "ssh-rsa-cert-v01@openssh.com", "ssh-rsa1"})
"""`ssh-rsa` names RSA signatures made with SHA-1 (RFC 8332); DSA (`ssh-dss…`) is refused by ANSSI R7."""
_WEAK_CIPHERS = ("arcfour", "des-", "3des", "blowfish", "cast128-", "idea-", "-cbc", "none", "rc4")
"""64-bit blocks, RC4 and CBC modes (ANSSI R15 asks for AES in CTR; AEAD modes came later and are fine)."""
_WEAK_MACS = ("md5", "-96", "none", "ripemd")
"""Broken or truncated authentication. ANSSI R15 still accepts HMAC with SHA-1, so it is not listed."""
_STRICT = "kex-strict-s-v00@openssh.com"
"""The key exchange that closes Terrapin."""


@dataclass(frozen=True, slots=True)
class SshNote:
    """One verdict of ssh-audit: `kind` is `kex`, `key`, `enc` or `mac`, `level` is `fail` or `warn`."""

    kind: str
    algorithm: str
    level: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ssh:
    """What an SSH server offers, in its order of preference. `protocol` is `2.0`, `1.99` (both) or `1.5`.

    What ssh-audit adds: `host_key_bits` (algorithm and size), `dh_bits` (the smallest group of the group exchange, 0
    when there is none) and `notes`, its verdicts; `audited` tells whether it could look.
    """

    protocol: str
    key_exchanges: tuple[str, ...] = ()
    host_keys: tuple[str, ...] = ()
    ciphers: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    host_key_bits: tuple[tuple[str, int], ...] = ()
    dh_bits: int = 0
    notes: tuple[SshNote, ...] = ()
    audited: bool = False


def weak_key_exchanges(offered: Iterable[str]) -> list[str]:
    """SSH key exchanges built on SHA-1 or on a short group."""
    return _holding(offered, _WEAK_KEX)


def weak_host_keys(offered: Iterable[str]) -> list[str]:
    """SSH host-key algorithms with DSA or SHA-1 signatures."""
    return [name for name in offered if name in _WEAK_HOST_KEYS or name.startswith("ssh-dss")]


def weak_ciphers(offered: Iterable[str]) -> list[str]:
    """SSH ciphers with short blocks, RC4, CBC, or none at all."""
    return _holding(offered, _WEAK_CIPHERS)


def weak_macs(offered: Iterable[str]) -> list[str]:
    """SSH message authentication with MD5, RIPEMD, a short tag, or none."""
    return _holding(offered, _WEAK_MACS)


def _holding(offered: Iterable[str], parts: tuple[str, ...]) -> list[str]:
    return [name for name in offered if any(part in name for part in parts)]


def knows_version_1(offer: Ssh) -> bool:
    """Whether the server accepts version 1 of the protocol."""
    return offer.protocol.startswith("1.")


def open_to_terrapin(offer: Ssh) -> list[str]:
    """The ciphers by which the first messages can be cut unseen (CVE-2023-48795); none with the strict exchange."""
    if _STRICT in offer.key_exchanges:
        return []
    stream = [name for name in offer.ciphers if name.startswith("chacha20-poly1305")]
    blocks = [name for name in offer.ciphers if name.endswith(("-cbc", "-cbc@lysator.liu.se"))]
    return stream + (blocks if any("-etm@" in name for name in offer.macs) else [])


def short_host_keys(offer: Ssh) -> list[str]:
    """Host keys too short to be trusted, with their size. DSA is for `weak_host_keys`."""
    return [f"{name} ({bits} bits)" for name, bits in offer.host_key_bits if 0 < bits < _smallest(name)]


def _smallest(name: str) -> int:
    if "ecdsa" in name:
        return MIN_ECDSA_BITS
    return MIN_RSA_BITS if "rsa" in name else 0


def short_group(offer: Ssh) -> bool:
    """Whether the group exchange accepts a group that is too short."""
    return 0 < offer.dh_bits < MIN_GROUP_BITS
