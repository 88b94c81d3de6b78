"""A lock of seven days on backups kept for a month protects a quarter of them: the rest can be erased by hand.

The days that the object lock imposes by itself (COMPLIANCE, as CaRE read them) against the retention asked of the copy,
else of its system. Equal is enough; SAV-12 asks for an immutable copy, that it hold as long as the retention is ours. A
copy said to be locked whose lock could not be read, or without a retention to compare with, is not judged.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts, Copy, System
from scanners.backup.standing import lock_too_short, protection_of, retention_asked
from scanners.backup.telling import judged_save
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs

_UNTOLD = Text(
    "Verrou non lu, ou conservation non dite : {names}. Donnez au compte de CaRE le droit de lire le verrou du dépôt, "
    "et renseignez « retention_days » dans le plan.",
    "Lock not read, or retention not told: {names}. Give the account of CaRE the right to read the lock of the "
    "repository, and fill “retention_days” in the plan.",
)


def check(facts: BackupFacts) -> Verdict:
    """Copies whose lock ends before their retention."""
    copies = [(system, copy) for system in facts.plan.systems for copy in system.copies if _locked(facts, copy)]
    return judged_save(
        len(copies),
        (
            Finding(_name(system, copy), {"days": protection.days, "retention_days": asked})
            for system, copy in copies
            if (protection := protection_of(facts, copy)) is not None
            and lock_too_short(protection, asked := retention_asked(system, copy))
        ),
        (
            _name(system, copy)
            for system, copy in copies
            if protection_of(facts, copy) is None or retention_asked(system, copy) is None
        ),
        _UNTOLD,
    )


def _locked(facts: BackupFacts, copy: Copy) -> bool:
    """Whether an object lock holds a copy, as measured, else as said of a repository that should tell."""
    protection = protection_of(facts, copy)
    if protection is not None:
        return protection.immutable
    return copy.lock == "compliance" and facts.repository(copy.repository) is not None


def _name(system: System, copy: Copy) -> str:
    return f"{system.name} / {copy.name}"


RULE = Rule(
    id="backup.lock_too_short",
    title=Text("Verrou plus court que la conservation", "Lock shorter than the retention"),
    message=Text(
        "{subject} : le dépôt se verrouille {days} jour(s), pour {retention_days} jours de conservation ; passé ce "
        "délai, un administrateur peut effacer ce qui doit encore être gardé.",
        "{subject}: the repository locks for {days} day(s), for {retention_days} days of retention; past that, an "
        "administrator can erase what must still be kept.",
    ),
    remediation=Text(
        "Allongez la durée par défaut du verrou COMPLIANCE à celle de la conservation au moins (ce qui est déjà écrit "
        "garde l’ancienne), ou raccourcissez la conservation avec le responsable du système.",
        "Lengthen the default period of the COMPLIANCE lock to that of the retention at least (what is written already "
        "keeps the former one), or shorten the retention with the owner of the system.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-12", "care-d2:O3.C"),
    check=check,
    reads=("plan", "repositories", "protection"),
    kind=Kind.COMPUTED,
)
