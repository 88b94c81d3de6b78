"""The mark that a flawed library of Infineon left on its RSA keys (ROCA, CVE-2017-15361).

Its primes are k·M + (65537^a mod M), M being a product of small primes: modulo each of these, such a modulus is a
power of 65537. Published by Nemec, Sys, Svenda, Klinec and Matyas (ACM CCS 2017); a sound modulus passes for one of
these less than once in a hundred million. Written from the mathematics of the paper.
"""

from __future__ import annotations

from functools import cache
from typing import Final

_GENERATOR: Final = 65537
_LARGEST: Final = 167
"""The largest prime of M for the shortest keys: longer keys use the same ones and more."""


def has_mark(modulus: int) -> bool:
    """Whether a modulus was made by the flawed library."""
    return all(modulus % prime in powers for prime, powers in _powers().items())


@cache
def _powers() -> dict[int, frozenset[int]]:
    """For each prime of M, the powers of the generator modulo that prime."""
    odd = range(3, _LARGEST + 1, 2)
    primes = [number for number in odd if all(number % less for less in range(3, number, 2))]
    return {prime: frozenset(pow(_GENERATOR, power, prime) for power in range(prime - 1)) for prime in primes}
