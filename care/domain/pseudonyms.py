"""Pseudonyms of establishments: the same each time, and not to be turned back without the key. Pure."""

from __future__ import annotations

import hmac

SIGNS = 16
"""64 bits: with 40,000 establishments, two share one once in twenty billion installations."""


def pseudonym_of(key: bytes, finess: str) -> str:
    """HMAC-SHA256 of a FINESS number, cut to 16 hexadecimal digits.

    A hash without a key would be turned back in a second: there are a hundred thousand FINESS numbers.
    """
    return hmac.digest(key, b"care-pseudonym/1\n" + finess.encode(), "sha256").hex()[:SIGNS]
