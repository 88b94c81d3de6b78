"""What controllers do not record cannot be found again after an intrusion.

Subcategories of the advanced audit policy that detection needs; the nine old categories count where no advanced
setting applies. Success at least; failure too for logons and Kerberos. Our choice, from the ANSSI guide on Windows
logs.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import (
    Link,
    applied_to,
    conditional_on,
    each_controller,
    policies_read,
    strongest,
)
from scanners.ad.sysvol import Source
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs

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

    def judge(row: int) -> Iterator[Finding]:
        chain = applied_to(facts, row)
        names = _missing(facts, chain)
        if names != _missing(facts, tuple(link for link in chain if not link.conditional)):
            raise conditional_on(facts.subject(row))
        if names:
            policies_read(facts)  # what was not read may set it
            told = {"missing_fr": " ; ".join(names), "missing": "; ".join(names.values())}
            yield Finding(facts.subject(row), facts.evidence(row, **told))

    return each_controller(facts, judge)


def _missing(facts: DirectoryFacts, chain: tuple[Link, ...]) -> dict[str, str]:
    """French and English names of what these policies do not have recorded."""
    advanced = {guid: strongest(facts, chain, Source.AUDIT, f"{guid}{_TAIL}") for _, _, guid, _, _ in NEEDED}
    old = not any(advanced.values())
    missing = {}
    for french, english, guid, category, wanted in NEEDED:
        value = strongest(facts, chain, Source.EVENT_AUDIT, category) if old else advanced[guid]
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
