"""A log that does not say what was saved, where and with which result cannot be used the day it is needed.

PGSSI-S 7.4.2.6, six fields: device, scope, type, files, date, status. A field is kept when nine runs in ten fill it
(ours); runs still going on are left out. The device is the repository or the tool, the scope the job and its machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import history_of
from scanners.backup.jobs import JobRun
from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs

MIN_SHARE = 0.9

FIELDS: Mapping[str, Callable[[JobRun], bool]] = {
    "device": lambda run: bool(run.repository or run.tool),
    "scope": lambda run: bool(run.job or run.system),
    "type": lambda run: bool(run.level),
    "files": lambda run: run.files is not None,
    "date": lambda run: run.start is not None,
    "status": lambda run: bool(run.said),
}


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when its log lacks one of the six fields."""
    runs = [run for run in history_of(facts).runs if run.status != "running"]
    if not runs:
        raise NotAssessable(
            "L’historique apporté ne contient aucun passage terminé ; exportez au moins une semaine.",
            "The history brought holds no run that ended; export a week at least.",
        )
    lacking = [name for name, kept in FIELDS.items() if sum(map(kept, runs)) < MIN_SHARE * len(runs)]
    told = {"missing": ", ".join(lacking)}
    return judged(len(FIELDS), [Finding(facts.plan.establishment, told)] if lacking else [])


RULE = Rule(
    id="backup.journal_incomplete",
    title=Text("Journal des sauvegardes incomplet", "Backup log incomplete"),
    message=Text(
        "Le journal des sauvegardes de {subject} ne donne pas : {missing} (six champs attendus : dispositif, "
        "périmètre, type, fichiers, date, état).",
        "The backup log of {subject} does not give: {missing} (six fields expected: device, scope, type, files, date, "
        "status).",
    ),
    remediation=Text(
        "Ajoutez ces colonnes à l’export ou au rapport de l’outil, et gardez ce journal hors de la console.",
        "Add these columns to the export or the report of the tool, and keep this log outside the console.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:SAV-10", "pgssi-s:7.4.2.6"),
    check=check,
    reads=("jobs",),
    kind=Kind.COMPUTED,
)
