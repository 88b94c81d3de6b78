"""What a workstation does not record cannot be told after an intrusion: who logged on, what was run, what was changed.

Subcategories of the advanced audit policy as policies give them to each unit; the older categories count where no
advanced one is set. Success at least; failure too for logons. Our choice, from the ANSSI guide on Windows logs. Windows
records little by itself: no policy is a weakness.
"""

from __future__ import annotations

from scanners.exchange import PolicyReach
from scanners.model import Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.policies import Evidence, Good, by_unit, number, value_of

SUCCESS, BOTH = 1, 3
NEEDED = (
    ("Ouvrir la session", "Logon", "0cce9215", "auditlogonevents", BOTH),
    ("Ouverture de session spéciale", "Special Logon", "0cce921b", "auditlogonevents", SUCCESS),
    ("Création du processus", "Process Creation", "0cce922b", "auditprocesstracking", SUCCESS),
    ("Gestion des comptes d’utilisateur", "User Account Management", "0cce9235", "auditaccountmanage", SUCCESS),
    ("Gestion des groupes de sécurité", "Security Group Management", "0cce9237", "auditaccountmanage", SUCCESS),
    ("Modification de la stratégie d’audit", "Audit Policy Change", "0cce922f", "auditpolicychange", SUCCESS),
)
"""Subcategory in the words of auditpol, French then English; beginning of its GUID, older category, what to record."""


def check(facts: WorkstationFacts) -> Verdict:
    """Units whose workstations do not record what is needed."""
    return by_unit(facts, _of_unit)


def _of_unit(reach: PolicyReach) -> Evidence | None:
    advanced = any(one.name.startswith("audit_") for one in reach.settings)
    missing = [(one[0], one[1]) for one in NEEDED if not _recorded(reach, advanced, *one[2:])]
    if not missing:
        return None
    return {"missing_fr": " ; ".join(one[0] for one in missing), "missing": "; ".join(one[1] for one in missing)}


def _recorded(reach: PolicyReach, advanced: bool, guid: str, category: str, wanted: int) -> bool:
    good = _has(wanted)
    value, _ = value_of(reach, f"audit_{guid}" if advanced else f"event_{category}", good)
    return good(value)


def _has(wanted: int) -> Good:
    return lambda value: (number(value) or 0) & wanted == wanted


RULE = Rule(
    id="workstations.workstation_audit",
    title=Text("Journalisation des postes insuffisante", "Logging of workstations too weak"),
    message=Text(
        "{subject} : {machines} postes n’enregistrent pas, faute de stratégie : {missing_fr}.",
        "{subject}: {machines} workstations do not record, for lack of a policy: {missing}.",
    ),
    remediation=Text(
        "Stratégie liée à cette unité : Paramètres de sécurité, Configuration avancée de la stratégie d’audit, activez "
        "les sous-catégories citées ; portez le journal Sécurité à 1 Go et collectez-le (transfert d’événements).",
        "Policy linked to this unit: Security Settings, Advanced Audit Policy Configuration, enable the subcategories "
        "named; raise the Security log to 1 GB and collect it (event forwarding).",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:DET-01", "attack:T1562.002"),
    check=check,
    reads=("directory",),
)
