"""Whoever takes the production directory takes every console that trusts it, backups first.

CaRE D2.O3.A: the backup infrastructure authenticates apart (local accounts or a dedicated directory). Compared: the
authentication domain of each copy and the names of the production directory, as declared and as its audit tells them.
Between `HOPITAL` and `hopital.test` nobody can tell without that audit: a doubt, never a pass.
"""

from __future__ import annotations

from scanners.backup.consoles import opening
from scanners.backup.declared import unanswered
from scanners.backup.facts import BackupFacts
from scanners.backup.telling import judged_save
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs

_UNTOLD = Text(
    "Rien ne dit si l’annuaire de production ouvre : {names}. Renseignez « authentication » dans le plan sous le même "
    "nom que « production_domain » (« local » pour des comptes propres), ou auditez l’annuaire de production.",
    "Nothing tells whether the production directory opens: {names}. Fill “authentication” in the plan under the same "
    "name as “production_domain” (“local” for accounts of its own), or audit the production directory.",
)


def check(facts: BackupFacts) -> Verdict:
    """Copies whose console is opened by the production directory."""
    copies = [
        (f"{system.name} / {copy.name}", copy, opening(facts, copy))
        for system in facts.plan.systems
        for copy in system.copies
    ]
    if not facts.plan.production_domain or all(by == "unsaid" for _name, _copy, by in copies):
        raise unanswered("production_domain, systems[].copies[].authentication")
    return judged_save(
        len(copies),
        (Finding(name, {"domain": copy.authentication}) for name, copy, by in copies if by == "production"),
        (name for name, _copy, by in copies if by in ("unsaid", "unsure")),
        _UNTOLD,
    )


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
