"""A plan says what is saved, how secret it is, how much may be lost, how fast it must return and how long it is kept.

PGSSI-S 7.4.1.1: scope, confidentiality, DMARD, PDMA and retention, for every system.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

FIELDS = ("scope", "confidentiality", "pdma_hours", "dmard_hours", "retention_days")


def check(facts: BackupFacts) -> Verdict:
    """Systems whose plan leaves one of the five fields empty."""
    missing = {system.name: [field for field in FIELDS if not getattr(system, field)] for system in facts.plan.systems}
    return judged(
        len(missing), (Finding(name, {"missing": ", ".join(fields)}) for name, fields in missing.items() if fields)
    )


RULE = Rule(
    id="backup.plan_fields_missing",
    title=Text("Plan de sauvegarde incomplet", "Incomplete backup plan"),
    message=Text(
        "Le plan de sauvegarde de {subject} ne renseigne pas : {missing}.",
        "The backup plan of {subject} leaves out: {missing}.",
    ),
    remediation=Text(
        "Remplissez ces champs avec le propriétaire de l’activité : c’est lui qui fixe PDMA et DMARD.",
        "Fill these fields with the owner of the activity, who sets PDMA and DMARD.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-04", "pgssi-s:7.4.1.1"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
