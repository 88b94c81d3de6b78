"""Access entries of a whole directory, by trustee: who holds such an entry, on how many objects, where for example.

Thousands of objects inherit one entry: a finding per trustee can be acted upon, a finding per object cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import Kind, Mask
from scanners.ad.descriptors import ALLOW, ALLOW_OBJECT, DACL_PROTECTED, MALFORMED, Descriptors
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import provided, readable
from scanners.ad.naming import HIDDEN_BY_DEFAULT
from scanners.model import Finding, Scalar, Verdict, judged

_RIGHTS: Final = (
    (0x10000000, "GenericAll"),
    (0x80000000, "GenericRead"),
    (0x40000000, "GenericWrite"),
    (0x20000000, "GenericExecute"),
    (0x80000, "WriteOwner"),
    (0x40000, "WriteDacl"),
    (0x20, "WriteProperty"),
    (0x8, "Self"),
    (0x100, "ExtendedRight"),
    (0x1, "CreateChild"),
    (0x2, "DeleteChild"),
    (0x40, "DeleteTree"),
    (0x10000, "Delete"),
    (0x10, "ReadProperty"),
    (0x4, "ListChildren"),
    (0x80, "ListObject"),
    (0x20000, "ReadControl"),
)
"""Rights as `Get-Acl` names them (System.DirectoryServices.ActiveDirectoryRights)."""
_FULL: Final = 0xF01FF


@dataclass(frozen=True, slots=True)
class Holding:
    """What one trustee holds: on `count` objects, the first of which is at `row`, by the entry `ace` for example."""

    sid: str
    count: int
    row: int
    ace: int


def holdings(facts: DirectoryFacts, entries: Mask, among: Mask | None = None) -> list[Holding]:
    """The trustees of these entries, on these objects (all of them when left out)."""
    table, carried = facts.descriptors, facts.objects.descriptor
    used = np.flatnonzero(carried >= 0 if among is None else among & (carried >= 0))
    counts = np.bincount(carried[used], minlength=len(table))
    example = np.full(len(table), -1, dtype=np.int64)
    example[carried[used[::-1]]] = used[::-1]
    places = np.flatnonzero((entries & (table.ace_trustee >= 0))[table.entries])
    index = np.searchsorted(table.start, places, side="right") - 1
    places, index = places[counts[index] > 0], index[counts[index] > 0]
    pairs, first = np.unique(table.ace_trustee[table.entries[places]] * len(table) + index, return_index=True)
    who, where = pairs // max(len(table), 1), pairs % max(len(table), 1)
    totals = np.bincount(who, counts[where], minlength=len(table.sids))
    heads, begin = np.unique(who, return_index=True)
    return [
        Holding(table.sids[head], int(totals[head]), int(example[where[at]]), int(table.entries[places[first[at]]]))
        for head, at in zip(heads.tolist(), begin.tolist(), strict=True)
    ]


def holders_verdict(
    facts: DirectoryFacts,
    entries: Mask,
    among: Mask | None = None,
    evidence: Callable[[Holding], Mapping[str, Scalar]] | None = None,
) -> Verdict:
    """A finding per trustee of these entries.

    A doubt about everybody when permissions were withheld that an ordinary account reads by default.
    """
    found = holdings(facts, entries, among)
    looked_at = np.ones(len(facts.objects), dtype=np.bool_) if among is None else among
    findings = (
        Finding(
            facts.name_of(one.sid),
            {
                "sid": one.sid,
                "right": right_of(facts.descriptors, one.ace),
                "count": one.count,
                "container": facts.objects.dn[one.row],
                **(evidence(one) if evidence else {}),
            },
        )
        for one in found
    )
    verdict = judged(int((looked_at & (facts.objects.descriptor >= 0)).sum()), findings)
    return provided(verdict, lambda: readable(facts, looked_at & hidden_permissions(facts)))


def hidden_permissions(facts: DirectoryFacts) -> Mask:
    """Objects whose permissions were withheld or malformed, without those hidden from ordinary accounts by default:
    what is deleted, quotas, the DNS service and secrets of CN=System."""
    objects = facts.objects
    hidden: Mask = (objects.descriptor < 0) & (objects.kind != Kind.DELETED) & (objects.kind != Kind.SECRET)
    system = facts.naming.system_dn.lower()
    for row in np.flatnonzero(hidden & (objects.kind == Kind.OPAQUE)).tolist():
        dn = objects.dn[row].lower()
        hidden[row] = not (dn.endswith(system) or HIDDEN_BY_DEFAULT.match(dn) is not None)
    return hidden


def malformed(facts: DirectoryFacts) -> Mask:
    """Objects whose permissions came and could not be decoded, or were of an absurd size."""
    mask: Mask = facts.objects.descriptor == MALFORMED
    return mask


def allowing(table: Descriptors) -> Mask:
    """Entries that allow, those that only concern what is below the object included."""
    return np.isin(table.ace_type, (ALLOW, ALLOW_OBJECT))


def held_by(table: Descriptors, chosen: Callable[[str], bool], among: Mask | None = None) -> Mask:
    """Entries about the SIDs chosen, those of `among` only when given; each of their trustees is looked at once."""
    held = table.ace_trustee if among is None else table.ace_trustee[among]
    trustees = np.zeros(len(table.sids) + 1, dtype=np.bool_)
    for trustee in np.unique(held[held >= 0]).tolist():
        trustees[trustee] = chosen(table.sids[trustee])
    mask: Mask = trustees[table.ace_trustee]
    return mask if among is None else mask & among


def carried_by(facts: DirectoryFacts, objects: Mask) -> Mask:
    """The entries of a few objects."""
    carried = facts.objects.descriptor[objects]
    mask = np.zeros(len(facts.descriptors.ace_mask), dtype=np.bool_)
    for index in np.unique(carried[carried >= 0]).tolist():
        mask[facts.descriptors.entries_of(index)] = True
    return mask


def everybody(facts: DirectoryFacts) -> frozenset[str]:
    """Identities that anybody who logs on has, by SID: their names change with the language of the domain."""
    rids = (sids.RID_DOMAIN_USERS, sids.RID_DOMAIN_GUESTS, sids.RID_DOMAIN_COMPUTERS)
    known = {*sids.EVERYBODY, "S-1-5-32-545", "S-1-5-32-546"}
    return frozenset(known | {f"{facts.naming.sid}-{rid}" for rid in rids})


def anybody(facts: DirectoryFacts) -> frozenset[str]:
    """`everybody`, and whoever does not even log on: what these may write, nobody in particular has to be."""
    return everybody(facts) | {sids.ANONYMOUS}


def right_of(table: Descriptors, ace: int) -> str:
    """What an entry gives or refuses, in the words of `Get-Acl`, with the GUID it is limited to."""
    mask = int(table.ace_mask[ace])
    whole = mask & _FULL == _FULL
    words = ["GenericAll"] if whole else [name for bit, name in _RIGHTS if mask & bit] or [f"{mask:#x}"]
    guid = table.object_guid(ace)
    return ", ".join(words) + (f" ({guid})" if guid else "")


def rows_at(facts: DirectoryFacts, names: Iterable[str]) -> Mask:
    """The objects at these distinguished names, as far as they were read."""
    rows = (facts.objects.row_by_dn.get(dn.lower(), -1) for dn in names)
    return facts.mask(row for row in rows if row >= 0)


def carriers(facts: DirectoryFacts, entries: Mask) -> Mask:
    """The objects that carry one of these entries."""
    table, carried = facts.descriptors, facts.objects.descriptor
    places = np.flatnonzero(entries[table.entries])
    having = np.zeros(len(table) + 1, dtype=np.bool_)
    having[np.searchsorted(table.start, places, side="right") - 1] = True
    mask: Mask = having[np.where(carried >= 0, carried, len(table))]
    return mask


def protected(facts: DirectoryFacts) -> Mask:
    """The objects that do not inherit the permissions of what is above them."""
    control = np.append(facts.descriptors.control, 0)
    carried = np.where(facts.objects.descriptor >= 0, facts.objects.descriptor, len(facts.descriptors))
    mask: Mask = control[carried] & DACL_PROTECTED != 0
    return mask
