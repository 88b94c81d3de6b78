"""A good backup that takes three days to come back does not keep a DMARD of eight hours.

Full restore time = declared volume / throughput of the sampled restore, on the fastest readable copy. Assumption,
written with the finding: the throughput of the sample holds for the whole volume, on this machine. Samples too small
to tell are not used (`throughput.MIN_SAMPLE_BYTES`).
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts, System
from scanners.backup.telling import judged_save
from scanners.backup.throughput import MIN_SAMPLE_BYTES, hours_for
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs

_UNTOLD = Text(
    "Durée de restauration inconnue : {names}. Il faut dans le plan un volume, une DMARD et une copie dans un dépôt "
    "dont CaRE a restauré assez (8 Mio).",
    "Restore time not known: {names}. It takes a volume, a DMARD and a copy in the plan, in a repository that CaRE "
    "restored enough from (8 MiB).",
)


def check(facts: BackupFacts) -> Verdict:
    """Systems whose extrapolated restore takes longer than their DMARD."""
    found: list[Finding] = []
    untold: list[str] = []
    for system in facts.plan.systems:
        speed = _bytes_per_second(facts, system)
        if speed is None or system.data_gb is None or system.dmard_hours is None:
            untold.append(system.name)
            continue
        hours = hours_for(system.data_gb * 1e9, speed, 1.0)
        if hours > system.dmard_hours:
            evidence = {"hours": round(hours, 1), "dmard_hours": system.dmard_hours, "data_gb": system.data_gb}
            found.append(Finding(system.name, {**evidence, "mb_per_second": round(speed / 1e6, 1)}))
    return judged_save(len(facts.plan.systems), found, untold, _UNTOLD)


def _bytes_per_second(facts: BackupFacts, system: System) -> float | None:
    samples = (one.restore for copy in system.copies if (one := facts.repository(copy.repository)) is not None)
    speeds = [
        sample.size / sample.seconds
        for sample in samples
        if sample is not None and sample.good and sample.size >= MIN_SAMPLE_BYTES and sample.seconds > 0
    ]
    return max(speeds, default=None)


RULE = Rule(
    id="backup.restore_estimate_over_dmard",
    title=Text("Restauration estimée plus longue que la DMARD", "Estimated restore longer than the DMARD"),
    message=Text(
        "Restaurer les {data_gb} Go de {subject} au débit mesuré ({mb_per_second} Mo/s, supposé constant) "
        "prendrait {hours} h, pour une DMARD de {dmard_hours} h.",
        "Restoring the {data_gb} GB of {subject} at the measured throughput ({mb_per_second} MB/s, assumed "
        "constant) would take {hours} h, for a DMARD of {dmard_hours} h.",
    ),
    remediation=Text(
        "Mesurez une restauration complète pour confirmer ; puis restaurez par priorité (données vives d’abord), "
        "rapprochez une copie rapide de la production, ou révisez la DMARD avec les soignants.",
        "Time a full restore to confirm; then restore by priority (live data first), keep a fast copy close to "
        "production, or revise the DMARD with the care staff.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-29", "pgssi-s:7.4.1.1"),
    check=check,
    reads=("plan", "repositories", "restore"),
    kind=Kind.COMPUTED,
)
