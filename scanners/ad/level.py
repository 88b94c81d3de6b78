"""The ANSSI level of a directory, estimated from the outcomes of our rules.

The level is the smallest at which a `vuln_` point fails, 5 when none fails (CERT-FR, “Points de contrôle Active
Directory”). Points that were not assessed, or that we do not look at, can only lower it: an estimate is “at best”.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanners.model import Outcome, Status, Text

BEST_LEVEL = 5
_FRAMEWORK, _COUNTED = "anssi-ad", "vuln_"


@dataclass(frozen=True, slots=True)
class EstimatedLevel:
    """What the outcomes say of the level.

    `failing` counts the failed points of each level from 1 to 4; `blocking` are the points that keep the level where
    it is; `unknown` are those that could not be assessed, and might lower it. None of the names is repeated.
    """

    level: int
    failing: tuple[int, int, int, int]
    blocking: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def sentence(self) -> Text:
        """How to say it: never as if it were the result of the official service."""
        if self.unknown:
            count = len(self.unknown)
            return Text(
                f"Niveau ANSSI estimé : {self.level} au mieux ({count} point(s) non évalué(s)).",
                f"Estimated ANSSI level: {self.level} at best ({count} point(s) not assessed).",
            )
        return Text(f"Niveau ANSSI estimé : {self.level} au mieux.", f"Estimated ANSSI level: {self.level} at best.")


def estimate_level(outcomes: Iterable[Outcome]) -> EstimatedLevel:
    """The level that these outcomes of AD rules allow, at best."""
    failed: set[tuple[int, str]] = set()
    unknown: set[str] = set()
    for outcome in outcomes:
        points = {
            (ref.level, ref.item)
            for ref in outcome.rule.refs
            if ref.framework == _FRAMEWORK and ref.item.startswith(_COUNTED) and ref.level is not None
        }
        if outcome.status is Status.FAILED:
            failed |= points
        elif outcome.status is not Status.PASSED:
            unknown |= {item for _, item in points}
    level = min((level for level, _ in failed), default=BEST_LEVEL)
    one, two, three, four = (sum(at == number for at, _ in failed) for number in range(1, BEST_LEVEL))
    blocking = sorted(item for at, item in failed if at == level)
    return EstimatedLevel(level, (one, two, three, four), tuple(blocking), tuple(sorted(unknown)))
