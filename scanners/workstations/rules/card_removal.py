"""Whoever takes his card away leaves: his session must not stay open behind him.

The policy “Smart card removal behavior” of each unit: lock, log off, or disconnect (1 to 3; PGSSI-S 4.5.2.2). 0 does
nothing. Where no policy says, nobody can tell: Windows does nothing, but other products may.
"""

from __future__ import annotations

from scanners.exchange import PolicyReach
from scanners.model import Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.policies import Evidence, by_unit, unset, value_of

ACTS = ("1", "2", "3")


def check(facts: WorkstationFacts) -> Verdict:
    """Units of which a policy leaves the session open."""
    return by_unit(facts, _of_unit)


def _of_unit(reach: PolicyReach) -> Evidence | None:
    value, policy = value_of(reach, "card_removal", lambda one: one in ACTS)
    if value in ACTS:
        return None
    if value is None:
        raise unset(reach, "le retrait de la carte à puce", "the removal of the smart card")
    return {"policy": policy, "setting": f"ScRemoveOption = {value}"}


RULE = Rule(
    id="workstations.card_removal",
    title=Text("Retrait de la carte sans verrouillage", "Card removal does not lock"),
    message=Text(
        "{subject} : la stratégie « {policy} » laisse la session ouverte quand la carte est retirée ({setting}, "
        "{machines} postes).",
        "{subject}: the policy “{policy}” leaves the session open when the card is removed ({setting}, {machines} "
        "workstations).",
    ),
    remediation=Text(
        "Réglez « Ouverture de session interactive : comportement lorsque la carte à puce est retirée » sur « "
        "Verrouiller la station de travail » et le service « Stratégie de retrait de la carte à puce » sur "
        "automatique, avec le cadre du service.",
        "Set “Interactive logon: Smart card removal behavior” to “Lock Workstation” and the service “Smart Card "
        "Removal Policy” to automatic, together with the head nurse.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-14", "pgssi-s:4.5.2.2"),
    check=check,
    reads=("directory",),
)
