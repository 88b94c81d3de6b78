"""Without LAPS in the directory, no machine can have a local administrator password of its own kept there."""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import need_list


def check(facts: WorkstationFacts) -> Verdict:
    """The domain, when its schema knows no generation of LAPS."""
    need_list(facts, "directory")
    if facts.background.laps_installed is None:
        raise NotAssessable(
            "Le schéma de l’annuaire n’a pas pu être lu ; refaites l’audit « ad » avec un compte qui le lit.",
            "The directory's schema could not be read; run the “ad” audit again with an account that can.",
        )
    return Verdict(1) if facts.background.laps_installed else Verdict(1, (Finding(facts.background.domain),))


RULE = Rule(
    id="workstations.laps_not_installed",
    title=Text("LAPS absent de l’annuaire", "LAPS absent from the directory"),
    message=Text(
        "L’annuaire {subject} ne connaît aucune version de LAPS.", "Directory {subject} knows no version of LAPS."
    ),
    remediation=Text(
        "Étendez le schéma pour Windows LAPS (sauvegardez l’annuaire d’abord), donnez la lecture des mots de "
        "passe à un groupe restreint, et déployez la stratégie par unité d’organisation.",
        "Extend the schema for Windows LAPS (back up the directory first), give password reading to a small "
        "group, and deploy the policy by organisational unit.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-12", "anssi-ad:info_laps_missing"),
    check=check,
    reads=("directory", "laps"),
)
