"""A station that refuses connections from its neighbours stops most of the spread of a ransomware."""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "local_firewall", facts.background.answers.local_firewall)


RULE = Rule(
    id="workstations.local_firewall",
    title=Text("Pare-feu local non généralisé", "Local firewall not everywhere"),
    message=Text(
        "{subject} déclare que le pare-feu local n’est pas actif sur tous les postes (réponse du {date}).",
        "{subject} declares that the local firewall is not on everywhere (answered {date}).",
    ),
    remediation=Text(
        "Activez-le par stratégie de groupe, en journalisation d’abord, en bloquant les flux entrants de poste à "
        "poste.",
        "Enable it by group policy, logging first, blocking inbound flows between stations.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-10", "pgssi-s:4.5.3.8", "anssi-hygiene:17"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
