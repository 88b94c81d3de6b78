"""A critical activity that relies on nothing has needs nobody wrote: every what-if about it is false."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Critical activities without any dependency."""
    return judged(len(facts.critical), (Finding(one.name) for one in facts.critical if not one.needs))


RULE = Rule(
    id="continuity.activity_without_need",
    title=Text(
        "Activité critique sans dépendance décrite",
        "Critical activity without any dependency",
    ),
    message=Text(
        "{subject} ne dépend de rien dans le plan : applications, locaux, équipes et fournisseurs manquent.",
        "{subject} relies on nothing in the plan: applications, premises, people and suppliers are missing.",
    ),
    remediation=Text(
        "Ajoutez ce dont l’activité ne peut se passer ; le modèle de bilan d’impact en propose la liste.",
        "Add what the activity cannot do without; the model of impact analysis offers a list.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d2:O1.C", "iso22301:8.2.2"),
    check=check,
    reads=("activities",),
    kind=Kind.DECLARED,
)
