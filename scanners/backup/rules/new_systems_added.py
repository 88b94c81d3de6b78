"""Systems appear faster than plans: the one put in production last month is the one that is missing.

PGSSI-S 7.4.1.6: every new production system enters the plan before it goes live.
"""

from __future__ import annotations

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "new_systems_added")


RULE = Rule(
    id="backup.new_systems_added",
    title=Text("Nouveaux systèmes ajoutés trop tard au plan", "New systems enter the plan too late"),
    message=Text(
        "{subject} déclare que des systèmes sont mis en production sans être ajoutés au plan de sauvegarde "
        "(réponse du {date}).",
        "{subject} declares that systems go live without being added to the backup plan (answered {date}).",
    ),
    remediation=Text(
        "Ajoutez à la procédure de mise en production une ligne bloquante : plan de sauvegarde écrit et première "
        "restauration réussie.",
        "Add a blocking line to the go-live procedure: backup plan written and first restore successful.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:SAV-07", "pgssi-s:7.4.1.6"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
