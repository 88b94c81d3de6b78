"""Backups exist and cannot be restored: the State's lesson from ransomware. So a few files are really restored.

Files drawn at random with a recorded seed from the newest snapshot; all of them must come back with the content saved.
A restore that brought back no file proves nothing and fails too.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.telling import judged_save, opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs

_UNTOLD = Text(
    "Dépôts dont rien n’a été restauré : {names}. Lancez l’audit complet.",
    "Repositories that nothing was restored from: {names}. Run the whole audit.",
)


def check(facts: BackupFacts) -> Verdict:
    """Repositories whose sampled restore did not give every file back."""
    tried = [(one.name, one.restore) for one in facts.repositories if one.restore is not None]
    untried = [one.name for one in opened(facts) if one.restore is None and one.snapshots]
    return judged_save(
        len(tried) + len(untried),
        (
            Finding(
                name,
                {
                    "snapshot": sample.snapshot,
                    "seed": sample.seed,
                    "sampled": sample.sampled,
                    "compared": sample.compared,
                    "wrong": sample.wrong,
                    "detail": sample.detail,
                },
            )
            for name, sample in tried
            if not sample.good
        ),
        untried,
        _UNTOLD,
    )


RULE = Rule(
    id="backup.restore_sample_failed",
    title=Text("Restauration d’essai en échec", "Trial restore failed"),
    message=Text(
        "Sur {sampled} fichier(s) tirés au sort dans le dépôt {subject}, {compared} ont été rendus et comparés, "
        "dont {wrong} faux (point {snapshot}, graine {seed}).",
        "Of {sampled} files drawn from repository {subject}, {compared} came back and were compared, {wrong} of "
        "them wrong (point {snapshot}, seed {seed}).",
    ),
    remediation=Text(
        "Considérez ce dépôt comme inutilisable tant qu’une restauration complète n’a pas réussi ; refaites une "
        "sauvegarde complète ailleurs et vérifiez les autres copies du même système aujourd’hui.",
        "Take this repository as unusable until a full restore succeeded; make a full backup elsewhere and verify "
        "the other copies of the same system today.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-rules:SAV-25", "care-d2:O4", "pgssi-s:7.4.5.2"),
    check=check,
    reads=("repositories", "restore"),
)
