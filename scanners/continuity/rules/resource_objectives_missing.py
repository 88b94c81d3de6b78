"""Nobody said when a system that care cannot do without comes back, or how often it is backed up."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

KINDS = ("application", "infrastructure")


def check(facts: ContinuityFacts) -> Verdict:
    """Applications and infrastructure of critical activities without a declared RTO or backup interval."""
    concerned = [one for one in facts.resources if one.critical and one.kind in KINDS]
    return judged(
        len(concerned),
        (
            Finding(one.name, {"rto_said": one.declared.rto is not None, "backup_said": one.backup_every is not None})
            for one in concerned
            if one.declared.rto is None or (one.backup_every is None and one.kind == "application")
        ),
    )


RULE = Rule(
    id="continuity.resource_objectives_missing",
    title=Text(
        "Système critique sans objectif déclaré",
        "Critical system without a declared objective",
    ),
    message=Text(
        "{subject} : délai de reprise déclaré : {rto_said} ; intervalle de sauvegarde déclaré : {backup_said}.",
        "{subject}: recovery time declared: {rto_said}; backup interval declared: {backup_said}.",
    ),
    remediation=Text(
        "Demandez ces deux chiffres à l’exploitant ou au fournisseur et saisissez-les sur la fiche de la ressource.",
        "Ask whoever runs it or the supplier for both figures and enter them on the page of the resource.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d2:O2.B", "pgssi-s:7.4.1.1"),
    check=check,
    reads=("resources",),
    kind=Kind.DECLARED,
)
