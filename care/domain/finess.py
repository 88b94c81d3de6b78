"""FINESS numbers: form, key, and what a doubtful key means. Pure.

The key is the Luhn key of the nine digits; it was verified on real numbers, the official text was not found. For
Corsica (2A, 2B) the letter counts as 1 or 2, which is less sure: a wrong key there is a warning, not a fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from scanners.model import Text

LENGTH = 9
_FORM = re.compile(r"[0-9][0-9AB][0-9]{7}\Z")
_LETTERS = {"A": "1", "B": "2"}


class Key(StrEnum):
    """What the key of a number says."""

    RIGHT = "right"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Checked:
    """A number in its canonical form (nine signs, upper case, no space) and what its key says."""

    number: str
    key: Key

    @property
    def accepted(self) -> bool:
        """Whether the number may be used, perhaps with a warning."""
        return self.key in {Key.RIGHT, Key.DOUBTFUL}

    @property
    def remark(self) -> Text | None:
        """What to tell a person, None when all is well."""
        return _REMARKS.get(self.key)


_REMARKS = {
    Key.DOUBTFUL: Text(
        "La clé de ce numéro FINESS corse ne se vérifie pas : relisez-le.",
        "The key of this Corsican FINESS number does not check: read it again.",
    ),
    Key.WRONG: Text(
        "Ce numéro FINESS est faux : sa clé ne correspond pas, un chiffre a sans doute été mal saisi.",
        "This FINESS number is wrong: its key does not match, a digit was probably mistyped.",
    ),
    Key.MALFORMED: Text(
        "Un numéro FINESS compte 9 chiffres (la Corse écrit 2A ou 2B au début).",
        "A FINESS number has 9 digits (Corsica writes 2A or 2B at the start).",
    ),
}


def check(text: str) -> Checked:
    """Read a number as a person types it: spaces and lower case are forgiven."""
    number = "".join(text.split()).upper()
    if _FORM.match(number) is None:
        return Checked(number, Key.MALFORMED)
    corsican = number[1] in _LETTERS
    if luhn(number[0] + _LETTERS.get(number[1], number[1]) + number[2:]):
        return Checked(number, Key.RIGHT)
    return Checked(number, Key.DOUBTFUL if corsican else Key.WRONG)


def luhn(digits: str) -> bool:
    """Whether a string of digits ends with its Luhn key."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
