"""Money of actions: amounts as people type them, one cost split among its beneficiaries, sums. Pure.

Amounts are whole cents of euro, tax included: a sum is exact or it is wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from care.domain.actions import CostKind
from scanners.model import Text

MOST_CENTS = 10**12
"""Ten billion euros: beyond is a slip of the keyboard. Our choice."""
FIRST_YEAR, LAST_YEAR = 2000, 2100
_ZEROS = {"": 0, "k": 3, "m": 6}
_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_AMOUNT = re.compile(r"(?P<digits>\d[\d.,]*)(?P<scale>[km]?)(?:€|eur|euros?)?", re.IGNORECASE | re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")

UNREADABLE = Text(
    "Écrivez un montant en euros, par exemple 12 500 ou 12 500,50.", "Write an amount in euros, such as 12,500.50."
)
AMBIGUOUS = Text(
    "Ce montant se lit de deux façons : écrivez 12500 pour douze mille cinq cents, 12,50 pour douze euros et demi.",
    "This amount can be read in two ways: write 12500 for twelve thousand five hundred, 12.50 for twelve and a half.",
)
TOO_LARGE = Text("Ce montant dépasse dix milliards d’euros.", "This amount is above ten billion euros.")


class AmountError(ValueError):
    """An amount that cannot be used as typed; `text` says why and how to write it."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def read_amount(typed: str) -> int:
    """The cents of an amount typed by a person: « 12 500,50 », “12,500.50”, “12500 €”, “12,5 k€”.

    One separator before three last digits (“12,500”) is never guessed. AmountError, with its sentence, otherwise.
    """
    found = _AMOUNT.fullmatch(_SPACES.sub("", typed))
    if found is None:
        raise AmountError(UNREADABLE)
    whole, _, part = _decimal(found["digits"], scaled=bool(found["scale"])).partition(".")
    zeros = _ZEROS[found["scale"].lower()] + 2
    if len(part) > zeros:
        raise AmountError(UNREADABLE)
    if len(whole) > len(str(MOST_CENTS)):
        raise AmountError(TOO_LARGE)
    cents = int(whole + part.ljust(zeros, "0"))
    if cents > MOST_CENTS:
        raise AmountError(TOO_LARGE)
    return cents


def _decimal(digits: str, *, scaled: bool) -> str:
    """The digits with a point as the only separator."""
    separators = [sign for sign in digits if sign in ".,"]
    if not separators:
        return digits
    last = separators[-1]
    whole, _, part = digits.rpartition(last)
    if last in whole:  # the same separator twice: groups of three, or nonsense
        return _ungrouped(digits)
    if len(separators) == 1:
        if len(part) == 3 and not scaled and whole.lstrip("0"):
            raise AmountError(AMBIGUOUS)
        return f"{whole}.{part}"
    return f"{_ungrouped(whole)}.{part}"


def _ungrouped(digits: str) -> str:
    if not _GROUPED.fullmatch(digits):
        raise AmountError(UNREADABLE)
    return digits.replace(".", "").replace(",", "")


def split(cents: int, weights: Sequence[int]) -> tuple[int, ...]:
    """`cents` shared out by weight, one part for each weight, in order: the sum is exact to the cent.

    Largest remainder: each part is within one cent of its exact value; what is left goes to the largest remainders,
    to the first of equal ones. Weights that are all zero share equally. ValueError without a weight or below zero.
    """
    if not weights or min(weights) < 0:
        raise ValueError("a cost is shared among at least one site, by weights from zero up")
    shares = weights if any(weights) else [1] * len(weights)
    total = sum(shares)
    parts = [cents * share // total for share in shares]
    remainders = [cents * share % total for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda place: (-remainders[place], place))
    for place in by_remainder[: cents - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Cost:
    """One cost line of one action: cents in one year, shared among sites by weight (establishment id -> share)."""

    action_id: int
    year: int
    kind: CostKind
    funding: str
    cents: int
    shares: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """What one establishment bears of one cost line."""

    action_id: int
    establishment_id: int
    year: int
    kind: CostKind
    funding: str
    cents: int


def parts(costs: Iterable[Cost]) -> list[Part]:
    """Every cost line shared out among its establishments, in the order of their ids."""
    found = []
    for cost in costs:
        sites = sorted(cost.shares)
        for site, cents in zip(sites, split(cost.cents, [cost.shares[site] for site in sites]), strict=True):
            found.append(Part(cost.action_id, site, cost.year, cost.kind, cost.funding, cents))
    return found


K = TypeVar("K", bound=Hashable)


def sums(shared: Iterable[Part], axis: Callable[[Part], K]) -> dict[K, int]:
    """Cents by whatever `axis` reads of a part: year, establishment, funding, kind, or several of them."""
    totals: dict[K, int] = defaultdict(int)
    for part in shared:
        totals[axis(part)] += part.cents
    return dict(totals)
