"""A job that belongs to no system of the plan is either a system nobody wrote down, or a name nobody tied.

Jobs of the history that are matched with no system: by the plan's own table (`jobs`), the names of systems, or the
machines of copies. They are counted together, so that a large fleet is one thing to settle.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import Names, history_of
from scanners.model import Finding, Kind, Rule, Scalar, Severity, Text, Verdict, judged, refs

SHOWN = 30
"""Names told in the finding; the number counts all."""


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when jobs are tied to no system."""
    history, names = history_of(facts), Names(facts)
    systems = {run.name: names.systems_of(run) for run in history.runs}
    loose = sorted(name for name, served in systems.items() if served is None)
    if not loose:
        return Verdict(len(systems))
    told: dict[str, Scalar] = {"count": len(loose), "names": ", ".join(loose[:SHOWN])}
    return judged(len(systems), [Finding(facts.plan.establishment, told)])


RULE = Rule(
    id="backup.job_without_system",
    title=Text("Travaux qui ne sont d’aucun système du plan", "Jobs of no system of the plan"),
    message=Text(
        "{subject} a {count} travail(travaux) de sauvegarde qu’aucun système du plan ne reconnaît : {names}.",
        "{subject} has {count} backup job(s) that no system of the plan recognises: {names}.",
    ),
    remediation=Text(
        "Pour chacun : ajoutez le système au plan, dites lequel c’est (machine de la copie, ou « jobs » du plan, où un "
        "motif avec « * » en prend plusieurs), ou notez-y qu’il ne concerne aucun système.",
        "For each: add the system to the plan, tell which it is (machine of the copy, or “jobs” of the plan, where a "
        "pattern with “*” takes several), or note there that it concerns no system.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:SAV-07", "care-rules:SAV-03", "pgssi-s:7.4.1.6"),
    check=check,
    reads=("plan", "jobs"),
    kind=Kind.COMPUTED,
)
