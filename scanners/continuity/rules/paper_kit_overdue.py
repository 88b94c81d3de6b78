"""A cupboard nobody opened is an empty cupboard until proven otherwise."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts, Kit
from scanners.model import Finding, Kind, Rule, Scalar, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Paper kits never checked, checked too long ago, or found incomplete."""
    kits = [(f"{one.name} / {kit.name}", kit) for one in facts.activities for kit in one.kits]
    return judged(
        len(kits),
        (
            Finding(subject, _seen(kit))
            for subject, kit in kits
            if kit.checked_on is None or not kit.complete or (facts.today - kit.checked_on).days > kit.check_every_days
        ),
    )


def _seen(kit: Kit) -> dict[str, Scalar]:
    """What the last check saw; None when nobody looked."""
    if kit.checked_on is None:
        return {"checked_on": None, "complete": None}
    return {"checked_on": kit.checked_on.isoformat(), "complete": kit.complete}


RULE = Rule(
    id="continuity.paper_kit_overdue",
    title=Text(
        "Kit papier à vérifier ou incomplet",
        "Paper kit to be checked, or incomplete",
    ),
    message=Text(
        "{subject} : dernière vérification : {checked_on:=aucune} ; complet : {complete:=on ne sait pas}.",
        "{subject}: last check: {checked_on:=none}; complete: {complete:=nobody knows}.",
    ),
    remediation=Text(
        "Allez voir le kit, complétez-le, et enregistrez la vérification.",
        "Go and see the kit, complete it, and record the check.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d2:O1.C", "iso22301:8.4.4"),
    check=check,
    reads=("activities",),
    kind=Kind.DECLARED,
)
