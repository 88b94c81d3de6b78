"""Certificate templates: what a certificate made from one lets its holder do, and who may ask for it."""

from __future__ import annotations

from typing import Final

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import MISSING, Kind, Mask
from scanners.ad.descriptors import CONTROL_ACCESS
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import carrying
from scanners.ad.rights import AUTO_ENROLL, ENROLL, grants

_NAME_FLAG, _ENROLL_FLAG, _SIGNATURES = (
    "msPKI-Certificate-Name-Flag",
    "msPKI-Enrollment-Flag",
    "msPKI-RA-Signature",
)
ENROLLEE_SUPPLIES_SUBJECT: Final = 0x1
PENDING_APPROVAL: Final = 0x2
NO_SECURITY_EXTENSION: Final = 0x80000

ANY_PURPOSE: Final = "2.5.29.37.0"
REQUEST_AGENT: Final = "1.3.6.1.4.1.311.20.2.1"
_AUTHENTICATION: Final = frozenset({"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.2.3.4", "1.3.6.1.4.1.311.20.2.2", ANY_PURPOSE})
"""Client authentication, PKINIT, smart card logon, any purpose."""


def published(facts: DirectoryFacts) -> Mask:
    """Templates that at least one authority issues. A template is published by its common name."""
    names = {name.lower() for values in facts.objects.texts("certificateTemplates").values() for name in values}
    templates = np.flatnonzero(facts.objects.of(Kind.TEMPLATE)).tolist()
    return facts.mask(row for row in templates if _common_name(facts.objects.dn[row]).lower() in names)


def purposes(facts: DirectoryFacts, row: int) -> frozenset[str]:
    """The extended key usages of a template; empty means any."""
    applications = facts.objects.texts("msPKI-Certificate-Application-Policy").get(row, ())
    return frozenset((*facts.objects.texts("pKIExtendedKeyUsage").get(row, ()), *applications))


def authenticates(facts: DirectoryFacts) -> Mask:
    """Templates whose certificates let their holder log on."""
    templates = np.flatnonzero(facts.objects.of(Kind.TEMPLATE)).tolist()
    return facts.mask(row for row in templates if not purposes(facts, row) or purposes(facts, row) & _AUTHENTICATION)


def open_to_request(facts: DirectoryFacts) -> Mask:
    """Published templates that give a certificate at once: no approval, no signature of an agent."""
    signatures = facts.objects.ints(_SIGNATURES)
    unsigned = (signatures == MISSING) | (signatures == 0)
    mask: Mask = published(facts) & ~facts.flag(PENDING_APPROVAL, _ENROLL_FLAG) & unsigned
    return mask


def chooses_name(facts: DirectoryFacts) -> Mask:
    """Templates where whoever asks writes the name of the holder."""
    return facts.flag(ENROLLEE_SUPPLIES_SUBJECT, _NAME_FLAG)


def enrolling(facts: DirectoryFacts, row: int) -> tuple[str, ...]:
    """SIDs of those who may ask for a certificate of a template, privileged ones left out."""
    table = facts.descriptors
    entries = carrying(table, grants(table, CONTROL_ACCESS, ENROLL, AUTO_ENROLL), int(facts.objects.descriptor[row]))
    found = dict.fromkeys(table.trustee_sid(ace) for ace in entries)
    return tuple(sid for sid in found if not _privileged(facts, sid))


def _privileged(facts: DirectoryFacts, sid: str) -> bool:
    row = facts.row_of(sid)
    system = sid in (sids.SYSTEM, sids.ENTERPRISE_DOMAIN_CONTROLLERS)
    return system or (row >= 0 and bool(facts.privileged[row] or facts.controllers[row]))


def _common_name(dn: str) -> str:
    return dn.partition(",")[0].partition("=")[2]
