"""Service names (SPN) on privileged accounts: which ones ANSSI tolerates (CERT-FR, vuln_spn_priv).

Managed service accounts; and users under a PSO of 32 characters or more that has passwords changed every 3 years at
most, whose password was changed since that PSO was, and that know AES only.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from scanners.ad.columns import MISSING, Kind, Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects import policies

MIN_LENGTH: Final = 32
MAX_DAYS: Final = 3 * 365
_AES, _OLDER = 0x18, 0x7
"""Bits of msDS-SupportedEncryptionTypes: both AES; RC4 and both DES."""


def concerned(facts: DirectoryFacts) -> Mask:
    """Enabled privileged users and managed service accounts."""
    kinds = facts.objects.of(Kind.USER, Kind.GMSA, Kind.SMSA, Kind.DMSA)
    return facts.privileged_users & kinds & facts.enabled


def privileged_with_name(facts: DirectoryFacts) -> Mask:
    """Those that carry a service name."""
    return concerned(facts) & facts.having("servicePrincipalName")


def tolerated(facts: DirectoryFacts, named: Mask) -> Mask:
    """Those of these accounts whose service name is tolerated; a PSO that cannot be read excuses nobody."""
    managed: Mask = named & ~facts.users
    people = named & facts.users
    if not people.any() or policies.why_unreadable(facts) is not None:
        return managed
    return managed | _guarded(facts, people)


def _guarded(facts: DirectoryFacts, people: Mask) -> Mask:
    pso = policies.effective(facts, people)
    changed, password = facts.objects.ints("whenChanged"), facts.objects.ints("pwdLastSet")
    strong = [row for row in policies.pso_rows(facts) if _is_strong(policies.pso_policy(facts, row))]
    ciphers = facts.objects.ints("msDS-SupportedEncryptionTypes")
    aes_only = (ciphers != MISSING) & (ciphers & _AES != 0) & (ciphers & _OLDER == 0)
    dated = changed[pso] != MISSING
    guarded: Mask = people & np.isin(pso, strong) & dated & (password > changed[pso]) & aes_only
    return guarded


def _is_strong(policy: policies.Policy) -> bool:
    return policy.length >= MIN_LENGTH and 0 < policy.days <= MAX_DAYS
