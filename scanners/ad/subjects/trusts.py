"""Trusts with other domains, forests and realms (MS-ADTS 6.1.6.7): who trusts whom, and how far."""

from __future__ import annotations

from typing import Final

from scanners.ad.columns import MISSING, Kind, Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import Evidence
from scanners.ad.naming import domain_name

INCOMING: Final = 1
"""They trust us."""
OUTGOING: Final = 2
"""We trust them."""

QUARANTINED: Final = 0x4
FOREST: Final = 0x8
SELECTIVE: Final = 0x10
WITHIN_FOREST: Final = 0x20
TREAT_AS_EXTERNAL: Final = 0x40
NO_TGT_DELEGATION: Final = 0x200
TGT_DELEGATION: Final = 0x800

DOWNLEVEL: Final = 1
MIT: Final = 3
"""A Kerberos realm that is not Windows: it knows no SID, and changes no secret by itself."""


def trusts(facts: DirectoryFacts, direction: int) -> Mask:
    """The trusts of one direction, those whose direction is withheld with them: they may be."""
    return every(facts) & (facts.flag(direction, "trustDirection") | ~known(facts, "trustDirection"))


def every(facts: DirectoryFacts) -> Mask:
    """All trusts."""
    return facts.objects.of(Kind.TRUST)


def abroad(facts: DirectoryFacts, direction: int) -> Mask:
    """The trusts of one direction with what is outside of the forest."""
    return trusts(facts, direction) & ~facts.flag(WITHIN_FOREST, "trustAttributes")


def of_forest(facts: DirectoryFacts) -> Mask:
    """The trusts whose partner is a domain of our forest, whatever their attributes say: old ones are not marked."""
    names = {domain_name(one.dn) for one in facts.naming.other_domains}
    partners = facts.objects.texts("trustPartner")
    return every(facts) & facts.mask(row for row, values in partners.items() if values[0].lower() in names)


def of_type(facts: DirectoryFacts, kind: int) -> Mask:
    """The trusts known to be of one type."""
    chosen: Mask = every(facts) & (facts.objects.ints("trustType") == kind)
    return chosen


def known(facts: DirectoryFacts, attribute: str) -> Mask:
    """The objects of which an integer attribute was readable."""
    readable: Mask = facts.objects.ints(attribute) != MISSING
    return readable


def unreadable(facts: DirectoryFacts) -> Mask:
    """The trusts of which direction or attributes were not readable: nothing sure can be said of them."""
    return every(facts) & ~(known(facts, "trustDirection") & known(facts, "trustAttributes"))


def partner(facts: DirectoryFacts) -> Evidence:
    """The other side, and the attributes of the trust."""
    attributes = facts.objects.ints("trustAttributes")
    return lambda row: {
        "partner": facts.objects.text("trustPartner", row),
        "trust_attributes": None if attributes[row] == MISSING else int(attributes[row]),
    }
