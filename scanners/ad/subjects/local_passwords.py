"""Who may read the passwords that LAPS keeps in the directory: by permissions, since the values are never asked for.

The attribute is confidential: to read it takes the extended right on that attribute, on its property set, or every
extended right. Its identifier is that of the schema, which the older LAPS draws anew in each forest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from scanners.ad.access import Holders, Wanted, holder_sids, holders
from scanners.ad.columns import MISSING, Kind, Mask
from scanners.ad.control_paths.graph import Edges
from scanners.ad.descriptors import CONTROL_ACCESS, READ_PROPERTY
from scanners.ad.rights import Right

if TYPE_CHECKING:
    from scanners.ad.facts import DirectoryFacts

_CONFIDENTIAL: Final = 0x80
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
    guids: tuple[str, ...]
    confidential: bool
    machines: Mask


def secrets(facts: DirectoryFacts) -> Iterator[Secret]:
    """The secrets that the schema knows."""
    for row, names in facts.objects.texts("lDAPDisplayName").items():
        if names[0] in SECRETS and facts.objects.kind[row] == Kind.ATTRIBUTE:
            yield _secret(facts, row, names[0])


def who_reads(facts: DirectoryFacts) -> tuple[tuple[Secret, Holders], ...]:
    """Each secret, and who may read it on the machines that have it. Several rules ask: `facts.local_passwords`."""
    return tuple((secret, _readers(facts, secret)) for secret in secrets(facts))


def _readers(facts: DirectoryFacts, secret: Secret) -> Holders:
    bit = CONTROL_ACCESS if secret.confidential else READ_PROPERTY
    return holders(facts, secret.machines, Wanted.of(facts, bit, *secret.guids))


def creators_of(facts: DirectoryFacts) -> Mapping[int, str]:
    """Who joined each machine by the quota of machines."""
    return {row: values[0] for row, values in facts.objects.texts("mS-DS-CreatorSID").items()}


def without_creators(facts: DirectoryFacts, found: Holders) -> Holders:
    """These readers, without those who only read what they joined."""
    index = {sid: number for number, sid in enumerate(facts.permissions.sids)}
    width = len(holder_sids(facts))
    joined = [
        int(facts.objects.descriptor[row]) * width + index[sid]
        for row, sid in creators_of(facts).items()
        if sid in index
    ]
    others = ~np.isin(found.descriptor * width + found.sid, joined)
    return Holders(found.sid[others], found.descriptor[others], found.entry[others])


def local_password_edges(facts: DirectoryFacts, edges: Edges) -> None:
    """Whoever reads the password of the local administrator controls the machine."""
    if not facts.objects.asked >= _READ:
        return
    nodes = np.array([edges.node(sid) for sid in holder_sids(facts)], dtype=np.int64)
    for secret, found in facts.local_passwords:
        held, place = np.unique(found.descriptor, return_inverse=True)
        known = nodes[found.sid] >= 0
        base = edges.carriers(np.full(len(held), -1))
        edges.add(nodes[found.sid[known]], base + place[known], Right.ReadLAPSPassword, found.entry[known])
        machines = np.flatnonzero(secret.machines & np.isin(facts.objects.descriptor, held))
        edges.add(base + np.searchsorted(held, facts.objects.descriptor[machines]), machines, Right.NONE)


def _secret(facts: DirectoryFacts, row: int, name: str) -> Secret:
    identifiers = (facts.objects.text(each, row) for each in ("schemaIDGUID", "attributeSecurityGUID"))
    flags = int(facts.objects.ints("searchFlags")[row])
    machines: Mask = facts.objects.of(Kind.COMPUTER) & facts.enabled & (facts.objects.ints(SECRETS[name]) > 0)
    return Secret(
        name=name,
        guids=tuple(each for each in identifiers if each),
        confidential=flags == MISSING or bool(flags & _CONFIDENTIAL),
        machines=machines & ~facts.controllers,
    )
