"""To which family of PGSSI-S 7.2.2.1 a source of a SIEM belongs, by the words of its type. Pure.

Products name types their own way: what no word tells is of no family, and is counted as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from scanners.lists.words import plain
from scanners.model import Text
from scanners.workstations.facts import ListedSource, LogSource

FAMILY_NAMES: Mapping[LogSource, Text] = {
    "servers": Text("serveurs", "servers"),
    "network": Text("équipements réseau", "network equipment"),
    "firewalls": Text("pare-feu", "firewalls"),
    "directory": Text("annuaire, DNS et DHCP", "directory, DNS and DHCP"),
    "antivirus": Text("antivirus et EDR", "antivirus and EDR"),
}
_WORDS: Mapping[LogSource, tuple[str, ...]] = {
    "servers": ("serveur", "serveurs", "server", "linux", "unix", "syslog linux", "vmware", "esxi", "hyperviseur"),
    "network": (
        *("reseau", "network", "switch", "commutateur", "commutateurs", "routeur", "router", "wifi", "wireless"),
        *("wlan", "nac", "load balancer", "repartiteur"),
    ),
    "firewalls": ("pare feu", "firewall", "utm", "waf", "fortigate", "stormshield", "palo alto", "vpn"),
    "directory": (
        *("annuaire", "active directory", "directory", "ldap", "controleur de domaine", "domain controller"),
        *("dns", "dhcp"),
    ),
    "antivirus": ("antivirus", "antimalware", "edr", "xdr", "epp", "endpoint", "defender", "protection des postes"),
}


def families_of(kind: str) -> frozenset[LogSource]:
    """The families that a type names."""
    return _families(plain(kind))


def families(sources: Iterable[ListedSource]) -> frozenset[LogSource]:
    """The families of these sources."""
    return frozenset(family for one in sources for family in families_of(one.kind))


@lru_cache(maxsize=4096)
def _families(words: str) -> frozenset[LogSource]:
    padded = f" {words} "
    return frozenset(family for family, known in _WORDS.items() if any(f" {word} " in padded for word in known))
