"""A check that reads one share of the data each time proves nothing of the shares it never reached.

All the data of a repository must have been read, share after share, within 90 days (ours: a quarter). A repository
followed for less long whose first turn is in progress is neither good nor bad; where no check is possible, nothing is
proved.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.backup.facts import BackupFacts, Repository
from scanners.backup.telling import opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

MAX_AGE = timedelta(days=90)
_DOUBT = Text(
    "Tous les dépôts n’ont pas été lus en entier : premier tour en cours, copies sans empreintes, ou dépôt borg d’une "
    "autre machine (lancez-y « borg check ») ; laissez les audits se suivre ou gardez un fichier SHA256SUMS par copie.",
    "Not all repositories were read whole: first turn in progress, copies without hashes, or a borg repository of "
    "another machine (run `borg check` there); let audits follow one another or keep a SHA256SUMS file with each copy.",
)


def check(facts: BackupFacts) -> Verdict:
    """Repositories whose data was not read whole for too long."""
    holding = [one for one in opened(facts) if one.snapshots]
    late, unknown = [], []
    for one in holding:
        since = _last_turn(one)
        if since is None or _never_ends(one):
            unknown.append(one.name)
        elif facts.collected_at - since > MAX_AGE:
            late.append(Finding(one.name, {"days": facts.days_since(since), **_progress(one)}))
        elif _completed(one) is None:
            unknown.append(one.name)
    return judged(len(holding), late, unknown, _DOUBT if unknown else None)


def _never_ends(one: Repository) -> bool:
    return one.unchecked or (one.check is not None and one.check.newest_only)


def _completed(one: Repository) -> datetime | None:
    turn = one.memory.turn if one.memory else None
    return turn.completed if turn else None


def _last_turn(one: Repository) -> datetime | None:
    """The last whole turn, else the day we began to follow the repository."""
    return _completed(one) or (one.memory.since if one.memory else None)


def _progress(one: Repository) -> dict[str, int]:
    turn = one.memory.turn if one.memory else None
    return {"read": len(turn.done) if turn else 0, "parts": turn.parts if turn else 1}


RULE = Rule(
    id="backup.integrity_turn_overdue",
    title=Text("Données du dépôt jamais relues en entier", "Data of the repository never read whole"),
    message=Text(
        "Le dépôt {subject} n’a pas été relu en entier depuis {days} jours ({read} part(s) sur {parts} au tour en "
        "cours).",
        "Repository {subject} has not been read whole for {days} days ({read} of {parts} shares in the turn in "
        "progress).",
    ),
    remediation=Text(
        "Auditez plus souvent, relevez le volume lu à chaque contrôle, ou lancez un contrôle complet à la main "
        "(« restic check --read-data », « borg check --verify-data ») et cherchez pourquoi les contrôles échouent.",
        "Audit more often, raise the volume read by each check, or run a whole check by hand (`restic check "
        "--read-data`, `borg check --verify-data`) and find why checks fail.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.4.2.5", "pgssi-s:7.4.5.1"),
    check=check,
    reads=("repositories", "integrity"),
)
