"""A user who administers his station installs what an attacker sends him.

No local administrator among users, exceptions traced and renewed every year (365 days).
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes

MAX_DAYS = 365


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no or too old."""
    return said_yes(facts, "local_admin_review", facts.background.answers.local_admin_review, MAX_DAYS)


RULE = Rule(
    id="workstations.local_admin_review",
    title=Text("Droits d’administration locale non revus", "Local administrator rights not reviewed"),
    message=Text(
        "{subject} n’a pas revu depuis 365 jours les droits d’administration locale des utilisateurs (dernière "
        "revue : {date}).",
        "{subject} has not reviewed users' local administrator rights for 365 days (last review: {date}).",
    ),
    remediation=Text(
        "Listez les administrateurs locaux de chaque poste, retirez ceux sans besoin écrit, et datez chaque exception.",
        "List the local administrators of every station, remove those without a written need, and date each exception.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-11", "pgssi-s:4.5.3.11", "anssi-hygiene:29", "attack:T1078.003"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
