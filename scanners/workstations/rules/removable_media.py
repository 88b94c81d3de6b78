"""A found USB stick is still the cheapest way in, and a lost one the cheapest leak."""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "removable_media", facts.background.answers.removable_media)


RULE = Rule(
    id="workstations.removable_media",
    title=Text("Supports amovibles non maîtrisés", "Removable media not controlled"),
    message=Text(
        "{subject} déclare ne pas maîtriser les supports amovibles (réponse du {date}).",
        "{subject} declares no control of removable media (answered {date}).",
    ),
    remediation=Text(
        "N’autorisez que des supports fournis et chiffrés, et mettez une station de décontamination à disposition "
        "des services.",
        "Allow only provided, encrypted media, and offer wards a cleaning station.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-16", "anssi-hygiene:15", "recyf:9.5"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
