"""Which systems of a directory no longer receive security updates, by the life-cycle table of all scanners and
what was imported over it.

Paid extensions (ESU) are not counted: the directory does not tell who bought them.
"""

from __future__ import annotations

from functools import cache

from scanners.ad.columns import Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.lifecycle import end_of_support, with_imported
from scanners.model import Verdict


def unsupported(facts: DirectoryFacts, machines: Mask, unreadable: Mask | None = None) -> Verdict:
    """Those of these machines whose system has ended; one that the table does not know (Samba, a newer one) has not."""
    today, table = facts.collected_at.date(), with_imported(facts.lifecycle)
    end_of = cache(lambda system, version: end_of_support(system, version, table))  # few systems, many machines
    systems, versions = facts.objects.texts("operatingSystem"), facts.objects.texts("operatingSystemVersion")
    ended = {
        row: end
        for row, values in systems.items()
        if (end := end_of(values[0], versions.get(row, ("",))[0])) and end < today
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
