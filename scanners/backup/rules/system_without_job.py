"""A system that the plan says is saved, and that no job of the tool names, is saved on paper.

Systems whose copies are in no repository that CaRE opens, and that no job of the history serves.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import history_of, runs_by_system, unread
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Systems of the plan that are in no job."""
    history = history_of(facts)
    served, lists = runs_by_system(facts, history), ", ".join(one.name for one in history.lists)
    asked = [system for system in facts.plan.systems if unread(system)]
    return judged(
        len(asked),
        (
            Finding(system.name, {"copies": len(system.copies), "list": lists})
            for system in asked
            if system.name not in served
        ),
    )


RULE = Rule(
    id="backup.system_without_job",
    title=Text("Système du plan dans aucun travail", "System of the plan in no job"),
    message=Text(
        "Le plan donne {copies} copie(s) de {subject}, mais aucun travail de l’historique ne le sauvegarde.",
        "The plan gives {copies} copies of {subject}, but no job of the history backs it up.",
    ),
    remediation=Text(
        "Cherchez le travail qui le sauvegarde : s’il porte un autre nom, dites-le au plan (« jobs ») ; s’il n’existe "
        "pas, créez-le aujourd’hui.",
        "Look for the job that backs it up: if it bears another name, tell the plan (“jobs”); if there is none, make "
        "it today.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-03", "care-rules:SAV-07", "pgssi-s:7.4.1.2"),
    check=check,
    reads=("plan", "jobs"),
    kind=Kind.COMPUTED,
)
