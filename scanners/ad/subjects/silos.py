"""Authentication silos: which accounts an enforced one holds. Pure."""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Mask
from scanners.ad.facts import DirectoryFacts


def in_enforced_silo(facts: DirectoryFacts) -> Mask:
    """The objects assigned to a silo that is applied, not merely audited."""
    enforced = np.flatnonzero(facts.objects.ints("msDS-AuthNPolicySiloEnforced") == 1).tolist()
    names = {facts.objects.dn[row].lower() for row in enforced}
    assigned = facts.objects.texts("msDS-AssignedAuthNPolicySilo")
    return facts.mask(row for row, values in assigned.items() if values[0].lower() in names)
