"""What AdminSDHolder protects: objects that carry its permissions and inherit none."""

from __future__ import annotations

from typing import Final

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import Mask
from scanners.ad.descriptors import DACL_PRESENT, DACL_PROTECTED, INHERIT_ONLY, Descriptors
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import readable

_SEND_TO: Final = "ab721a55-1e2f-11d0-9819-00aa0040529b"
_BENIGN: Final = frozenset({sids.SELF, sids.ENTERPRISE_DOMAIN_CONTROLLERS})


def inherits(facts: DirectoryFacts, row: int) -> bool:
    """Whether an object takes permissions from the place where it is."""
    control = int(facts.descriptors.control[facts.objects.descriptor[row]])
    return not (control & DACL_PRESENT and control & DACL_PROTECTED)


def added_rights(facts: DirectoryFacts, objects: Mask) -> dict[int, tuple[str, ...]]:
    """For each of these objects, the SIDs that hold a right AdminSDHolder does not give them. Benign rights are left
    out; objects without readable permissions too.

    NotAssessable when the permissions of AdminSDHolder are not readable.
    """
    head = facts.row_at(f"CN=AdminSDHolder,{facts.naming.system_dn}")
    index = facts.objects.descriptor
    readable(facts, facts.mask([head]) & (index < 0))
    table = facts.descriptors
    model = {_meaning(table, ace) for ace in table.entries_of(int(index[head])).tolist()}
    known: dict[int, tuple[str, ...]] = {}
    more: dict[int, bool] = {}
    found = {}
    for row in np.flatnonzero(objects & (index >= 0)).tolist():
        at = int(index[row])
        if at not in known:
            known[at] = _added(table, at, model, more)
        found[row] = known[at]
    return found


def _added(table: Descriptors, index: int, model: set[tuple[int, ...]], more: dict[int, bool]) -> tuple[str, ...]:
    """The trustees of the entries that the model has not; `more` remembers what was found of each entry."""
    entries = table.entries_of(index).tolist()
    for ace in entries:
        if ace not in more:
            more[ace] = _meaning(table, ace) not in model and not _benign(table, ace)
    return tuple(dict.fromkeys(table.trustee_sid(ace) for ace in entries if more[ace]))


def _benign(table: Descriptors, ace: int) -> bool:
    return table.trustee_sid(ace) in _BENIGN or table.object_guid(ace) == _SEND_TO


def _meaning(table: Descriptors, ace: int) -> tuple[int, ...]:
    """All that an entry says, but how it is passed on."""
    columns = (table.ace_type, table.ace_mask, table.ace_object, table.ace_inherited, table.ace_trustee)
    return (*(int(column[ace]) for column in columns), int(table.ace_flags[ace]) & INHERIT_ONLY)
