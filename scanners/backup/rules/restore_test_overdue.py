"""A backup that was never restored as a whole is a hope.

Each critical system needs a successful full restore test within 365 days (PGSSI-S 7.4.5.2 recommends yearly tests,
ReCyF 13.2 asks for them). A failed test does not count. CaRE's own sampled restore does not replace it; a
drill that brought a whole point back, compared by hash, is one (the platform writes it in the plan).
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts, RestoreTest
from scanners.backup.telling import judged_save
from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, refs

MAX_DAYS = 365
_UNTOLD = Text(
    "Personne n’a dit quand ces systèmes ont été restaurés en entier : {names}. Notez « last_restore_test » dans le "
    "plan (« never » pour jamais).",
    "Nobody said when these systems were restored as a whole: {names}. Write “last_restore_test” in the plan (“never” "
    "for never).",
)


def check(facts: BackupFacts) -> Verdict:
    """Critical systems without a successful test within a year."""
    critical = [system for system in facts.plan.systems if system.critical]
    if not critical:
        raise NotAssessable(
            "Aucun système du plan n’est critique : dites lesquels le sont (« critical » du plan, ou bilan d’impact).",
            "No system of the plan is critical: say which are (“critical” in the plan, or the impact analysis).",
        )
    answered = {system.name: test for system in critical if (test := system.last_restore_test) is not None}
    late = [
        Finding(name, {"last_test": test.date.isoformat() if isinstance(test, RestoreTest) else "—"})
        for name, test in answered.items()
        if not (isinstance(test, RestoreTest) and test.success and 0 <= facts.days_since(test.date) <= MAX_DAYS)
    ]
    return judged_save(len(critical), late, (one.name for one in critical if one.name not in answered), _UNTOLD)


RULE = Rule(
    id="backup.restore_test_overdue",
    title=Text("Pas d’essai de restauration réussi depuis un an", "No successful restore test for a year"),
    message=Text(
        "{subject} n’a pas d’essai complet de restauration réussi depuis 365 jours (dernier essai : {last_test}).",
        "{subject} has had no successful full restore test for 365 days (last test: {last_test}).",
    ),
    remediation=Text(
        "Planifiez une restauration complète sur une maquette isolée avec le référent métier, chronométrez-la et "
        "archivez la fiche de restauration.",
        "Schedule a full restore on an isolated copy with the business correspondent, time it and file the "
        "restore sheet.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-25", "pgssi-s:7.4.5.2", "recyf:13.2"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
