"""The data was restored for real and it took longer than accepted."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.continuity.measured import passed_over
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Activities and resources whose newest measure passes over the objective."""
    return passed_over(facts, "restore", lambda limits: limits.dmard, "dmard_hours")


RULE = Rule(
    id="continuity.measured_restore_over_dmard",
    title=Text(
        "Restauration mesurée plus longue qu’admis",
        "Measured restore longer than accepted",
    ),
    message=Text(
        "{subject} : données restaurées en {measured_hours:h} ({source}, {date}) pour {dmard_hours:h} admises (DMARD).",
        "{subject}: data restored in {measured_hours:h} ({source}, {date}) for {dmard_hours:h} accepted (DMARD).",
    ),
    remediation=Text(
        "Mesurez le débit réel, rapprochez une copie, restaurez par ordre d’urgence, puis refaites l’essai.",
        "Measure the real throughput, bring a copy closer, restore in order of urgency, then test again.",
    ),
    severity=Severity.HIGH,
    refs=refs("pgssi-s:7.4.1.1", "care-d2:O4", "recyf:13.2"),
    check=check,
    reads=(
        "activities",
        "resources",
        "measures",
    ),
    kind=Kind.COMPUTED,
)
