"""More data was lost in a test than the activity accepts to lose."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.continuity.measured import passed_over
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Activities and resources whose newest measure passes over the objective."""
    return passed_over(facts, "data_loss", lambda limits: limits.pdma, "pdma_hours")


RULE = Rule(
    id="continuity.measured_loss_over_pdma",
    title=Text(
        "Perte de données mesurée supérieure à la PDMA",
        "Measured data loss above the PDMA",
    ),
    message=Text(
        "{subject} : {measured_hours:h} de données perdues ({source}, {date}) pour {pdma_hours:h} admises (PDMA).",
        "{subject}: {measured_hours:h} of data lost ({source}, {date}) for {pdma_hours:h} accepted (PDMA).",
    ),
    remediation=Text(
        "Rapprochez les sauvegardes ou ajoutez une réplication, vérifiez que chaque copie est bien faite, "
        "puis refaites l’essai.",
        "Back up more often or add replication, check that every copy is really made, then test again.",
    ),
    severity=Severity.HIGH,
    refs=refs("pgssi-s:7.4.1.1", "care-d2:O4"),
    check=check,
    reads=(
        "activities",
        "resources",
        "measures",
    ),
    kind=Kind.COMPUTED,
)
