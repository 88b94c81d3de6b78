"""A drive that starts by itself runs what an attacker left on it.

`NoDriveTypeAutoRun` as policies give it to each unit, or to every person of the domain: removable drives (4) and discs
(32) at least; 255, every drive, is what we advise. Where no policy says, nobody can tell: versions of Windows differ.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from scanners.exchange import PolicyReach
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.policies import (
    Evidence,
    by_unit,
    need_no_loopback,
    need_policies,
    number,
    share_of_people,
    unset,
    value_of,
)

REMOVABLE, DISCS = 4, 32


def check(facts: WorkstationFacts) -> Verdict:
    """Units of which a policy lets removable drives start by themselves."""
    policies = need_policies(facts)
    people = cache(lambda: share_of_people(policies, _off_for_people))  # asked for each unit that no policy tells of
    return by_unit(facts, lambda reach: _of_unit(reach, people))


def _of_unit(reach: PolicyReach, share: Callable[[], tuple[int, int, int]]) -> Evidence | None:
    value, policy = value_of(reach, "autorun_drives", _off)
    if _off(value):
        return None
    if value is not None:
        return {"policy": policy, "setting": f"NoDriveTypeAutoRun = {value}"}
    served, _, people = share()
    if served:
        need_no_loopback(reach)
    if people and served == people:
        return None
    raise unset(reach, "l’exécution automatique", "AutoRun")


def _off(value: str | None) -> bool:
    return (number(value) or 0) & (REMOVABLE | DISCS) == REMOVABLE | DISCS


def _off_for_people(reach: PolicyReach) -> bool | None:
    try:
        return _off(value_of(reach, "autorun_drives", _off)[0])
    except NotAssessable:
        return None


RULE = Rule(
    id="workstations.autorun",
    title=Text("Exécution automatique des supports amovibles", "AutoRun of removable media"),
    message=Text(
        "{subject} : la stratégie « {policy} » laisse des supports amovibles s’exécuter seuls ({setting}, {machines} "
        "postes).",
        "{subject}: the policy “{policy}” lets removable media start by themselves ({setting}, {machines} "
        "workstations).",
    ),
    remediation=Text(
        "Configuration ordinateur, Modèles d’administration, Composants Windows, Stratégies d’exécution automatique : "
        "« Désactiver l’exécution automatique » pour tous les lecteurs. Prévenez l’imagerie : les CD s’ouvrent alors à "
        "la main.",
        "Computer Configuration, Administrative Templates, Windows Components, AutoPlay Policies: “Turn off Autoplay” "
        "on all drives. Warn imaging: discs are then opened by hand.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-16", "anssi-hygiene:15", "attack:T1091"),
    check=check,
    reads=("directory",),
)
