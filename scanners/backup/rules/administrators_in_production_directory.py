"""A backup administrator who is an account of the production directory falls with it, and the backups fall next.

Declared backup administrators found in the audited production directory: by SID where the plan gives one (enabled
accounts and groups), else by name among the enabled accounts (an unqualified name that exists there is reported: two
accounts of one name are at best a shared password waiting).
"""

from __future__ import annotations

from scanners.backup.declared import unanswered
from scanners.backup.facts import BackupFacts
from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Backup administrators that exist in the production directory."""
    if not facts.plan.administrators:
        raise unanswered("administrators")
    if facts.directory is None:
        raise NotAssessable(
            "L’annuaire de production n’a pas été fourni ; joignez les faits d’un audit « ad » à cet audit.",
            "The production directory was not given; attach the facts of an “ad” audit to this one.",
        )
    directory = facts.directory
    return judged(
        len(facts.plan.administrators),
        (Finding(f"{directory.netbios}\\{name}", {"domain": directory.domain}) for name in directory.administrators),
    )


RULE = Rule(
    id="backup.administrators_in_production_directory",
    title=Text(
        "Administrateur des sauvegardes dans l’annuaire de production",
        "Backup administrator in the production directory",
    ),
    message=Text(
        "{subject} administre les sauvegardes et existe dans l’annuaire de production {domain}.",
        "{subject} administers backups and exists in the production directory {domain}.",
    ),
    remediation=Text(
        "Donnez à cette personne un compte propre à la sauvegarde, hors de l’annuaire de production, avec second "
        "facteur ; retirez ensuite à l’ancien compte tout droit sur la console et les dépôts.",
        "Give this person an account of the backup infrastructure alone, outside the production directory, with a "
        "second factor; then remove every right of the old one on console and repositories.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-rules:SAV-18", "care-d2:O3.A", "attack:T1490", "attack:T1078.002"),
    check=check,
    reads=("plan", "directory"),
    kind=Kind.COMPUTED,
)
