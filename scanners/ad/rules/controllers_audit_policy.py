"""What controllers do not record cannot be found again after an intrusion.

Subcategories of the advanced audit policy that detection needs; the nine old categories count where no advanced
setting applies. Success at least; failure too for logons and Kerberos. Our choice, from the ANSSI guide on Windows
logs.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import applied_to, controllers, winner
from scanners.ad.sysvol import Source
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

SUCCESS, BOTH = 1, 3
_TAIL = "-69ae-11d9-bed3-505054503030"
NEEDED = (
    ("Validation des informations d’identification", "Credential Validation", "0cce923f", "AuditAccountLogon", BOTH),
    ("Service d’authentification Kerberos", "Kerberos Authentication Service", "0cce9242", "AuditAccountLogon", BOTH),
    (
        "Opérations de ticket du service Kerberos",
        "Kerberos Service Ticket Operations",
        "0cce9240",
        "AuditAccountLogon",
        BOTH,
    ),
    ("Gestion des comptes d’ordinateur", "Computer Account Management", "0cce9236", "AuditAccountManage", SUCCESS),
    ("Gestion des groupes de sécurité", "Security Group Management", "0cce9237", "AuditAccountManage", SUCCESS),
    ("Gestion des comptes d’utilisateur", "User Account Management", "0cce9235", "AuditAccountManage", SUCCESS),
    ("Création du processus", "Process Creation", "0cce922b", "AuditProcessTracking", SUCCESS),
    ("Modification du service d’annuaire", "Directory Service Changes", "0cce923c", "AuditDSAccess", SUCCESS),
    ("Ouvrir la session", "Logon", "0cce9215", "AuditLogonEvents", BOTH),
    ("Ouverture de session spéciale", "Special Logon", "0cce921b", "AuditLogonEvents", SUCCESS),
    ("Modification de la stratégie d’audit", "Audit Policy Change", "0cce922f", "AuditPolicyChange", SUCCESS),
    ("Extension système de sécurité", "Security System Extension", "0cce9211", "AuditSystemEvents", SUCCESS),
)
"""Subcategory in the words of auditpol, French then English; beginning of its GUID, old category that holds it, what is
to be recorded."""


def check(facts: DirectoryFacts) -> Verdict:
    """What wins on each controller."""
    rows = controllers(facts)
    told = ((row, _missing(facts, row)) for row in rows)
    findings = (
        Finding(
            facts.subject(row), facts.evidence(row, missing_fr=" ; ".join(names), missing="; ".join(names.values()))
        )
        for row, names in told
        if names
    )
    return judged(len(rows), findings)


def _missing(facts: DirectoryFacts, row: int) -> dict[str, str]:
    """French and English names of what is not recorded."""
    chain = tuple(link for link in applied_to(facts, row) if not link.conditional)
    advanced = {guid: winner(facts, chain, Source.AUDIT, f"{guid}{_TAIL}")[0] for _, _, guid, _, _ in NEEDED}
    old = not any(advanced.values())
    missing = {}
    for french, english, guid, category, wanted in NEEDED:
        value = winner(facts, chain, Source.EVENT_AUDIT, category)[0] if old else advanced[guid]
        if not (value or "0").isdigit() or int(value or 0) & wanted != wanted:
            missing[french] = english
    return missing


RULE = Rule(
    id="ad.controllers_audit_policy",
    title=Text(
        "Audit des contrôleurs insuffisant",
        "Auditing of the controllers too weak",
    ),
    message=Text(
        "{subject} n’enregistre pas : {missing_fr}.",
        "{subject} does not record: {missing}.",
    ),
    remediation=Text(
        "Stratégie liée à Domain Controllers : Paramètres de sécurité, Configuration avancée de la "
        "stratégie d’audit, activez les sous-catégories citées (succès et, pour les ouvertures de "
        "session et Kerberos, échecs), ainsi que « Forcer les paramètres de sous-catégorie ». Portez "
        "le journal Sécurité à 4 Go et collectez-le hors du contrôleur. Vérifiez : auditpol /get "
        "/category:*. Retour : Restore-GPO.",
        "Policy linked to Domain Controllers: Security Settings, Advanced Audit Policy Configuration,"
        " enable the subcategories named (success and, for logons and Kerberos, failure) and “Force "
        "audit policy subcategory settings”. Raise the Security log to 4 GB and collect it outside of"
        " the controller. Check: auditpol /get /category:*. To go back: Restore-GPO.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:A-AuditDC", "attack:T1562.002"),
    check=check,
    reads=("domain", "sysvol"),
)
