"""Systems that need each other to start do not start: someone must know which tie to cut before that night."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Loops of essential needs, each named by its nodes."""
    looped = (Finding(" → ".join((*cycle, cycle[0]))) for cycle in facts.cycles if cycle)
    return judged(len(facts.activities) + len(facts.resources), looped)


RULE = Rule(
    id="continuity.circular_dependency",
    title=Text(
        "Dépendance circulaire",
        "Circular dependency",
    ),
    message=Text(
        "Ces éléments ont besoin les uns des autres pour redémarrer : {subject}.",
        "These need one another to start again: {subject}.",
    ),
    remediation=Text(
        "Dites lequel peut démarrer sans les autres (compte local, adresse fixe, copie du coffre) et notez "
        "cette dépendance « utile ».",
        "Say which one can start without the others (local account, fixed address, copy of the vault) and "
        "mark that dependency “useful”.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d2:O1.C", "iso22301:8.4.5"),
    check=check,
    reads=(
        "activities",
        "resources",
    ),
    kind=Kind.COMPUTED,
)
