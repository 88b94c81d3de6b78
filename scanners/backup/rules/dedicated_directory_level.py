"""A directory dedicated to backups only protects them if it is itself well kept.

CaRE D2.O3.A: level 3 at least at the ANSSI ADS audit of that directory. When the directory that opens a console was
audited here, its estimated level counts (an estimate, never the official result): below 3 it fails, and while points
not assessed may bring it below 3 it is not judged. Else the answer; 0 when no dedicated directory is used.
"""

from __future__ import annotations

from scanners.backup.declared import answer_to
from scanners.backup.facts import BackupFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MIN_LEVEL = 3


def check(facts: BackupFacts) -> Verdict:
    """The directories, else the establishment, below level 3."""
    if facts.dedicated:
        return _measured(facts)
    answer, level = answer_to(facts, "dedicated_directory_level")
    if not level:
        return Verdict(0)
    if level >= MIN_LEVEL:
        return Verdict(1)
    return Verdict(
        1,
        (Finding(facts.plan.establishment, {"level": level, "date": answer.date.isoformat() if answer.date else "—"}),),
    )


def _measured(facts: BackupFacts) -> Verdict:
    low = [one for one in facts.dedicated if one.level < MIN_LEVEL]
    unsure = [one.domain for one in facts.dedicated if one.level >= MIN_LEVEL > one.lowest]
    found = (Finding(one.domain, {"level": one.level, "date": one.collected_at.date().isoformat()}) for one in low)
    return judged(len(facts.dedicated), found, unsure, _DOUBT if unsure else None)


_DOUBT = Text(
    "Des points non évalués de l’annuaire dédié pourraient l’amener sous le niveau 3 ; complétez son audit.",
    "Points not assessed of the dedicated directory may bring it below level 3; complete its audit.",
)


RULE = Rule(
    id="backup.dedicated_directory_level",
    title=Text("Annuaire dédié aux sauvegardes sous le niveau 3", "Directory dedicated to backups below level 3"),
    message=Text(
        "L’annuaire dédié aux sauvegardes ({subject}) est au niveau ANSSI {level} au mieux (audit : {date}) ; 3 est "
        "attendu.",
        "The directory dedicated to backups ({subject}) is at ANSSI level {level} at best (audit: {date}); 3 is "
        "expected.",
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
    kind=Kind.COMPUTED,
)
