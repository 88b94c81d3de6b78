"""Kerberos delegation towards the services of domain controllers."""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import MISSING, Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.graph import service_host
from scanners.ad.judging import verdict
from scanners.model import Verdict


def controller_hosts(facts: DirectoryFacts) -> frozenset[str]:
    """Names under which services of the controllers are called, and the service of krbtgt, in lower case."""
    objects = facts.objects
    rows = np.flatnonzero(facts.controllers).tolist()
    hosts = {objects.text("dNSHostName", row).lower() for row in rows}
    hosts |= {objects.text("sAMAccountName", row).rstrip("$").lower() for row in rows}
    return frozenset(hosts - {""})


def delegating_to_controllers(facts: DirectoryFacts, accounts: Mask) -> Verdict:
    """Those of these accounts that may delegate to a service of a controller, or to krbtgt."""
    hosts = controller_hosts(facts)
    services = facts.objects.texts("msDS-AllowedToDelegateTo")
    reached = {row: _dangerous(values, hosts) for row, values in services.items()}
    return verdict(
        facts,
        accounts,
        facts.mask(row for row, found in reached.items() if found),
        lambda row: {"service": reached[row][0], "services": len(reached[row])},
        facts.objects.ints("userAccountControl") == MISSING,
    )


def _dangerous(services: tuple[str, ...], hosts: frozenset[str]) -> list[str]:
    return [name for name in services if service_host(name) in hosts or name.lower().startswith("krbtgt/")]
