"""The names of the zone: its DNS zones, and the names that lie. Data only."""

from __future__ import annotations

from collections.abc import Mapping

from tests.lab.exposure.zone_plan import EXCLUDED, OUTSIDE, address

DOMAIN = "hopital.test"

_HOSPITAL = f"""\
$TTL 300
@ IN SOA ns.{DOMAIN}. dsi.{DOMAIN}. 2026010101 3600 600 86400 300
@ IN NS ns.{DOMAIN}.
ns IN A 203.0.113.53
@ IN A {address(1)}
www IN A {address(1)}
rdv IN A {address(1)}
portail IN A {address(2)}
portail IN AAAA {address(2, 6)}
exclu IN A {EXCLUDED}
parti IN A {OUTSIDE}
*.generique IN A {address(5)}
"""

ZONES: Mapping[str, str] = {f"{DOMAIN}.": _HOSPITAL}
CHANGING: Mapping[str, tuple[str, ...]] = {f"rebond.{DOMAIN}.": (address(3), OUTSIDE)}
"""DNS rebinding: the first question gets the first address, every other the last."""
OPEN_TRANSFERS: tuple[str, ...] = (f"{DOMAIN}.",)
"""Zones that anyone may transfer."""
