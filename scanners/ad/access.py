"""Who holds one right on one object, denials included: entries are read in the order of the DACL, as the server does.

An account acts with its own SID and those of all its groups; the first entry that speaks of one of them decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scanners.ad import rights, sids
from scanners.ad.columns import Ints, Kind, Mask
from scanners.ad.control_paths.sparse import ranges
from scanners.ad.descriptors import DACL_PRESENT, Descriptors

if TYPE_CHECKING:
    from scanners.ad.facts import DirectoryFacts


@dataclass(frozen=True)
class Access:
    """Holders of a right.

    `rows` are the principals that have it, groups included; `everybody` tells whether any identity that logs on has
    it; `strangers` are the other SIDs that have it and are no object here; `trustees` are those the entries name.
    """

    rows: Mask
    everybody: bool
    strangers: frozenset[str]
    trustees: tuple[str, ...]

    def allows(self, sid: str) -> bool:
        """Whether a SID that is no object here has the right."""
        return self.everybody or sid in self.strangers


@dataclass(frozen=True)
class Wanted:
    """A right looked for: which distinct entries give it and which refuse it."""

    granting: Mask
    refusing: Mask

    @classmethod
    def of(cls, facts: DirectoryFacts, bit: int, *guids: str) -> Wanted:
        """The right of `bit`, on everything or on one of these attributes, classes or extended rights."""
        return cls(
            rights.grants(facts.permissions, bit, *guids),
            rights.refuses(facts.permissions, bit, *guids),
        )


def open_to_all(facts: DirectoryFacts) -> Access:
    """Everyone holds the right: no DACL, or permissions that cannot be read and must be supposed open."""
    everyone = facts.objects.of(*_principal_kinds())
    return Access(everyone, True, frozenset(), (sids.EVERYONE,))


def access(facts: DirectoryFacts, index: int, wanted: Wanted) -> Access:
    """Who holds the right by the descriptor at `index`."""
    table = facts.permissions
    if not table.control[index] & DACL_PRESENT:
        return open_to_all(facts)
    granted, denied = facts.mask(()), facts.mask(())
    everybody, closed = False, False
    strangers: dict[str, bool] = {}
    trustees: dict[str, None] = {}
    for ace in table.entries_of(index).tolist():
        gives = bool(wanted.granting[ace])
        if not gives and not wanted.refusing[ace]:
            continue
        sid = table.trustee_sid(ace)
        held = facts.holding(sid)
        if sid in sids.EVERYBODY:
            everybody, closed = everybody or (gives and not closed), closed or not gives
        elif facts.row_of(sid) < 0:
            strangers.setdefault(sid, gives and not closed)
        if gives:
            granted |= held & ~denied
            trustees[sid] = None
        else:
            denied |= held & ~granted
    allowed = frozenset(sid for sid, may in strangers.items() if may)
    return Access(granted, everybody, allowed, tuple(trustees))


def both(one: Access, other: Access) -> Access:
    """Who holds two rights, with the trustees of the first."""
    shared = {sid for sid in one.strangers if other.allows(sid)} | {sid for sid in other.strangers if one.allows(sid)}
    return Access(one.rows & other.rows, one.everybody and other.everybody, frozenset(shared), one.trustees)


def either(accesses: Iterable[Access]) -> Access | None:
    """Who holds one of these rights; None when there is none."""
    found: Access | None = None
    for each in accesses:
        found = (
            each
            if found is None
            else Access(
                found.rows | each.rows,
                found.everybody or each.everybody,
                found.strangers | each.strangers,
                tuple(dict.fromkeys((*found.trustees, *each.trustees))),
            )
        )
    return found


def ordinary(facts: DirectoryFacts, sid: str) -> bool:
    """Whether a SID is neither the system, nor a controller, nor a privileged principal."""
    if sid in sids.EVERYBODY:
        return True
    row = facts.row_of(sid)
    if row >= 0 and (facts.privileged[row] or facts.controllers[row] or _keeps_controllers(facts, row)):
        return False
    trusted = sid in rights.TRUSTED_SIDS or sid in facts.forest_privileged
    return not trusted and (row >= 0 or sid not in _read_only_controllers(facts))


def ordinary_trustees(facts: DirectoryFacts, found: Access) -> tuple[str, ...]:
    """The trustees by whom somebody who is not privileged really holds the right: denials may leave nobody."""
    return tuple(sid for sid in found.trustees if ordinary(facts, sid) and _effective(facts, found, sid))


def ordinary_accounts(facts: DirectoryFacts, found: Access) -> int:
    """How many enabled accounts that are not privileged hold the right."""
    return int((found.rows & facts.enabled & ~facts.privileged & ~facts.controllers).sum())


def _effective(facts: DirectoryFacts, found: Access, sid: str) -> bool:
    """Whether an account that is not privileged holds the right by this SID.

    An empty group counts as long as it is not refused itself: whoever joins it holds the right. A disabled account, or
    what was deleted, holds nothing.
    """
    row = facts.row_of(sid)
    if row < 0 and sid not in sids.EVERYBODY:
        return found.allows(sid)
    acting = facts.holding(sid) & facts.enabled
    if acting.any():
        return bool((acting & found.rows & ~facts.privileged & ~facts.controllers).any())
    if row < 0:
        return found.everybody
    return bool(found.rows[row]) and facts.objects.kind[row] in (Kind.GROUP, Kind.FOREIGN)


def _keeps_controllers(facts: DirectoryFacts, row: int) -> bool:
    rids = (sids.RID_READ_ONLY_CONTROLLERS, sids.RID_ENTERPRISE_READ_ONLY_CONTROLLERS)
    return bool(facts.objects.kind[row] == Kind.GROUP) and int(facts.objects.sid_rid[row]) in rids


def _read_only_controllers(facts: DirectoryFacts) -> tuple[str, str]:
    """Those of the domain, and those of the forest, which its root domain holds."""
    own, forest = facts.naming.sid, facts.naming.forest_sid or facts.naming.sid
    return f"{own}-{sids.RID_READ_ONLY_CONTROLLERS}", f"{forest}-{sids.RID_ENTERPRISE_READ_ONLY_CONTROLLERS}"


def _principal_kinds() -> tuple[Kind, ...]:
    return (Kind.USER, Kind.COMPUTER, Kind.GMSA, Kind.SMSA, Kind.DMSA, Kind.GROUP, Kind.FOREIGN)


@dataclass(frozen=True)
class Holders:
    """Who holds a right, over many descriptors at once and without counting members.

    `sid` (an index into `holder_sids`) holds it on what carries `descriptor`, by the access entry `entry` (-1 for none:
    where there is no DACL, everyone holds every right).
    """

    sid: Ints
    descriptor: Ints
    entry: Ints


@dataclass(frozen=True)
class Tally:
    """What one trustee who is not privileged may do: on how many objects, one of which is `example`."""

    sid: str
    count: int
    example: int


def holders(facts: DirectoryFacts, objects: Mask, wanted: Wanted) -> Holders:
    """Trustees of a right on these objects, the system left out, and what the same descriptor denies them."""
    table = facts.permissions
    carried = np.unique(facts.objects.descriptor[objects])
    carried = carried[carried >= 0]
    counts = table.start[carried + 1] - table.start[carried]
    entries = table.entries[ranges(table.start[carried], table.start[carried + 1])]
    owners = np.repeat(carried, counts)
    kept = _without_refused(table, owners, entries, wanted)
    system = [index for index, sid in enumerate(table.sids) if sid in rights.TRUSTED_SIDS]
    kept = kept[~np.isin(table.ace_trustee[entries[kept]], system)]
    unguarded = carried[table.control[carried] & DACL_PRESENT == 0]
    return Holders(
        np.concatenate([table.ace_trustee[entries[kept]], np.full(len(unguarded), len(table.sids))]),
        np.concatenate([owners[kept], unguarded]),
        np.concatenate([entries[kept], np.full(len(unguarded), -1)]),
    )


def holder_sids(facts: DirectoryFacts) -> tuple[str, ...]:
    """The SIDs that `Holders` index."""
    return (*facts.permissions.sids, sids.EVERYONE)


def tally(
    facts: DirectoryFacts, objects: Mask, found: Holders, wanted: Callable[[str], bool] = lambda _sid: True
) -> Iterator[Tally]:
    """For each wanted trustee who is not privileged, on how many of these objects it holds the right."""
    rows = np.flatnonzero(objects)
    carried, first, sizes = np.unique(facts.objects.descriptor[rows], return_index=True, return_counts=True)
    width = len(facts.permissions) + 1
    pairs = np.unique(found.sid * width + found.descriptor)
    holder, place = pairs // width, np.searchsorted(carried, pairs % width)
    counts = np.bincount(holder, weights=sizes[place])
    trustees, at = np.unique(holder, return_index=True)
    named = holder_sids(facts)
    for index, example in zip(trustees.tolist(), rows[first[place[at]]].tolist(), strict=True):
        sid = named[index]
        if wanted(sid) and ordinary(facts, sid):
            yield Tally(sid, int(counts[index]), example)


def wide(sid: str) -> bool:
    """Whether a SID means nearly everybody: identities of whoever logs on, users, machines or guests of a domain."""
    if sid in (*sids.EVERYBODY, sids.ANONYMOUS, sids.USERS, sids.PRE_WINDOWS_2000):
        return True
    return sid.startswith("S-1-5-21-") and sids.rid_of(sid) in _WIDE_RIDS


_WIDE_RIDS = (sids.RID_DOMAIN_USERS, sids.RID_DOMAIN_COMPUTERS, sids.RID_DOMAIN_GUESTS)


def _without_refused(table: Descriptors, owners: Ints, entries: Ints, wanted: Wanted) -> Ints:
    """Places of the entries that give, without those that an earlier one refuses to the same trustee or to all."""
    given, refused = np.flatnonzero(wanted.granting[entries]), np.flatnonzero(wanted.refusing[entries])
    everybody = [index for index, sid in enumerate(table.sids) if sid in sids.EVERYBODY]
    trustee = table.ace_trustee[entries]
    pair = owners * (len(table.sids) + 1) + trustee
    closing = refused[np.isin(trustee[refused], everybody)]
    return given[(given < _first(pair, refused, given)) & (given < _first(owners, closing, given))]


def _first(key: Ints, places: Ints, asked: Ints) -> Ints:
    """For each asked place, the first of `places` that has the same key; beyond the end when there is none."""
    keys, at = np.unique(key[places], return_index=True)
    first = np.append(places[at], len(key))
    found = np.searchsorted(keys, key[asked])
    same = np.append(keys, -1)[found] == key[asked]
    return np.where(same, first[found], len(key))
