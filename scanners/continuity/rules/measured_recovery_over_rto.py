"""The promise was put to the test and not kept: the recovery that was measured is longer than the one aimed at."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.continuity.measured import passed_over
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Activities and resources whose newest measure passes over the objective."""
    return passed_over(facts, "recovery", lambda limits: limits.rto, "rto_hours")


RULE = Rule(
    id="continuity.measured_recovery_over_rto",
    title=Text(
        "Reprise mesurée plus longue que promise",
        "Measured recovery longer than promised",
    ),
    message=Text(
        "{subject} : reprise mesurée en {measured_hours:h} ({source}, {date}) pour {rto_hours:h} visées.",
        "{subject}: recovery measured in {measured_hours:h} ({source}, {date}) for {rto_hours:h} aimed at.",
    ),
    remediation=Text(
        "Cherchez ce qui a pris du temps dans le compte rendu, corrigez-le, rejouez ; tant que ce n’est pas "
        "fait, le plan doit annoncer la durée mesurée.",
        "Find in the report what took time, mend it, play it again; until then the plan must announce the "
        "measured time.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d2:O1.D", "care-d2:O4", "iso22301:8.5"),
    check=check,
    reads=(
        "activities",
        "resources",
        "measures",
    ),
    kind=Kind.COMPUTED,
)
