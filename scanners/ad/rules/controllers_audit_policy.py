"""What controllers do not record cannot be found again after an intrusion.

Subcategories of the advanced audit policy that detection needs; the nine old categories count where no advanced
setting applies. Success at least; failure too for logons and Kerberos. Our choice, from the ANSSI guide on Windows
logs.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.group_policies import applied_to, controllers, winner
from scanners.ad.sysvol import Source
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

SUCCESS, BOTH = 1, 3
_TAIL = "-69ae-11d9-bed3-505054503030"
NEEDED = (
    ("Credential Validation", "0cce923f", "AuditAccountLogon", BOTH),
    ("Kerberos Authentication Service", "0cce9242", "AuditAccountLogon", BOTH),
    ("Kerberos Service Ticket Operations", "0cce9240", "AuditAccountLogon", BOTH),
    ("Computer Account Management", "0cce9236", "AuditAccountManage", SUCCESS),
    ("Security Group Management", "0cce9237", "AuditAccountManage", SUCCESS),
    ("User Account Management", "0cce9235", "AuditAccountManage", SUCCESS),
    ("Process Creation", "0cce922b", "AuditProcessTracking", SUCCESS),
    ("Directory Service Changes", "0cce923c", "AuditDSAccess", SUCCESS),
    ("Logon", "0cce9215", "AuditLogonEvents", BOTH),
    ("Special Logon", "0cce921b", "AuditLogonEvents", SUCCESS),
    ("Audit Policy Change", "0cce922f", "AuditPolicyChange", SUCCESS),
    ("Security System Extension", "0cce9211", "AuditSystemEvents", SUCCESS),
)
"""Subcategory, beginning of its GUID, old category that holds it, what is to be recorded."""


def check(facts: DirectoryFacts) -> Verdict:
    """What wins on each controller."""
    rows = controllers(facts)
    told = ((row, "; ".join(_missing(facts, row))) for row in rows)
    findings = (Finding(facts.subject(row), facts.evidence(row, missing=names)) for row, names in told if names)
    return judged(len(rows), findings)


def _missing(facts: DirectoryFacts, row: int) -> list[str]:
    chain = tuple(link for link in applied_to(facts, row) if not link.conditional)
    advanced = {guid: winner(facts, chain, Source.AUDIT, f"{guid}{_TAIL}")[0] for _, guid, _, _ in NEEDED}
    old = not any(advanced.values())
    missing = []
    for name, guid, category, wanted in NEEDED:
        value = winner(facts, chain, Source.EVENT_AUDIT, category)[0] if old else advanced[guid]
        if not (value or "0").isdigit() or int(value or 0) & wanted != wanted:
            missing.append(name)
    return missing


RULE = Rule(
    id="ad.controllers_audit_policy",
    title=Text(
        "Audit des contrôleurs insuffisant",
        "Auditing of the controllers too weak",
    ),
    message=Text(
        "{subject} n’enregistre pas : {missing}.",
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
