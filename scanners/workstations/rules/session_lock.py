"""An open session on a ward is anyone's session.

Automatic lock after 30 minutes of inactivity at most (PGSSI-S 4.5.2.3). Group policies are judged when they were read:
the machine inactivity limit of each unit, or else a screen saver that locks, which follows people and not machines.
Windows does not lock by itself: no policy is no lock. What people declare (0: never) is used when policies were not
read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from scanners.exchange import PolicyReach
from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import unanswered
from scanners.workstations.policies import (
    Evidence,
    by_unit,
    measured_by_policies,
    need_no_loopback,
    need_policies,
    number,
    share_of_people,
    value_of,
)

MAX_MINUTES = 30


def check(facts: WorkstationFacts) -> Verdict:
    """Units that no policy locks in time; the establishment, when only people's answer is known."""
    if measured_by_policies(facts):
        policies = need_policies(facts)
        people = cache(lambda: share_of_people(policies, _saver_locks))  # asked for each unit that no policy locks
        return by_unit(facts, lambda reach: _of_unit(reach, people))
    return _declared(facts)


def _of_unit(reach: PolicyReach, share: Callable[[], tuple[int, int, int]]) -> Evidence | None:
    value, policy = value_of(reach, "lock_seconds", _in_time)
    if _in_time(value):
        return None
    served, refused, people = share()
    if served:
        need_no_loopback(reach)
    if people and served == people:
        return None
    if refused < people:
        raise NotAssessable(
            f"Un écran de veille verrouille pour {served} personnes sur {people} : rien ne dit qui travaille sur les "
            f"postes de {reach.unit} ; réglez la limite d’inactivité des machines, qui vaut pour tous.",
            f"A screen saver locks for {served} people out of {people}: nothing tells who works on the workstations of "
            f"{reach.unit}; set the inactivity limit of machines, which holds for everybody.",
        )
    seconds = number(value)
    minutes = "" if seconds is None else round(seconds / 60, 1)
    return {"origin": "policy" if policy else "none", "minutes": minutes, "threshold": MAX_MINUTES, "policy": policy}


def _in_time(seconds: str | None) -> bool:
    return 0 < (number(seconds) or 0) <= 60 * MAX_MINUTES


def _saver_locks(reach: PolicyReach) -> bool | None:
    """Whether the screen saver of these people locks in time, None when a condition decides."""
    try:
        on, _ = value_of(reach, "screen_saver", lambda value: value == "1")
        locks, _ = value_of(reach, "screen_saver_locks", lambda value: value == "1")
        seconds, _ = value_of(reach, "screen_saver_seconds", _in_time)
    except NotAssessable:
        return None
    return on == "1" and locks == "1" and _in_time(seconds)


def _declared(facts: WorkstationFacts) -> Verdict:
    told = facts.background.answers.session_lock_minutes
    if told is None:
        raise unanswered("session_lock_minutes")
    if 0 < told <= MAX_MINUTES:
        return Verdict(1)
    evidence: Evidence = {"origin": "declared", "minutes": told, "threshold": MAX_MINUTES, "policy": "", "machines": ""}
    return Verdict(1, (Finding(facts.place, evidence),))


RULE = Rule(
    id="workstations.session_lock",
    title=Text("Verrouillage de session absent ou trop tardif", "Session lock missing or too late"),
    message=Text(
        "{subject} : {origin:none=aucune stratégie de groupe ne verrouille les sessions inactives|policy=une stratégie "
        "de groupe ne verrouille pas à temps|declared=le verrouillage déclaré vient trop tard} (délai : {minutes:=—} "
        "min, 0 pour jamais ; {threshold} min au plus ; postes : {machines:=—} ; stratégie : {policy:=—}).",
        "{subject}: {origin:none=no group policy locks idle sessions|policy=a group policy does not lock in time"
        "|declared=the declared lock comes too late} (delay: {minutes:=—} min, 0 for never; {threshold} min at most; "
        "workstations: {machines:=—}; policy: {policy:=—}).",
    ),
    remediation=Text(
        "Réglez « Limite d’inactivité de l’ordinateur » (1 800 s au plus) par stratégie de groupe sur l’unité des "
        "postes ; dans les services, associez le verrouillage à la carte pour que la reprise soit immédiate.",
        "Set “Machine inactivity limit” (1,800 s at most) by group policy on the unit of the workstations; on wards, "
        "tie the lock to the card so that coming back is immediate.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-13", "pgssi-s:4.5.2.3"),
    check=check,
    reads=("directory", "answers"),
    kind=Kind.COMPUTED,
)
