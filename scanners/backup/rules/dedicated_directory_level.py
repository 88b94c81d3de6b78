"""A directory dedicated to backups only protects them if it is itself well kept.

CaRE D2.O3.A: level 3 at least at the ANSSI ADS audit of that directory. Answer 0 when no dedicated directory is used:
the rule then has no subject.
"""

from __future__ import annotations

from scanners.backup.declared import answer_to
from scanners.backup.facts import BackupFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs

MIN_LEVEL = 3


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when its backup directory is below level 3."""
    answer, level = answer_to(facts, "dedicated_directory_level")
    if not level:
        return Verdict(0)
    if level >= MIN_LEVEL:
        return Verdict(1)
    return Verdict(
        1,
        (Finding(facts.plan.establishment, {"level": level, "date": answer.date.isoformat() if answer.date else "—"}),),
    )


RULE = Rule(
    id="backup.dedicated_directory_level",
    title=Text("Annuaire dédié aux sauvegardes sous le niveau 3", "Directory dedicated to backups below level 3"),
    message=Text(
        "L’annuaire dédié aux sauvegardes de {subject} est au niveau ANSSI {level} (audit : {date}) ; 3 est attendu.",
        "The directory dedicated to backups of {subject} is at ANSSI level {level} (audit: {date}); 3 is expected.",
    ),
    remediation=Text(
        "Auditez cet annuaire avec CaRE, corrigez les points de niveaux 1 et 2, puis redemandez l’audit ADS de "
        "l’ANSSI.",
        "Audit that directory with CaRE, fix the points of levels 1 and 2, then ask for the ANSSI ADS audit again.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-19", "care-d2:O3.A"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
