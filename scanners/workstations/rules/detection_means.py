"""Each means sees what the others miss.

PGSSI-S 7.3.2.4 recommends a central antivirus console, integrity control, log analysis, network intrusion detection and
the backup console.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import DETECTION_MEANS, WorkstationFacts
from scanners.workstations.needs import unanswered


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, with what is missing."""
    told = facts.background.answers.detection_means
    if told is None:
        raise unanswered("detection_means")
    missing = [one for one in DETECTION_MEANS if one not in told]
    if not missing:
        return Verdict(len(DETECTION_MEANS))
    return Verdict(
        len(DETECTION_MEANS), (Finding(facts.place, {"missing": ", ".join(missing), "count": len(missing)}),)
    )


RULE = Rule(
    id="workstations.detection_means",
    title=Text("Moyens de détection manquants", "Missing means of detection"),
    message=Text(
        "{subject} n’a pas {count} des cinq moyens de détection recommandés : {missing}.",
        "{subject} lacks {count} of the five recommended means of detection: {missing}.",
    ),
    remediation=Text(
        "Complétez par ordre de gain : analyse des journaux, console de sauvegarde, contrôle d’intégrité des "
        "serveurs, sonde réseau.",
        "Complete in order of gain: log analysis, backup console, integrity control of servers, network probe.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:DET-09", "pgssi-s:7.3.2.4"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
