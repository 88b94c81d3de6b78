"""More data may be lost there than what relies on it accepts to lose: one of the two figures is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from scanners.continuity.facts import ContinuityFacts, Objectives, hours
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Activities and resources whose own PDMA is longer than the strictest of what relies on them."""
    both = [
        (subject, own.pdma, asked.pdma, asked.pdma_by)
        for subject, own, asked in _objectives(facts)
        if own and asked and own.pdma is not None and asked.pdma is not None
    ]
    return judged(
        len(both),
        (
            Finding(subject, {"declared_hours": hours(own), "pdma_hours": hours(asked), "imposed_by": by})
            for subject, own, asked, by in both
            if own > asked
        ),
    )


def _objectives(facts: ContinuityFacts) -> Iterator[tuple[str, Objectives | None, Objectives | None]]:
    for activity in facts.activities:
        yield activity.name, activity.objectives, activity.inherited
    for resource in facts.resources:
        yield resource.name, resource.declared, resource.inherited


RULE = Rule(
    id="continuity.declared_loss_over_pdma",
    title=Text(
        "Perte de données admise plus grande que celle que demandent les soins",
        "Data loss accepted above what care asks for",
    ),
    message=Text(
        "{subject} peut perdre {declared_hours:h} de données ; {imposed_by} n’en supporte que {pdma_hours:h} (PDMA).",
        "{subject} may lose {declared_hours:h} of data; {imposed_by} can only bear {pdma_hours:h} (PDMA).",
    ),
    remediation=Text(
        "Rapprochez les copies, ou revoyez avec le responsable de l’activité ce qu’elle peut vraiment ressaisir.",
        "Copy more often, or review with the activity owner what can really be entered again.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d2:O1.C", "pgssi-s:7.4.1.1"),
    check=check,
    reads=(
        "activities",
        "objectives",
    ),
    kind=Kind.COMPUTED,
)
