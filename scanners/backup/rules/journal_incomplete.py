"""A log that does not say what was saved, where and with which result cannot be used the day it is needed.

PGSSI-S 7.4.2.6, six fields: device, scope, type, files, date, status. A field is kept when nine runs in ten of each
list fill it (ours); runs still going on are left out. The device is the repository or the tool, the scope the job and
its machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

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
    history = history_of(facts)
    by_list = defaultdict(list)
    for run in history.runs:
        if run.status != "running":
            by_list[history.list_of(run).name].append(run)
    if not by_list:
        raise NotAssessable(
            "L’historique apporté ne contient aucun passage terminé ; exportez au moins une semaine.",
            "The history brought holds no run that ended; export a week at least.",
        )
    lacking = {name: tuple(_lacking(runs)) for name, runs in by_list.items()}
    wrong = [name for name, fields in lacking.items() if fields]
    missing = [field for field in FIELDS if any(field in fields for fields in lacking.values())]
    told = {"missing": ", ".join(missing), "list": ", ".join(wrong)}
    return judged(len(FIELDS), [Finding(facts.plan.establishment, told)] if wrong else [])


def _lacking(runs: list[JobRun]) -> Iterator[str]:
    """The fields that too few runs of one list give."""
    return (name for name, kept in FIELDS.items() if sum(map(kept, runs)) < MIN_SHARE * len(runs))


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
