"""A backup that takes three days to come back does not keep a DMARD of eight hours.

Time to restore the whole point = size of its files / rate of the drill. Assumption, written with the finding: the rate
of the drill holds for the whole point, on this machine and its disk. Drills too small to tell are not used
(`throughput.MIN_SAMPLE_BYTES`).
"""

from __future__ import annotations

from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.restore.facts import RestoreFacts


def check(facts: RestoreFacts) -> Verdict:
    """The system, when all of it would take longer than its DMARD."""
    hours = facts.drill.full_hours if facts.drill else None
    dmard = facts.asked.dmard_hours
    if facts.drill is None or hours is None or dmard is None:
        raise NotAssessable(
            "Il faut un essai réussi d’au moins 8 Mio et la DMARD du système : nommez le système, complétez le plan ou "
            "restaurez plus de fichiers.",
            "It takes a successful drill of at least 8 MiB and the DMARD of the system: name the system, complete the "
            "plan or restore more files.",
        )
    sample = facts.drill.sample
    evidence = {
        "hours": round(hours, 2),
        "dmard_hours": dmard,
        "data_gb": round(facts.drill.listed_size / 1e9, 2),
        "mb_per_second": round(sample.size / sample.seconds / 1e6, 1),
    }
    return judged(1, (Finding(facts.asked.subject, evidence),) if hours > dmard else ())


RULE = Rule(
    id="restore.full_restore_over_dmard",
    title=Text("Restauration extrapolée plus longue que la DMARD", "Extrapolated restore longer than the DMARD"),
    message=Text(
        "Au débit de l’essai ({mb_per_second} Mo/s, supposé constant), restaurer les {data_gb} Go du point de "
        "{subject} "
        "prendrait {hours} h, pour une DMARD de {dmard_hours} h.",
        "At the rate of the drill ({mb_per_second} MB/s, assumed constant), restoring the {data_gb} GB of the point of "
        "{subject} would take {hours} h, for a DMARD of {dmard_hours} h.",
    ),
    remediation=Text(
        "Confirmez par une restauration complète chronométrée ; puis restaurez par priorité (données vives d’abord), "
        "rapprochez une copie rapide de la production, ou révisez la DMARD avec les soignants.",
        "Confirm with a timed full restore; then restore by priority (live data first), keep a fast copy close to "
        "production, or revise the DMARD with the care staff.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-29", "pgssi-s:7.4.1.1"),
    check=check,
    reads=("drill",),
    kind=Kind.COMPUTED,
)
