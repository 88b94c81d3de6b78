"""Who may read the passwords that LAPS keeps in the directory: by permissions, since the values are never asked for.

The attribute is confidential: to read it takes the extended right on that attribute, on its property set, or every
extended right. Its identifier is that of the schema, which the older LAPS draws anew in each forest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from scanners.ad import rights, sids
from scanners.ad.columns import MISSING, Ints, Kind, Mask
from scanners.ad.descriptors import CONTROL_ACCESS, DACL_PRESENT, READ_PROPERTY, Descriptors
from scanners.ad.graph import Edges
from scanners.ad.rights import Right
from scanners.ad.sparse import ranges

if TYPE_CHECKING:
    from scanners.ad.facts import DirectoryFacts

CONFIDENTIAL: Final = 0x80
SECRETS: Final = {
    "ms-Mcs-AdmPwd": "ms-Mcs-AdmPwdExpirationTime",
    "msLAPS-Password": "msLAPS-PasswordExpirationTime",
}
"""Each secret that whoever reads it can use, and the date that tells which machines have it. What Windows LAPS encrypts
(msLAPS-EncryptedPassword) is left out: reading it does not decrypt it."""
_READ: Final = frozenset((*SECRETS.values(), "lDAPDisplayName", "schemaIDGUID", "attributeSecurityGUID", "searchFlags"))


@dataclass(frozen=True)
class Secret:
    """One attribute of the schema: its identifiers, whether it is confidential, the machines that have a value."""

    name: str
    row: int
    guids: tuple[str, ...]
    confidential: bool
    machines: Mask


@dataclass(frozen=True)
class Readers:
    """Who may read: `sid` (an index into the SIDs of the descriptors) on the objects that carry `descriptor`, by the
    access entry `entry`."""

    sid: Ints
    descriptor: Ints
    entry: Ints


def secrets(facts: DirectoryFacts) -> tuple[Secret, ...]:
    """The secrets that the schema knows."""
    return tuple(_secret(facts, row, name) for row, name in _known(facts))


def readers(facts: DirectoryFacts, secret: Secret) -> Readers:
    """Who may read a secret on the machines that have it, the system and the objects themselves left out."""
    table = facts.permissions
    bit = CONTROL_ACCESS if secret.confidential else READ_PROPERTY
    granting = rights.grants(table, bit, *secret.guids)
    refusing = rights.refuses(table, bit, *secret.guids)
    carried = np.unique(facts.objects.descriptor[secret.machines])
    carried = carried[carried >= 0]
    counts = table.start[carried + 1] - table.start[carried]
    entries = table.entries[ranges(table.start[carried], table.start[carried + 1])]
    owners = np.repeat(carried, counts)
    given = granting[entries]
    kept = _without_refused(table, owners, entries, given, refusing[entries])
    system = [index for index, sid in enumerate(table.sids) if sid in rights.TRUSTED_SIDS]
    kept = kept[~np.isin(table.ace_trustee[entries[kept]], system)]
    found = np.unique(np.stack([table.ace_trustee[entries[kept]], owners[kept], entries[kept]]), axis=1)
    return Readers(found[0], found[1], found[2])


def local_password_edges(facts: DirectoryFacts, edges: Edges) -> None:
    """Whoever reads the password of the local administrator controls the machine."""
    if not facts.objects.asked >= _READ:
        return
    nodes = np.array([edges.node(sid) for sid in facts.permissions.sids], dtype=np.int64)
    for secret in secrets(facts):
        found = readers(facts, secret)
        held, place = np.unique(found.descriptor, return_inverse=True)
        known = nodes[found.sid] >= 0
        base = edges.carriers(np.full(len(held), -1))
        edges.add(nodes[found.sid[known]], base + place[known], Right.ReadLAPSPassword, found.entry[known])
        machines = np.flatnonzero(secret.machines & np.isin(facts.objects.descriptor, held))
        edges.add(base + np.searchsorted(held, facts.objects.descriptor[machines]), machines, Right.NONE)


def open_machines(facts: DirectoryFacts, secret: Secret) -> Mask:
    """Machines that have the secret and no DACL: everyone reads it."""
    carried = np.where(facts.objects.descriptor >= 0, facts.objects.descriptor, 0)
    control = facts.permissions.control[carried] if len(facts.permissions) else np.zeros(len(facts.objects), np.int64)
    mask: Mask = secret.machines & (facts.objects.descriptor >= 0) & (control & DACL_PRESENT == 0)
    return mask


def _known(facts: DirectoryFacts) -> Iterator[tuple[int, str]]:
    for row, names in facts.objects.texts("lDAPDisplayName").items():
        if names[0] in SECRETS and facts.objects.kind[row] == Kind.ATTRIBUTE:
            yield row, names[0]


def _secret(facts: DirectoryFacts, row: int, name: str) -> Secret:
    identifiers = (facts.objects.text(each, row) for each in ("schemaIDGUID", "attributeSecurityGUID"))
    flags = int(facts.objects.ints("searchFlags")[row])
    machines: Mask = facts.objects.of(Kind.COMPUTER) & facts.enabled & (facts.objects.ints(SECRETS[name]) > 0)
    return Secret(
        name=name,
        row=row,
        guids=tuple(each for each in identifiers if each),
        confidential=flags == MISSING or bool(flags & CONFIDENTIAL),
        machines=machines & ~facts.controllers,
    )


def _without_refused(table: Descriptors, owners: Ints, entries: Ints, given: Mask, refused: Mask) -> Ints:
    """Places of the entries that give, without those that the same descriptor refuses to the same trustee or to all."""
    everybody = [index for index, sid in enumerate(table.sids) if sid in sids.EVERYBODY]
    trustee = table.ace_trustee[entries]
    closed = owners[refused & np.isin(trustee, everybody)]
    width = len(table.sids) + 1
    lost = np.isin(owners * width + trustee, (owners * width + trustee)[refused])
    return np.flatnonzero(given & ~lost & ~np.isin(owners, closed))


def machines_of(facts: DirectoryFacts, found: Readers, trustees: Iterable[int]) -> Mask:
    """The machines whose secret one of these trustees may read."""
    held = found.descriptor[np.isin(found.sid, list(trustees))]
    mask: Mask = np.isin(facts.objects.descriptor, held)
    return mask
