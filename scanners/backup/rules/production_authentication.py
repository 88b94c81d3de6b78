"""Whoever takes the production directory takes every console that trusts it, backups first.

CaRE D2.O3.A: the backup infrastructure authenticates apart (local accounts or a dedicated directory). Compared: the
authentication domain of each copy and the production domain, both as declared.
"""

from __future__ import annotations

from scanners.backup.declared import unanswered
from scanners.backup.facts import BackupFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Copies whose console is opened by the production directory."""
    production = facts.plan.production_domain.casefold()
    copies = [(f"{system.name} / {copy.name}", copy) for system in facts.plan.systems for copy in system.copies]
    told = [(name, copy) for name, copy in copies if copy.authentication]
    if not production or not told:
        raise unanswered("production_domain, systems[].copies[].authentication")
    found = [
        Finding(name, {"domain": copy.authentication})
        for name, copy in told
        if copy.authentication.casefold() == production
    ]
    if not found and len(told) < len(copies):
        raise unanswered("systems[].copies[].authentication")
    return judged(len(told), found)


RULE = Rule(
    id="backup.production_authentication",
    title=Text("Sauvegardes ouvertes par l’annuaire de production", "Backups opened by the production directory"),
    message=Text(
        "L’infrastructure de la copie {subject} s’authentifie sur l’annuaire de production ({domain}).",
        "The infrastructure of copy {subject} authenticates on the production directory ({domain}).",
    ),
    remediation=Text(
        "Sortez serveurs et console de sauvegarde du domaine de production : comptes locaux nominatifs avec "
        "second facteur, ou annuaire dédié de niveau ANSSI 3 au moins ; gardez un accès de secours sous enveloppe "
        "pendant la bascule.",
        "Take backup servers and console out of the production domain: named local accounts with a second factor, "
        "or a dedicated directory of ANSSI level 3 at least; keep a sealed emergency access during the switch.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-18", "care-d2:O3.A", "attack:T1490"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
