"""Accounts that nothing uses any more, as ANSSI counts them (CERT-FR, vuln_user_accounts_dormant).

A password of more than 3 years and no logon for a year, or never one although created more than a year ago: users and
machines, as CERT-FR counts them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from scanners.ad.columns import MISSING, Kind, Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain, readable
from scanners.model import Verdict

OLD_PASSWORD_DAYS: Final = 3 * 365
SILENT_DAYS: Final = 365
MAX_PERCENT: Final = 25
NOTABLE_PERCENT: Final = 10


def counted(facts: DirectoryFacts) -> Mask:
    """Enabled users and machines, of which the dormant ones are a share."""
    mask: Mask = (facts.users | facts.objects.of(Kind.COMPUTER)) & facts.enabled
    return mask


def dormant(facts: DirectoryFacts) -> Mask:
    """Those that are dormant. A password to be changed at the first logon is as old as its account."""
    logon, created = facts.days_since("lastLogonTimestamp"), facts.days_since("whenCreated")
    unused = np.where(np.isnan(logon), created, logon) > SILENT_DAYS
    never_set = facts.objects.ints("pwdLastSet") == 0
    old = np.where(never_set, created, facts.days_since("pwdLastSet")) > OLD_PASSWORD_DAYS
    sleeping: Mask = counted(facts) & old & unused
    return sleeping


def share(facts: DirectoryFacts) -> tuple[int, int]:
    """How many accounts are dormant, and of how many."""
    return int(dormant(facts).sum()), int(counted(facts).sum())


def judge_share(facts: DirectoryFacts, failing: bool) -> Verdict:
    """One finding for the domain. NotAssessable when it is well but some accounts do not show whether they are used."""
    count, total = share(facts)
    if not failing:
        readable(facts, counted(facts) & (facts.hidden | (facts.objects.ints("pwdLastSet") == MISSING)))
    found = of_domain(facts, failing, accounts=count, total=total, max_percent=MAX_PERCENT)
    return Verdict(total, found.findings)
