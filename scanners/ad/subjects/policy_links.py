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
    """A policy in force on a container: its name, its row (-1 when it does not show, even by name), and whether nothing
    below may refuse it."""

    dn: str
    row: int
    enforced: bool

    @property
    def guid(self) -> str:
        """The name of the policy, in braces and capitals."""
        return self.dn.partition(",")[0].partition("=")[2].upper()


def all_links(objects: Objects, container: int) -> Iterator[PolicyLink]:
    """What a container links, disabled links left out, from the weakest to the strongest."""
    for dn, options in _LINK.findall(objects.text("gPLink", container)):
        if not int(options) & _DISABLED:
            yield PolicyLink(dn, objects.row_by_dn.get(dn.lower(), -1), bool(int(options) & _ENFORCED))


def links_in_force(objects: Objects, container: int) -> Iterator[PolicyLink]:
    """The same, of the policies that show."""
    return (link for link in all_links(objects, container) if link.row >= 0)


def blocking(objects: Objects) -> Mask:
    """Containers that refuse the policies of what is above them; NotAssessable when nobody looked."""
    options = objects.ints("gPOptions")
    mask: Mask = (options != MISSING) & (options & _BLOCKS_INHERITANCE != 0)
    return mask
