"""An objective beside what was measured: the three rules that compare them differ by two words."""

from __future__ import annotations

from collections.abc import Callable

from scanners.continuity.facts import ContinuityFacts, Measure, Objectives, What, hours, worst
from scanners.model import Finding, Verdict, judged


def passed_over(facts: ContinuityFacts, what: What, limit: Callable[[Objectives], int | None], key: str) -> Verdict:
    """The activities and resources whose newest measure is longer than the objective, written in evidence as `key`."""
    both = [
        (subject, measure, bound)
        for subject, limits, measures in facts.measured
        if (measure := worst(measures, what)) is not None and (bound := limit(limits)) is not None
    ]
    over = (
        Finding(subject, {key: hours(bound), **said(measure)})
        for subject, measure, bound in both
        if measure.minutes > bound
    )
    return judged(len(both), over)


def said(measure: Measure) -> dict[str, str | float]:
    """A measure as evidence."""
    return {
        "measured_hours": hours(measure.minutes),
        "source": measure.source,
        "date": measure.date.isoformat(),
    }
