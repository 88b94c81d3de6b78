"""Weights of activities and units: decimal numbers as people type them, summed as exact fractions. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from scanners.model import Lang, Text

_WEIGHT = re.compile(r"\d{1,15}(?:[.,]\d{1,9})?\Z", re.ASCII)
_SPACES = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d)")
_PLENTY = 200
"""Digits enough for the sum of any weights: each has at most 32."""
NOT_A_WEIGHT = Text(
    "Un poids est un nombre positif ou nul, par exemple 12,5 : quinze chiffres au plus, neuf après la virgule.",
    "A weight is a number, zero or more, such as 12.5: fifteen digits at most, nine after the point.",
)


def weight_of(typed: str) -> Fraction:
    """The exact value of `12,5`, `12.5` or `1 250`; ValueError when it is no weight."""
    return Fraction(canonical(typed))


def canonical(typed: str) -> str:
    """A weight as it is kept: its own digits, with a point; ValueError when it is no weight."""
    text = _SPACES.sub("", typed.strip())
    if not _WEIGHT.match(text):
        raise ValueError(typed)
    return text.replace(",", ".")


def decimal(value: Fraction, lang: Lang) -> str:
    """A number with a finite decimal writing, in full: `1 250,5` in French, `1,250.5` in English."""
    with localcontext(prec=_PLENTY):
        number = format((Decimal(value.numerator) / Decimal(value.denominator)).normalize(), "f")
    whole, _, rest = number.partition(".")
    grouped = f"{int(whole):,}".replace(",", "\u202f" if lang == "fr" else ",")
    return f"{grouped}{',' if lang == 'fr' else '.'}{rest}" if rest else grouped


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, exact."""

    part: Fraction

    def percent(self, lang: Lang) -> str:
        """In percent: `12,5 %`; what two decimals cannot hold is cut, never rounded up, and says so: `33,33… %`."""
        hundredths, left = divmod(self.part.numerator * 10_000, self.part.denominator)
        text = decimal(Fraction(hundredths, 100), lang)
        if left:
            point = "," if lang == "fr" else "."
            text = f"{decimal(Fraction(hundredths // 100), lang)}{point}{hundredths % 100:02}…"
        return f"{text}\u00a0%" if lang == "fr" else f"{text}%"

    @property
    def fraction(self) -> str:
        """As a fraction in its lowest terms: `1/3`."""
        return f"{self.part.numerator}/{self.part.denominator}"


@dataclass(frozen=True, slots=True)
class WeightSum:
    """The sum of some weights, how many were given and how many were not."""

    total: Fraction
    weighed: int
    unweighed: int

    def share(self, weight: str) -> Share | None:
        """The part of one kept weight; None without a weight, or when the weights sum to nothing."""
        return Share(Fraction(weight) / self.total) if weight and self.total else None

    @property
    def fault(self) -> Text | None:
        """Why no part can be computed; None when they can."""
        if self.total:
            return None
        if self.weighed:
            return Text(
                "Les poids s’additionnent à zéro : aucune part ne peut être calculée. Corrigez-les.",
                "The weights sum to nothing: no part can be computed. Correct them.",
            )
        return Text(
            "Aucune activité n’a de poids : leur part dans l’établissement ne peut pas être calculée.",
            "No activity has a weight: their part in the establishment cannot be computed.",
        )


def weight_sum(weights: Iterable[str]) -> WeightSum:
    """The sum of kept weights; an empty one counts as not given."""
    known = list(weights)
    given = [Fraction(one) for one in known if one]
    return WeightSum(sum(given, Fraction(0)), len(given), len(known) - len(given))
