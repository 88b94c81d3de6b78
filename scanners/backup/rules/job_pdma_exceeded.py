"""A copy that CaRE cannot open still tells by its job history when it last worked.

For systems that no repository settles: hours between the start of the newest run that succeeded and the moment the list
speaks up to, against the system's own PDMA (PGSSI-S 7.4.1.1). A run dates what it saves by its start. Of several jobs
the worst counts, for each may save a part; a job whose own rhythm is rarer than the PDMA was made for something else.
A run that ended with warnings is no success and leaves a doubt. When the list is too old, or too short, to tell whether
the PDMA holds today, the system is not judged.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts, System
from scanners.backup.fresh import Fresh, Told
from scanners.backup.histories import history_of
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

_DOUBT = Text(
    "La fraîcheur de certains systèmes ne peut pas être dite : liste trop ancienne ou trop courte pour leur PDMA, "
    "travail terminé avec des avertissements, ou PDMA absente du plan. Apportez une liste du jour, d’un mois si "
    "possible, et ouvrez les avertissements.",
    "The freshness of some systems cannot be told: list too old or too short for their PDMA, run that ended with "
    "warnings, or no PDMA in the plan. Bring a list of today, of a month if you can, and open the warnings.",
)


def check(facts: BackupFacts) -> Verdict:
    """Systems one of whose jobs succeeded longer ago than their PDMA."""
    history_of(facts)
    fresh = Fresh(facts)
    late, unjudged, population = [], [], 0
    for system in facts.plan.systems:
        one = fresh.last_good(system)
        if one.by != "job" or one.told is None:
            continue
        population += 1
        if one.held == "exceeded":
            late.append(_finding(system, one.told))
        elif one.held != "kept":
            unjudged.append(system.name)
    return judged(population, late, unjudged, _DOUBT if unjudged else None)


def _finding(system: System, told: Told) -> Finding:
    newest = told.at.isoformat() if told.at else "—"
    age = round((told.until - told.at).total_seconds() / 3600, 1) if told.at else "—"
    return Finding(system.name, {"job": told.job, "age_hours": age, "pdma_hours": system.pdma_hours, "newest": newest})


RULE = Rule(
    id="backup.job_pdma_exceeded",
    title=Text("PDMA dépassée d’après les travaux", "PDMA exceeded according to job history"),
    message=Text(
        "La dernière réussite du travail {job}, qui sauvegarde {subject}, a {age_hours} h, pour une PDMA de "
        "{pdma_hours} h.",
        "The newest success of job {job}, which backs up {subject}, is {age_hours} h old, for a PDMA of {pdma_hours} "
        "h.",
    ),
    remediation=Text(
        "Ouvrez le journal du travail dans l’outil, corrigez sa cause, relancez-le, puis vérifiez par une restauration "
        "d’essai. S’il n’existe plus ou ne concerne pas ce système, dites-le au plan (« jobs »).",
        "Open the log of the job in the tool, fix its cause, run it again, then prove it by a trial restore. If it no "
        "longer exists or is not of this system, tell the plan (“jobs”).",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-rules:SAV-05", "pgssi-s:7.4.1.1", "pgssi-s:7.4.2.2"),
    check=check,
    reads=("plan", "jobs", "job_results"),
    kind=Kind.COMPUTED,
)
