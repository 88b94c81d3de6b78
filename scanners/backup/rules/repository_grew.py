"""Deduplication keeps what is already there: a repository that grows by half in a few days received all new data.

Encrypted files are all new and do not compress. Growth since the reading before (at most eight days earlier) against
half of what the newest backup holds, from 100 MiB (ours). Plain folders are not judged: they hold whole copies.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts, Repository
from scanners.backup.telling import opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

SHARE = 0.5
LEAST_BYTES = 100 << 20
_DOUBT = Text(
    "La croissance se juge entre deux audits complets à huit jours au plus ; programmez un audit par semaine.",
    "Growth is judged between two whole audits at most eight days apart; schedule one audit a week.",
)


def check(facts: BackupFacts) -> Verdict:
    """Repositories that took too much at once."""
    tools = [one for one in opened(facts) if one.snapshots and one.tool in ("restic", "borg")]
    found, unknown = [], []
    for one in tools:
        held = _held(one)
        if one.grown is None or held is None:
            unknown.append(one.name)
        elif one.grown >= LEAST_BYTES and one.grown > SHARE * held:
            found.append(Finding(one.name, {"grown": one.grown, "size": held}))
    return judged(len(tools), found, unknown, _DOUBT if unknown else None)


def _held(one: Repository) -> int | None:
    """Bytes that the newest backup of known size holds."""
    sized = [point for point in one.snapshots if point.size is not None]
    return max(sized, key=lambda point: point.time).size if sized else None


RULE = Rule(
    id="backup.repository_grew",
    title=Text("Dépôt grossi d’un coup", "Repository grown at once"),
    message=Text(
        "Le dépôt {subject} a pris {grown} octets depuis l’audit précédent, pour {size} octets sauvegardés : presque "
        "tout est nouveau, comme après un chiffrement.",
        "Repository {subject} took {grown} bytes since the audit before, for {size} bytes backed up: nearly all is "
        "new, as after an encryption.",
    ),
    remediation=Text(
        "Ouvrez quelques fichiers récents de la source : s’ils sont illisibles, déclenchez la réponse à incident. "
        "Sinon, expliquez la croissance (migration, nouvelle source) et suspendez la purge jusque-là.",
        "Open a few recent files of the source: if they are unreadable, start the incident response. Otherwise, "
        "explain the growth (migration, new source) and suspend pruning until then.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("repositories", "integrity", "restore"),
)
