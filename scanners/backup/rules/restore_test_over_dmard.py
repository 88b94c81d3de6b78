"""The last full restore test of a system took longer than the DMARD promised to the care staff.

Duration reported for the test, against the system's own DMARD (PGSSI-S 7.4.1.1).
"""

from __future__ import annotations

from scanners.backup.declared import unanswered
from scanners.backup.facts import BackupFacts, RestoreTest
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Systems whose timed test exceeded their DMARD."""
    timed = [
        (system.name, test.duration_hours, system.dmard_hours)
        for system in facts.plan.systems
        if isinstance(test := system.last_restore_test, RestoreTest) and test.duration_hours and system.dmard_hours
    ]
    if not timed:
        raise unanswered("systems[].last_restore_test.duration_hours")
    return judged(
        len(timed),
        (Finding(name, {"hours": hours, "dmard_hours": dmard}) for name, hours, dmard in timed if hours > dmard),
    )


RULE = Rule(
    id="backup.restore_test_over_dmard",
    title=Text("Restauration mesurée plus longue que la DMARD", "Measured restore longer than the DMARD"),
    message=Text(
        "Le dernier essai complet de restauration de {subject} a duré {hours} h, pour une DMARD de {dmard_hours} h.",
        "The last full restore test of {subject} took {hours} h, for a DMARD of {dmard_hours} h.",
    ),
    remediation=Text(
        "Cherchez où passe le temps (débit du support, catalogue à reconstruire, ordre de redémarrage), corrigez "
        "et refaites l’essai, ou révisez la DMARD avec les soignants.",
        "Find where the time goes (medium throughput, catalogue to rebuild, restart order), fix it and test "
        "again, or revise the DMARD with the care staff.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-29", "pgssi-s:7.4.1.1", "care-d2:O4"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
