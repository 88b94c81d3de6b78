"""A system the care staff cannot do without, and that no backup plan names, will not come back.

Every system named critical by the business impact analysis must be in the plan with at least one copy (CaRE D2.O2.B).
"""

from __future__ import annotations

from scanners.backup.declared import unanswered
from scanners.backup.facts import BackupFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Critical systems absent from the plan or without any copy."""
    critical = facts.plan.critical_systems
    if not critical:
        raise unanswered("critical_systems")
    planned = {system.name.casefold() for system in facts.plan.systems if system.copies}
    return judged(len(critical), (Finding(name) for name in critical if name.casefold() not in planned))


RULE = Rule(
    id="backup.critical_system_without_plan",
    title=Text("Système critique sans plan de sauvegarde", "Critical system without a backup plan"),
    message=Text(
        "{subject} est jugé critique par le bilan d’impact, mais aucune copie n’est prévue dans le plan.",
        "{subject} is critical in the impact analysis, but the plan provides no copy of it.",
    ),
    remediation=Text(
        "Écrivez son plan (périmètre, PDMA, DMARD, rétention, copies) avec le propriétaire de l’activité et "
        "sauvegardez-le sans attendre.",
        "Write its plan (scope, PDMA, DMARD, retention, copies) with the owner of the activity and back it up "
        "without waiting.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-03", "care-d2:O2.B", "pgssi-s:7.4.1.2"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
