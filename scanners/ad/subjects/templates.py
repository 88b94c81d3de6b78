"""Certificate templates: what a certificate made from one lets its holder do, and who may ask for it.

Conditions are those of the public work on AD CS (“Certified Pre-Owned” and its followers: ESC1, ESC2, …); flags are
those of MS-CRTD.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from scanners.ad.columns import MISSING, Kind, Mask
from scanners.ad.naming import common_name

if TYPE_CHECKING:
    from scanners.ad.facts import DirectoryFacts

NAME_FLAG, ENROLL_FLAG, _SIGNATURES = (
    "msPKI-Certificate-Name-Flag",
    "msPKI-Enrollment-Flag",
    "msPKI-RA-Signature",
)
_ENROLLEE_SUPPLIES_SUBJECT: Final = 0x1
_ENROLLEE_SUPPLIES_ALT_NAME: Final = 0x10000
_PENDING_APPROVAL: Final = 0x2
_NO_SECURITY_EXTENSION: Final = 0x80000

ANY_PURPOSE: Final = "2.5.29.37.0"
REQUEST_AGENT: Final = "1.3.6.1.4.1.311.20.2.1"
_AUTHENTICATION: Final = frozenset({"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.2.3.4", "1.3.6.1.4.1.311.20.2.2", ANY_PURPOSE})
"""Client authentication, PKINIT, smart card logon, any purpose."""


def published(facts: DirectoryFacts) -> Mask:
    """Templates that at least one authority issues."""
    return facts.mask(facts.enrolment)


def purposes(facts: DirectoryFacts, row: int) -> frozenset[str]:
    """The extended key usages and application policies of a template; none means any."""
    applications = facts.objects.texts("msPKI-Certificate-Application-Policy").get(row, ())
    return frozenset((*facts.objects.texts("pKIExtendedKeyUsage").get(row, ()), *applications))


def authenticates(facts: DirectoryFacts) -> Mask:
    """Templates whose certificates let their holder log on."""
    return _with_purposes(facts, _AUTHENTICATION)


def for_any_purpose(facts: DirectoryFacts) -> Mask:
    """Templates whose certificates are good for everything."""
    return _with_purposes(facts, frozenset({ANY_PURPOSE}))


def for_agents(facts: DirectoryFacts) -> Mask:
    """Templates that say that their holder asks for others."""
    rows = _all_templates(facts)
    return facts.mask(row for row in rows if REQUEST_AGENT in purposes(facts, row))


def at_once(facts: DirectoryFacts) -> Mask:
    """Published templates that give a certificate at once: no approval, no signature of an agent."""
    signatures = facts.objects.ints(_SIGNATURES)
    unsigned = (signatures == MISSING) | (signatures == 0)
    mask: Mask = published(facts) & ~facts.flag(_PENDING_APPROVAL, ENROLL_FLAG) & unsigned
    return mask


def chooses_name(facts: DirectoryFacts) -> Mask:
    """Templates where whoever asks writes the name of the holder, as subject or as alternative name."""
    return facts.flag(_ENROLLEE_SUPPLIES_SUBJECT | _ENROLLEE_SUPPLIES_ALT_NAME, NAME_FLAG)


def without_security_extension(facts: DirectoryFacts) -> Mask:
    """Templates whose certificates do not bear the SID of their holder."""
    return facts.flag(_NO_SECURITY_EXTENSION, ENROLL_FLAG)


def first_version(facts: DirectoryFacts) -> Mask:
    """Templates of schema version 1: their purposes cannot be imposed on the request."""
    first: Mask = facts.objects.of(Kind.TEMPLATE) & (facts.objects.ints("msPKI-Template-Schema-Version") == 1)
    return first


def on_behalf(facts: DirectoryFacts) -> Mask:
    """Published templates by which an agent obtains, at once, the means to log on as another (second half of ESC3).

    Those of schema version 1, and those that ask for the signature of a request agent.
    """
    policies = facts.objects.texts("msPKI-RA-Application-Policies")
    signed = facts.mask(row for row, values in policies.items() if REQUEST_AGENT in "`".join(values).split("`"))
    signatures = facts.objects.ints(_SIGNATURES)
    by_agent = first_version(facts) | (signed & (signatures >= 1))
    mask: Mask = published(facts) & authenticates(facts) & by_agent & ~facts.flag(_PENDING_APPROVAL, ENROLL_FLAG)
    return mask


def linked_groups(facts: DirectoryFacts) -> Mapping[int, tuple[str, ...]]:
    """Templates whose issuance policy makes the holder a member of groups, with the names of these groups (ESC13)."""
    links = facts.objects.texts("msDS-OIDToGroupLink")
    groups = {
        number: links[row][0]
        for row, numbers in facts.objects.texts("msPKI-Cert-Template-OID").items()
        if row in links and facts.objects.kind[row] == Kind.OID
        for number in numbers
    }
    linked = {
        row: tuple(groups[number] for number in numbers if number in groups)
        for row, numbers in facts.objects.texts("msPKI-Certificate-Policy").items()
        if facts.objects.kind[row] == Kind.TEMPLATE
    }
    return {row: found for row, found in linked.items() if found}


def names(facts: DirectoryFacts, templates: Mask) -> str:
    """The names of some templates, as the console of the authority shows them."""
    return ", ".join(common_name(facts.objects.dn[row]) for row in np.flatnonzero(templates).tolist())


def _with_purposes(facts: DirectoryFacts, wanted: frozenset[str]) -> Mask:
    """Templates with one of these purposes, or without any."""
    rows = _all_templates(facts)
    return facts.mask(row for row in rows if not purposes(facts, row) or purposes(facts, row) & wanted)


def _all_templates(facts: DirectoryFacts) -> list[int]:
    rows: list[int] = np.flatnonzero(facts.objects.of(Kind.TEMPLATE)).tolist()
    return rows
