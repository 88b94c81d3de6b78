"""Delegated managed service accounts (dMSA): whether the domain has them, and who may make one or take one over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from scanners.ad.access import Holders, Tally, Wanted, holders, tally
from scanners.ad.columns import Ints, Kind, Mask
from scanners.ad.descriptors import CREATE_CHILD, WRITE_DACL, WRITE_OWNER, WRITE_PROPERTY
from scanners.ad.facts import DirectoryFacts
from scanners.model import NotAssessable

_CLASS: Final = "msDS-DelegatedManagedServiceAccount"
_LINK: Final = "msDS-ManagedAccountPrecededByLink"
_FIRST_SYSTEM: Final = "2025"
_PLACES: Final = (Kind.OU, Kind.CONTAINER, Kind.DOMAIN)


def known(facts: DirectoryFacts) -> bool:
    """Whether the schema has the class; NotAssessable when nothing of the schema was read."""
    names = facts.objects.texts("lDAPDisplayName")
    if not names:
        raise NotAssessable(
            "Le schéma n’est pas lisible : impossible de savoir si la classe des comptes dMSA existe ; donnez au "
            "compte d’audit la lecture du schéma.",
            "The schema is not readable: no way to know whether the class of dMSA accounts exists; let the audit "
            "account read the schema.",
        )
    return any(values[0] == _CLASS for values in names.values())


def served(facts: DirectoryFacts) -> bool:
    """Whether a controller serves such accounts; NotAssessable when the system of none, or of some, is known."""
    systems = facts.objects.texts("operatingSystem")
    rows = np.flatnonzero(facts.controllers).tolist()
    if any(_FIRST_SYSTEM in systems[row][0] for row in rows if row in systems):
        return True
    unknown = [row for row in rows if row not in systems]
    if unknown or not rows:
        name = facts.objects.dn[unknown[0]] if unknown else facts.naming.domain
        raise NotAssessable(
            f"Le système d’exploitation de {name} n’est pas lisible : impossible de savoir si un contrôleur sous "
            "Windows Server 2025 sert les comptes dMSA ; donnez au compte d’audit la lecture des contrôleurs.",
            f"The operating system of {name} is not readable: no way to know whether a controller under Windows Server "
            "2025 serves dMSA accounts; let the audit account read the controllers.",
        )
    return False


def places(facts: DirectoryFacts) -> Mask:
    """Containers of the domain where a dMSA can be, and the dMSA that exist."""
    ends = f",{facts.naming.configuration_dn}".lower()
    inside = np.flatnonzero(facts.objects.of(*_PLACES)).tolist()
    here = facts.mask(row for row in inside if not f",{facts.objects.dn[row]}".lower().endswith(ends))
    return here | facts.objects.of(Kind.DMSA)


def trusted_with(facts: DirectoryFacts, where: Mask) -> Iterator[Tally]:
    """Who is not privileged and may create a dMSA in one of these places, or write one that is there."""
    containers = where & facts.objects.of(*_PLACES)
    creating = [holders(facts, containers, Wanted.of(facts, CREATE_CHILD, *_identifiers(facts, _CLASS)))]
    writing = [holders(facts, where & ~containers, Wanted.of(facts, WRITE_PROPERTY, *_identifiers(facts, _LINK)))]
    over = [holders(facts, where, Wanted.of(facts, bit)) for bit in (WRITE_DACL, WRITE_OWNER)]
    found = [*creating, *writing, *over, _owners(facts, where)]
    together = Holders(*(np.concatenate(column) for column in zip(*map(_columns, found), strict=True)))
    return tally(facts, where, together)


def _identifiers(facts: DirectoryFacts, name: str) -> tuple[str, ...]:
    """The identifier of a class or attribute in the schema."""
    rows = [row for row, values in facts.objects.texts("lDAPDisplayName").items() if values[0] == name]
    return tuple(found for row in rows if (found := facts.objects.text("schemaIDGUID", row)))


def _owners(facts: DirectoryFacts, where: Mask) -> Holders:
    carried = np.unique(facts.objects.descriptor[where])
    carried = carried[carried >= 0]
    carried = carried[facts.permissions.owner[carried] >= 0]
    return Holders(facts.permissions.owner[carried], carried, np.full(len(carried), -1))


def _columns(one: Holders) -> tuple[Ints, Ints, Ints]:
    return one.sid, one.descriptor, one.entry
