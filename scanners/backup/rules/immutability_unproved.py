"""A copy that is only called immutable is erased with the others by whoever holds the administrator's password.

What proves it: an object lock in COMPLIANCE mode, media written once, or media that are taken out (offline tape,
removable or optical disc). A read-only snapshot is made writable again by its administrator (proved on btrfs),
GOVERNANCE is bypassed by one, an append-only repository is emptied from its own server. A lock shorter than the
retention belongs to `lock_too_short`.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.standing import immutability
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Copies declared immutable that nothing proves to be."""
    called = [(system, copy) for system in facts.plan.systems for copy in system.copies if copy.immutable is True]
    return judged(
        len(called),
        (
            Finding(f"{system.name} / {copy.name}", {"lock": copy.lock or "—", "medium": copy.medium})
            for system, copy in called
            if immutability(facts, system, copy) in ("unproved", "contradicted")
        ),
    )


RULE = Rule(
    id="backup.immutability_unproved",
    title=Text("Immuabilité déclarée sans preuve", "Immutability declared without proof"),
    message=Text(
        "{subject} est déclarée immuable, mais rien de ce qui est connu ne le prouve.",
        "{subject} is declared immutable, but nothing that is known proves it.",
    ),
    remediation=Text(
        "Dites par quoi elle l’est (verrou d’objet COMPLIANCE, WORM, support sorti du robot), essayez de l’effacer "
        "avec un compte d’administration et classez le refus comme preuve ; sinon, ne la déclarez plus immuable.",
        "Say by what it is (object lock in COMPLIANCE mode, WORM, medium taken out of the library), try to erase it "
        "with an administrator account and file the refusal as a proof; otherwise, no longer declare it immutable.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-12", "care-d2:O3.C"),
    check=check,
    reads=("plan", "repositories", "protection"),
    kind=Kind.COMPUTED,
)
