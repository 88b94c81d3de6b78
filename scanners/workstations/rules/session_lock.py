"""An open session on a ward is anyone's session.

Automatic lock after 30 minutes of inactivity at most (PGSSI-S 4.5.2.3). 0 means that stations do not lock.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import unanswered

MAX_MINUTES = 30


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the figure misses its threshold."""
    told = facts.background.answers.session_lock_minutes
    if told is None:
        raise unanswered("session_lock_minutes")
    if 0 < told <= MAX_MINUTES:
        return Verdict(1)
    return Verdict(1, (Finding(facts.place, {"minutes": told, "threshold": MAX_MINUTES}),))


RULE = Rule(
    id="workstations.session_lock",
    title=Text("Verrouillage de session trop tardif", "Session lock too late"),
    message=Text(
        "Les sessions de {subject} se verrouillent après {minutes} min (0 : jamais), pour {threshold} min au plus.",
        "Sessions of {subject} lock after {minutes} min (0: never), for {threshold} min at most.",
    ),
    remediation=Text(
        "Réglez le verrouillage par stratégie de groupe ; dans les services, associez-le à la carte pour que la "
        "reprise soit immédiate.",
        "Set the lock by group policy; on wards, tie it to the card so that coming back is immediate.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-13", "pgssi-s:4.5.2.3"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
