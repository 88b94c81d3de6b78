"""The 66 % rule of D2.O1.C and D2.O1.D, computed on exact fractions and explained line by line. Pure.

A candidate is a GHT, counted by legal entity, or a legal entity with several establishments, counted by establishment;
a candidate of one unit has no percentage: the unit itself must do it. The threshold is at least 66 % of the combined
activity (ANS, CaRE domain 2); what measures activity is not published, so that weights are typed with their origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from scanners.model import Lang

THRESHOLD = Fraction(66, 100)
"""At least 66 % of the combined activity: ANS, CaRE domain 2, D2.O1.C and D2.O1.D."""
_LONGEST = 32


class Verdict(StrEnum):
    """What the rule says. `to_confirm`: it depends on how units that closed are counted, which no text says."""

    MET = "met"
    NOT_MET = "not_met"
    TO_CONFIRM = "to_confirm"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of the candidate. `weight` is None when nobody typed it; `closed` when it no longer exists."""

    key: str
    weight: Fraction | None
    covered: bool
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One unit in the computation: its part of the whole (None when unknown), and whether it counts and is covered."""

    key: str
    part: Fraction | None
    counted: bool
    covered: bool


@dataclass(frozen=True, slots=True)
class Share:
    """What the rule gives. `value` is the covered part of the units in being, `with_closed` that of all the units.

    `to_add` are the fewest units, the heaviest first, that would make the value pass; empty when it does, or when the
    value is unknown. `without_weight` are the units that prevent computing.
    """

    verdict: Verdict
    value: Fraction | None
    with_closed: Fraction | None
    lines: tuple[Line, ...]
    to_add: tuple[str, ...] = ()
    without_weight: tuple[str, ...] = ()

    @property
    def single(self) -> bool:
        """Whether there is one unit only, hence no percentage."""
        return sum(line.counted for line in self.lines) == 1


def weight_of(words: str) -> Fraction:
    """The exact value of a weight as typed: `1 204`, `12,5`. ValueError when it is no number, or negative."""
    text = "".join(words.split()).replace(",", ".")
    if not text or len(text) > _LONGEST or not set(text) <= set("0123456789."):
        raise ValueError(words)
    try:
        return Fraction(Decimal(text))
    except InvalidOperation as error:
        raise ValueError(words) from error


def percent(value: Fraction, lang: Lang, digits: int = 2) -> str:
    """A part of the whole in percent, cut after `digits`, never rounded up: 65.999 % is written 65,99 %."""
    scale = 10**digits
    whole, rest = divmod(int(value * 100 * scale), scale)
    return f"{whole},{rest:0{digits}}\u00a0%" if lang == "fr" else f"{whole}.{rest:0{digits}}%"


def compute(units: Sequence[Unit], threshold: Fraction = THRESHOLD) -> Share:
    """Apply the rule. A unit without weight, or weights that sum to nothing, leave the value unknown."""
    open_units = [unit for unit in units if not unit.closed]
    if len(open_units) == 1:
        return _alone(units, open_units[0], threshold)
    missing = tuple(unit.key for unit in open_units if unit.weight is None)
    value = None if missing else _covered_part(open_units)
    if value is None:
        return Share(Verdict.UNKNOWN, None, None, _lines(units, None), without_weight=missing)
    whole = _whole(units)
    return Share(
        _verdict(value, whole, len(open_units) < len(units), threshold),
        value,
        whole,
        _lines(units, _total(open_units)),
        _to_add(open_units, threshold),
    )


def _alone(units: Sequence[Unit], unit: Unit, threshold: Fraction) -> Share:
    """The rule without a percentage; were the units that closed still counted, there would be one."""
    whole = _whole(units) if len(units) > 1 else None
    verdict = _verdict(Fraction(1), whole, len(units) > 1, threshold) if unit.covered else Verdict.NOT_MET
    lines = tuple(Line(one.key, None, not one.closed, one.covered) for one in units)
    return Share(verdict, None, whole, lines, () if unit.covered else (unit.key,))


def _whole(units: Sequence[Unit]) -> Fraction | None:
    """The covered part of all the units, closed ones included; None when a weight is unknown."""
    return _covered_part(units) if all(unit.weight is not None for unit in units) else None


def _weight(unit: Unit) -> Fraction:
    return unit.weight or Fraction(0)


def _total(units: Sequence[Unit]) -> Fraction:
    return sum(map(_weight, units), Fraction(0))


def _covered_part(units: Sequence[Unit]) -> Fraction | None:
    total = _total(units)
    return _total([unit for unit in units if unit.covered]) / total if total else None


def _verdict(value: Fraction, whole: Fraction | None, some_closed: bool, threshold: Fraction) -> Verdict:
    passes = value >= threshold
    # Nobody says whether a unit that closed still weighs: when it decides, a person does. Without its weight, it might.
    if some_closed and (whole is None or (whole >= threshold) != passes):
        return Verdict.TO_CONFIRM
    return Verdict.MET if passes else Verdict.NOT_MET


def _lines(units: Sequence[Unit], total: Fraction | None) -> tuple[Line, ...]:
    def part(unit: Unit) -> Fraction | None:
        return None if unit.closed or unit.weight is None or not total else unit.weight / total

    return tuple(Line(unit.key, part(unit), not unit.closed, unit.covered) for unit in units)


def _to_add(units: Sequence[Unit], threshold: Fraction) -> tuple[str, ...]:
    """The heaviest first: no other choice takes fewer units."""
    needed = threshold * _total(units) - _total([unit for unit in units if unit.covered])
    chosen: list[str] = []
    for unit in sorted((unit for unit in units if not unit.covered), key=lambda one: (-_weight(one), one.key)):
        if needed <= 0:
            break
        chosen.append(unit.key)
        needed -= _weight(unit)
    return tuple(chosen)
