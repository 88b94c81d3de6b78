"""The last full restore test of a system took longer than the DMARD promised to the care staff.

Duration reported for the test, against the system's own DMARD (PGSSI-S 7.4.1.1). A test that failed within it, is dated
in the future or was not timed says nothing: a system without a test that tells is not judged.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts, RestoreTest, System
from scanners.backup.telling import judged_save
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs

_UNTOLD = Text(
    "Aucun essai complet, réussi et chronométré, ou aucune DMARD : {names}. Notez-les dans le plan "
    "(« duration_hours »).",
    "No full test that succeeded and was timed, or no DMARD: {names}. Write them in the plan (“duration_hours”).",
)


def check(facts: BackupFacts) -> Verdict:
    """Systems whose timed test exceeded their DMARD."""
    over = {system.name: _over(facts, system) for system in facts.plan.systems}
    return judged_save(
        len(over),
        (
            Finding(system.name, {"hours": _hours(system), "dmard_hours": system.dmard_hours})
            for system in facts.plan.systems
            if over[system.name]
        ),
        (name for name, told in over.items() if told is None),
        _UNTOLD,
    )


def _over(facts: BackupFacts, system: System) -> bool | None:
    """Whether the test took longer than the DMARD, failed or not; None when it cannot be told."""
    test, hours = system.last_restore_test, _hours(system)
    if (
        not isinstance(test, RestoreTest)
        or hours is None
        or system.dmard_hours is None
        or facts.days_since(test.date) < 0
    ):
        return None
    if hours > system.dmard_hours:
        return True
    return False if test.success else None


def _hours(system: System) -> float | None:
    test = system.last_restore_test
    return test.duration_hours if isinstance(test, RestoreTest) else None


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
