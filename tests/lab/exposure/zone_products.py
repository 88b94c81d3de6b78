"""Where the products of the zone are: hosts of their own, beside the 128 that measures are told with. Pure data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.lab.exposure.product_answers import LOOK_ALIKES, SPECIMENS, Specimen

_FIRST_HOST = 129
_PORTS = (80, 8080, 8081, 443, 8443)
TLS_PORTS = frozenset({443, 8443})


@dataclass(frozen=True, slots=True)
class ProductPlace:
    """One product, or one page that looks like one, at one port."""

    address: str
    port: int
    specimen: Specimen


def product_places() -> Iterator[ProductPlace]:
    """Every specimen of products and every look-alike, a few to each host."""
    for number, specimen in enumerate((*SPECIMENS, *LOOK_ALIKES)):
        host, rank = divmod(number, len(_PORTS))
        yield ProductPlace(f"192.0.2.{_FIRST_HOST + host}", _PORTS[rank], specimen)
