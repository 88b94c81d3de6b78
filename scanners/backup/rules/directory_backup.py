"""Without the directory nothing else restarts: people cannot sign in, servers cannot authenticate.

Four facts, each said apart (our advice, no text of the programme sets them): the system state of at least two
controllers of every domain is saved, one copy is offline, DSRM passwords are known in a vault that opens without the
directory, and the forest was rebuilt with success within 365 days. The question answered in the plan
(`answers.directory_backup`) tells the day of that trial, or no at all; what it leaves unsaid is never a yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from scanners.backup.facts import BackupFacts, DirectoryBackup
from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, refs

MIN_CONTROLLERS = 2
MAX_DAYS = 365

_Rebuilt = date | Literal["never"] | None


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when one of the four facts is missing."""
    told = facts.plan.directory_backup or DirectoryBackup()
    rebuilt = _rebuilt(facts, told)
    held: Mapping[str, bool | None] = {
        "controllers": None if told.controllers is None else told.controllers >= MIN_CONTROLLERS,
        "offline": told.offline,
        "dsrm_apart": told.dsrm_apart,
        "rebuilt_on": None if rebuilt is None else rebuilt != "never" and 0 <= facts.days_since(rebuilt) <= MAX_DAYS,
    }
    unsaid = [f"directory_backup.{name}" for name, holds in held.items() if holds is None]
    doubt = _unsaid(unsaid) if unsaid else None
    if False in held.values():
        evidence = {
            "controllers": told.controllers,
            "offline": told.offline,
            "dsrm_apart": told.dsrm_apart,
            "date": rebuilt.isoformat() if isinstance(rebuilt, date) else "—",
        }
        return Verdict(1, (Finding(facts.plan.establishment, evidence),), doubt=doubt)
    if doubt is not None:
        raise NotAssessable(doubt.fr, doubt.en)
    return Verdict(1)


def _rebuilt(facts: BackupFacts, told: DirectoryBackup) -> _Rebuilt:
    """The last trial: none when the question was answered by a no; a yes without a day proves none."""
    answer = facts.plan.answers.get("directory_backup")
    if answer is None or answer.value is None:
        return told.rebuilt_on
    return told.rebuilt_on or answer.date or "never" if answer.value else "never"


def _unsaid(fields: list[str]) -> Text:
    names = ", ".join(fields)
    return Text(
        f"Personne n’a tout dit de la sauvegarde de l’annuaire : renseignez {names} dans le plan de sauvegarde.",
        f"Nobody told all of the backup of the directory: fill {names} in the backup plan.",
    )


RULE = Rule(
    id="backup.directory_backup",
    title=Text("Annuaire non restaurable de façon prouvée", "Directory not proven restorable"),
    message=Text(
        "{subject} ne peut pas prouver la reconstruction de sa forêt. Contrôleurs sauvegardés par domaine : "
        "{controllers:=non dit} (2 attendus) ; copie hors ligne : {offline:=non dit} ; mots de passe DSRM à part : "
        "{dsrm_apart:=non dit} ; dernière reconstruction réussie : {date} (365 jours au plus).",
        "{subject} cannot prove that its forest can be rebuilt. Controllers saved per domain: {controllers:=not told} "
        "(2 expected); offline copy: {offline:=not told}; DSRM passwords kept apart: {dsrm_apart:=not told}; last "
        "rebuild that succeeded: {date} (365 days at most).",
    ),
    remediation=Text(
        "Sauvegardez l’état du système de deux contrôleurs par domaine, gardez-en une copie hors ligne, mettez "
        "les secrets DSRM au coffre et rejouez la reconstruction sur un réseau isolé.",
        "Back up the system state of two controllers per domain, keep one copy offline, put DSRM secrets in a "
        "vault and rehearse the recovery on an isolated network.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-33"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
