"""Accounts that nothing uses any more, as ANSSI counts them (CERT-FR, vuln_user_accounts_dormant).

A password of more than 3 years and no logon for a year, or never one although created more than a year ago: users and
machines, as CERT-FR counts them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from scanners.ad.columns import Kind, Mask
from scanners.ad.facts import DirectoryFacts

OLD_PASSWORD_DAYS: Final = 3 * 365
SILENT_DAYS: Final = 365
MAX_PERCENT: Final = 25


def counted(facts: DirectoryFacts) -> Mask:
    """Enabled users and machines, of which the dormant ones are a share."""
    mask: Mask = (facts.users | facts.objects.of(Kind.COMPUTER)) & facts.enabled
    return mask


def dormant(facts: DirectoryFacts) -> Mask:
    """Those that are dormant."""
    logon, created = facts.days_since("lastLogonTimestamp"), facts.days_since("whenCreated")
    unused = np.where(np.isnan(logon), created, logon) > SILENT_DAYS
    old = facts.days_since("pwdLastSet") > OLD_PASSWORD_DAYS
    sleeping: Mask = counted(facts) & old & unused
    return sleeping
