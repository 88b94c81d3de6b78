"""An attack is found months after it began: by then its first traces must still be there.

The texts disagree: ReCyF 20.5 three months, PGSSI-S 7.2.2.5 and NIS1 18.3 six months, ANSSI hygiene 36 and PSSI-MCAS
one year. The default, 365 days, is ours and satisfies all (`settings.log_retention_days`); PGSSI-S asks to justify more
than six months in writing.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import unanswered


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the figure misses its threshold."""
    told = facts.background.answers.log_retention_days
    if told is None:
        raise unanswered("log_retention_days")
    if told >= facts.background.settings.log_retention_days:
        return Verdict(1)
    return Verdict(
        1, (Finding(facts.place, {"days": told, "threshold": facts.background.settings.log_retention_days}),)
    )


RULE = Rule(
    id="workstations.log_retention",
    title=Text("Journaux gardés trop peu de temps", "Logs kept too short a time"),
    message=Text(
        "{subject} garde ses journaux {days} jours, pour {threshold} voulus.",
        "{subject} keeps its logs {days} days, where {threshold} are wanted.",
    ),
    remediation=Text(
        "Allongez la conservation des événements de sécurité, chiffrez-la en volume, et consignez la durée "
        "choisie avec sa justification.",
        "Extend the retention of security events, size its storage, and write down the duration chosen with its "
        "reason.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:DET-06", "anssi-hygiene:36", "pgssi-s:7.2.2.5", "nis1:18.3"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
