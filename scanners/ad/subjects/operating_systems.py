"""Which systems of a directory no longer receive security updates, by the life-cycle table of all scanners.

Paid extensions (ESU) are not counted: the directory does not tell who bought them.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from scanners.ad.columns import Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.lifecycle import end_of_support, lifecycle
from scanners.model import Verdict


def unsupported(facts: DirectoryFacts, machines: Mask, unreadable: Mask | None = None) -> Verdict:
    """Those of these machines whose system has ended; one that the table does not know (Samba, a newer one) has not."""
    today = facts.collected_at.date()
    systems, versions = facts.objects.texts("operatingSystem"), facts.objects.texts("operatingSystemVersion")
    ended = {
        row: end
        for row, values in systems.items()
        if (end := _end(values[0], versions.get(row, ("",))[0])) and end < today
    }
    return verdict(
        facts,
        machines,
        facts.mask(ended),
        lambda row: {
            "operating_system": " ".join((systems[row][0], *versions.get(row, ()))),
            "support_ended": ended[row].isoformat(),
        },
        unreadable,
    )


@lru_cache(maxsize=4096)
def _end(system: str, version: str) -> date | None:
    """A domain holds few systems and many machines."""
    return end_of_support(system, version, lifecycle())
