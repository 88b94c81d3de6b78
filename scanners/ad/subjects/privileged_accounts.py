"""How ANSSI counts privileged accounts (CERT-FR, vuln_privileged_members).

The built-in administrator and the controllers do not count. The threshold is 50 accounts, or 3 times the number of
domains of the forest; one domain is read here, where 50 is the larger of both.
"""

from __future__ import annotations

from typing import Final

from scanners.ad import sids
from scanners.ad.columns import Mask
from scanners.ad.facts import DirectoryFacts

MAX_ACCOUNTS: Final = 50
NOTABLE: Final = 20


def counted(facts: DirectoryFacts) -> Mask:
    """All privileged accounts, enabled or not, that count."""
    builtin = facts.row_of_rid(sids.RID_ADMINISTRATOR)
    return facts.privileged_users & ~facts.mask([builtin] if builtin >= 0 else [])
