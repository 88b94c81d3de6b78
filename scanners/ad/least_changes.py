"""How many objects must change for a rule to pass, when its finding counts objects instead of naming them.

The subject of such a finding is the whole domain: “61 privileged accounts, at most 50” is 11 objects to fix, not one.
What the evidence of a rule cannot tell is one object, of a count that is not sure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from scanners.ad.subjects.dormancy import NOTABLE_PERCENT
from scanners.ad.subjects.privileged_accounts import NOTABLE
from scanners.model import Scalar

Numbers = Mapping[str, int]
Changes = tuple[int, bool]
"""A number of objects that is never too high, and whether it is surely enough."""

UNTOLD: Final[Changes] = (1, False)


def least_changes(rule: str, evidence: Mapping[str, Scalar]) -> Changes | None:
    """What the finding of a rule that counts objects asks for; None for a rule that names what there is to fix."""
    if rule == "ad.laps_coverage" and evidence.get("system") == "LAPS":
        return UNTOLD  # not installed at all: then on every machine
    count = COUNTED.get(rule)
    if count is None:
        return None
    numbers = {key: value for key, value in evidence.items() if isinstance(value, int)}
    try:
        least, sure = count(numbers)
    except KeyError:  # evidence of an older version
        return UNTOLD
    return max(1, least), sure


def _above(most: str) -> Callable[[Numbers], Changes]:
    return lambda told: (told["accounts"] - told[most], True)


def _beyond_share(counted: str, *, sure: bool) -> Callable[[Numbers], Changes]:
    """Down to the share that is allowed. Not `sure` where the cure (disabling) also lowers the total: it takes more."""
    return lambda told: (told[counted] - told["total"] * told["max_percent"] // 100, sure)


def _below_share(told: Numbers, counted: str, percent: int) -> Changes:
    """Down to less than a share, by disabling."""
    return told[counted] - max(0, -(-told["total"] * percent // 100) - 1), False


COUNTED: Final[Mapping[str, Callable[[Numbers], Changes]]] = {
    "ad.privileged_count": _above("max_accounts"),
    "ad.privileged_count_notable": lambda told: (told["accounts"] - NOTABLE + 1, True),
    "ad.never_expires_ratio": _beyond_share("accounts", sure=True),
    "ad.dormant_accounts": _beyond_share("accounts", sure=False),
    "ad.dormant_accounts_notable": lambda told: _below_share(told, "accounts", NOTABLE_PERCENT),
    "ad.dormant_computers": lambda told: _below_share(told, "machines", told["max_percent"]),
    "ad.privileged_inactive": _beyond_share("accounts", sure=False),
    "ad.keys_on_accounts": lambda told: (told["count"], True),
    "ad.single_controller": lambda told: (told["least"] - told["count"], True),
    # one right taken away may free all these accounts
    "ad.control_paths_too_many": lambda _told: UNTOLD,
}
