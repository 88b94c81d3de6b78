"""Where a key may come from: the patterns of `from=`, judged and compared with addresses. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from fnmatch import fnmatchcase

SHORTEST_IPV4, SHORTEST_IPV6 = 16, 32
"""Prefixes below these admit more than 65,536 IPv4 addresses, or more than one operator's client gets in IPv6."""
_LABELS = 2
"""Parts written out that a pattern needs to name someone: two bytes, two groups, a domain and what it ends in."""


def too_wide(patterns: str) -> bool:
    """Whether one of the patterns admits so many addresses that it restrains nothing."""
    return any(_wide(pattern) for pattern in _positive(patterns))


def filters(sources: Iterable[str]) -> bool:
    """Whether what a register says of allowed addresses keeps others out: an address at least, and none too wide.

    What is no address (« dynamique ») does not count.
    """
    written = list(sources)
    return any(map(_is_address, written)) and not any(map(_open_to_all, written))


def _is_address(written: str) -> bool:
    return _network(written) is not None or _span(written) is not None


def _open_to_all(written: str) -> bool:
    network, span = _network(written), _span(written)
    if span is not None:
        return span > 1 << (32 - SHORTEST_IPV4)
    return _wide(written) or (network is not None and network.network_address.is_unspecified)


def _span(written: str) -> int | None:
    """How many addresses `first-last` holds; None for anything else."""
    first, _, last = written.partition("-")
    try:
        return int(ipaddress.ip_address(last)) - int(ipaddress.ip_address(first)) + 1
    except ValueError:
        return None


def _positive(patterns: str) -> list[str]:
    return [pattern for part in patterns.split(",") if (pattern := part.strip()) and not pattern.startswith("!")]


def _wide(pattern: str) -> bool:
    network = _network(pattern)
    if network is not None:
        return network.prefixlen < (SHORTEST_IPV4 if network.version == 4 else SHORTEST_IPV6)
    if "*" not in pattern and "?" not in pattern:
        return False
    parts = pattern.split(":" if ":" in pattern else ".")
    return sum(bool(part) and not set("*?") & set(part) for part in parts) < _LABELS


def _network(pattern: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return None


def admits(patterns: str, address: str) -> bool | None:
    """Whether an address is among those of `from=`; None when names would have to be resolved to tell."""
    try:
        source = ipaddress.ip_address(address)
    except ValueError:
        return None
    if any(_holds(pattern[1:], source) for part in patterns.split(",") if (pattern := part.strip()).startswith("!")):
        return False
    positive = _positive(patterns)
    if any(_holds(pattern, source) for pattern in positive):
        return True
    return None if any(_is_name(pattern) for pattern in positive) else False


def _holds(pattern: str, source: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    network = _network(pattern)
    if network is not None:
        return source.version == network.version and source in network
    return fnmatchcase(str(source), pattern.lower())


def _is_name(pattern: str) -> bool:
    return _network(pattern) is None and any(sign.isalpha() for sign in pattern.replace("*", "")) and ":" not in pattern
