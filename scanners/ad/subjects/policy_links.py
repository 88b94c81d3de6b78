"""Links of group policies: what a container links, and what it refuses from above (MS-GPOL 2.2.2, 2.2.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.ad.columns import MISSING, Mask, Objects

_LINK = re.compile(r"\[LDAP://([^;\]]+);(\d+)\]", re.IGNORECASE)
_DISABLED, _ENFORCED = 1, 2
_BLOCKS_INHERITANCE = 1


@dataclass(frozen=True, slots=True)
class PolicyLink:
    """The row of a policy in force on a container, and whether nothing below may refuse it."""

    row: int
    enforced: bool


def links_in_force(objects: Objects, container: int) -> Iterator[PolicyLink]:
    """The policies that a container links, disabled links left out, from the weakest to the strongest."""
    for dn, options in _LINK.findall(objects.text("gPLink", container)):
        row = objects.row_by_dn.get(dn.lower(), -1)
        if row >= 0 and not int(options) & _DISABLED:
            yield PolicyLink(row, bool(int(options) & _ENFORCED))


def blocking(objects: Objects) -> Mask:
    """Containers that refuse the policies of what is above them; NotAssessable when nobody looked."""
    options = objects.ints("gPOptions")
    mask: Mask = (options != MISSING) & (options & _BLOCKS_INHERITANCE != 0)
    return mask
