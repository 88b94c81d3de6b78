"""A domain administrator who logs on to an ordinary workstation leaves there what it takes to be one.

The right “Deny log on locally” as policies give it to each unit of workstations: it must name the administrators of the
domain. Windows lets them in: no policy is no denial. A policy that denies others only may deny a group that holds them:
nobody can tell.
"""

from __future__ import annotations

from scanners.exchange import PolicyReach
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.policies import Evidence, by_unit, value_of

NAMES = ("domain admins", "admins du domaine")


def check(facts: WorkstationFacts) -> Verdict:
    """Units where administrators of the domain may log on."""
    return by_unit(facts, _of_unit)


def _of_unit(reach: PolicyReach) -> Evidence | None:
    value, policy = value_of(reach, "deny_logon", _denied)
    if _denied(value):
        return None
    if value:
        raise NotAssessable(
            f"« {policy} » interdit à d’autres l’ouverture de session sur les postes de {reach.unit} ; vérifiez que "
            "ces groupes contiennent les administrateurs du domaine, ou nommez-les.",
            f"“{policy}” denies others to log on to the workstations of {reach.unit}; check that these groups hold the "
            "domain administrators, or name them.",
        )
    return {"setting": "SeDenyInteractiveLogonRight"}


def _denied(value: str | None) -> bool:
    """Whether the administrators of a domain are among those denied."""
    who = [one.strip().lower() for one in (value or "").split(";")]
    return any(
        (one.startswith("s-1-5-21-") and one.endswith("-512")) or one.rpartition("\\")[2] in NAMES for one in who
    )


RULE = Rule(
    id="workstations.administrators_on_workstations",
    title=Text("Administrateurs du domaine admis sur les postes", "Domain administrators let on workstations"),
    message=Text(
        "{subject} : aucune stratégie n’interdit aux administrateurs du domaine d’ouvrir une session sur ces "
        "{machines} postes ({setting}).",
        "{subject}: no policy forbids domain administrators to log on to these {machines} workstations ({setting}).",
    ),
    remediation=Text(
        "Donnez d’abord au support des comptes d’administration de postes, puis refusez « Interdire l’ouverture d’une "
        "session locale » et « …par les services Bureau à distance » à Admins du domaine dans une stratégie liée à "
        "cette unité, jamais à Domain Controllers.",
        "First give support its own accounts to administer workstations, then deny “Deny log on locally” and “…through "
        "Remote Desktop Services” to Domain Admins in a policy linked to this unit, never to Domain Controllers.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-20", "attack:T1078.002"),
    check=check,
    reads=("directory",),
)
