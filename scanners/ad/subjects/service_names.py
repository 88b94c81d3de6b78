"""Service names (SPN) on privileged accounts: which ones ANSSI tolerates (CERT-FR, vuln_spn_priv).

The list gives three conditions: a managed service account (sMSA, gMSA), OR a PSO “longer than 32” characters and of
3 years at most with a password changed since that PSO was; then, with neither AND nor OR, “the account can only use
AES”. Each is taken in its stricter sense: an account that ANSSI would not tolerate must not be told to be fine.

- AES only is asked of both: the ticket is what is attacked, whoever chose the password, and Windows gives RC4 too to
  a managed account until somebody says otherwise;
- “longer than 32” begins at 33;
- sMSA and gMSA are the two that are named: a delegated one (dMSA, Windows Server 2025) is not among them;
- an account that may only use DES (a flag of the account) does not only use AES, whatever its list says.

The attack needs a ticket, which controllers do not give for a disabled account: those do not count.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from scanners.ad.columns import MISSING, Kind, Mask
from scanners.ad.facts import UAC_DES_ONLY, DirectoryFacts
from scanners.ad.subjects import policies

MIN_LENGTH: Final = 33
"""The first length that is longer than 32."""
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
    aes_only = named & knows_aes_only(facts)
    managed: Mask = aes_only & facts.objects.of(Kind.GMSA, Kind.SMSA)
    people = aes_only & facts.users
    if not people.any() or policies.why_unreadable(facts) is not None:
        return managed
    return managed | _guarded(facts, people)


def knows_aes_only(facts: DirectoryFacts) -> Mask:
    """Accounts that say they use AES and nothing older; one that says nothing has what Windows gives: RC4 as well."""
    ciphers = facts.objects.ints("msDS-SupportedEncryptionTypes")
    only: Mask = (ciphers != MISSING) & (ciphers & _AES != 0) & (ciphers & _OLDER == 0)
    return only & ~facts.flag(UAC_DES_ONLY)


def _guarded(facts: DirectoryFacts, people: Mask) -> Mask:
    pso = policies.effective(facts, people)
    changed, password = facts.objects.ints("whenChanged"), facts.objects.ints("pwdLastSet")
    strong = [row for row in policies.pso_rows(facts) if _is_strong(policies.pso_policy(facts, row))]
    dated = changed[pso] != MISSING
    guarded: Mask = people & np.isin(pso, strong) & dated & (password > changed[pso])
    return guarded


def _is_strong(policy: policies.Policy) -> bool:
    return policy.length >= MIN_LENGTH and 0 < policy.days <= MAX_DAYS
