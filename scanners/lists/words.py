"""Cells of foreign lists as values: words, names of machines, yes or no, numbers. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

NEVER = -1
"""A date or a number that is absent or not understood."""
UNKNOWN, NO, YES = -1, 0, 1

NAME_LENGTH = 64
TEXT_LENGTH = 500

_NAME = re.compile(r"[A-Z0-9_][A-Z0-9_.-]*")
_FORMULA = re.compile(r"\A[\s=+@-]+")
_WORDS = re.compile(r"[a-z0-9]+")
_NUMBER = re.compile(r"[+]?\d{1,3}(?:([ ,.\u00a0\u202f'])\d{3})(?:\1\d{3})*|\d{1,18}")
_SIZE = re.compile(r"(?P<whole>[\d \u00a0\u202f.,']+?)\s*(?P<unit>[kmgtp]?)(?:i?[bo]|bytes?|octets?)?", re.IGNORECASE)
_UNITS = " kmgtp"
_DECIMALS = re.compile(r"[.,]0+\Z")
_MOST = 2**62

_TRUTH: Mapping[str, int] = {
    **dict.fromkeys(
        ("oui", "yes", "y", "o", "true", "vrai", "1", "x", "on", "actif", "active", "enabled", "enable"), YES
    ),
    **dict.fromkeys(("chiffre", "encrypted"), YES),
    **dict.fromkeys(("non", "no", "n", "false", "faux", "0", "off", "inactif", "inactive", "disabled", "disable"), NO),
    **dict.fromkeys(("non chiffre", "not encrypted"), NO),
}
NOTHING = frozenset(
    (
        *("", "-", "--", "—", "–", "n/a", "na", "none", "null", "nil", "#n/a", "(none)", "aucun", "aucune"),
        *("unknown", "inconnu", "inconnue", "not available", "non disponible", "not applicable", "non applicable"),
    )
)
"""What exports write in a cell that holds nothing, or that they do not know, in lower case."""


def plain(text: str) -> str:
    """Lower case, no accent, words separated by one space: « Coupure d’urgence » is `coupure d urgence`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(_WORDS.findall(bare))


def short_name(raw: str) -> str:
    """A machine's name as every list can write it: upper case, without domain suffix, DOMAIN\\ prefix or trailing $."""
    name = raw.strip().rpartition("\\")[2].removesuffix("$").upper()
    if not re.fullmatch(r"[0-9.]+", name):
        name = name.partition(".")[0]
    return name if _NAME.fullmatch(name) and len(name) <= NAME_LENGTH else ""


def domain_of(raw: str) -> str:
    """The domain that a machine’s name tells beside it (`pc-1.hopital.test`, `HOPITAL\\pc-1$`); “” for none."""
    flat, _slash, name = raw.strip().rpartition("\\")
    suffix = "" if re.fullmatch(r"[0-9.]+", name) else name.partition(".")[2]
    return neutral(suffix or flat)[:TEXT_LENGTH]


def neutral(cell: str) -> str:
    """The cell without what would make a spreadsheet run it, and without control characters; 500 characters."""
    printable = cell if cell.isprintable() else "".join(sign if sign.isprintable() else " " for sign in cell)
    return _FORMULA.sub("", printable)[:TEXT_LENGTH].strip()


def truth(raw: str, more: Mapping[str, int]) -> int:
    """Yes, no, or `UNKNOWN` when the word says neither; `more` are words of one column."""
    word = plain(raw)
    found = more.get(word)
    return _TRUTH.get(word, UNKNOWN) if found is None else found


def number(raw: str) -> int:
    """A whole number, thousands apart or not (`12 345`, `1,234`, `12.0`); `NEVER` when it is none."""
    text = raw.strip()
    if not _NUMBER.fullmatch(text):
        text = _DECIMALS.sub("", text)
    if not _NUMBER.fullmatch(text):
        return NEVER
    value = int(re.sub(r"\D", "", text))
    return value if value <= _MOST else NEVER


def size(raw: str) -> int:
    """Bytes, told with a unit or not (`12.3 GB`, `1,5 To`, `34 050`), units in steps of 1,024; `NEVER` when it is none.

    Three figures after a single comma or point are thousands, as in `number`.
    """
    plainly = number(raw)
    match = _SIZE.fullmatch(raw.strip())
    if plainly != NEVER or match is None:
        return plainly
    written = match["whole"].strip()
    value = number(written)
    amount = float(value) if value != NEVER else _decimal(written)
    found = round(amount * 1024 ** _UNITS.index(match["unit"].lower() or " "))
    return found if 0 <= found <= _MOST else NEVER


def _decimal(written: str) -> float:
    """A number with decimals, thousands apart or not (`1 234,5`, `1,234.5`); below zero when it is none."""
    cut = max(written.rfind(","), written.rfind("."))
    whole, decimals = (written[:cut], written[cut + 1 :]) if cut >= 0 else (written, "")
    value = number(whole)
    if value == NEVER or not decimals.isdecimal() or not decimals.isascii():
        return float(NEVER)
    return float(f"{value}.{decimals}")
