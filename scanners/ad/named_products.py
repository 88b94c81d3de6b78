"""The operating systems that a directory names: one line a version, with the names of a few machines. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.exchange import NamedProduct
from scanners.systems_seen import Running, systems

STALE_DAYS = 90
"""A computer account unused for longer names no machine in service. Our choice, that of the workstations audit."""


_NEEDED = {"operatingSystem", "operatingSystemVersion", "sAMAccountName", "lastLogonTimestamp"}


def seen_products(facts: DirectoryFacts) -> Iterator[NamedProduct]:
    """Each version of a system among enabled computers that logged on lately, or whose last use is not readable.

    Nothing of a source that does not tell versions, as BloodHound: a system without its version names no product.
    """
    if not facts.objects.asked.issuperset(_NEEDED):
        return iter(())
    names = facts.objects.texts("operatingSystem")
    versions = facts.objects.texts("operatingSystemVersion")
    accounts = facts.objects.texts("sAMAccountName")
    age = facts.days_since("lastLogonTimestamp")
    used = facts.objects.of(Kind.COMPUTER) & facts.enabled & ~(age > STALE_DAYS)
    rows = [row for row in np.flatnonzero(used).tolist() if row in names]
    return systems(
        Running(names[row][0], versions.get(row, ("",))[0], accounts.get(row, ("",))[0].rstrip("$")) for row in rows
    )
