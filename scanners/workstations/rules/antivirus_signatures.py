"""Protection that is not updated daily misses what appeared since (PGSSI-S 4.5.3.3).

Machines whose signatures are older than one day (`settings.signature_days`), or late according to their console. For
the machines of which no console tells, the establishment's answer is taken: a declared yes never hides what a console
shows. Without an answer they stay in doubt.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.coverage import signatures
from scanners.workstations.facts import WorkstationFacts, day_text
from scanners.workstations.needs import said_yes, untold_unless_answered


def check(facts: WorkstationFacts) -> Verdict:
    """Machines whose signatures are late; the establishment, when nothing but its answer tells."""
    measure, answer = signatures(facts), facts.background.answers.antivirus_signatures
    if measure is None:
        return said_yes(facts, "antivirus_signatures", answer)
    machines = facts.machines
    known = measure.expected & ~measure.unknown
    verdict = judged(
        int(known.sum()),
        (
            Finding(machines.label(row), {"date": day_text(int(machines.signatures[row]))})
            for row in np.flatnonzero(known & ~measure.covered).tolist()
        ),
    )
    return untold_unless_answered(facts, verdict, measure.unknown, "signatures", "antivirus_signatures", answer)


RULE = Rule(
    id="workstations.antivirus_signatures",
    title=Text("Mises à jour antivirales non quotidiennes", "Malware signatures not updated daily"),
    message=Text(
        "{subject} : la protection contre les codes malveillants n’est pas mise à jour chaque jour (dernière mise à "
        "jour, ou réponse déclarée : {date}).",
        "{subject}: malware protection is not updated daily (last update, or declared answer: {date}).",
    ),
    remediation=Text(
        "Corrigez la diffusion depuis la console centrale et faites alerter sur les postes en retard de plus de "
        "24 heures.",
        "Fix distribution from the central console and alert on stations more than 24 hours late.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-08", "pgssi-s:4.5.3.3"),
    check=check,
    reads=("answers", "antivirus"),
    kind=Kind.COMPUTED,
)
